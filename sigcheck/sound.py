"""Whether the parts of evidence that was saved fit together: what no run writes down, only who edits a file. Pure."""

from collections.abc import Iterator

from sigcheck.model.delivery import Exchange
from sigcheck.model.effects import EffectCount
from sigcheck.model.evidence import Evidence


class UnsoundError(Exception):
    """A value that no run writes down."""


def see_fit(evidence: Evidence, place: str) -> None:
    """See that counts are about messages and deliveries that are there, and that limits and waits are positive.

    Every rule and every format goes by that. Raises UnsoundError; `place` is what the evidence is called in it.
    """
    policy = evidence.policy
    _see_positive(policy.answer_limit, f"{place}.policy.answer_limit")
    for number, wait in enumerate(policy.retry_waits):
        _see_positive(wait, f"{place}.policy.retry_waits[{number}]")
    _see_positive(evidence.settings.speed, f"{place}.settings.speed")
    for exchange, where in _exchanges(evidence):
        _see_positive(exchange.limit, f"{place}.{where}.limit")
    for number, scenario in enumerate(evidence.scenarios):
        inside = f"{place}.scenarios[{number}].counts"
        _see_counts(scenario.counts, len(scenario.messages), len(scenario.exchanges), inside)
    _see_counts(evidence.whole, len(evidence.samples), 0, f"{place}.whole")


def _see_counts(counts: tuple[EffectCount, ...], messages: int, exchanges: int, place: str) -> None:
    for number, counted in enumerate(counts):
        for name, index, most in (("message", counted.message, messages), ("exchange", counted.exchange, exchanges)):
            if index is not None and not 0 <= index < most:
                raise UnsoundError(f"{place}[{number}].{name} is {index}, and there are {most}")


def _see_positive(value: float, place: str) -> None:
    if not value > 0:
        raise UnsoundError(f"{place} is not above 0")


def _exchanges(evidence: Evidence) -> Iterator[tuple[Exchange, str]]:
    """Give every delivery, with what its place is called."""
    yield from ((each, f"samples[{number}]") for number, each in enumerate(evidence.samples))
    yield from ((each, f"disturbed[{number}]") for number, each in enumerate(evidence.disturbed))
    if evidence.http10 is not None:
        yield evidence.http10, "http10"
    if evidence.unauthenticated is not None:
        yield evidence.unauthenticated, "unauthenticated"
    if evidence.moved is not None:
        yield evidence.moved, "moved"
    for number, scenario in enumerate(evidence.scenarios):
        for index, each in enumerate(scenario.exchanges):
            yield each, f"scenarios[{number}].exchanges[{index}]"
