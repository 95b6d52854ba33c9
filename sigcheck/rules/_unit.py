"""How many effects one message has: learned from the first message, or said by the user."""

from sigcheck.model.effects import Reading, Trial
from sigcheck.model.evidence import Evidence


def effects_per_message(evidence: Evidence) -> int:
    """Give the unit in which effects are counted, 1 at least.

    One message may well make several rows. How many shows after its first delivery, before any repeat: that is what
    the repeats must not change.
    """
    if evidence.settings.effects_per_message is not None:
        return evidence.settings.effects_per_message
    trial = evidence.trial("retry")
    if trial is None or trial.fault is not None:
        return 1
    first = [each for each in trial.readings if each.effects and _follows_a_first_delivery(each, trial)]
    if any(each.message is None for each in first):
        return _of_a_total(first[0], trial, evidence)
    seen: dict[int | None, int] = {}
    for reading in first:
        seen.setdefault(reading.message, reading.effects or 0)
    return min(seen.values(), default=1)


def _follows_a_first_delivery(reading: Reading, trial: Trial) -> bool:
    return reading.exchange is not None and trial.exchanges[reading.exchange].attempt == 1


def _of_a_total(reading: Reading, trial: Trial, evidence: Evidence) -> int:
    """Give the unit of a total: what it rose by for each message, unless another scenario shows less."""
    if not reading.expected or (reading.effects or 0) % reading.expected:
        return 1
    unit = (reading.effects or 0) // reading.expected
    for other in evidence.trials:
        last = next((each for each in reversed(other.readings) if each.effects is not None), None)
        if other is trial or other.fault is not None or last is None or not last.effects:
            continue
        if last.effects < unit * last.expected:
            return 1
    return unit


def counted(effects: int) -> str:
    """Write a number of effects."""
    return f"{effects} effect" if effects == 1 else f"{effects} effects"
