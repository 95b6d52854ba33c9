"""Due times are arithmetic over the policy's waits."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.schedule import schedule


def due_times(plan, took):
    """Give all due times where the first delivery starts at 0 and each takes `took` seconds."""
    ended = [took]
    due = [0.0]
    for attempt in range(2, plan.attempts + 1):
        due.append(plan.due(attempt, ended[0], ended[-1]))
        ended.append(due[-1] + took)
    return due


@pytest.mark.parametrize(
    ("reading", "took", "expected"),
    [
        ("previous", 0.0, [0, 60, 180, 420]),
        ("previous", 10.0, [0, 70, 200, 450]),
        ("first", 0.0, [0, 60, 120, 240]),
        ("first", 10.0, [0, 70, 130, 250]),
    ],
)
def test_both_readings(reading, took, expected):
    """0, 1, 3 and 7 minutes, or 0, 1, 2 and 4, each after the time-outs that they are reckoned from."""
    assert due_times(schedule(SIGFOX_CLOUD, 1, reading), took) == expected


def test_first_reading_waits_for_a_delivery_in_progress():
    """A delivery that is due before the one before it has ended is sent when that one has."""
    assert schedule(SIGFOX_CLOUD, 60, "first").due(3, 10.0, 20.0) == 20.0


@pytest.mark.parametrize(("reading", "duration"), [("previous", 420), ("first", 240)])
def test_duration(reading, duration):
    """The least duration is what a person is told before the waiting."""
    assert schedule(SIGFOX_CLOUD, 1, reading).duration() == duration


def test_compression_divides_the_waits():
    """`--speed 60` makes seconds of minutes."""
    assert due_times(schedule(SIGFOX_CLOUD, 60, "previous"), 0.0) == [0, 1, 3, 7]


def test_compression_leaves_the_observer_its_time():
    """No compressed wait is shorter than the observer needs to settle."""
    plan = schedule(SIGFOX_CLOUD, 60, "previous", shortest=2.3)
    assert [plan.wait(attempt) for attempt in (2, 3, 4)] == [2.3, 2.3, 4.0]


def test_the_real_schedule_is_never_stretched():
    """Without compression the waits are the Cloud's, whatever the observer would like."""
    plan = schedule(SIGFOX_CLOUD, 1, "previous", shortest=90)
    assert [plan.wait(attempt) for attempt in (2, 3, 4)] == [60, 120, 240]


@given(
    speed=st.floats(1, 1000),
    shortest=st.floats(0, 60),
    took=st.floats(0, 15),
    reading=st.sampled_from(["previous", "first"]),
)
def test_deliveries_never_overlap_or_go_back(speed, shortest, took, reading):
    """In every reading and at every speed, a delivery is due after the one before it has ended."""
    due = due_times(schedule(SIGFOX_CLOUD, speed, reading, shortest), took)
    assert all(later >= earlier + took for earlier, later in pairwise(due))
