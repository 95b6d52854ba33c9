"""Judges evidence by rules: results and a verdict. Pure; a rule that breaks breaks alone."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from sigcheck.errors import UsageProblem
from sigcheck.expectations import about_target, weigh
from sigcheck.model.evidence import EFFECTS_WITHIN, Evidence
from sigcheck.model.report import Expectation, Gate, Report, Result, Scope, Verdict
from sigcheck.model.rule import FAMILIES, LEVELS, Examined, Finding, Passed, Rule, Skipped, Status, Undecided
from sigcheck.policy import SIGFOX_CLOUD

FailOn = Literal["must", "should"]
EXIT_CODES: dict[Verdict, int] = {
    "compliant": 0,
    "non-compliant": 1,
    "undecided": 3,
    "internal error": 4,
    "interrupted": 130,
}
"""Usage and configuration errors exit 2, and have no report."""

MOST_NAMED = 4
"""Single rules that a verdict line names as left out; more are counted."""


def select(rules: Iterable[Rule], only: Iterable[str] = (), skip: Iterable[str] = ()) -> tuple[Rule, ...]:
    """Choose rules by family or id; raises UsageProblem for a name that is neither, or when none is left."""
    rules = tuple(rules)
    only, skip = tuple(only), tuple(skip)
    see_names(rules, (*only, *skip))
    chosen = tuple(
        rule
        for rule in rules
        if (not only or rule.id in only or rule.family in only) and rule.id not in skip and rule.family not in skip
    )
    if not chosen:
        raise UsageProblem("no rule is left to check", "widen --only or narrow --skip")
    return chosen


def see_names(rules: Iterable[Rule], names: Iterable[str], setting: str = "") -> None:
    """See that each name is a rule's or a family's; raises UsageProblem that names the setting, if it is told."""
    names = tuple(names)
    known = {rule.id for rule in rules} if names else set()
    for name in names:
        if name not in known and name not in FAMILIES:
            said = "no rule or family has this name"
            raise UsageProblem(f"{setting}: {said}" if setting else said, _nearest(name, known))


def names_in(texts: Iterable[str], setting: str) -> tuple[str, ...]:
    """Give the names in texts that may have several between commas; raises UsageProblem that names the setting."""
    texts = tuple(texts)
    names = tuple(each.strip() for text in texts for each in text.split(","))
    if texts and not all(names):
        raise UsageProblem(f"{setting} has an empty name", "separate names with single commas")
    return names


def _nearest(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, [*sorted(known), *FAMILIES], n=1)
    return f"did you mean {close[0]}? `sigcheck rules` lists them" if close else "`sigcheck rules` lists them"


def allowed_rules(rules: Iterable[Rule], names: Iterable[str]) -> tuple[str, ...]:
    """Give the ids of the rules that may stay undecided, by id or family, `*` for all of them; raises UsageProblem."""
    rules, names = tuple(rules), tuple(names)
    if "*" in names:
        return tuple(rule.id for rule in rules)
    return tuple(rule.id for rule in select(rules, only=names)) if names else ()


def judge(
    evidence: Evidence,
    rules: Iterable[Rule],
    *,
    finished_at: datetime,
    fail_on: FailOn = "must",
    allow_undecided: tuple[str, ...] = (),
    expected: Iterable[Expectation] = (),
) -> Report:
    """Judge evidence by `rules`, in their order. `allow_undecided` are ids of rules that may stay undecided.

    `expected` is the baseline, of which only what is about this target counts.
    """
    about = about_target(expected, evidence)
    # Nobody can say what the effects of a receiver are where the observer broke: nothing is excused, and nothing stale.
    trusted = tuple(each for each in about if not (_observer_broke(evidence) and each.rule.startswith("dedup-")))
    results = weigh((judge_rule(rule, evidence) for rule in rules), trusted, evidence, finished_at.date())
    verdict = verdict_of(evidence, results, fail_on)
    undecided = [
        each.rule for each in results if each.status is Status.UNDECIDED and each.level in Gate(fail_on).levels
    ]
    code = EXIT_CODES[verdict]
    tolerated: tuple[str, ...] = ()
    if (
        verdict == "undecided"
        and undecided
        and set(undecided) <= set(allow_undecided)
        and not (evidence.breakdowns or _observer_broke(evidence))
    ):
        code, tolerated = 0, tuple(undecided)
    scope = scope_of(evidence, results, tolerated)
    return Report(evidence, results, verdict, code, finished_at, scope, Gate(fail_on, allow_undecided, about))


def _observer_broke(evidence: Evidence) -> bool:
    """Whether nobody can say that the effects were counted: the observer failed, or never showed one."""
    check = evidence.observer_check
    failed = check is not None and check.fault is not None
    return failed or any(scenario.fault or scenario.no_effect for scenario in evidence.scenarios)


def scope_of(evidence: Evidence, results: tuple[Result, ...], tolerated: tuple[str, ...]) -> Scope:
    """Say what the run left out, and in what it was not as the Cloud would have it."""
    settings = evidence.settings
    checked = {result.family for result in results}
    left = [(rule.partition("-")[0], rule) for rule in settings.left_out]
    left_families = {family for family, _ in left}
    absent = [family for family in FAMILIES if family not in checked and family in left_families]
    single = [rule for family, rule in left if family in checked]
    conditions = []
    if settings.offline:
        conditions.append("certificates only, from a file" if evidence.allowlist is None else "firewall rules only")
    if settings.scan:
        conditions.append("a quick scan: one connection, no message")
    if settings.no_sni and evidence.target.scheme == "https":
        conditions.append("no SNI sent")
    if settings.allow_private:
        conditions.append("private addresses accepted")
    if settings.custom_roots:
        conditions.append(f"roots of {settings.roots} in place of the public ones")
    if evidence.network is not None and evidence.network.overridden:
        conditions.append("address given by --resolve")
    if evidence.network is not None:
        known, tried = len(evidence.network.addresses) + evidence.network.untried, len(evidence.network.tried)
        if tried < known:
            conditions.append(f"{tried} of {known} addresses were tried")
    if evidence.policy.name != SIGFOX_CLOUD.name:
        conditions.append(f"policy {evidence.policy.name}")
    if evidence.observer is not None and "dedup" in checked and _looked_for_effects(evidence):
        if not evidence.observer.per_message:
            conditions.append("effects counted as a total")
        if settings.effects_within < EFFECTS_WITHIN and evidence.observer.kind != "afterwards":
            conditions.append(f"waited only {settings.effects_within:g} s for effects")
    if settings.speed != 1 and {"retry", "dedup"} & checked and _retried(evidence):
        conditions.append(f"schedule {settings.speed:g} times faster")
    return Scope(
        rules=len(results),
        of=len(results) + len(settings.left_out),
        not_checked=(*absent, *(single if len(single) <= MOST_NAMED else (f"{len(single)} single rules",))),
        conditions=tuple(conditions),
        not_tested=tolerated,
        expected=tuple(result.rule for result in results if result.expected is not None),
    )


def _looked_for_effects(evidence: Evidence) -> bool:
    """Whether effects of something that was sent were looked for."""
    counts = (counted for scenario in evidence.scenarios for counted in scenario.counts)
    return bool(evidence.whole) or any(counted.exchange is not None for counted in counts)


def _retried(evidence: Evidence) -> bool:
    """Whether a retry was sent: how fast retries would have been sent is no condition of a run without one."""
    return any(exchange.attempt > 1 for scenario in evidence.scenarios for exchange in scenario.exchanges)


def judge_rule(rule: Rule, evidence: Evidence) -> Result:
    """Run one check. Whatever it raises becomes the status `broken` of this rule and of no other."""

    def result(
        status: Status,
        summary: str,
        reason: str | None = None,
        fix: str | None = None,
        examined: Examined | None = None,
    ) -> Result:
        return Result(
            rule.id,
            rule.family,
            rule.level,
            status,
            summary,
            reason=reason,
            fix=fix,
            help=rule.page,
            examined=examined,
            title=rule.title,
        )

    try:
        remarks = tuple(rule.check(evidence))
    except Exception as error:  # noqa: BLE001 - the rule is the one thing that may break without breaking the run
        return result(
            Status.BROKEN,
            f"this check broke: {type(error).__name__}",
            reason=f"{type(error).__name__}: {error}; please report it, with the JSON report",
        )
    alone = remarks[0] if len(remarks) == 1 else None
    if isinstance(alone, Passed):
        # Most rules pass, and say no more than that.
        return result(Status.PASS, alone.message, examined=Examined(alone.count, alone.of))
    # Each finding carries its own level from here on: one rule may find things of different weight.
    findings = tuple(
        replace(remark, level=remark.level or rule.level) for remark in remarks if isinstance(remark, Finding)
    )
    if findings:
        summary = findings[0].message + (f" (+{len(findings) - 1} more)" if len(findings) > 1 else "")
        level = min((finding.level or rule.level for finding in findings), key=LEVELS.index)
        fix = next((finding.fix for finding in findings if finding.fix), rule.fix)
        return Result(
            rule.id,
            rule.family,
            level,
            Status.FAIL,
            summary,
            findings=findings,
            fix=fix,
            help=rule.page,
            title=findings[0].title or rule.problem,
        )
    for remark in remarks:
        if isinstance(remark, Undecided):
            return result(Status.UNDECIDED, remark.reason, reason=remark.reason, fix=remark.fix)
    for remark in remarks:
        if isinstance(remark, Skipped):
            return result(Status.SKIP, remark.reason, reason=remark.reason)
    for remark in remarks:
        if isinstance(remark, Passed):
            return result(Status.PASS, remark.message, examined=Examined(remark.count, remark.of))
    return result(Status.BROKEN, "this check returned no result", reason="a rule yielded no remark; please report it")


def verdict_of(evidence: Evidence, results: tuple[Result, ...], fail_on: FailOn) -> Verdict:
    """Give the verdict. What was certainly seen to be wrong outweighs a bug of ours and everything undecided."""
    binding = Gate(fail_on).levels
    has: Callable[[Status], bool] = lambda status: any(  # noqa: E731
        result.status is status and result.level in binding and result.expected is None for result in results
    )
    if evidence.interrupted:
        return "interrupted"
    if has(Status.FAIL):
        return "non-compliant"
    bugs = any(not breakdown.local for breakdown in evidence.breakdowns)
    if bugs or any(result.status is Status.BROKEN for result in results):
        return "internal error"
    decided = any(result.status in {Status.PASS, Status.FAIL} for result in results)
    open_ = has(Status.UNDECIDED) or not decided or bool(evidence.breakdowns)
    return "undecided" if open_ else "compliant"
