"""A compressed replay obeys Retry-After, up to the pace that the Cloud itself would keep; a real one is not changed."""

from datetime import timedelta
from email.utils import format_datetime
from math import ceil

import pytest

from sigcheck.model.rule import Status
from tests.clock import START, FakeClock
from tests.evidence import answer
from tests.scripted import Effects, ScriptedDelivery, ScriptedObserver, Served
from tests.test_replay import play, status


def limited(wait=None, *, code=429, more=()):
    """Give the answer of a rate limit."""
    return answer(code, headers=((("Retry-After", wait), *more) if wait is not None else more))


def sent(answers, *, speed=240.0, took=0.0, **more):
    """Play the replay against these answers; give when each delivery was sent, from the first on, and the report."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock, answers=answers, took=took)
    report = play(clock, deliver, speed=speed, **more)
    return [round(moment - 1000, 3) for moment in deliver.arrived], report


@pytest.mark.parametrize(
    ("answers", "moments"),
    [
        ([answer()], [0, 0.25, 0.75, 1.75]),
        ([limited("5"), answer()], [0, 5, 5.5, 6.5]),
        ([limited("5"), limited("7"), answer()], [0, 5, 12, 13]),
        ([answer(), limited("5"), answer()], [0, 0.25, 5.25, 6.25]),
        ([limited(), answer()], [0, 1, 1.5, 2.5]),
        ([limited("0"), answer()], [0, 0.25, 0.75, 1.75]),
        ([limited("5", code=503), answer()], [0, 5, 5.5, 6.5]),
        ([limited(code=503), answer()], [0, 0.25, 0.75, 1.75]),
        ([limited("5", code=500), answer()], [0, 0.25, 0.75, 1.75]),
        ([limited("600")], [0, 60, 180, 420]),
        ([limited("90")], [0, 60, 150, 240]),
    ],
    ids=["none", "once", "twice", "later", "unsaid", "none-asked", "503", "503-unsaid", "500", "endless", "90-s"],
)
def test_a_compressed_replay_waits_as_it_is_asked(answers, moments):
    """Each repeat waits for what the answer before it asked for, and never longer than the Cloud would have waited."""
    assert sent(answers)[0] == moments


@pytest.mark.parametrize("wait", [None, "5", "90", "600"])
@pytest.mark.parametrize(("counted", "moments"), [("previous", [0, 60, 180, 420]), ("first", [0, 60, 120, 240])])
def test_a_real_replay_is_not_changed(wait, counted, moments):
    """On the real schedule the Cloud's own moments are kept, whatever the receiver asks for."""
    assert sent([limited(wait)], speed=1.0, counted=counted)[0] == moments


def test_less_than_the_schedules_own_wait_changes_nothing():
    """Who asks for a second where the schedule waits for two gets two."""
    assert sent([limited("1")], speed=60.0)[0] == [0, 1, 3, 7]


def test_waits_from_the_first_delivery():
    """Under the other reading too a repeat comes no sooner than the answer before it asked for."""
    assert sent([limited("5"), answer()], counted="first")[0] == [0, 5, 5, 5]
    assert sent([answer(), limited("5"), answer()], counted="first")[0] == [0, 0.25, 5.25, 5.25]


def test_the_wait_begins_when_the_answer_came():
    """A slow answer's Retry-After counts from its end, as the schedule's own waits do."""
    assert sent([limited("5"), answer()], took=2.0)[0] == [0, 7, 9.5, 12.5]


def test_a_moment_is_obeyed_too():
    """Retry-After may be a date; it is compared with the Date of the same answer."""
    date = format_datetime(START, usegmt=True)
    until = format_datetime(START + timedelta(seconds=9), usegmt=True)
    assert sent([limited(until, more=(("Date", date),)), answer()])[0] == [0, 9, 9.5, 10.5]


class Limit:
    """A receiver that accepts one request of a device in `seconds`, and answers 429 to others."""

    def __init__(self, clock, seconds):
        self._clock, self._seconds = clock, seconds
        self._last = {}
        self.refused = 0

    def receive(self, message, delivery, done_at):
        now = self._clock.now()
        left = self._last.get(message.device, float("-inf")) + self._seconds - now
        if left > 0:
            self.refused += 1
            return limited(str(ceil(left)))
        self._last[message.device] = now
        return 204


def test_a_limit_that_the_clouds_own_pace_keeps_is_not_accused():
    """A limit per device of a minute is met by a compressed run, which then slows down: nothing is accused for it."""
    clock = FakeClock()
    limit = Limit(clock, 50)
    report = play(clock, Served(clock, limit.receive), speed=240.0, families=("response", "retry"), samples=1)
    assert limit.refused > 0
    assert [each.rule for each in report.results if each.status is Status.FAIL and each.level == "must"] == []
    assert status(report, "retry-rejected") is Status.UNDECIDED


def test_the_messages_own_refusal_is_obeyed_though_its_companions_are_accepted():
    """What goes out beside the message and is accepted does not make its rate limit forgotten."""
    clock = FakeClock()
    effects = Effects()
    arrived = []

    def receive(message, delivery, done_at):
        own = message.device == "516C4EC0"
        if own:
            arrived.append(round(clock.now() - 1000, 3))
        if own and len(arrived) == 1:
            return limited("30")
        effects.arrives(message)
        return 204

    count = ScriptedObserver(effects.of, settle=0.1)
    play(clock, Served(clock, receive, took=0.0), observer=count, speed=240.0, families=("retry",))
    assert len(arrived) == 4
    assert arrived[1] - arrived[0] >= 30
