"""Fresh messages are ones that a device could have sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigcheck.errors import UsageProblem
from sigcheck.message import NEXT, PACE, SEQUENCE_CYCLE, MessageFactory, parse_data, parse_device


@pytest.mark.parametrize("text", ["1", "20AEAB", "20aeab", "FFFFFFFF", "516C4EC0"])
def test_device_ids(text):
    """One to eight hex digits stay as they were given, also in case."""
    assert parse_device(text) == text


@pytest.mark.parametrize("text", ["", "123456789", "XYZ", "0x12", "12\n", " 12", "\uff11\uff12"], ids=ascii)
def test_bad_device_ids(text):
    """What is no device id is refused before anything is sent."""
    with pytest.raises(UsageProblem, match="is not a Sigfox device id"):
        parse_device(text)


@pytest.mark.parametrize("text", ["", "00", "ff" * 12])
def test_payloads(text):
    """Nothing up to twelve bytes of hex is a payload."""
    assert parse_data(text) == text


@pytest.mark.parametrize("text", ["0", "000", "ff" * 13, "gg", "00\n"], ids=ascii)
def test_bad_payloads(text):
    """Half a byte, a thirteenth byte and other letters are refused."""
    with pytest.raises(UsageProblem, match="is not a Sigfox payload"):
        parse_data(text)


@given(seed=st.integers(0, 2**32), now=st.integers(0, 2**31), place=st.integers(-5000, 0))
def test_history_is_one_a_device_could_have(seed, now, place):
    """Messages are further apart than a device needs for one, their counter goes up by one and wraps at 4096."""
    factory = MessageFactory("20AEAB", "00", now, seed)
    older, newer = factory.message(place - 1), factory.message(place)
    assert newer.time - older.time == NEXT > PACE
    assert 0 <= newer.seq_number < SEQUENCE_CYCLE
    assert (newer.seq_number - older.seq_number) % SEQUENCE_CYCLE == 1
    assert factory.message(place) == newer


@given(number=st.integers(0, 300), device=st.from_regex(r"[0-9A-F]{1,8}|[0-9a-f]{1,8}", fullmatch=True))
def test_further_devices_look_like_the_first(number, device):
    """Other devices of a run have ids of the same case, at least four digits long."""
    found = MessageFactory(device, "", 0, 0, given=True).device(number)
    assert parse_device(found) == found
    assert len(found) == (max(4, len(device)) if number else len(device))
    assert not (device.islower() and found.isupper())


def test_further_devices_differ():
    """Devices of a run are distinct as far as the length of the id allows."""
    factory = MessageFactory("20AEAB", "", 0, 0)
    assert len({factory.device(number) for number in range(50)}) == 50


def test_two_runs_make_different_messages():
    """Another seed is another counter, so that two runs in one second do not collide."""
    first, second = MessageFactory("20AEAB", "00", 1000, 1).message(), MessageFactory("20AEAB", "00", 1000, 2).message()
    assert first.identity != second.identity


def test_a_run_that_waited_for_its_turn_sends_no_old_message():
    """What was planned before is dated when it begins."""
    factory = MessageFactory("516C4EC0", "0102", 1_795_000_000, 7)
    factory.begin(1_795_000_900)
    assert factory.message().time == 1_795_000_900
    assert factory.sample(1).time > 1_795_000_800
