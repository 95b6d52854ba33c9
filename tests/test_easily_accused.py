"""Receivers and observers that are right and look wrong: nobody is accused, and what is open says why."""

import pytest

from sigcheck.callback import configure
from sigcheck.model.rule import Status
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.target import parse_target
from tests.clock import FakeClock
from tests.scripted import ScriptedDelivery, ScriptedObserver
from tests.test_replay import play, status

EVERYTHING = ("response", "deadline", "retry", "dedup")


class Register:
    """A receiver that knows some devices only, and says 204 to all."""

    def __init__(self, *devices):
        self._devices = devices
        self.counts = {}

    def arrives(self, message):
        if message.device in self._devices:
            self.counts[message.identity] = 1

    def of(self, message):
        return self.counts.get(message.identity, 0)


def test_a_register_of_devices_is_not_taken_for_losing_messages():
    """A receiver that ignores devices it does not know is not accused; what needs other devices stays open."""
    clock = FakeClock()
    receiver = Register("516C4EC0")
    deliver = ScriptedDelivery(clock, happens=receiver.arrives)
    report = play(clock, deliver, observer=ScriptedObserver(receiver.of), families=("retry", "dedup"))
    assert [each.rule for each in report.results if each.status is Status.FAIL] == []
    assert status(report, "dedup-duplicate") is Status.PASS
    assert status(report, "dedup-lost") is Status.PASS
    for rule in ("dedup-race", "dedup-distinct-dropped", "dedup-disorder"):
        said = next(each for each in report.results if each.rule == rule)
        assert said.status is Status.UNDECIDED
        assert "registered devices" in said.summary


@pytest.mark.parametrize(
    ("template", "left", "open_rules"),
    [
        ("?id={device}&data={data}", {"look-alikes", "disorder"}, {"dedup-distinct-dropped", "dedup-disorder"}),
        ("?id={device}&n={seqNumber}", {"look-alikes"}, {"dedup-distinct-dropped"}),
        ("?id={device}&t={time}", set(), set()),
    ],
    ids=["no-identity", "no-time", "no-counter"],
)
def test_a_callback_that_does_not_tell_messages_apart_accuses_nobody(template, left, open_rules):
    """Messages that are the same on the wire are not sent as different ones, and the reason is said."""
    clock = FakeClock()
    seen = {}
    deliver = ScriptedDelivery(clock)

    async def transport(delivery):
        seen[delivery.request] = delivery.request
        return await deliver(delivery)

    url = f"https://receiver.example/{template}"
    render = configure(parse_target(url), SIGFOX_CLOUD, "0badcafe").render

    def count(message):
        return int(render(message) in seen)

    report = play(clock, transport, observer=ScriptedObserver(count), families=("retry", "dedup"), url=url)
    unplayed = {scenario.scenario for scenario in report.evidence.scenarios if "apart" in (scenario.not_played or "")}
    assert unplayed == left
    assert [each.rule for each in report.results if each.status is Status.FAIL] == []
    assert {rule for rule in open_rules if status(report, rule) is not Status.UNDECIDED} == set()


def test_an_observer_of_devices_is_named_and_accuses_nobody():
    """An observer that counts all of a device's messages is found out before it can accuse."""
    clock = FakeClock()
    sent = []
    deliver = ScriptedDelivery(clock, happens=lambda message: sent.append(message) if message not in sent else None)
    count = ScriptedObserver(lambda message: sum(each.device == message.device for each in sent))
    report = play(clock, deliver, observer=count, families=("response", "retry", "dedup"))
    failed = [each for each in report.results if each.status is Status.FAIL]
    assert [each.rule for each in failed] == ["dedup-observer"]
    assert "never sent" in failed[0].summary
    assert report.verdict == "undecided"


class Queue:
    """A receiver that answers at once and works through its messages one after the other, `each` seconds a message."""

    def __init__(self, clock, each):
        self._clock, self._each = clock, each
        self._done = {}
        self._free = 0.0

    def arrives(self, message):
        if message.identity not in self._done:
            self._free = max(self._free, self._clock.now()) + self._each
            self._done[message.identity] = self._free

    def of(self, message):
        return int(self._clock.now() >= self._done.get(message.identity, float("inf")))

    def total(self, _message):
        return sum(self._clock.now() >= done for done in self._done.values())


@pytest.mark.parametrize("per_message", [True, False], ids=["per-message", "total"])
@pytest.mark.parametrize("each", [0.3, 1.0], ids=["0.3s", "1s"])
def test_a_slow_queue_is_not_taken_for_a_lossy_one(each, per_message):
    """Effects that queue up behind each other are waited for, or left open; nobody is accused of losing them."""
    clock = FakeClock()
    queue = Queue(clock, each)
    deliver = ScriptedDelivery(clock, happens=queue.arrives)
    count = ScriptedObserver(queue.of if per_message else queue.total, per_message=per_message, settle=0.3)
    report = play(clock, deliver, observer=count, speed=240.0, families=("retry", "dedup"))
    accused = {each.rule for each in report.results if each.status is Status.FAIL}
    assert accused <= {"dedup-observer"}
    if per_message:
        assert accused == set()
        assert status(report, "dedup-distinct-dropped") is Status.PASS
