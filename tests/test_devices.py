"""Runs that may use only some device ids: what they send, what they find, and what they say is not covered."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.callback import configure
from sigcheck.config.decoding import decode
from sigcheck.devices import RegisteredDevices
from sigcheck.errors import UsageProblem
from sigcheck.message import HOURS, PACE, SEQUENCE_CYCLE
from sigcheck.planning import make_plan
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.rules import RULES
from sigcheck.scenario.choice import choose
from sigcheck.scenario.plans import ReceiverProfile, retry
from sigcheck.schedule import schedule
from sigcheck.target import parse_target
from tests.clock import FakeClock
from tests.fleet.in_virtual_time import Receiver, failed, said, verified

NOW = 1_795_000_000
DAY = 24 * 3600
URL = "https://receiver.example/"
RENDER = configure(parse_target(URL), SIGFOX_CLOUD, "0badcafe").render


def devices(number):
    """Give so many registered devices."""
    return tuple(f"2{place:03X}AE" for place in range(number))


def factory(number, seed=7):
    """Give a factory that may use so many devices."""
    return RegisteredDevices(devices(number), "51696763", NOW, seed)


def sent(number, seed, gap):
    """Give the messages of a run as they would be sent, plan by plan, `gap` seconds apart."""
    made = factory(number, seed)
    profile = ReceiverProfile(0.1, 10.0, True, True, True, True, False, True, batched=False)
    short, last, _ = choose((rule.id for rule in RULES), made, profile, RENDER)
    elapsed, found = 0.0, []
    for place in range(5):
        found.append((made.sample(place + 1, elapsed),))
        elapsed += made.ahead(found[-1][0], elapsed) + made.pace
    for plan in (retry(made, schedule(SIGFOX_CLOUD, 1.0, "previous", 0.0), profile), *short, *last):
        elapsed += made.delay(plan.messages, elapsed)
        found.append(made.dated(plan.messages, elapsed))
        elapsed += gap
    for place in range(20):
        found.append((made.sample(place + 1, elapsed, closing=True),))
        elapsed += made.ahead(found[-1][0], elapsed) + made.pace
    return found, elapsed


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(0, SEQUENCE_CYCLE), st.sampled_from([0.5, 5.0, 60.0]))
def test_every_message_is_one_that_its_device_could_have_sent(number, seed, gap):
    """Only registered devices send; none twice in a second or with one counter, but for the pair that shall.

    Over the whole run, a device sends once in 7 s at the most, and its counter goes up with time.
    """
    plans, elapsed = sent(number, seed, gap)
    every = [message for plan in plans for message in plan]
    assert {message.device for message in every} <= set(devices(number))
    assert len({(message.device, message.time) for message in every}) == len(every)
    numbers = [(message.device, message.seq_number) for message in every]
    twice = {each for each in numbers if numbers.count(each) > 1}
    assert len(twice) == 1
    old = [message for message in every if message.time < NOW - HOURS]
    assert [(each.device, each.seq_number) for each in old] == list(twice)
    assert all(message.time <= NOW + elapsed for message in every)
    for device in devices(number):
        mine = sorted((each for each in every if each.device == device and each not in old), key=lambda m: m.time)
        for before, after in pairwise(mine):
            assert after.time - before.time >= PACE
            assert 0 < (after.seq_number - before.seq_number) % SEQUENCE_CYCLE < 128


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40))
def test_every_scenario_is_played_with_any_number_of_devices(number):
    """One device plays all scenarios; only the pair of two devices needs a second one."""
    profile = ReceiverProfile(0.1, 10.0, True, True, True, True, False, True, batched=False)
    short, last, left = choose((rule.id for rule in RULES), factory(number), profile, RENDER)
    assert [plan.scenario for plan in (*short, *last)] == [
        "lost answer", "race", "look-alikes", "disorder", "failure", "restart"
    ]  # fmt: skip
    assert [each.scenario for each in left] == ["late answer"]
    pairs = next(plan for plan in short if plan.scenario == "look-alikes")
    assert len(pairs.messages) == (6 if number == 1 else 8)
    alike = [(one, other) for one in pairs.messages for other in pairs.messages
             if one.device < other.device and (one.time, one.seq_number) == (other.time, other.seq_number)]  # fmt: skip
    assert len(alike) == (number > 1)


@pytest.mark.parametrize("number", [1, 2, 10])
def test_messages_of_a_device_have_data_of_their_own_unless_it_was_given(number):
    """A receiver that takes the device and the data for the key loses nothing but look-alikes."""
    for varied in (True, False):
        made = RegisteredDevices(devices(number), "51696763", NOW, 7, varied=varied)
        several = [made.message(device=device, place=place) for device in (0, 1, 10, 20, 50) for place in (-1, 0)]
        several += [made.sample(place) for place in range(1, 6)]
        assert len({each.data for each in several}) == (len(several) if varied else 1)


def register(number):
    """Answer 404 to every device but the first ones."""
    known = set(devices(number))
    return lambda message, _delivery: None if message.device in known else 404


def with_devices(clock, number, **design):
    """Verify a receiver that knows so many devices, with exactly those."""
    receiver = Receiver(clock, refuse=register(number), **design)
    return verified(receiver, factory=factory(number), samples=5)


@pytest.mark.parametrize("number", [1, 2, 3, 10, 30])
def test_a_right_receiver_of_registered_devices_passes(number):
    """Every rule of duplicates that needs no option passes, and what one device cannot show is said."""
    report = with_devices(FakeClock(), number)
    assert failed(report) == []
    assert {each.message.device for each in report.evidence.exchanges} <= set(devices(number))
    undecided = {each.rule for each in report.results if each.status == "undecided"}
    assert undecided <= {"dedup-window"}
    assert "passed" not in said(report, "dedup-race")
    text = said(report, "dedup-distinct-dropped")
    assert ("only one device" in text) == (number == 1)
    assert f"in {3 if number == 1 else 4} of" in text


@pytest.mark.parametrize(
    "key",
    [lambda message: (message.device, message.seq_number), lambda message: (message.seq_number, message.data)],
    ids=["device and counter", "counter and data"],
)
@pytest.mark.parametrize("number", [1, 2])
def test_an_over_eager_receiver_is_found_with_registered_devices(number, key):
    """What takes a counter that comes round for a duplicate is found, and by no other rule."""
    assert failed(with_devices(FakeClock(), number, key=key)) == ["dedup-distinct-dropped"]


def test_a_key_of_the_device_and_the_data_is_found_with_one_device():
    """A receiver to which equal data is a duplicate is found, although every message has that data."""
    report = with_devices(FakeClock(), 1, key=lambda message: (message.device, message.data))
    assert failed(report) == ["dedup-distinct-dropped"]


@pytest.mark.parametrize(("per_message", "rule"), [(True, "dedup-distinct-dropped"), (False, "dedup-lost")])
def test_a_device_that_is_heard_once_is_not_said_to_drop_old_messages(per_message, rule):
    """What takes one message of each device takes the others for duplicates, or loses them where a total is counted."""
    receiver = Receiver(FakeClock(), refuse=register(10), key=lambda message: message.device)
    report = verified(receiver, factory=factory(10), samples=10, speed=1.0, per_message=per_message)
    assert failed(report) == [rule]


class KeepsTheNewest(Receiver):
    """Drops what is not newer than the last message of its device."""

    def receive(self, message, delivery, done_at):
        newest = getattr(self, "newest", {})
        self.newest = newest
        if message.time < newest.get(message.device, 0):
            return 204
        newest[message.device] = message.time
        return super().receive(message, delivery, done_at)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_what_comes_late_is_not_said_to_look_alike(number):
    """A receiver that drops older messages is found for just that, whatever devices the messages share."""
    receiver = KeepsTheNewest(FakeClock())
    report = verified(receiver, factory=factory(number), samples=5)
    assert failed(report) == ["dedup-disorder"]


def test_foreign_devices_are_refused_without_the_list():
    """Without the list the other devices are refused, and the option that helps is named."""
    clock = FakeClock()
    receiver = Receiver(clock, refuse=register(1))
    report = verified(receiver, device=devices(1)[0], samples=5)
    assert "only registered devices" in said(report, "response-not-2xx")
    fix = next(each for each in report.results if each.rule == "response-not-2xx")
    assert "--devices" in str(fix)


def config(*given, **more):
    """Decode the setting."""
    return decode({"url": URL, "devices": list(given), **more})


def test_ids_and_files_can_be_given(tmp_path):
    """Ids between commas, a file of them, a table whose first column they are, and both together."""
    listed = tmp_path / "ids.txt"
    listed.write_text("# ours\n\n20AEAB\n 2c30eb \n", encoding="utf-8")
    table = tmp_path / "ids.csv"
    table.write_text('"1CC3A7",greenhouse\r\n00A0;door\r\n', encoding="utf-8-sig")
    assert config("20AEAB,2C30EB").devices == ("20AEAB", "2C30EB")
    assert config(str(listed), str(table)).devices == ("20AEAB", "2c30eb", "1CC3A7", "00A0")
    assert make_plan(config(str(listed))).factory.registered == ("20AEAB", "2c30eb")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file has no device id"),
        ("# none\n", "the file has no device id"),
        ("20AEAB\nhello\n", "line 2 of the file does not begin with a device id"),
        ("20AEAB123\n", "line 1 of the file does not begin with a device id"),
    ],
)
def test_wrong_files_of_devices(tmp_path, text, says):
    """What is wrong with a file is said with its line."""
    path = tmp_path / "ids.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageProblem) as caught:
        config(str(path))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"devices": ["missing.txt"]}, "cannot be read"),
        ({"devices": ["20AEAB,0020aeab"]}, "devices has an id twice: 0020aeab"),
        ({"devices": [" "]}, "devices has no device id"),
        ({"devices": ["20AEAB,zz"]}, "devices: number 2 of the list is not a device id"),
        ({"devices": ["20AEAB,"]}, "devices: number 2 of the list is not a device id"),
        ({"devices": ["20AEAB"], "device": "20AEAB"}, "device and devices are given together"),
    ],
)
def test_wrong_devices(given, says):
    """A file that is not there, an id that is given twice, and two ways at once are usage errors."""
    with pytest.raises(UsageProblem) as caught:
        make_plan(decode({"url": URL, **given}))
    assert says in str(caught.value)


def test_a_table_may_name_its_columns(tmp_path):
    """The first line of an exported table is no device."""
    (tmp_path / "ids.csv").write_text('\ufeff"Id";"Name"\n"4D2";"cellar"\n4D3;attic\n', encoding="utf-8")
    assert config(str(tmp_path / "ids.csv")).devices == ("4D2", "4D3")


def test_an_observer_of_the_device_counts_a_total():
    """A question that names only the device cannot tell the messages of one device apart: it is read as a total."""
    plan = make_plan(decode({"url": URL, "devices": ["20AEAB,2C30EB"], "observe_url": f"{URL}?d={{device}}"}))
    assert plan.observer is not None
    assert not plan.observer.facts.per_message
    assert plan.factory.registered == ("20AEAB",)
    told = make_plan(decode({"url": URL, "devices": ["20AEAB"], "observe_url": f"{URL}?d={{device}}&t={{time}}"}))
    assert told.observer is not None
    assert told.observer.facts.per_message
