"""dedup-observer: the observer errs, so that effects cannot be counted."""

from collections.abc import Iterator

from sigcheck.model.effects import Reading
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Passed, Remark, Rule, Skipped
from sigcheck.policy import OURS


def check(evidence: Evidence) -> Iterator[Remark]:
    """Warn for each trial whose counts cannot be used. This is about the user's observer, never about the receiver."""
    if evidence.observer is None:
        yield Skipped("no observer was given")
        return
    readings = [reading for trial in evidence.trials for reading in trial.readings]
    faults = {trial.fault: trial for trial in evidence.trials if trial.fault}
    for fault, trial in faults.items():
        label = next((reading.label for reading in trial.readings if reading.fault), None)
        yield Finding(fault, where=label)
    if readings and not evidence.observer.per_message:
        yield Finding(
            "the observer counts all messages together: in a total, a message that is lost and one that is counted "
            "twice make up for each other",
            where="observer",
            level="note",
            mend="Put {device}, {time} and {seqNumber} into the observer's URL, command or query, so that it counts "
            "one message at a time.",
        )
    if not readings:
        yield Skipped("nothing was counted in this run")
    else:
        polls = sum(reading.polls for reading in readings)
        yield Passed(f"{len(readings)} readings, {polls} polls{_unproven(readings)}", len(readings), "readings")


def _unproven(readings: list[Reading]) -> str:
    """Say that the observer never showed two effects of a message: then nobody knows whether it could."""
    counts = [each.count for each in readings if each.message is not None and each.count is not None]
    if max(counts, default=0) != 1:
        return ""
    return (
        "; it never showed more than 1 effect of a message, so this run does not prove that it can: see "
        "sigcheck observe --prove"
    )


RULE = Rule(
    id="dedup-observer",
    level="should",
    title="The observer counts reliably",
    hint="Ask it for one message with `sigcheck observe`, before and after a delivery: see docs/observing.md.",
    source=OURS,
    check=check,
)
