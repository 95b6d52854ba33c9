"""How many effects one message has: learned from the first message, or said by the user."""

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from sigcheck.model.effects import EffectCount, ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.rules._evidence import accepted


class Counted(Struct, frozen=True):
    """A message of which an effect was counted at the last look, and how often it was delivered; all were accepted."""

    name: str
    deliveries: int
    effects: int


def effects_per_message(evidence: Evidence) -> int:
    """Give the unit in which effects are counted, 1 at least.

    One message may well make several rows. How many shows after its first delivery, before any retry: that is what
    the retries must not change.
    """
    if evidence.settings.effects_per_message is not None:
        return evidence.settings.effects_per_message
    if evidence.observer is not None and evidence.observer.kind == "afterwards":
        # What a first delivery made was not seen: most of the messages that were delivered once show it.
        once = Counter(each.effects for each in counted_messages(evidence) if each.deliveries == 1)
        return min(once, key=lambda effects: (-once[effects], effects), default=1)
    scenario = evidence.scenario("retry")
    if scenario is None or scenario.fault is not None:
        return 1
    first = [each for each in scenario.counts if each.effects and _follows_a_first_delivery(each, scenario)]
    if any(each.message is None for each in first):
        return _of_a_total(first[0], scenario, evidence)
    seen: dict[int | None, int] = {}
    for counted in first:
        seen.setdefault(counted.message, counted.effects or 0)
    return min(seen.values(), default=1)


def counted_messages(evidence: Evidence) -> Iterator[Counted]:
    """Give the messages that an observer has counted one by one, without those that had no effect.

    Of an observer that counts during the run only the samples: what it said of the scenarios is judged count by count.
    """
    taken = [*evidence.samples, *(each for scenario in evidence.scenarios for each in scenario.exchanges)]
    times = Counter(sent for each in taken for sent in each.messages)
    refused = {sent for each in taken if not accepted(each, evidence) for sent in each.messages}
    for each in evidence.whole:
        if (
            each.effects
            and each.message is not None
            and (sent := evidence.samples[each.message].message) not in refused
        ):
            yield Counted(f"sample {each.message + 1}", times[sent], each.effects)
    if evidence.observer is None or evidence.observer.kind != "afterwards":
        return
    for scenario in evidence.scenarios:
        for each in () if scenario.fault else scenario.counts:
            if each.effects and each.message is not None and (sent := scenario.messages[each.message]) not in refused:
                name = scenario.names[each.message] if each.message < len(scenario.names) else "a message"
                yield Counted(f"{name} ({scenario.scenario})", times[sent], each.effects)


def _follows_a_first_delivery(counted: EffectCount, scenario: ScenarioResult) -> bool:
    return counted.exchange is not None and scenario.exchanges[counted.exchange].attempt == 1


def _of_a_total(counted: EffectCount, scenario: ScenarioResult, evidence: Evidence) -> int:
    """Give the unit of a total: what it rose by for each message, unless another scenario shows less."""
    if not counted.expected or (counted.effects or 0) % counted.expected:
        return 1
    unit = (counted.effects or 0) // counted.expected
    for other in evidence.scenarios:
        last = next((each for each in reversed(other.counts) if each.effects is not None), None)
        if other is scenario or other.fault is not None or last is None or not last.effects:
            continue
        if last.effects < unit * last.expected:
            return 1
    return unit


def effects_in_words(effects: int) -> str:
    """Write a number of effects."""
    return f"{effects} effect" if effects == 1 else f"{effects} effects"
