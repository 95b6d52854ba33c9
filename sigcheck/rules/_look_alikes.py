"""Which look-alikes have no effect, and whether likeness can be the reason.

The plan's first half are messages that resemble nothing before them; each of the second half resembles one of these.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from sigcheck.model.delivery import Answer, Exchange
from sigcheck.model.effects import Reading, Trial
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Inconclusive
from sigcheck.rules._effects import Refusal, deficits, refusals, too_early
from sigcheck.rules._evidence import accepted
from sigcheck.rules._exchanges import resembles_another
from sigcheck.rules._unit import effects_per_message

CONFLICT = 409
DUPLICATE = re.compile(
    rb"duplic|already|repeat|replay|seen before|exists|conflict|processed|known message", re.IGNORECASE
)
"""What an answer says that refuses a message because it takes it for another one."""


class Missing(Struct, frozen=True):
    """A look-alike without an effect. `refusal` is None where it was accepted; `message` where only a sum is known."""

    message: int | None
    reading: Reading
    exchange: Exchange
    refusal: Refusal | None = None
    early: Inconclusive | None = None

    @property
    def taken_for_another(self) -> bool:
        """Whether it was accepted and never counted, or refused with a word that names a duplicate."""
        if self.refusal is None:
            return self.early is None
        answer = self.refusal.exchange.outcome
        if not isinstance(answer, Answer) or not self.refusal.judged:
            return False
        said = answer.reason.encode(errors="replace") + b" " + answer.content
        return answer.status == CONFLICT or bool(DUPLICATE.search(said))


def missing(trial: Trial, evidence: Evidence) -> tuple[Missing, ...]:
    """Give the messages without an effect that resemble another. A total that was read after each tells which."""
    found: list[Missing] = []
    for deficit in deficits(trial, evidence):
        if deficit.reading.message is not None:
            early = too_early(deficit, evidence)
            found.append(Missing(deficit.reading.message, deficit.reading, deficit.accepting, early=early))
            continue
        still = [(index, exchange) for index, exchange in _without_a_rise(trial) if accepted(exchange, evidence)]
        had = (deficit.reading.effects or 0) // effects_per_message(evidence)
        if len(still) == deficit.reading.expected - had - len(tuple(refusals(trial, evidence))):
            found += [Missing(index, deficit.reading, exchange) for index, exchange in still]
        else:
            found.append(Missing(None, deficit.reading, deficit.accepting))
    found += [Missing(each.message, each.reading, each.exchange, each) for each in refusals(trial, evidence)]
    return tuple(found)


def likenesses(trial: Trial, evidence: Evidence) -> tuple[Missing, ...]:
    """Give those of the missing ones that resemble another message that had its effect."""
    lost = missing(trial, evidence)
    absent = {each.message for each in lost}
    half = len(trial.messages) // 2
    present = [index for index in range(len(trial.messages)) if index not in absent]
    if len(lost) > 1 and present and all(only_its_data(trial, index) for index in present):
        # All that have the same data are missing: the data alone is the key, and it came before, in another scenario.
        return lost
    return tuple(
        each
        for each in lost
        if each.message is None or (resembles_another(trial, each.message) and each.message - half not in absent)
    )


def tried(trial: Trial, evidence: Evidence) -> tuple[int, int]:
    """Give how many pairs had an effect for the first message, so that the second was put to the test, of how many."""
    half = len(trial.messages) // 2
    absent = {each.message for each in missing(trial, evidence) if each.message is not None}
    return half - sum(index < half for index in absent), half


def only_its_data(trial: Trial, index: int | None) -> bool:
    """Whether a look-alike is the only message of the scenario with its data: a receiver may check what data says."""
    if index is None:
        return False
    message = trial.messages[index]
    return all(message.data != each.data for each in trial.messages if each != message)


def distinct_dropped(evidence: Evidence) -> bool:
    """Whether messages that only look alike are dropped: then any message may be missing for that reason."""
    trial = evidence.trial("look-alikes")
    if trial is None or trial.fault is not None or not any(reading.effects for reading in trial.readings):
        return False
    lost = likenesses(trial, evidence)
    return any(each.taken_for_another for each in lost) and not all(only_its_data(trial, each.message) for each in lost)


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
