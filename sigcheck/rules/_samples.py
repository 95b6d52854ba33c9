"""Whether the samples had their effects: they were counted once, at the end of the run."""

from msgspec import Struct

from sigcheck.model.delivery import Exchange
from sigcheck.model.effects import EffectCount
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
    counts = [each for each in evidence.whole if each.effects is not None]
    if evidence.observer is None or not counts or any(scenario.fault for scenario in evidence.scenarios):
        return None
    if evidence.observer.per_message:
        return _one_by_one(counts, evidence)
    return _of_a_total(counts[0], evidence)


def _one_by_one(counts: list[EffectCount], evidence: Evidence) -> Accounts | None:
    seen = {each.message: each for each in counts if each.message is not None}
    lost = [index for index, counted in seen.items() if not counted.effects]
    having = [index for index in seen if index not in lost]
    if lost and not evidence.settings.drawn and _newest(having, evidence):
        # Only the newest message of the device shows: whether the others were lost cannot be told.
        return None
    names = ", ".join(str(index + 1) for index in lost[:MOST_NAMED]) + (", …" if len(lost) > MOST_NAMED else "")
    waited = min((_waited(evidence.samples[index], seen[index]) for index in lost), default=0.0)
    return Accounts(len(seen), len(lost), names, waited)


def _newest(having: list[int], evidence: Evidence) -> bool:
    return not having or having == [len(evidence.samples) - 1]


def _waited(exchange: Exchange, counted: EffectCount) -> float:
    return max(0.0, counted.at - exchange.started - exchange.total)


def _of_a_total(counted: EffectCount, evidence: Evidence) -> Accounts | None:
    """Give what is left of the total's rise when the scenarios have taken theirs."""
    rest = counted.effects or 0
    for scenario in evidence.scenarios:
        counts = [each.effects for each in scenario.counts if each.effects is not None]
        if scenario.exchanges and not counts:
            return None
        rest -= counts[-1] if counts else 0
    others = (*evidence.samples, *evidence.disturbed, *evidence.singles)
    taken = [each for each in others if accepted(each, evidence)]
    if not taken:
        return None
    owed = {each.message for each in taken}
    # The single deliveries come before the closing samples.
    waited = min(_waited(each, counted) for each in taken)
    lost = max(0, len(owed) - max(0, rest) // effects_per_message(evidence))
    return Accounts(len(owed), lost, "", waited)
