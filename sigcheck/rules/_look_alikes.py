"""Which look-alikes have no effect, and whether likeness can be the reason."""

from collections.abc import Iterator

from msgspec import Struct

from sigcheck.model.delivery import Exchange
from sigcheck.model.effects import Reading, Trial
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Inconclusive
from sigcheck.rules._effects import Refusal, deficits, refusals, too_early
from sigcheck.rules._evidence import accepted

HOURS = 6 * 3600
"""Seconds by which a message that stands for a counter that has come round is older than the others, at least."""


class Missing(Struct, frozen=True):
    """A look-alike without an effect. `refusal` is None where it was accepted; `message` where only a sum is known."""

    message: int | None
    reading: Reading
    exchange: Exchange
    refusal: Refusal | None = None
    early: Inconclusive | None = None


def missing(trial: Trial, evidence: Evidence) -> tuple[Missing, ...]:
    """Give the look-alikes without an effect. A total that was read after each tells which they are."""
    found: list[Missing] = []
    for deficit in deficits(trial, evidence):
        if deficit.reading.message is not None:
            found.append(
                Missing(deficit.reading.message, deficit.reading, deficit.accepting, early=too_early(deficit, evidence))
            )
            continue
        still = [(index, exchange) for index, exchange in _without_a_rise(trial) if accepted(exchange, evidence)]
        lacking = deficit.reading.expected - (deficit.reading.effects or 0) - len(tuple(refusals(trial, evidence)))
        if len(still) == lacking:
            found += [Missing(index, deficit.reading, exchange) for index, exchange in still]
        else:
            found.append(Missing(None, deficit.reading, deficit.accepting))
    found += [Missing(each.message, each.reading, each.exchange, each) for each in refusals(trial, evidence)]
    return tuple(found)


def unlike(trial: Trial, index: int | None) -> str | None:
    """Say what makes a look-alike unlike all others: it is no duplicate of any if it is the only one missing."""
    if index is None:
        return None
    message = trial.messages[index]
    others = [each for each in trial.messages if each != message]
    if all(message.time < each.time - HOURS for each in others):
        return "its age of a day"
    return "its data" if all(message.data != each.data for each in others) else None


def distinct_dropped(evidence: Evidence) -> bool:
    """Whether messages that only look alike are dropped: then any message may be missing for that reason."""
    trial = evidence.trial("look-alikes")
    if trial is None or trial.fault is not None or not any(reading.effects for reading in trial.readings):
        return False
    lost = missing(trial, evidence)
    return any(each.refusal.judged if each.refusal else not each.early for each in lost) and not all(
        unlike(trial, each.message) for each in lost
    )


def _without_a_rise(trial: Trial) -> Iterator[tuple[int, Exchange]]:
    """Give the messages after whose delivery the total was what it was before."""
    before = 0
    for reading in trial.readings:
        if reading.effects is None or reading.exchange is None:
            continue
        if reading.effects <= before:
            exchange = trial.exchanges[reading.exchange]
            yield trial.messages.index(exchange.message), exchange
        before = reading.effects
