"""What a report says in figures, computed once for every renderer: answer times, the timeline, devices, messages.

Times are seconds; a timeline's are counted from the start of its first delivery.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import count, groupby

from msgspec import Struct

from sigcheck.model.delivery import Answer, Exchange, Message, Phase
from sigcheck.model.effects import EffectCount, ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.words import Own

_HEX = re.compile(r"[0-9A-Fa-f]{1,8}")


class AnswerTimes(Struct, frozen=True):
    """How long the samples took to be answered, from the request being sent to the headers being received.

    `values` has one entry a sample, None for no answer. The first is apart: it may be a cold start. `minimum` to
    `maximum` are those of the others, None where none of them was answered.
    """

    values: tuple[float | None, ...]
    limit: float
    minimum: float | None = None
    median: float | None = None
    p95: float | None = None
    maximum: float | None = None

    @property
    def answered(self) -> int:
        """How many samples were answered."""
        return sum(value is not None for value in self.values)

    @property
    def first(self) -> float | None:
        """What the first sample took."""
        return self.values[0] if self.values else None


class Moment(Struct, frozen=True):
    """One delivery on a timeline. `sent` is when it began, with the look-up of the name and the connection.

    `requested` is when the request was wholly sent: the limit counts from there, to `deadline`. Both are None where
    it never was. `ended` is when the answer was there, or the delivery had failed.
    `outcome` says in words what came of it; `effects` is how many effects of the message had been counted by then,
    None where they were not counted, and `expected` how many there should be.
    """

    delivery: int
    due: float
    sent: float
    answered: float | None
    deadline: float | None
    outcome: Own
    accepted: bool
    effects: int | None = None
    expected: int | None = None
    requested: float | None = None
    ended: float | None = None


class Course(Struct, frozen=True):
    """The deliveries of one message of the replay."""

    name: Own
    message: Message
    moments: tuple[Moment, ...]


class Timeline(Struct, frozen=True):
    """The replay of the Cloud's schedule, message by message. `not_played` says why it was left out or cut short."""

    speed: float
    schedule: Own
    courses: tuple[Course, ...]
    not_played: Own | None = None


class Devices(Struct, frozen=True):
    """Devices whose ids follow each other, from `first` to `last`, to which messages were sent."""

    first: str
    last: str
    count: int


class SentMessage(Struct, frozen=True):
    """One message that was sent, and how often. `part` names the scenario, or "samples"; `index` its place there."""

    part: Own
    index: int
    name: Own
    message: Message
    deliveries: int
    accepted: int


def answer_times(evidence: Evidence) -> AnswerTimes | None:
    """Measure the samples; None where there are none."""
    values = tuple(exchange.answered_after for exchange in evidence.samples)
    if not values:
        return None
    warm = [value for value in values[1:] if value is not None]
    limit = evidence.policy.answer_limit
    if not warm:
        return AnswerTimes(values, limit)
    from statistics import median, quantiles

    p95 = quantiles(warm, n=20, method="inclusive")[-1] if len(warm) > 1 else warm[0]
    return AnswerTimes(values, limit, min(warm), median(warm), p95, max(warm))


def timeline(evidence: Evidence) -> Timeline | None:
    """Arrange the replay by its messages; None where none was planned."""
    replay = evidence.scenario("retry")
    if replay is None:
        return None
    previous = evidence.settings.schedule_from == "previous"
    waits = "each wait starts at the previous delivery" if previous else "all waits start at the first delivery"
    courses = []
    for index, message in enumerate(replay.messages):
        exchanges = [each for each in replay.exchanges if message in each.messages]
        if exchanges:
            start = replay.exchanges[0].started
            moments = tuple(_moment(each, replay, index, start, evidence) for each in exchanges)
            courses.append(Course(_name(replay, index), message, moments))
    return Timeline(evidence.settings.speed, waits, tuple(courses), replay.not_played)


def _moment(exchange: Exchange, replay: ScenarioResult, index: int, start: float, evidence: Evidence) -> Moment:
    counted = _counted(replay, index, exchange)
    sent = exchange.sent
    answered = None if exchange.answered_after is None or sent is None else sent + exchange.answered_after - start
    return Moment(
        delivery=exchange.attempt,
        due=0.0 if exchange.due is None else exchange.due - start,
        sent=exchange.started - start,
        answered=answered,
        deadline=None if sent is None else sent + exchange.limit - start,
        outcome=outcome(exchange),
        accepted=exchange.accepted(evidence.policy),
        effects=None if counted is None else counted.effects,
        expected=None if counted is None else counted.expected,
        requested=None if sent is None else sent - start,
        ended=exchange.started + exchange.total - start,
    )


def _counted(replay: ScenarioResult, index: int, exchange: Exchange) -> EffectCount | None:
    """Give the last count behind a delivery: of its message, or of all of them together."""
    counts = [
        counted
        for counted in replay.counts
        if counted.effects is not None
        and counted.message in {index, None}
        and counted.exchange is not None
        and replay.exchanges[counted.exchange].attempt == exchange.attempt
    ]
    return counts[-1] if counts else None


def _name(scenario: ScenarioResult, index: int) -> str:
    return scenario.names[index] if index < len(scenario.names) else f"message {index + 1}"


def outcome(exchange: Exchange) -> str:
    """Say what came of a delivery: "204 after 71.0 ms", or how it failed."""
    match exchange.outcome:
        case Answer(status=status) if exchange.answered_after is not None:
            return f"{status} after {span(exchange.answered_after)}"
        case Answer(status=status):
            return str(status)
        case failure:
            return f"{failure.kind} ({failure.phase})"


def batch_of(messages: int) -> str:
    """Call a batch by its size: "a batch of 3 messages"."""
    return f"a batch of {messages} message{'' if messages == 1 else 's'}"


def span(value: float) -> str:
    """Give seconds as people read them."""
    if value < 1:
        return f"{value * 1000:.1f} ms"
    minutes, rest = divmod(value, 60)
    return f"{minutes:.0f} min {rest:.0f} s" if minutes else f"{value:.2f} s"


def messages(evidence: Evidence) -> tuple[SentMessage, ...]:
    """List every message of which a delivery was made, in the order of the report: samples, then the scenarios."""
    found = list(_of_samples(evidence))
    for scenario in evidence.scenarios:
        for index, message in enumerate(scenario.messages):
            exchanges = [each for each in scenario.exchanges if message in each.messages]
            if exchanges:
                found.append(_sent(scenario.scenario, index, _name(scenario, index), message, exchanges, evidence))
    return tuple(found)


def _of_samples(evidence: Evidence) -> Iterator[SentMessage]:
    for index, exchange in enumerate(evidence.samples):
        yield _sent("samples", index, f"sample {index + 1}", exchange.message, [exchange], evidence)
    for index, exchange in enumerate(evidence.disturbed, len(evidence.samples)):
        yield _sent("samples", index, "a sample that was taken again", exchange.message, [exchange], evidence)
    place = len(evidence.samples) + len(evidence.disturbed)
    others = (
        (evidence.http10, "by HTTP/1.0"),
        (evidence.unauthenticated, "without credentials"),
        (evidence.moved, "with the query in its body"),
    )
    for sent, name in others:
        if sent is not None:
            yield _sent("samples", place, f"the message {name}", sent.message, [sent], evidence)
            place += 1


def _sent(
    part: str, index: int, name: str, message: Message, exchanges: list[Exchange], evidence: Evidence
) -> SentMessage:
    accepted = sum(each.accepted(evidence.policy) for each in exchanges)
    return SentMessage(part, index, name, message, len(exchanges), accepted)


def devices(evidence: Evidence) -> tuple[Devices, ...]:
    """List the devices that messages were sent for, those that follow each other as one entry: to clean up by."""
    ids = [sent.device for each in evidence.exchanges if _may_have_arrived(each) for sent in each.messages]
    if evidence.settings.device and evidence.requests > len(evidence.exchanges):
        # A delivery that a run was cut short in has no exchange, and may have had an effect all the same.
        ids.append(evidence.settings.device)
    return tuple(_runs(ids))


def _may_have_arrived(exchange: Exchange) -> bool:
    """Whether a part of the request, at least, was sent: without a connection nothing was stored."""
    outcome = exchange.outcome
    return isinstance(outcome, Answer) or outcome.phase in {Phase.SEND, Phase.WAIT, Phase.BODY}


def _runs(ids: Iterable[str]) -> Iterator[Devices]:
    # A saved report that somebody has edited may have anything in the place of an id.
    known = {int(each, 16): each for each in ids if _HEX.fullmatch(each)}
    step = count()
    for _, group in groupby(sorted(known), key=lambda number: number - next(step)):
        numbers = list(group)
        yield Devices(known[numbers[0]], known[numbers[-1]], len(numbers))
