"""response-redirect: the receiver answers with a redirect."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._advice import moved
from sigcheck.rules._evidence import quoted, undelivered
from sigcheck.rules._exchanges import every, grouped
from sigcheck.rules._share import share
from sigcheck.rules._told import HTTP10, Told


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for a 3xx: whether the Cloud follows redirects is documented nowhere."""
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    told = [each for each in every(evidence) if each.answer is not None and each.part != HTTP10]
    if not told:
        yield Undecided("no delivery was answered at all: see the rule that failed")
        return
    for target, cases in grouped(told, _target).items():
        found = share(cases, told)
        yield Finding(
            f"{found.words} {found.were} answered {target}; redirects are not followed",
            where=found.where,
            level=found.level,
        )
    yield Passed(
        f"none of {len(told)} answers is a redirect" if len(told) > 1 else "the only answer is not a redirect",
        len(told),
        "answers",
    )


def _target(told: Told) -> str | None:
    """Say which redirect an answer is; None where it is none."""
    answer = told.answer
    if answer is None or not moved(told):
        return None
    place = answer.header("location")
    return f"{answer.status} (to {quoted(place)})" if place else str(answer.status)


RULE = Rule(
    id="response-redirect",
    level="must",
    title="The callback's URL answers without a redirect",
    problem="The callback's URL answers with a redirect",
    fix="Put the final URL into the callback: https instead of http, and with or without the trailing slash.",
    source=OURS,
    check=check,
)
