"""Makes the plan of a run: reads and checks all that a RunConfig names."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from secrets import randbelow

from msgspec import structs

from sigcheck import clock
from sigcheck.callback import (
    CALLBACK_TYPES,
    Values,
    configure,
    parse_header,
    parse_payload_config,
    parse_values,
)
from sigcheck.chain import Roots
from sigcheck.config import RunConfig
from sigcheck.config.concealing import concealing
from sigcheck.config.decoding import decode_settings
from sigcheck.config.run_config import UNCOUNTED_SPEED
from sigcheck.config.setting import Spelling, by_name, option
from sigcheck.config.vantage import vantage_of
from sigcheck.config.wanted import Wanted
from sigcheck.devices import RegisteredDevices
from sigcheck.errors import UsageProblem
from sigcheck.judge import allowed_rules, names_in, see_names, select
from sigcheck.message import (
    DEFAULT_DATA,
    DRAWN_DEVICES,
    SEQUENCE_CYCLE,
    MessageFactory,
    drawn_device,
    parse_data,
    parse_device,
)
from sigcheck.model.delivery import Header
from sigcheck.model.evidence import Settings, Target
from sigcheck.model.network import AllowlistFacts
from sigcheck.model.report import Expectation
from sigcheck.model.rule import Rule
from sigcheck.observers import make_observer
from sigcheck.overrides import parse_overrides
from sigcheck.plan import RunPlan
from sigcheck.policy import SIGFOX_CLOUD, Policy, load_policy
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer import Observer
from sigcheck.redaction.places import PARTS, names_of_path
from sigcheck.redaction.redact import Redactor
from sigcheck.redaction.secrets_of import secrets_of_headers
from sigcheck.redaction.secrets_of_command import secrets_of_command
from sigcheck.rules import RULES
from sigcheck.scenario import HookKind
from sigcheck.scenario.playing.sampler import DEFAULT_SAMPLES
from sigcheck.schedule import schedule
from sigcheck.target import parse_target
from sigcheck.trust import load_roots

SETTLE_MARGIN = 0.3
"""Seconds that a compressed wait is longer than the settle time: the observer's own answer takes time too."""

RUN_IDS = 2**32


def make_plan(
    config: RunConfig,
    *,
    observer: Observer | None = None,
    wall: Callable[[], datetime] = clock.wall,
    draw: Callable[[int], int] = randbelow,
    spelled: Spelling = by_name,
) -> RunPlan:
    """Read and check all that a RunConfig names; raises UsageProblem for the first thing that is wrong.

    `observer` takes the place of the one that the config names. `draw` gives a random number below another. `spelled`
    says how a setting is called where it was given.
    """
    with concealing(config, spelled):
        return _plan(config, observer, wall, draw)


def plan_wanted(
    wanted: Wanted,
    *,
    observer: Observer | None = None,
    wall: Callable[[], datetime] = clock.wall,
    draw: Callable[[int], int] = randbelow,
) -> RunPlan:
    """Plan the run of a target, whose variables are replaced here; raises UsageProblem, which says where it stands.

    `observer`, `wall` and `draw` are those of `make_plan`.
    """
    config = decode_settings(wanted.settings, wanted.spelled, name=wanted.name, place=wanted.shown_place)
    try:
        return make_plan(config, observer=observer, wall=wall, draw=draw, spelled=wanted.spelled)
    except UsageProblem as problem:
        raise wanted.in_place(problem) from None


def _plan(
    config: RunConfig, observer: Observer | None, wall: Callable[[], datetime], draw: Callable[[int], int]
) -> RunPlan:
    target = parse_target(config.url)
    policy = SIGFOX_CLOUD if config.policy is None else load_policy(Path(config.policy))
    callback = configure(
        target,
        policy,
        f"{draw(RUN_IDS):08x}",
        method=None if config.method is None else config.method.upper(),
        headers=config.header,
        body=config.body,
        content_type=config.content_type,
        values=_values(config),
        line=config.line_pattern,
    )
    if config.form_query != "query":
        moved = callback.with_query_in_body()
        callback = moved if config.form_query == "body" else callback
    for name in ("only", "skip") if "*" in config.allow_undecided else ("only", "skip", "allow_undecided"):
        see_names(RULES, _names(config, name), option(name))
    rules, left_out = _selected(_names(config, "only"), _names(config, "skip"))
    resolver = Resolver(parse_overrides(config.resolve))
    roots = load_roots(None if config.ca_file is None else Path(config.ca_file))
    observer = observer or make_observer(config, resolver, roots)
    if observer is not None and config.observe_later:
        raise UsageProblem("--observe-later is given together with an observer", "leave one of the two out")
    speed = config.speed or (1.0 if observer or config.observe_later else UNCOUNTED_SPEED)
    if config.devices and config.device is not None:
        raise UsageProblem("--device and --devices are given together", "give one of the two")
    registered = tuple(map(parse_device, config.devices))
    # An id is a number, however it is written: 20aeab and 0020AEAB are one device.
    numbers = [int(each, 16) for each in registered]
    again = next((each for place, each in enumerate(registered) if numbers[place] in numbers[:place]), None)
    if again is not None:
        raise UsageProblem(f"--devices has an id twice: {again}", "give each id once")
    if registered and observer is not None and observer.facts.of_device:
        # It cannot tell the messages of a device apart: what it counts is a total of that device.
        registered = registered[:1]
        observer.facts = structs.replace(observer.facts, per_message=False)
    factory = _factory(config, registered, int(wall().timestamp()), draw, varies_ack=callback.varies_ack)
    fail_header = _fail_header(config)
    allowlist = _allowlist(config, policy, target)
    commands = _commands(config)
    secrets = [secret for arguments in commands.values() for secret in secrets_of_command(arguments)]
    redacts = _names(config, "redact")
    if any(part not in PARTS for part in redacts):
        raise UsageProblem(f"--redact must be {' or '.join(PARTS)}, or both", "separate them with a comma")
    if "path" in redacts:
        secrets += names_of_path(target.url)
    if fail_header is not None:
        secrets += secrets_of_headers((fail_header,))
    redactor = Redactor(
        (*callback.secrets(), *(observer.secrets if observer else ()), *secrets, *config.secrets),
        path="path" in redacts,
    )
    return RunPlan(
        config=config,
        callback=callback,
        settings=_settings(config, speed, rules, left_out, roots, factory),
        schedule=schedule(
            policy, speed, config.schedule_from, observer.facts.settle + SETTLE_MARGIN if observer else 0.0
        ),
        rules=rules,
        factory=factory,
        roots=roots,
        resolver=resolver,
        observer=observer,
        redactor=redactor,
        redacts=redacts,
        fail_header=fail_header,
        commands=commands,
        allowlist=allowlist,
        allow_undecided=allowed_rules(RULES, _names(config, "allow_undecided")),
        expected=_expected(config, redactor),
    )


def _factory(
    config: RunConfig, registered: tuple[str, ...], now: int, draw: Callable[[int], int], *, varies_ack: bool
) -> MessageFactory:
    data = parse_data(config.data)
    if registered:
        # What a user gave is sent as it is: the receiver may look at it.
        varied = data == DEFAULT_DATA
        return RegisteredDevices(registered, data, now, draw(SEQUENCE_CYCLE), varied=varied, varies_ack=varies_ack)
    named = None if config.device is None else parse_device(config.device)
    device = drawn_device(draw(DRAWN_DEVICES)) if named is None else named
    return MessageFactory(device, data, now, draw(SEQUENCE_CYCLE), given=named is not None, varies_ack=varies_ack)


def _settings(
    config: RunConfig,
    speed: float,
    rules: tuple[Rule, ...],
    left_out: tuple[str, ...],
    roots: Roots,
    factory: MessageFactory,
) -> Settings:
    vantage = vantage_of(config.vantage, option("vantage"))
    return Settings(
        name=config.name,
        file=config.file,
        line=config.line,
        device=factory.device(0),
        devices=factory.registered,
        drawn=not factory.given,
        no_sni=config.no_sni,
        allow_private=config.allow_private,
        vantage=vantage.side or "outside",
        place=vantage.places[0] if len(vantage.places) == 1 else "",
        custom_roots=config.ca_file is not None,
        roots=roots.trust.name if config.ca_file is not None else "",
        samples=DEFAULT_SAMPLES if config.samples is None else config.samples,
        patience=config.patience,
        speed=speed,
        schedule_from=config.schedule_from,
        effects_within=config.effects_within,
        effects_per_message=config.effects_per_message,
        counted_later=config.observe_later,
        selected=None if len(rules) == len(RULES) else tuple(rule.id for rule in rules),
        left_out=left_out,
    )


@lru_cache(maxsize=64)
def _selected(only: tuple[str, ...], skip: tuple[str, ...]) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """Choose the rules, once for all targets that ask for the same; gives the ids of those left out, too.

    Raises UsageProblem.
    """
    rules = select(RULES, only, skip)
    chosen = {rule.id for rule in rules}
    return rules, tuple(rule.id for rule in RULES if rule.id not in chosen)


def _values(config: RunConfig) -> Values:
    payload = None if config.payload_config is None else parse_payload_config(config.payload_config)
    return parse_values(CALLBACK_TYPES[config.type], config.var, payload)


def _allowlist(config: RunConfig, policy: Policy, target: Target) -> AllowlistFacts | None:
    if not config.allowlist:
        return None
    from sigcheck.allowlist.given import read_allowlist

    return read_allowlist(config.allowlist, policy, target)


def _expected(config: RunConfig, redactor: Redactor) -> tuple[Expectation, ...]:
    if config.baseline is None:
        return ()
    from sigcheck.config.baseline import read_baseline

    return tuple(map(redactor.struct, read_baseline(config.baseline)))


def _fail_header(config: RunConfig) -> Header | None:
    if config.fail_header is None:
        return None
    # As a variable without a value leaves it: what was asked for would not be played, and nobody would be told.
    if not config.fail_header.strip():
        raise UsageProblem("--fail-header is empty", "write 'Name: value', or leave it out")
    return parse_header(config.fail_header)


def _commands(config: RunConfig) -> dict[HookKind, tuple[str, ...]]:
    if config.fail_header is not None and config.fail_command is not None:
        raise UsageProblem("--fail-header and --fail-command cannot be used together", "give one of the two")
    commands: dict[HookKind, tuple[str, ...]] = {}
    if config.fail_command is None and config.restart_command is None:
        return commands
    from sigcheck.probes.command import split_command

    if config.fail_command is not None:
        commands["fail"] = split_command(config.fail_command, "--fail-command")
    if config.restart_command is not None:
        commands["restart"] = split_command(config.restart_command, "--restart-command")
    return commands


def _names(config: RunConfig, name: str) -> tuple[str, ...]:
    """Give the names of a setting, which may have several between commas; raises UsageProblem."""
    return names_in(getattr(config, name), option(name))
