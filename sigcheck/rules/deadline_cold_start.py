"""deadline-cold-start: the first answer takes far longer than the others."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._evidence import seconds, undelivered

LEAST = 1.0
FACTOR = 3.0
"""A cold start costs at least this many seconds more than the median, and this many times as much. Our choice."""


def check(evidence: Evidence) -> Iterator[Remark]:
    """Warn where the first sample waited much longer than the rest: an idle receiver that must wake up first."""
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    waits = [exchange.answered_after for exchange in evidence.samples]
    warm = [wait for wait in waits[1:] if wait is not None]
    if not waits or not warm:
        yield (
            Skipped("this check needs at least two samples")
            if len(waits) < 2
            else Undecided("no sample after the first was answered")
        )
        return
    first = waits[0]
    if first is None:
        yield Undecided("the first sample was not answered")
        return
    from statistics import median

    usual = median(warm)
    if first - usual >= LEAST and first >= FACTOR * usual:
        yield Finding(
            f"the first answer took {seconds(first)}, the others {seconds(usual)} (median)",
            measured=f"{seconds(first - usual)} more",
            where="sample 1",
        )
    else:
        yield Passed(
            f"the first answer took {seconds(first)}, the others {seconds(usual)} (median)", 1 + len(warm), "answers"
        )


RULE = Rule(
    id="deadline-cold-start",
    level="should",
    title="The first answer is as quick as the others",
    problem="The first answer is slower than the others",
    fix="Keep one instance warm (minimum instances, provisioned concurrency), or put a small receiver in front.",
    source=OURS,
    check=check,
)
