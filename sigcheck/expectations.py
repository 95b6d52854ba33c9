"""Holds results against a baseline. Pure.

A failure that an entry expects stays in the report and has no part in the verdict. An entry that no longer holds makes
its rule fail, as a test that is expected to fail does where it passes: else nobody would ever take it out.
"""

from collections.abc import Collection, Iterable
from datetime import date

from msgspec.structs import replace

from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Expectation, Result
from sigcheck.model.rule import Finding, Status


def about_target(expected: Iterable[Expectation], evidence: Evidence) -> tuple[Expectation, ...]:
    """Give the entries that are about the target of a run, one for each rule: that which names it before that for all.

    The evidence is redacted: a target without a name is known by its redacted URL.
    """
    found: dict[str, Expectation] = {}
    for each in expected:
        if each.target in {evidence.settings.name, evidence.target.url} and each.target:
            found[each.rule] = each
        elif not each.target:
            found.setdefault(each.rule, each)
    return tuple(found.values())


def of_no_target(expected: Iterable[Expectation], evidence: Collection[Evidence]) -> tuple[Expectation, ...]:
    """Give the entries that name a target which is none of those of the runs: a slip, or a target of another run."""
    known = {name for each in evidence for name in (each.settings.name, each.target.url)}
    return tuple(each for each in expected if each.target and each.target not in known)


def weigh(
    results: Iterable[Result], expected: Iterable[Expectation], evidence: Evidence, day: date
) -> tuple[Result, ...]:
    """Mark the failures that are expected on that day (UTC), and make those rules fail whose entries do not hold.

    What was skipped or is undecided says nothing of its entry, nor does a run that was interrupted say of a pass that
    it would have stayed one.
    """
    by_rule = {each.rule: each for each in expected}
    return tuple(
        each if each.rule not in by_rule else _weighed(each, by_rule[each.rule], evidence, day) for each in results
    )


def _weighed(result: Result, entry: Expectation, evidence: Evidence, day: date) -> Result:
    if result.status is Status.PASS and evidence.interrupted is None:
        return _stale(result, entry)
    if result.status is not Status.FAIL:
        return result
    return (
        _expired(result, entry, entry.until)
        if entry.until is not None and day > entry.until
        else (replace(result, expected=entry.reason))
    )


def _stale(result: Result, entry: Expectation) -> Result:
    of = f"of {entry.target}" if entry.target else "of every target"
    message = f"{entry.where} expects a failure {of}, but the rule passed: {result.summary}"
    fix = "Remove the entry from the baseline."
    if not entry.target:
        fix = "Remove the entry from the baseline, or name in it the target that still fails."
    finding = Finding(message, where=entry.where, level="must", fix=fix)
    return replace(
        result,
        level="must",
        status=Status.FAIL,
        summary=message,
        findings=(finding,),
        fix=fix,
        # The line of a quiet report has no more than this.
        title=f"The rule passed, so the entry at {entry.where} is stale: remove it",
        examined=None,
    )


def _expired(result: Result, entry: Expectation, until: date) -> Result:
    over = Finding(
        f"{entry.where} expected this failure until {until.isoformat()}, and that day has passed",
        where=entry.where,
        level="must",
        fix="Fix what failed, or give the entry a later date and the reason for it.",
    )
    # What to do about the failure itself would not be shown beside the fix of another finding.
    seen = tuple(replace(each, fix=each.fix or result.fix) for each in result.findings)
    title = f"{result.title} (the entry at {entry.where} expired on {until.isoformat()})"
    return replace(result, level="must", findings=(*seen, over), title=title)
