"""How many effects one message has: learned from the first message, or said by the user."""

from sigcheck.model.effects import EffectCount, ScenarioResult
from sigcheck.model.evidence import Evidence


def effects_per_message(evidence: Evidence) -> int:
    """Give the unit in which effects are counted, 1 at least.

    One message may well make several rows. How many shows after its first delivery, before any retry: that is what
    the retries must not change.
    """
    if evidence.settings.effects_per_message is not None:
        return evidence.settings.effects_per_message
    if evidence.observer is not None and evidence.observer.kind == "afterwards":
        # What a first delivery made was not seen; a sample is delivered once.
        return min((each.effects for each in evidence.whole if each.effects), default=1)
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
