"""Whether the samples had their effects: they were counted once, at the end of the run."""

from msgspec import Struct

from sigcheck.model.delivery import Exchange
from sigcheck.model.effects import Reading
from sigcheck.model.evidence import Evidence
from sigcheck.rules._evidence import accepted
from sigcheck.rules._unit import effects_per_message

MOST_NAMED = 6
"""Samples that a sentence names."""


class Accounts(Struct, frozen=True):
    """How many accepted samples were counted, and how many of them had no effect. `names` says which, where known."""

    counted: int
    lost: int
    names: str
    waited: float


def of_samples(evidence: Evidence) -> Accounts | None:
    """Give what became of the accepted samples; None where that cannot be told."""
    readings = [each for each in evidence.whole if each.effects is not None]
    if evidence.observer is None or not readings or any(trial.fault for trial in evidence.trials):
        return None
    if evidence.observer.per_message:
        return _one_by_one(readings, evidence)
    return _of_a_total(readings[0], evidence)


def _one_by_one(readings: list[Reading], evidence: Evidence) -> Accounts | None:
    seen = {each.message: each for each in readings if each.message is not None}
    lost = [index for index, reading in seen.items() if not reading.effects]
    having = [index for index in seen if index not in lost]
    if lost and not evidence.settings.drawn and _newest(having, evidence):
        # Only the newest message of the device shows: whether the others were lost cannot be told.
        return None
    names = ", ".join(str(index + 1) for index in lost[:MOST_NAMED]) + (", …" if len(lost) > MOST_NAMED else "")
    waited = min((_waited(evidence.samples[index], seen[index]) for index in lost), default=0.0)
    return Accounts(len(seen), len(lost), names, waited)


def _newest(having: list[int], evidence: Evidence) -> bool:
    return not having or having == [len(evidence.samples) - 1]


def _waited(exchange: Exchange, reading: Reading) -> float:
    return max(0.0, reading.at - exchange.started - exchange.total)


def _of_a_total(reading: Reading, evidence: Evidence) -> Accounts | None:
    """Give what is left of the total's rise when the scenarios have taken theirs."""
    rest = reading.effects or 0
    for trial in evidence.trials:
        counts = [each.effects for each in trial.readings if each.effects is not None]
        if trial.exchanges and not counts:
            return None
        rest -= counts[-1] if counts else 0
    others = (*evidence.samples, *evidence.disturbed, *((evidence.bare,) if evidence.bare else ()))
    taken = [each for each in others if accepted(each, evidence)]
    if not taken:
        return None
    owed = {each.message for each in taken}
    waited = _waited(taken[-1], reading)
    lost = max(0, len(owed) - max(0, rest) // effects_per_message(evidence))
    return Accounts(len(owed), lost, "", waited)
