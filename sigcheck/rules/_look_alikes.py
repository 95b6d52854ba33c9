"""Which look-alikes have no effect, and whether likeness can be the reason.

The plan's first half are messages that resemble nothing before them; each of the second half resembles one of these.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from sigcheck.model.delivery import Answer, Exchange
from sigcheck.model.effects import EffectCount, ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Undecided
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
    counted: EffectCount
    exchange: Exchange
    refusal: Refusal | None = None
    early: Undecided | None = None

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


def missing(scenario: ScenarioResult, evidence: Evidence) -> tuple[Missing, ...]:
    """Give the messages without an effect that resemble another. A total that was read after each tells which."""
    found: list[Missing] = []
    for deficit in deficits(scenario, evidence):
        if deficit.counted.message is not None:
            early = too_early(deficit, evidence)
            found.append(Missing(deficit.counted.message, deficit.counted, deficit.accepting, early=early))
            continue
        still = [(index, exchange) for index, exchange in _without_a_rise(scenario) if accepted(exchange, evidence)]
        had = (deficit.counted.effects or 0) // effects_per_message(evidence)
        if len(still) == deficit.counted.expected - had - len(tuple(refusals(scenario, evidence))):
            found += [Missing(index, deficit.counted, exchange) for index, exchange in still]
        else:
            found.append(Missing(None, deficit.counted, deficit.accepting))
    found += [Missing(each.message, each.counted, each.exchange, each) for each in refusals(scenario, evidence)]
    return tuple(found)


def likenesses(scenario: ScenarioResult, evidence: Evidence) -> tuple[Missing, ...]:
    """Give those of the missing ones that resemble another message that had its effect."""
    late = late_dropped(evidence)
    lost = tuple(each for each in missing(scenario, evidence) if not (late and _came_late(each, evidence)))
    absent = {each.message for each in lost}
    half = len(scenario.messages) // 2
    present = [index for index in range(len(scenario.messages)) if index not in absent]
    if len(lost) > 1 and present and all(only_its_data(scenario, index) for index in present):
        # All that have the same data are missing: the data alone is the key, and it came before, in another scenario.
        return lost
    return tuple(
        each
        for each in lost
        if each.message is None or (resembles_another(scenario, each.message) and each.message - half not in absent)
    )


def late_dropped(evidence: Evidence) -> bool:
    """Whether older messages are dropped, in a run whose scenarios may share devices: any may then come too late."""
    scenario = evidence.scenario("disorder")
    if scenario is None or scenario.fault is not None or not evidence.settings.devices:
        return False
    lost = {deficit.counted.message: deficit.counted.effects for deficit in deficits(scenario, evidence)}
    # Where the newer one has no effect either, it is not the age of the older that counts.
    return (0 in lost and 1 not in lost) or bool(lost.get(None))


def _came_late(each: Missing, evidence: Evidence) -> bool:
    """Whether a newer message of its device, which scenarios share, was sent before it: then its age is the reason."""
    sent = each.exchange
    return any(
        other.message.device == sent.message.device
        and other.message.time > sent.message.time
        and other.started < sent.started
        for other in evidence.exchanges
    )


def tried(scenario: ScenarioResult, evidence: Evidence) -> tuple[int, int]:
    """Give how many pairs had an effect for the first message, so that the second was put to the test, of how many."""
    half = len(scenario.messages) // 2
    absent = {each.message for each in missing(scenario, evidence) if each.message is not None}
    return half - sum(index < half for index in absent), half


def only_its_data(scenario: ScenarioResult, index: int | None) -> bool:
    """Whether a look-alike is the only message of the scenario with its data: a receiver may check what data says."""
    if index is None:
        return False
    message = scenario.messages[index]
    return all(message.data != each.data for each in scenario.messages if each != message)


def distinct_dropped(evidence: Evidence) -> bool:
    """Whether messages that only look alike are dropped: then any message may be missing for that reason."""
    scenario = evidence.scenario("look-alikes")
    if scenario is None or scenario.fault is not None or not any(counted.effects for counted in scenario.counts):
        return False
    lost = likenesses(scenario, evidence)
    return any(each.taken_for_another for each in lost) and not all(
        only_its_data(scenario, each.message) for each in lost
    )


def _without_a_rise(scenario: ScenarioResult) -> Iterator[tuple[int, Exchange]]:
    """Give the messages after whose delivery the total was what it was before."""
    before = 0
    for counted in scenario.counts:
        if counted.effects is None or counted.exchange is None:
            continue
        if counted.effects <= before:
            exchange = scenario.exchanges[counted.exchange]
            yield scenario.messages.index(exchange.message), exchange
        before = counted.effects
