"""A scan of a target in place of a full run: which rules it can check, its plan, and its environment."""

from functools import lru_cache

from msgspec import structs

from sigcheck.config import RunConfig
from sigcheck.config.decoding import decode_settings
from sigcheck.config.given import Settings
from sigcheck.config.setting import fields, option
from sigcheck.config.wanted import Wanted
from sigcheck.environment import Environment
from sigcheck.errors import UsageProblem
from sigcheck.judge import names_in
from sigcheck.model.rule import Rule
from sigcheck.plan import RunPlan
from sigcheck.planning import make_plan
from sigcheck.probes.by_address import Admit
from sigcheck.probes.scan import Scan
from sigcheck.probes.scan_target import ScanTarget
from sigcheck.rules import RULES

SCAN_RULES = frozenset(
    (
        "reach-unresolved",
        "reach-no-ipv4",
        "reach-private-address",
        "reach-refused",
        "reach-no-answer",
        "reach-allowlist",
        "tls-plain-http",
        "tls-handshake-failed",
        "tls-self-signed",
        "tls-untrusted-root",
        "tls-chain-incomplete",
        "tls-chain-invalid",
        "tls-expired",
        "tls-not-yet-valid",
        "tls-name-mismatch",
        "tls-weak-key",
        "tls-weak-signature",
        "tls-protocol-old",
        "tls-client-certificate",
        "tls-expires-soon",
        "tls-chain-disorder",
        "tls-strict-only",
        "tls-young-root",
    )
)
"""The rules that one connection can decide. Left out are those that need another address (reach-address-differs), a
handshake of another client or without SNI (tls-jdk-refuses, tls-needs-sni), or an answer (reach-proxied, and all that
sends messages)."""

_FAMILIES = frozenset(rule.partition("-")[0] for rule in SCAN_RULES)


def scan_settings(settings: Settings) -> Settings:
    """Leave out what a scan has no use for: it counts no effects, and sends nothing."""
    return {name: given for name, given in settings.items() if name not in _UNUSED}


def see_scannable(config: RunConfig) -> None:
    """Raise UsageProblem where a configuration asks for a rule that a scan cannot check."""
    for name in names_in(config.only, option("only")):
        if name not in SCAN_RULES and name not in _FAMILIES and _is_known(name):
            raise UsageProblem(
                f"--only: a scan cannot check {name}, because it makes one connection and sends no message",
                "leave --scan out, or give --only reach,tls",
            )


_UNUSED = frozenset(
    name
    for name in fields(RunConfig)
    if name.startswith("observe_") or name in {"settle", "fail_header", "fail_command", "restart_command"}
)
"""The settings that a scan has no use for."""


def _is_known(name: str) -> bool:
    """Whether a name is a rule's or a family's: another one is told by whoever selects the rules."""
    return any(name in (rule.id, rule.family) for rule in RULES)


def plan_scan(wanted: Wanted, *, narrowed: bool = False) -> RunPlan:
    """Plan the scan of a target, whose variables are replaced here; raises UsageProblem, which says where it stands.

    `narrowed`: of the rules that its settings name, those that a scan can check are enough, as its full runs check the
    others.
    """
    settings = scan_settings(wanted.settings)
    config = decode_settings(settings, wanted.spelled, name=wanted.name, place=wanted.shown_place)
    try:
        if not narrowed:
            see_scannable(config)
        plan = make_plan(config, spelled=wanted.spelled)
        chosen, selected, left_out = _narrowed(plan.settings.left_out)
    except UsageProblem as problem:
        raise wanted.in_place(problem) from None
    facts = structs.replace(plan.settings, scan=True, selected=selected, left_out=left_out)
    return structs.replace(plan, rules=chosen, settings=facts)


@lru_cache(maxsize=64)
def _narrowed(left_out: tuple[str, ...]) -> tuple[tuple[Rule, ...], tuple[str, ...], tuple[str, ...]]:
    """Give the rules that a scan checks, where these are left out; their ids, and those of all others.

    Raises UsageProblem where there is none. Most targets of a fleet ask for the same ones.
    """
    chosen = tuple(rule for rule in RULES if rule.id in SCAN_RULES and rule.id not in left_out)
    if not chosen:
        raise UsageProblem("no rule is left that a scan can check", "widen --only or narrow --skip")
    selected = tuple(rule.id for rule in chosen)
    return chosen, selected, tuple(rule.id for rule in RULES if rule.id not in selected)


def scanning(plan: RunPlan, admit: Admit | None = None) -> Environment:
    """Give the environment of a scan: one connection, and nothing that could send a message.

    `admit` lets it in to the address that it looks at; how long that makes it wait is no part of what is measured.
    Resolving, connecting and shaking hands may each take as long as the Cloud waits for an answer.
    """
    target, roots = plan.callback.target, plan.roots
    scan = Scan(
        ScanTarget(
            target.host,
            target.port,
            plan.callback.policy.answer_limit,
            roots.pem(),
            roots.trust,
            tls=plan.shakes_hands,
            named=not plan.config.no_sni,
        ),
        plan.resolver,
        admit,
    )
    return Environment(examine_network=scan.network, examine_tls=scan.tls)
