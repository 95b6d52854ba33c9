"""What a report says in figures: the timeline, answer times, devices and messages, computed once for every format."""

import pytest
from msgspec import structs

from sigcheck.model.delivery import FailureKind, Message, Phase
from sigcheck.model.figures import Devices, answer_times, devices, messages, span, timeline
from tests.evidence import answer, evidence, exchange, failure, samples, scenario
from tests.specimens import specimens


def test_a_timeline_has_each_delivery_with_its_effects():
    """Due, sent and answered are counted from the first delivery, on the schedule of the Cloud."""
    (course,) = timeline(evidence(scenario=scenario(effects=(1, 2, 2, 3, 3)))).courses
    assert [each.delivery for each in course.moments] == [1, 2, 3, 4]
    assert [each.sent for each in course.moments] == [0.0, 60.0, 180.0, 420.0]
    assert [each.due for each in course.moments][1:] == [60.0, 180.0, 420.0]
    assert all(0 < (each.answered or 0.0) - each.sent < 0.1 for each in course.moments)
    assert [(each.deadline or 0.0) - each.sent for each in course.moments] == pytest.approx([10.007] * 4)
    assert {each.outcome for each in course.moments} == {"204 after 20.0 ms"}


def test_a_timeline_of_all_messages():
    """The companions of the replay have their own course, each counted by itself."""
    report = specimens()["broken"]
    assert len(report.timeline.courses) == 3
    for course in report.timeline.courses:
        assert [each.effects for each in course.moments] == [1, 2, 3, 4]
        assert {each.expected for each in course.moments} == {1}


def test_a_delivery_without_an_answer_has_no_moment_of_one():
    """Its outcome says how it failed."""
    (course,) = timeline(evidence(scenario=scenario(failure(), answer(), answer(), answer()))).courses
    first = course.moments[0]
    assert (first.answered, first.accepted) == (None, False)
    assert first.outcome == "no answer in time (wait)"


def test_answer_times_set_the_first_apart():
    """It may be a cold start; what got no answer counts in nothing else."""
    found = evidence(samples=samples(answer(), answer(), failure(), answer(), waits=(0.5, 0.01, 9.0, 0.03)))
    times = answer_times(found)
    assert (times.first, times.minimum, times.maximum, times.median) == (0.5, 0.01, 0.03, 0.02)
    assert (times.answered, len(times.values), times.limit) == (3, 4, 10.0)
    assert answer_times(evidence(samples=())) is None


def test_devices_that_follow_each_other_are_one_entry():
    """Each that a message was sent for, once, in order; an id that is none is left out."""
    ids = ("0A", "0B", "0D", "0B", "not hex")
    found = evidence(
        samples=tuple(exchange(message=Message(each, 1, 1, "")) for each in ids), scenario=None, unauthenticated=None
    )
    assert devices(found) == (Devices("0A", "0B", 2), Devices("0D", "0D", 1))


def test_a_delivery_that_was_cut_short_counts_for_its_device():
    """It has no exchange, and may have had an effect all the same."""
    found = evidence(samples=(), scenario=None, unauthenticated=None)
    cut = structs.replace(found, requests=1, settings=structs.replace(found.settings, device="51AB"))
    assert devices(found) == ()
    assert devices(cut) == (Devices("51AB", "51AB", 1),)


def test_every_message_is_listed_with_its_deliveries():
    """Those of the samples come first, then those of each scenario."""
    report = specimens()["healthy"]
    listed = messages(report.evidence)
    assert sum(each.deliveries for each in listed) == report.evidence.requests
    assert [each.part for each in listed][:1] == ["samples"]
    replay = [each for each in listed if each.part == "retry"]
    assert {(each.deliveries, each.accepted) for each in replay} == {(4, 4)}


@pytest.mark.parametrize(
    ("value", "said"), [(0.0123, "12.3 ms"), (1.5, "1.50 s"), (59.99, "59.99 s"), (450, "7 min 30 s")]
)
def test_spans(value, said):
    """Milliseconds, seconds and minutes."""
    assert span(value) == said


@pytest.mark.parametrize(("phase", "counted"), [(Phase.CONNECT, 0), (Phase.TLS, 0), (Phase.SEND, 1), (Phase.WAIT, 1)])
def test_what_never_left_this_machine_needs_no_cleaning_up(phase, counted):
    """Without a connection no receiver has stored anything."""
    lost = failure(FailureKind.TLS_FAILED, phase, "it failed")
    found = evidence(samples=samples(lost), scenario=None, unauthenticated=None)
    assert sum(each.count for each in devices(found)) == counted
