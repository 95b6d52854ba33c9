"""What became of the lines of a batch: whether a receiver handles all of them."""

from msgspec import Struct

from sigcheck.model.effects import ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Undecided
from sigcheck.rules._effects import Deficit, deficits, moment_of, too_early
from sigcheck.rules._evidence import listed
from sigcheck.rules._unit import effects_in_words, effects_per_message

EVERY_LINE = (
    "Take the parameter apart at its line ends and process every line, in one transaction, before the answer. The sign "
    "between two lines is not published: sigcheck sends a newline, so compare it with a batch of the Cloud's own."
)
"""What to do where only a part of a batch was handled."""


class PartOfABatch(Struct, frozen=True):
    """Some lines of an accepted batch had an effect, and others none. `had` are the lines that had one, from 1.

    It is () where only their number is known. `effects` is that number, `of` how many lines there were.
    """

    had: tuple[int, ...]
    effects: int
    of: int
    deficit: Deficit


def part_of_a_batch(evidence: Evidence) -> PartOfABatch | None:
    """Give what of the replay's batch had an effect; None where there was no batch, or all of it had one, or none."""
    scenario = evidence.scenario("retry")
    if scenario is None or scenario.fault or not any(each.also for each in scenario.exchanges):
        return None
    lost = list(deficits(scenario, evidence))
    if not lost:
        return None
    of = len(scenario.messages)
    if lost[0].counted.message is None:
        effects = (lost[0].counted.effects or 0) // effects_per_message(evidence)
        return PartOfABatch((), effects, of, lost[0]) if effects else None
    absent = {each.counted.message for each in lost}
    had = tuple(index + 1 for index in range(of) if index not in absent)
    return PartOfABatch(had, len(had), of, lost[0]) if had else None


def part_finding(scenario: ScenarioResult, part: PartOfABatch, evidence: Evidence) -> Finding | Undecided:
    """Say how many messages of a batch had an effect, and which, unless the others may only be late."""
    early = too_early(part.deficit, evidence)
    if early is not None:
        return early
    counted = part.deficit.counted
    which = ""
    if part.had:
        only, *others = part.had
        place = "first line" if only == 1 else "last line" if only == part.of else f"line in place {only}"
        lines = listed([str(each) for each in part.had])
        which = f": lines {lines} were processed" if others else f": only the {place} was processed"
    return Finding(
        f"only {part.effects} of {part.of} messages of an accepted batch had an effect "
        f"{moment_of(counted, part.deficit.accepting)}{which}",
        measured=f"{effects_in_words(counted.effects or 0)}, expected {part.deficit.expected}"
        if counted.message is None
        else f"{part.effects} of {part.of} messages had an effect",
        where=f"{scenario.scenario}, {counted.label}",
        scenario=scenario.scenario,
        fix=EVERY_LINE,
    )
