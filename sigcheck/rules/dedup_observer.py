"""dedup-observer: the observer errs, so that effects cannot be counted."""

from collections.abc import Iterator

from sigcheck.model.effects import EffectCount
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Passed, Remark, Rule, Skipped
from sigcheck.policy import OURS


def check(evidence: Evidence) -> Iterator[Remark]:
    """Warn for each scenario whose counts cannot be used: this is about the observer, never about the receiver."""
    if evidence.observer is None:
        yield Skipped("no observer was given")
        return
    counts = [counted for scenario in evidence.scenarios for counted in scenario.counts]
    faults = {scenario.fault: scenario for scenario in evidence.scenarios if scenario.fault}
    for fault, scenario in faults.items():
        label = next((counted.label for counted in scenario.counts if counted.fault), None)
        yield Finding(fault, where=label)
    if counts and not evidence.observer.per_message:
        yield Finding(
            "the observer counts all messages together: in a total, a message that is lost and one that is counted "
            "twice make up for each other",
            where="observer",
            level="note",
            fix="Put {device}, {time} and {seqNumber} into the observer's URL, command or query, so that it counts "
            "one message at a time.",
        )
    if not counts:
        yield Skipped("nothing was counted in this run")
    else:
        polls = sum(counted.polls for counted in counts)
        yield Passed(f"{len(counts)} counts, {polls} polls{_unproven(counts)}", len(counts), "counts")


def _unproven(counts: list[EffectCount]) -> str:
    """Say that the observer never showed two effects of a message: then nobody knows whether it could."""
    numbers = [each.count for each in counts if each.message is not None and each.count is not None]
    if max(numbers, default=0) != 1:
        return ""
    return (
        "; it never showed more than 1 effect of a message, so this run does not prove that it can: see "
        "sigcheck observe --prove"
    )


RULE = Rule(
    id="dedup-observer",
    level="should",
    title="The observer counts reliably",
    fix="Ask it for one message with `sigcheck observe`, before and after a delivery: see docs/observing.md.",
    source=OURS,
    check=check,
)
