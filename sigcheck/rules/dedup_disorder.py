"""dedup-disorder: an older message that arrives after a newer one is dropped, handled again, or overwrites it."""

from collections.abc import Iterator
from itertools import pairwise

from sigcheck.model.effects import ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
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
from sigcheck.rules._unit import effects_in_words

LATE = 0
"""The scenario's message that comes after a newer one of its device."""


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where an older message is refused, lacks its effect or has two, or a newer one loses its own to it."""
    nothing = uncounted(evidence, "disorder")
    scenario = evidence.scenario("disorder")
    if nothing is not None or scenario is None:
        yield nothing or Undecided("the scenario disorder was not played")
        return
    if not any(counted.effects for counted in scenario.counts):
        yield Undecided("no message of the scenario disorder had an effect: see the rule dedup-lost")
        return
    if distinct_dropped(evidence):
        yield Skipped("messages are dropped even in order: see dedup-distinct-dropped")
        return
    overwritten = list(_overwritten(scenario))
    yield from overwritten
    if overwritten:
        return
    if _newest_only(scenario):
        yield Finding(
            f"{scenario.names[2]} was no longer counted once a newer one of its device had come: only the newest "
            "message of a device is kept, or the observer sees only that one",
            measured="0 effects, expected 1",
            where="disorder",
            level="should",
            fix="Store each message in a row of its own, in addition to the state of the device; if the receiver "
            "does so already, let the observer count these rows rather than the states.",
        )
        return
    if not repeats_have_effects(evidence):
        for surplus in surpluses(scenario, evidence):
            yield surplus_finding(scenario, surplus)
    for deficit in deficits(scenario, evidence):
        yield too_early(deficit, evidence) or deficit_finding(scenario, deficit)
    for refusal in refusals(scenario, evidence):
        if refusal.message == LATE and refusal.judged:
            yield Finding(
                f"{scenario.names[LATE]} {refusal.said} and had no effect: its retries will meet the newer message too",
                measured="0 effects, expected 1",
                where=f"disorder, {refusal.counted.label}",
            )
        else:
            yield Undecided(f"{scenario.names[refusal.message]} {refusal.said}, so the order was not tested")
    if scenario.not_played:
        yield Undecided(scenario.not_played)
    yield Passed(
        "older messages that came late had their effect, and newer ones kept theirs",
        len(scenario.exchanges),
        "deliveries",
    )


def _counts(scenario: ScenarioResult, message: int) -> list[int]:
    return [each.effects for each in scenario.counts if each.message == message and each.effects is not None]


def _newest_only(scenario: ScenarioResult) -> bool:
    """Whether the older message's effect went away when the newer one came, as in a table of device states."""
    counts = _counts(scenario, 2)
    return any(later < earlier for earlier, later in pairwise(counts))


def _overwritten(scenario: ScenarioResult) -> Iterator[Finding]:
    for message in (1, 3):
        counts = _counts(scenario, message)
        if counts and counts[-1] < max(counts):
            counted = next(each for each in reversed(scenario.counts) if each.message == message)
            yield Finding(
                f"{name_of(scenario, counted)} lost its effect to an older message: {max(counts)} before, "
                f"{counts[-1]} {counted.label}",
                measured=f"{effects_in_words(counts[-1])}, expected {counted.expected}",
                where=f"disorder, {counted.label}",
            )


RULE = Rule(
    id="dedup-disorder",
    level="must",
    title="Messages that arrive out of order are each kept once",
    problem="Messages that arrived out of order were lost or duplicated",
    fix="Store each message by its own key; where one row holds a device's state, update it only if the message's "
    "time is newer. Do not refuse a sequence number because it is lower.",
    source=OURS,
    check=check,
)
