"""Receivers that know only registered devices, verified with these alone: right ones pass, and each fault is found."""

import pytest

from sigcheck.devices import RegisteredDevices
from sigcheck.message import DEFAULT_DATA
from sigcheck.model.figures import devices
from sigcheck.model.rule import Status
from tests.clock import FakeClock
from tests.evidence import answer
from tests.fleet.in_virtual_time import KINDS, NOW, Receiver, failed, said, verified
from tests.test_fair_habits import Limited, Twin
from tests.test_replay import status


def ids(number):
    """Give so many ids."""
    return tuple(f"20AE{place:02X}" for place in range(number))


EFFECTS = ("dedup-duplicate", "dedup-lost", "dedup-race", "dedup-distinct-dropped", "dedup-disorder")
FEW = pytest.mark.parametrize("number", [1, 2, 3, 30])
NOT_FOUND = answer(404)
KNOWN = ids(30)


class Registered(Receiver):
    """Answers 404 to the devices that it does not know; what has the same `key` as another message is dropped."""

    def __init__(self, clock, known=KNOWN, key=lambda message: message.identity):
        super().__init__(clock, lambda message, _delivery: None if message.device in known else NOT_FOUND, key)


class Racing(Registered):
    """Looks before it inserts: deliveries that come together all look new."""

    def receive(self, message, delivery, done_at):
        if delivery.company > 1:
            self._seen.discard(self._key(message))
        return super().receive(message, delivery, done_at)


class Forgetful(Registered):
    """Knows no message again."""

    def receive(self, message, delivery, done_at):
        self._seen.clear()
        return super().receive(message, delivery, done_at)


class OfLast(Registered):
    """Remembers the last message of each device."""

    def receive(self, message, delivery, done_at):
        self._seen = {each for each in self._seen if each[0] != message.device or each == message.identity}
        return super().receive(message, delivery, done_at)


class Newest(Registered):
    """Drops what is no newer than the last message of its device."""

    def __init__(self, clock):
        super().__init__(clock)
        self._last = {}

    def receive(self, message, delivery, done_at):
        if message.time <= self._last.get(message.device, 0):
            return 204
        self._last[message.device] = message.time
        return super().receive(message, delivery, done_at)


def with_devices(receiver, number, *, data=DEFAULT_DATA, varied=True, seed=7, **given):
    """Verify a receiver with so many registered devices."""
    factory = RegisteredDevices(ids(number), data, NOW, seed, varied=varied)
    return verified(receiver, factory=factory, **given)


@KINDS
@FEW
@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_a_right_receiver_is_compliant_with_few_devices(number, speed, per_message):
    """Whatever few devices it knows, all that they can show is shown, and the rest is said."""
    report = with_devices(Registered(FakeClock()), number, speed=speed, per_message=per_message)
    assert failed(report) == []
    assert [each.rule for each in report.results if each.status is Status.UNDECIDED] == ["dedup-window"] * (speed > 1)
    assert all(status(report, rule) is Status.PASS for rule in EFFECTS)
    assert {each.message.device for each in report.evidence.exchanges} <= set(ids(number))
    assert sum(each.count for each in devices(report.evidence)) >= min(number, 15)


@KINDS
@FEW
def test_a_race_is_found_with_few_devices(number, per_message):
    """A receiver that answers 404 to unknown devices and looks before it inserts fails dedup-race, and nothing else."""
    assert failed(with_devices(Racing(FakeClock()), number, per_message=per_message)) == ["dedup-race"]


@KINDS
@FEW
@pytest.mark.parametrize(
    ("make", "expected"),
    [(Forgetful, "dedup-duplicate"), (Newest, "dedup-disorder")],
)
def test_other_faults_are_found_with_few_devices(make, expected, number, per_message):
    """A receiver without a memory, and one that drops what comes late, fail the rule that is about this."""
    assert failed(with_devices(make(FakeClock()), number, per_message=per_message)) == [expected]


@pytest.mark.parametrize(("speed", "expected"), [(1.0, "dedup-duplicate"), (60.0, "dedup-disorder")])
def test_a_memory_of_the_last_message_is_found_with_one_device(speed, expected):
    """On the real schedule other messages of the device come between the retries; in any case the disorder shows it."""
    assert failed(with_devices(OfLast(FakeClock()), 1, speed=speed)) == [expected]


@KINDS
@FEW
@pytest.mark.parametrize("speed", [1.0, 60.0])
@pytest.mark.parametrize(
    ("key", "across"),
    [
        (lambda m: (m.device, m.data), False),
        (lambda m: (m.device, m.seq_number), False),
        (lambda m: m.data, False),
        (lambda m: (m.time, m.seq_number), True),
        (lambda m: m.time, True),
    ],
    ids=["device-data", "device-seqnumber", "data", "time-seqnumber", "time"],
)
def test_an_over_eager_key_is_found_and_nothing_else(key, across, speed, number, per_message):
    """Whatever a receiver leaves out of its key, a look-alike names it; two devices alike need two of them."""
    report = with_devices(Registered(FakeClock(), key=key), number, speed=speed, per_message=per_message)
    assert failed(report) == ([] if number == 1 and across else ["dedup-distinct-dropped"])


@KINDS
@FEW
def test_device_and_time_are_enough_of_a_key(number, per_message):
    """No device of a run sends twice in a second, so a receiver with this key is right."""
    receiver = Registered(FakeClock(), key=lambda message: (message.device, message.time))
    assert failed(with_devices(receiver, number, per_message=per_message)) == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_receiver_of_first_messages_alone_is_found(number):
    """Where only the first message of each device has an effect, that is one finding, and the others wait for it."""
    report = with_devices(Registered(FakeClock(), key=lambda m: m.device), number)
    assert failed(report) == ["dedup-distinct-dropped"]
    assert "only the first message had an effect" in said(report, "dedup-distinct-dropped")
    assert status(report, "dedup-lost") is Status.SKIP


@FEW
def test_data_that_was_given_is_sent_as_it_is(number):
    """The receiver may look at it: all messages but one have it, and a key of device and data is found all the same."""
    receiver = Registered(FakeClock(), key=lambda m: (m.device, m.data))
    report = with_devices(receiver, number, data="0102", varied=False)
    assert failed(report) == ["dedup-distinct-dropped"]
    sent = [each.message.data for each in report.evidence.exchanges]
    assert (set(sent), sent.count("0103")) == ({"0102", "0103"}, 1)


def test_a_total_of_first_messages_accuses_nobody():
    """A total that counts devices says the same: it is not the receiver's fault."""
    report = with_devices(Registered(FakeClock(), key=lambda m: m.device), 1, per_message=False)
    assert failed(report) == []
    assert status(report, "dedup-distinct-dropped") is Status.UNDECIDED


@FEW
def test_an_observer_of_the_newest_message_is_not_called_broken(number):
    """Where a count goes back because a later message of the device took its place, that alone is told."""
    assert failed(with_devices(Twin(FakeClock()), number)) == ["dedup-disorder"]


@FEW
def test_a_pace_of_each_device_is_kept(number):
    """A receiver that takes one new message of a device in 5 s turns nothing away on the real schedule."""
    report = with_devices(Limited(FakeClock()), number, speed=1.0)
    assert failed(report) == []
    assert status(report, "response-not-2xx") is Status.PASS
