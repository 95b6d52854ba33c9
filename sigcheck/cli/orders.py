"""From the options of `verify` to a run and its report."""

import sys
from collections.abc import Callable
from pathlib import Path
from secrets import randbelow, token_hex
from typing import Any, Literal

from msgspec import Struct, structs

from sigcheck import signals
from sigcheck.callback import configure, parse_header
from sigcheck.chain import Roots
from sigcheck.cli import output
from sigcheck.cli.allowlist import read_allowlist
from sigcheck.cli.observers import ObserverOptions, make_observer
from sigcheck.cli.report_file import ReportFile, report_file
from sigcheck.cli.session import play
from sigcheck.clock import SystemClock
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input
from sigcheck.hide import hiding
from sigcheck.judge import allowed_rules, judge, select
from sigcheck.machine import see_room
from sigcheck.means import parse_overrides, real_means
from sigcheck.message import (
    DEFAULT_DATA,
    DRAWN_DEVICES,
    SEQUENCE_CYCLE,
    MessageFactory,
    drawn_device,
    parse_data,
    parse_device,
)
from sigcheck.model.evidence import EFFECTS_WITHIN, Evidence, Settings
from sigcheck.model.report import Report
from sigcheck.order import Means, Order
from sigcheck.policy import SIGFOX_CLOUD, load_policy
from sigcheck.probes.command import split_command
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer import Observer
from sigcheck.progress import progress
from sigcheck.redact import Redactor
from sigcheck.report import render
from sigcheck.rules import RULES
from sigcheck.scenario import HookKind
from sigcheck.schedule import schedule
from sigcheck.secrets_of import secrets_of_header
from sigcheck.secrets_of_command import secrets_of_command
from sigcheck.target import parse_target
from sigcheck.trust import load_roots

SETTLE_MARGIN = 0.3
"""Seconds that a compressed wait is longer than the settle time: the observer's own answer takes time too."""

LONGEST_BODY = 1_000_000
"""Bytes of a body template: far more than a callback of 12 bytes of data has, and no device file without an end."""


class Prepared(Struct, frozen=True):
    """A run that is ready to start, and what shall become of its report."""

    order: Order
    resolver: Resolver
    roots: Roots
    observer: Observer | None
    commands: dict[HookKind, tuple[str, ...]]
    redactor: Redactor
    format_name: str
    reports: tuple[ReportFile, ...]
    quiet: bool
    verbose: bool
    no_color: bool
    fail_on: Literal["must", "should"]
    allow_undecided: tuple[str, ...]
    dry_run: bool


def prepare(
    url: str,
    *,
    method: str | None = None,
    content_type: str | None = None,
    headers: tuple[str, ...] = (),
    body: str | None = None,
    device: str | None = None,
    data: str = DEFAULT_DATA,
    ca_file: str | None = None,
    overrides: tuple[str, ...] = (),
    allow_private: bool = False,
    samples: int = 20,
    patience: float = 30.0,
    speed: float = 1.0,
    schedule_from: Literal["previous", "first"] = "previous",
    observe_url: str | None = None,
    observe_headers: tuple[str, ...] = (),
    observe_pointer: str | None = None,
    observe_command: str | None = None,
    observe_sql: str | None = None,
    observe_query: str | None = None,
    observe_metric: str | None = None,
    observe_default: int | None = None,
    observe_interval: float | None = None,
    settle: float = 2.0,
    effects_within: float = EFFECTS_WITHIN,
    effects_per_message: int | None = None,
    fail_header: str | None = None,
    fail_command: str | None = None,
    restart_command: str | None = None,
    only: tuple[str, ...] = (),
    skip: tuple[str, ...] = (),
    format_name: str = "text",
    reports: tuple[str, ...] = (),
    quiet: bool = False,
    verbose: bool = False,
    no_color: bool = False,
    fail_on: Literal["must", "should"] = "must",
    allow_undecided: tuple[str, ...] = (),
    dry_run: bool = False,
    allowlists: tuple[str, ...] = (),
    vantage: Literal["outside", "inside"] = "outside",
    policy_file: Path | None = None,
) -> Prepared:
    """Check all that was given, and make an order of it; raises UsageProblem for the first thing that is wrong."""
    target = parse_target(url)
    policy = SIGFOX_CLOUD if policy_file is None else load_policy(policy_file)
    callback = configure(
        target,
        policy,
        token_hex(4),
        method=method.upper() if method else None,
        headers=headers,
        body=_body(body),
        content_type=content_type,
    )
    rules = select(RULES, _names(only), _names(skip))
    clock = SystemClock()
    resolver = Resolver(clock, parse_overrides(overrides))
    roots = load_roots(None if ca_file is None else Path(ca_file))
    options = ObserverOptions(
        url=observe_url,
        headers=observe_headers,
        pointer=observe_pointer,
        command=observe_command,
        sql=observe_sql,
        query=observe_query,
        metric=observe_metric,
        default=observe_default,
        interval=observe_interval,
        settle=settle,
    )
    observer = make_observer(options, resolver, roots, compressed=speed > 1)
    factory = MessageFactory(
        drawn_device(randbelow(DRAWN_DEVICES)) if device is None else parse_device(device),
        parse_data(data),
        int(clock.wall().timestamp()),
        randbelow(SEQUENCE_CYCLE),
        given=device is not None,
    )
    order = Order(
        callback=callback,
        settings=Settings(
            allow_private=allow_private,
            vantage=vantage,
            custom_roots=ca_file is not None,
            roots=roots.trust.name if ca_file is not None else "",
            samples=samples,
            patience=patience,
            speed=speed,
            schedule_from=schedule_from,
            effects_within=effects_within,
            effects_per_message=effects_per_message,
            selected=None if len(rules) == len(RULES) else tuple(rule.id for rule in rules),
            left_out=tuple(rule.id for rule in RULES if rule not in rules),
        ),
        schedule=schedule(policy, speed, schedule_from, settle + SETTLE_MARGIN if observer else 0.0),
        rules=rules,
        factory=factory,
        fail_header=parse_header(fail_header) if fail_header else None,
        allowlist=read_allowlist(allowlists, policy, target) if allowlists else None,
    )
    if fail_header and fail_command:
        raise UsageProblem("--fail-header and --fail-command exclude each other", "give one of the two")
    commands: dict[HookKind, tuple[str, ...]] = {}
    if fail_command:
        commands["fail"] = split_command(fail_command, "--fail-command")
    if restart_command:
        commands["restart"] = split_command(restart_command, "--restart-command")
    secrets = [secret for arguments in commands.values() for secret in secrets_of_command(arguments)]
    if order.fail_header:
        secrets += secrets_of_header(order.fail_header[1])
    return Prepared(
        order=order,
        resolver=resolver,
        roots=roots,
        observer=observer,
        commands=commands,
        redactor=Redactor((*callback.secrets(), *(observer.secrets if observer else ()), *secrets)),
        format_name=format_name,
        reports=tuple(report_file(path) for path in reports),
        quiet=quiet,
        verbose=verbose,
        no_color=no_color,
        fail_on=fail_on,
        allow_undecided=allowed_rules(RULES, _names(allow_undecided)),
        dry_run=dry_run,
    )


def prepare_in_time(url: str, **given: Any) -> Prepared:
    """Prepare a run; where a signal ends the wait for a file, without the files: a partial report is told of it."""
    try:
        return prepare(url, **given)
    except signals.Stopped:
        if (given.get("body") or "").startswith("@"):
            given["body"] = ""
        given |= {"ca_file": None, "policy_file": None, "allowlists": ()}
        return prepare(url, **given)


def _names(given: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.strip() for text in given for name in text.split(","))
    if given and not all(names):
        raise UsageProblem("--only, --skip or --allow-undecided has an empty name", "separate names with single commas")
    return names


def _body(given: str | None) -> str | None:
    if given is None or not given.startswith("@"):
        return given
    path, fix = given[1:], "give --body @FILE a text file"
    try:
        return read_input(path, what="body file", fix=fix, limit=LONGEST_BODY, shown=repr(path)).decode("utf-8")
    except UnicodeDecodeError:
        raise UsageProblem(f"body file {path!r} cannot be read (it is not UTF-8)", fix) from None


def carry_out(prepared: Prepared) -> int:
    """Run, judge, print, write; gives the exit code. A dry run lists instead, which says nothing of the receiver."""
    if (warning := prepared.order.callback.looking_alike()) is not None:
        output.notice(warning)
    if prepared.dry_run:
        from sigcheck.cli.dry_run import listing

        signals.look()
        output.write(listing(prepared))
        return 0
    report = investigate(prepared)
    text, files = _rendered(prepared, report)
    if (name := signals.noted()) and report.evidence.interrupted is None:
        # All was seen, but somebody asked for the end before it could be read: what is printed and the code agree.
        ended = structs.replace(report.evidence, interrupted=f"interrupted by {name}")
        report = _judged(prepared, ended)
        text, files = _rendered(prepared, report)
    try:
        output.write(text)
    finally:
        _write_reports(files)
    return report.exit_code


def _rendered(prepared: Prepared, report: Report) -> tuple[str, list[tuple[ReportFile, str]]]:
    """Give what stands on stdout and in each report file."""
    options = output.render_options(
        no_color=prepared.no_color, detail=-1 if prepared.quiet else 1 if prepared.verbose else 0
    )
    files = [(place, render(report, place.format_name, output.file_options())) for place in prepared.reports]
    return render(report, prepared.format_name, options), files


def _write_reports(files: list[tuple[ReportFile, str]]) -> None:
    """Write every report file that can be written; raises UsageProblem for the first that cannot."""
    problems: list[UsageProblem] = []
    for place, text in files:
        try:
            place.write(text)
        except UsageProblem as problem:
            problems.append(problem)
    if problems:
        raise problems[0]


def investigate(prepared: Prepared) -> Report:
    """Run and judge: the report, with its secrets hidden. Raises UsageProblem where this machine has no room for it."""
    see_room()
    shown = progress(
        sys.stderr,
        SystemClock(),
        quiet=prepared.quiet or sys.stderr is None,
        live=output.is_live(sys.stderr),
        colour=output.wants_colour(sys.stderr, no_color=prepared.no_color),
    )

    def means(interruption: Callable[[], str]) -> Means:
        callback = prepared.order.callback
        resolver, observer, hooks = prepared.resolver, prepared.observer, prepared.commands
        means = real_means(callback, prepared.roots, resolver, observer, shown, interruption, hooks)
        return structs.replace(means, conceal=prepared.redactor.struct)

    # What a sentence of a probe's quotes is hidden when it is quoted.
    with hiding(prepared.redactor.hidden):
        return _judged(prepared, play(prepared.order, means, shown))


def _judged(prepared: Prepared, evidence: Evidence) -> Report:
    report = judge(
        # Before the rules shorten and quote what a server said: half a secret would be hard to find again.
        prepared.redactor.struct(evidence),
        prepared.order.rules,
        finished_at=SystemClock().wall(),
        fail_on=prepared.fail_on,
        allow_undecided=prepared.allow_undecided,
    )
    # Their sentences are ours: no secret may blank a word of them.
    return Redactor().struct(report)
