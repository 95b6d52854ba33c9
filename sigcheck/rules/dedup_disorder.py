"""dedup-disorder: an older message that arrives after a newer one is dropped, handled again, or overwrites it."""

from collections.abc import Iterator
from itertools import pairwise

from sigcheck.model.effects import Trial
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Inconclusive, Passed, Remark, Rule, Skipped
from sigcheck.policy import OURS
from sigcheck.rules._effects import (
    deficit_finding,
    deficits,
    name_of,
    refusals,
    repeats_have_effects,
    surplus_finding,
    surpluses,
    too_early,
)
from sigcheck.rules._look_alikes import distinct_dropped
from sigcheck.rules._uncounted import uncounted

LATE = 0
"""The scenario's message that comes after a newer one of its device."""


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where an older message is refused, lacks its effect or has two, or a newer one loses its own to it."""
    nothing = uncounted(evidence, "disorder")
    trial = evidence.trial("disorder")
    if nothing is not None or trial is None:
        yield nothing or Inconclusive("the disorder was not played")
        return
    if not any(reading.effects for reading in trial.readings):
        yield Inconclusive("no message of the disorder had an effect: see the rule dedup-lost")
        return
    if distinct_dropped(evidence):
        yield Skipped("messages are dropped even in order: see dedup-distinct-dropped")
        return
    overwritten = list(_overwritten(trial))
    yield from overwritten
    if overwritten:
        return
    if _newest_only(trial):
        yield Finding(
            f"{trial.names[2]} was counted until a newer one of its device came, and no longer: only the newest "
            "message of a device is kept, or seen by the observer",
            measured="0 effects, expected 1",
            where="disorder",
            level="should",
            mend="Store each message in a row of its own, beside the state of the device; if the receiver does that, "
            "let the observer count these rows rather than the states.",
        )
        return
    if not repeats_have_effects(evidence):
        for surplus in surpluses(trial, evidence):
            yield surplus_finding(trial, surplus)
    for deficit in deficits(trial, evidence):
        yield too_early(deficit, evidence) or deficit_finding(trial, deficit)
    for refusal in refusals(trial, evidence):
        if refusal.message == LATE and refusal.judged:
            yield Finding(
                f"{trial.names[LATE]} {refusal.said} and had no effect: its retries will find the newer one there too",
                measured="0 effects, expected 1",
                where=f"disorder, {refusal.reading.label}",
            )
        else:
            yield Inconclusive(f"{trial.names[refusal.message]} {refusal.said}, so the order was not tried")
    if trial.not_played:
        yield Inconclusive(trial.not_played)
    yield Passed(
        "older messages that came late had their effect, and newer ones kept theirs", len(trial.exchanges), "deliveries"
    )


def _counts(trial: Trial, message: int) -> list[int]:
    return [each.effects for each in trial.readings if each.message == message and each.effects is not None]


def _newest_only(trial: Trial) -> bool:
    """Whether the older message's effect went away when the newer one came, as in a table of device states."""
    counts = _counts(trial, 2)
    return any(later < earlier for earlier, later in pairwise(counts))


def _overwritten(trial: Trial) -> Iterator[Finding]:
    for message in (1, 3):
        counts = _counts(trial, message)
        if counts and counts[-1] < max(counts):
            reading = next(each for each in reversed(trial.readings) if each.message == message)
            yield Finding(
                f"{name_of(trial, reading)} lost its effect to an older message: {max(counts)} before, "
                f"{counts[-1]} {reading.label}",
                measured=f"{counts[-1]} effects, expected {reading.expected}",
                where=f"disorder, {reading.label}",
            )


RULE = Rule(
    id="dedup-disorder",
    level="must",
    title="Messages out of order are all kept, once",
    hint="Store each message by its own key; where one row holds a device's state, update it only if the message's "
    "time is newer. Do not refuse a sequence number because it is lower.",
    source=OURS,
    check=check,
)
