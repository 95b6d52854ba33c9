"""The scenarios, against scripted receivers and a clock that moves when slept on: what is sent, and what is found."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from sigcheck.message import SPACING, MessageFactory
from sigcheck.model.effects import NotPlayedKind
from sigcheck.model.rule import Status
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.scenario import Deliver, Plan
from sigcheck.scenario.choice import BATCHED, LAST, SHORT, choose
from sigcheck.scenario.look_alike_plans import SHORTEST_CYCLE, other_data
from sigcheck.scenario.plans import ReceiverProfile, retry
from sigcheck.schedule import schedule
from tests.clock import FakeClock
from tests.scripted import Effects, ScriptedDelivery, ScriptedObserver
from tests.test_replay import play, status

EVERYTHING = ("response", "deadline", "retry", "dedup")
HOURS = 6 * 3600


def profile(**given) -> ReceiverProfile:
    """Make the circumstances of a quick receiver with every option."""
    usual = ReceiverProfile(
        answer=0.05,
        limit=10.0,
        sampled=True,
        counted=True,
        per_message=True,
        failable=True,
        fails_by_command=False,
        restartable=True,
        batched=False,
    )
    return structs.replace(usual, **given)


def plans(factory, around) -> list[Plan]:
    """Plan everything."""
    made = [planner(factory, around) for planner in (*SHORT.values(), *BATCHED.values(), *LAST.values())]
    timetable = schedule(SIGFOX_CLOUD, 1.0, "previous")
    return [retry(factory, timetable, around), *(plan for plan in made if isinstance(plan, Plan))]


@given(
    seed=st.integers(0, 4095),
    device=st.sampled_from(["516C4EC0", "FFFFFFF0", "0", "20aeab"]),
    answer=st.floats(0.001, 10),
    per_message=st.booleans(),
)
def test_every_message_is_one_that_a_device_could_have_sent(seed, device, answer, per_message):
    """No device sends faster than it can, no counter comes back within hours, and no other is old."""
    factory = MessageFactory(device, "0102", 1_795_000_000, seed)
    messages = [
        message for plan in plans(factory, profile(answer=answer, per_message=per_message)) for message in plan.messages
    ]
    assert len({message.identity for message in messages}) == len(messages)
    for one in messages:
        assert 0 <= one.seq_number < 4096
        assert one.time <= 1_795_000_000
        age = 1_795_000_000 - one.time
        assert age < 30 or any(
            one.device == each.device and one.seq_number == each.seq_number for each in messages if each is not one
        )
        for other in messages:
            if one is other or one.device != other.device:
                continue
            assert abs(one.time - other.time) >= 20
            if one.seq_number == other.seq_number:
                assert abs(one.time - other.time) >= HOURS


def test_scenarios_have_devices_of_their_own():
    """No device occurs in two scenarios: what one counts, no other does."""
    made = plans(MessageFactory("516C4EC0", "0102", 1_795_000_000, 7), profile(answer=2.0))
    assert [plan.scenario for plan in made] == [
        "retry", "lost answer", "late answer", "race", "look-alikes", "disorder", "failure", "two batches",
        "restart",
    ]  # fmt: skip
    devices = [{message.device for message in plan.messages} for plan in made]
    assert sum(len(each) for each in devices) == len(set().union(*devices))


def test_the_look_alikes_differ_in_one_thing():
    """Each pair shares all that two real messages can share."""
    plan = SHORT["look-alikes"](MessageFactory("516C4EC0", "0102", 1_795_000_000, 7), profile())
    half = len(plan.messages) // 2
    same_data, wrapped, changed, elsewhere = zip(plan.messages[:half], plan.messages[half:], strict=True)
    assert (same_data[0].device, same_data[0].data) == (same_data[1].device, same_data[1].data)
    assert same_data[1].seq_number == same_data[0].seq_number + 1
    assert wrapped[0].seq_number == wrapped[1].seq_number
    assert wrapped[1].time - wrapped[0].time == SHORTEST_CYCLE * SPACING
    assert changed[0].device == changed[1].device
    assert changed[0].data != changed[1].data
    assert (elsewhere[0].time, elsewhere[0].seq_number) == (elsewhere[1].time, elsewhere[1].seq_number)
    assert elsewhere[0].device != elsewhere[1].device


@pytest.mark.parametrize(("data", "other"), [("", "00"), ("0102", "0103"), ("0F", "0E"), ("0f", "0e"), ("ff", "fe")])
def test_other_data(data, other):
    """The changed payload has the same length and the same case."""
    message = MessageFactory("A", data, 0, 0).message()
    assert other_data(message) == other


def test_without_an_observer_nothing_but_the_replay_is_sent():
    """Scenarios prove something by counting alone, so without a count none is played."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock)
    report = play(clock, deliver, families=("retry", "dedup"))
    assert len(deliver.deliveries) == 4
    assert {scenario.not_played for scenario in report.evidence.scenarios if scenario.scenario != "retry"} == {
        "no observer counts the effects"
    }
    assert status(report, "dedup-race") is Status.UNDECIDED
    assert report.verdict == "undecided"


def test_scenarios_are_chosen_by_the_rules_that_need_them():
    """A rule that was not asked for has its scenario left alone."""
    factory = MessageFactory("516C4EC0", "0102", 1_795_000_000, 7)
    short, last, left = choose(
        ["dedup-race", "dedup-restart"],
        factory,
        profile(restartable=False),
        # Requests are only compared here: a message stands for its own.
        lambda message: message,  # type: ignore[arg-type, return-value]
    )
    assert [plan.scenario for plan in short] == ["race"]
    assert last == []
    assert [(each.scenario, each.reason, each.kind) for each in left] == [
        (
            "late answer",
            "the receiver answers so quickly that no retry can arrive while a delivery is in progress",
            NotPlayedKind.QUICK,
        ),
        ("restart", "this scenario needs --restart-command", NotPlayedKind.OPTION),
    ]


def test_copies_are_identical_and_others_come_between_them():
    """Between two copies of the message, messages of other devices pass; copies are the same to the byte."""
    clock = FakeClock()
    effects = Effects()
    deliver = ScriptedDelivery(clock, happens=effects.arrives)
    report = play(clock, deliver, observer=ScriptedObserver(effects.of), only=("dedup-window",), families=())
    first = report.evidence.scenario("retry").messages[0]
    times = [place for place, each in enumerate(deliver.deliveries) if each.message == first]
    assert len(times) == 4
    assert len({deliver.deliveries[place].request for place in times}) == 1
    assert all(later - earlier > 1 for earlier, later in pairwise(times))


def test_a_full_real_run_takes_eight_minutes():
    """The short scenarios are played inside the waits of the schedule; the last count comes a minute behind it."""
    clock = FakeClock()
    effects = Effects()
    deliver = ScriptedDelivery(clock, took=0.4, happens=effects.arrives)
    report = play(clock, deliver, observer=ScriptedObserver(effects.of), families=EVERYTHING)
    assert clock.now() - 1000 < 500
    played = [scenario.scenario for scenario in report.evidence.scenarios if scenario.not_played is None]
    assert played == ["retry", "lost answer", "race", "look-alikes", "disorder"]
    assert status(report, "dedup-window") is Status.PASS
    # Three answers of 0.4 s lie between the first copy and the last: 421.2 s. What goes out behind it, at 421.6 s, is
    # another device's.
    assert next(each for each in report.results if each.rule == "dedup-window").summary.startswith(
        "a retry was recognised 421 s after the first delivery"
    )
    assert [each.rule for each in report.results if each.status is Status.FAIL] == []


@pytest.mark.parametrize("per_message", [True, False], ids=["per-message", "total"])
def test_a_compressed_run_stays_bounded_however_slow_the_answers(per_message):
    """With answers of 9.5 s all is sent within five minutes; what did not fit is said to be left out."""
    clock = FakeClock()
    effects = Effects()
    deliver = ScriptedDelivery(clock, took=9.5, happens=effects.arrives)
    count = ScriptedObserver(effects.of if per_message else effects.total, per_message=per_message)
    report = play(clock, deliver, observer=count, speed=60.0, families=EVERYTHING)
    sent = [each.started for scenario in report.evidence.scenarios for each in scenario.exchanges]
    assert max(sent) <= 300
    assert clock.now() - 1000 <= 300 + 2 * 60
    failed = [each.rule for each in report.results if each.status is Status.FAIL and each.level != "note"]
    assert failed == ["deadline-tight"]
    for scenario in report.evidence.scenarios:
        assert scenario.left in {None, NotPlayedKind.TOO_LONG, NotPlayedKind.OPTION}
        assert (scenario.left is None) == (scenario.not_played is None)
    if per_message:
        race = next(each for each in report.results if each.rule == "dedup-race")
        assert race.status is Status.PASS
        assert race.summary.startswith("one message had 1 effect after 3 deliveries")


class Memory:
    """A receiver that remembers a message for `seconds`, from the first copy or, `sliding`, from the last."""

    def __init__(self, clock, seconds, *, sliding=False):
        self._clock, self._seconds, self._sliding = clock, seconds, sliding
        self._until = {}
        self.counts = {}

    def arrives(self, message):
        now = self._clock.now()
        known = now < self._until.get(message.identity, 0.0)
        if not known:
            self.counts[message.identity] = self.counts.get(message.identity, 0) + 1
        if not known or self._sliding:
            self._until[message.identity] = now + self._seconds

    def of(self, message):
        return self.counts.get(message.identity, 0)


@pytest.mark.parametrize(
    ("seconds", "sliding", "attempt"),
    [(100, False, 3), (300, False, 4), (200, True, 4)],
    ids=["fixed-100s", "fixed-5min", "sliding-200s"],
)
def test_a_memory_shorter_than_the_schedule_is_found(seconds, sliding, attempt):
    """On the real schedule a memory that ends too soon is found out, and it is said between which copies it ended."""
    clock = FakeClock()
    memory = Memory(clock, seconds, sliding=sliding)
    deliver = ScriptedDelivery(clock, happens=memory.arrives)
    report = play(clock, deliver, observer=ScriptedObserver(memory.of), families=("retry", "dedup"))
    failed = {each.rule: each for each in report.results if each.status is Status.FAIL}
    assert set(failed) == {"dedup-duplicate", "dedup-window"}
    assert f"but not delivery {attempt} after" in failed["dedup-window"].summary
    assert failed["dedup-window"].level == "should"


@pytest.mark.parametrize(("seconds", "sliding"), [(430, False), (245, True)], ids=["fixed", "sliding"])
def test_a_memory_that_outlives_the_schedule_passes(seconds, sliding):
    """A memory of just over the schedule, or over its longest wait if it slides, is not accused."""
    clock = FakeClock()
    memory = Memory(clock, seconds, sliding=sliding)
    deliver = ScriptedDelivery(clock, happens=memory.arrives)
    report = play(clock, deliver, observer=ScriptedObserver(memory.of), families=("retry", "dedup"))
    assert [each.rule for each in report.results if each.status is Status.FAIL] == []
    assert status(report, "dedup-window") is Status.PASS


def test_other_traffic_makes_a_total_useless_but_accuses_nobody():
    """A total that rises while nothing is sent is named as such, with the fix, and the effect rules stay undecided."""
    clock = FakeClock()
    effects = Effects()
    deliver = ScriptedDelivery(clock, happens=effects.arrives)
    # Every 25 s somebody else's message comes in.
    count = ScriptedObserver(lambda message: effects.total(message) + int((clock.now() - 1000) / 25), per_message=False)
    report = play(clock, deliver, observer=count, families=("retry", "dedup"))
    assert [each.rule for each in report.results if each.status is Status.FAIL] == ["dedup-observer"]
    said = next(each for each in report.results if each.rule == "dedup-observer")
    assert "while nothing was sent" in said.summary
    assert "placeholders" in said.summary
    assert report.verdict == "undecided"


def test_a_count_that_never_stands_still_is_given_up():
    """A busy total is not polled for ever."""
    clock = FakeClock()
    count = ScriptedObserver(lambda _message: int(clock.now()), per_message=False)
    report = play(clock, ScriptedDelivery(clock), observer=count, speed=60.0, families=("dedup",))
    assert clock.now() - 1000 <= 300
    assert status(report, "dedup-observer") is Status.FAIL
    assert status(report, "dedup-duplicate") is Status.UNDECIDED


def test_a_second_effect_that_comes_late_is_found():
    """A job that runs again 30 s after the answer shows in front of the next copy."""
    clock = FakeClock()
    moments = {}
    deliver = ScriptedDelivery(clock, happens=lambda message: moments.setdefault(message.identity, clock.now()))

    def count(message):
        first = moments.get(message.identity)
        return 0 if first is None else 1 + (clock.now() > first + 30)

    report = play(clock, deliver, observer=ScriptedObserver(count), families=("dedup",))
    said = next(each for each in report.results if each.rule == "dedup-duplicate")
    assert said.status is Status.FAIL
    assert "before delivery 2" in said.summary


class Receiver:
    """A receiver whose key is a function of the message; what has the same key is dropped."""

    def __init__(self, key):
        self._key = key
        self._seen = set()
        self.counts = {}

    def arrives(self, message):
        if self._key(message) not in self._seen:
            self._seen.add(self._key(message))
            self.counts[message.identity] = 1

    def of(self, message):
        return self.counts.get(message.identity, 0)

    def total(self, _message):
        return sum(self.counts.values())


@pytest.mark.parametrize("per_message", [True, False], ids=["per-message", "total"])
@pytest.mark.parametrize(
    ("key", "pair"),
    [
        (lambda m: (m.device, m.seq_number), "same device and sequence number"),
        (lambda m: (m.device, m.data), "same device and data"),
        (lambda m: (m.time, m.seq_number), "same time and sequence number"),
        (lambda m: m.device, "other data in the next message"),
    ],
    ids=["device-seqnumber", "device-data", "time-seqnumber", "device"],
)
def test_an_over_eager_key_is_found_and_nothing_else_accused(key, pair, per_message):
    """Whichever part of the identity a receiver leaves out of its key, the dropped look-alike names it."""
    clock = FakeClock()
    receiver = Receiver(key)
    deliver = ScriptedDelivery(clock, happens=receiver.arrives)
    count = ScriptedObserver(receiver.of if per_message else receiver.total, per_message=per_message)
    report = play(clock, deliver, observer=count, speed=60.0, families=("retry", "dedup"))
    failed = [each for each in report.results if each.status is Status.FAIL and each.level != "note"]
    assert [each.rule for each in failed] == ["dedup-distinct-dropped"]
    if per_message:
        assert any(pair in finding.message for finding in failed[0].findings)


def test_every_step_of_a_plan_names_its_messages():
    """No delivery points past the plan's messages, and every message is delivered."""
    for plan in plans(MessageFactory("516C4EC0", "0102", 1_795_000_000, 7), profile(answer=2.0)):
        sent = {index for step in plan.steps if isinstance(step, Deliver) for index in (*step.messages, *step.also)}
        assert sent == set(range(len(plan.messages)))
        assert len(plan.names) == len(plan.messages)


def test_companions_look_like_no_other_message():
    """Not even a receiver that keys on time and counter takes a companion for the message or for a sample."""
    factory = MessageFactory("516C4EC0", "0102", 1_795_000_000, 7)
    first, *companions = plans(factory, profile())[0].messages
    others = {(message.time, message.seq_number) for message in (first, *(factory.message(-n) for n in range(1, 101)))}
    assert len(companions) == 2
    assert not others & {(message.time, message.seq_number) for message in companions}


@pytest.mark.parametrize(
    ("answer", "sampled", "messages"), [(1.0, True, 3), (6.0, True, 2), (11.0, True, 1), (10.0, False, 3)]
)
def test_slow_receivers_get_fewer_companions(answer, sampled, messages):
    """What goes out beside the message takes no more of one worker's time than the limit leaves, if it was measured."""
    timetable = schedule(SIGFOX_CLOUD, 1.0, "previous")
    plan = retry(
        MessageFactory("516C4EC0", "0102", 1_795_000_000, 7), timetable, profile(answer=answer, sampled=sampled)
    )
    assert len(plan.messages) == messages
