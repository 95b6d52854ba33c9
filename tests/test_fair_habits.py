"""The habits of the fleet in virtual time: fair ones accuse nobody, on the real schedule and on a compressed one."""

from collections import Counter

import pytest

from sigcheck.message import MessageFactory, drawn_device
from sigcheck.model.rule import Status
from tests.clock import FakeClock
from tests.evidence import answer
from tests.fleet.in_virtual_time import KINDS, NOW, Receiver, failed, said, verified
from tests.test_replay import status

SPEEDS = pytest.mark.parametrize("speed", [1.0, 60.0], ids=["real", "compressed"])
BEGIN = FakeClock().now()


def limited(code, seconds):
    """Give the answer of a rate limit."""
    return answer(code, headers=(("Retry-After", str(seconds)),))


class Limited(Receiver):
    """Takes one new message of a device in `pace` seconds; a message that it knows is taken at any time."""

    def __init__(self, clock, pace=5):
        super().__init__(clock, self.turn_away)
        self.pace, self.last = pace, {}

    def turn_away(self, message, _delivery):
        if self._key(message) in self._seen:
            return None
        ready = self.last.get(message.device, -self.pace) + self.pace
        if self.clock.now() < ready:
            return limited(429, self.pace)
        self.last[message.device] = self.clock.now()
        return None


class Proxied(Receiver):
    """Stands behind a proxy that lets `most` requests through in `seconds`, and answers `refusal` to the others."""

    def __init__(self, clock, refusal, most=10, seconds=1):
        super().__init__(clock, self.turn_away)
        self._refusal, self._most, self._seconds, self._through = refusal, most, seconds, []

    def turn_away(self, _message, _delivery):
        self._through = [moment for moment in self._through if moment > self.clock.now() - self._seconds]
        if len(self._through) >= self._most:
            return self._refusal
        self._through.append(self.clock.now())
        return None


class Locked(Receiver):
    """Answers `error` to what comes while it is at work on another delivery."""

    def __init__(self, clock, error=500):
        super().__init__(clock)
        self._error, self._busy_until = error, 0.0

    def receive(self, message, delivery, done_at):
        if self.clock.now() + 1e-9 < self._busy_until:
            return self._error
        self._busy_until = done_at
        return super().receive(message, delivery, done_at)


class Rows(Receiver):
    """Makes `rows` rows of each message."""

    def __init__(self, clock, rows):
        super().__init__(clock)
        self._rows = rows

    def of(self, message):
        return self._rows * super().of(message)

    def total(self, message):
        return self._rows * super().total(message)


class Late(Receiver):
    """Has its effects `seconds` after the answer."""

    def __init__(self, clock, seconds):
        super().__init__(clock)
        self._seconds = seconds

    def shows_at(self, done_at):
        return done_at + self._seconds


class Twice(Receiver):
    """Has a second effect of each message, 20 s after the first."""

    def of(self, message):
        again = sum(who == message.identity and at + 20 <= self.clock.now() for who, at in self._effects)
        return super().of(message) + again


class Naive(Limited):
    """Knows no message again, and takes one of a device in 5 s."""

    def receive(self, message, delivery, done_at):
        refused = self.turn_away(message, delivery)
        if refused is not None:
            return refused
        self._effects.append((message.identity, done_at))
        return 204


class Twin:
    """Keeps what came last of each device."""

    def __init__(self, clock):
        self.clock, self._newest = clock, {}

    def receive(self, message, _delivery, _done_at):
        self._newest[message.device] = message
        return 204

    def of(self, message):
        return int(self._newest.get(message.device) == message)


@KINDS
@SPEEDS
@pytest.mark.parametrize("oldest", [900, 3600, 86_400])
def test_a_look_at_the_clock_accuses_nobody(oldest, speed, per_message):
    """A receiver that refuses messages of the future, and those older than 15 minutes, has met none that is new."""
    clock = FakeClock()

    def refuse(message, _delivery):
        age = NOW + clock.now() - BEGIN - message.time
        return 400 if age > oldest or age < -1 else None

    report = verified(Receiver(clock, refuse), speed=speed, per_message=per_message, samples=20)
    assert failed(report) == []
    assert status(report, "response-not-2xx") is Status.PASS


@KINDS
def test_a_look_at_the_clock_that_refuses_retries_is_found(per_message):
    """The Cloud's last retry comes seven minutes after the message: a limit of five minutes refuses it."""
    clock = FakeClock()
    receiver = Receiver(clock, lambda message, _: 400 if NOW + clock.now() - BEGIN - message.time > 300 else None)
    assert failed(verified(receiver, speed=1.0, per_message=per_message, samples=20)) == ["retry-rejected"]


@KINDS
@SPEEDS
def test_a_message_in_five_seconds_is_enough_for_a_device(speed, per_message):
    """A limit for each device is at most named as a rate limit, and every message has its effect."""
    report = verified(Limited(FakeClock()), speed=speed, per_message=per_message, samples=20)
    assert failed(report) == [] or failed(report, "should") == failed(report) == ["response-not-2xx"]
    assert failed(report) == [] or "limits the rate" in said(report, "response-not-2xx")
    assert status(report, "dedup-distinct-dropped") is Status.PASS
    assert status(report, "dedup-duplicate") is Status.PASS


LIMITS = {
    "10-a-second": lambda clock: Proxied(clock, limited(429, 1)),
    "10-a-second-503": lambda clock: Proxied(clock, limited(503, 1)),
    "10-a-second-unsaid": lambda clock: Proxied(clock, 429),
    "60-a-minute": lambda clock: Proxied(clock, limited(429, 60), 60, 60),
    "device-a-minute": lambda clock: Limited(clock, 60),
}


@KINDS
@SPEEDS
@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_named_as_one(limit, speed, per_message):
    """No rate limit is more than a warning that says so, whichever status says it and however long it asks to wait."""
    report = verified(LIMITS[limit](FakeClock()), speed=speed, per_message=per_message, samples=20)
    assert failed(report, "must") == []
    assert set(failed(report)) <= {"response-not-2xx", "retry-rejected"}
    words = ("limits the rate", "same time as others")
    assert all(any(each in said(report, rule) for each in words) for rule in failed(report))


@KINDS
@SPEEDS
@pytest.mark.parametrize("rows", [2, 3, 5])
def test_several_rows_of_each_message_are_its_unit(rows, speed, per_message):
    """Repeats that move nothing are no duplicates, however many rows a message makes."""
    report = verified(Rows(FakeClock(), rows), speed=speed, per_message=per_message)
    assert failed(report) == []
    assert status(report, "dedup-duplicate") is Status.PASS


@KINDS
@SPEEDS
@pytest.mark.parametrize(("error", "took"), [(500, 0.2), (500, 2.0), (503, 0.5)])
def test_a_locked_database_is_a_matter_of_load(error, took, speed, per_message):
    """An error for what comes while another delivery is in work is a warning, and no look-alike was dropped."""
    report = verified(Locked(FakeClock(), error), speed=speed, per_message=per_message, took=took)
    assert failed(report, "must") == []
    assert set(failed(report)) <= {"response-not-2xx", "retry-rejected"}


@KINDS
@SPEEDS
@pytest.mark.parametrize("seconds", [5, 30, 45, 58])
def test_late_effects_are_not_lost(seconds, speed, per_message):
    """What the default of --effects-within covers is waited for, in compressed runs too."""
    report = verified(Late(FakeClock(), seconds), speed=speed, per_message=per_message)
    # A total cannot tell whose the effects are that come when others are due: then the observer is what is named.
    assert failed(report) == ([] if per_message else ["dedup-observer"])


def test_a_second_effect_after_twenty_seconds_is_seen():
    """The last count of a compressed run comes late enough for it."""
    assert failed(verified(Twice(FakeClock()))) == ["dedup-duplicate"]


@SPEEDS
def test_the_newest_state_alone_is_one_finding(speed):
    """A twin of each device loses the older message, and nothing else is wrong with it or with the observer."""
    assert failed(verified(Twin(FakeClock()), speed=speed)) == ["dedup-disorder"]


@KINDS
def test_no_key_behind_a_limit_is_found_out(per_message):
    """A limit that turns the first repeats away hides nothing: those that came more slowly were processed again."""
    report = verified(Naive(FakeClock()), per_message=per_message)
    assert failed(report, "must") == ["dedup-duplicate"]


@KINDS
@pytest.mark.parametrize("first", [2, 6])
def test_the_first_messages_are_counted_too(first, per_message):
    """Messages that were acknowledged and never stored are lost, although samples are no part of a scenario."""
    clock = FakeClock()
    asked = []

    def sleepy(_message, _delivery):
        asked.append(clock.now())
        return 204 if len(asked) <= first else None

    report = verified(Receiver(clock, sleepy), per_message=per_message, samples=20)
    assert failed(report) == ["dedup-lost"]


def twice(key, gap):
    """Verify one receiver twice, at once or `gap` seconds after the first run; give the rules that failed."""
    clock = FakeClock()
    receiver = Receiver(clock, key=key)
    reports = []
    for number, seed in enumerate((7, 2900)):
        now = NOW + (int(clock.now() - BEGIN) + gap if number and gap else 0)
        factory = MessageFactory(drawn_device(0xABCDE + 0x4321 * number), "0102", now, seed)
        reports.append(verified(receiver, factory=factory))
    return [failed(report) for report in reports]


KEYS = {
    "device-time": (lambda message: (message.device, message.time), []),
    "device-seqnumber": (lambda message: (message.device, message.seq_number), ["dedup-distinct-dropped"]),
    "device-time-data": (lambda message: (message.device, message.time, message.data), []),
    "device-seqnumber-data": (
        lambda message: (message.device, message.seq_number, message.data),
        ["dedup-distinct-dropped"],
    ),
    "seqnumber-time": (lambda message: (message.seq_number, message.time), ["dedup-distinct-dropped"]),
}


@pytest.mark.parametrize("gap", [0, 600], ids=["same-second", "ten-minutes-later"])
@pytest.mark.parametrize("key", KEYS)
def test_two_runs_never_meet(key, gap):
    """What a second run finds is what the first one found, whatever key the receiver keeps messages by."""
    chosen, expected = KEYS[key]
    assert twice(chosen, gap) == [expected, expected]


def test_a_key_of_time_alone_is_judged_alike_ten_minutes_later():
    """The seconds of a later run are other ones."""
    expected = ["dedup-distinct-dropped"]
    assert twice(lambda message: message.time, 600) == [expected, expected]


def test_messages_of_a_run_have_devices_of_their_own():
    """No two of a run share device and time: each has an effect even under that key, twenty samples included."""
    sent = Counter()
    clock = FakeClock()
    receiver = Receiver(clock, lambda message, _: sent.update([message.identity]))
    verified(receiver, samples=20)
    by_key = Counter((identity[0], identity[1]) for identity in sent)
    assert set(by_key.values()) == {1}
