"""An observer is asked no more often than it may be: sixty questions in any minute, or what was asked for."""

import pytest

from sigcheck.probes.observer import ObserverFault, Old, Throttled, settle
from sigcheck.probes.pace import Pace, make_pace
from tests.clock import FakeClock
from tests.evidence import MESSAGE
from tests.fleet.in_virtual_time import Receiver, failed
from tests.scripted import ScriptedObserver, Served
from tests.test_replay import play


def most_in_a_minute(asked):
    """Give how many questions the fullest minute has."""
    return max(sum(begin <= each < begin + 60 for each in asked) for begin in asked)


def moments(pace, number):
    """Give the moments of so many questions that are asked as soon as they may be."""
    now, asked = 0.0, []
    for _ in range(number):
        now = pace.turn(now)
        pace.take(now)
        asked.append(now)
    return asked


def test_no_minute_has_more_than_sixty_questions():
    """Whatever came before, sixty seconds never hold more than sixty; twenty may come at once."""
    asked = moments(make_pace(None, compressed=False), 300)
    assert 58 <= most_in_a_minute(asked) <= 60
    assert asked[19] == 0.0


def test_an_interval_lies_between_any_two():
    """What the user asked for holds in compressed runs as well."""
    assert moments(make_pace(5.0, compressed=True), 4) == [0.0, 5.0, 10.0, 15.0]
    assert moments(make_pace(None, compressed=True), 4) == [0.0] * 4


def settled(count, clock, **given):
    """Settle once."""
    return clock.run(settle(count, MESSAGE, **given))


def test_a_delivery_is_never_held_up_by_a_question():
    """Where the turn comes later than the delivery is due, nothing is asked, and nothing is said."""
    clock = FakeClock()
    pace = Pace(5.0)
    pace.take(clock.now())
    found = settled(ScriptedObserver(lambda _: 1, pace=pace), clock, latest=clock.now() + 2)
    assert (found.count, found.polls, found.fault) == (None, 0, None)


def test_a_question_too_many_is_asked_again_when_it_may_be():
    """Retry-After is obeyed, and no fault is made of it."""
    clock = FakeClock()
    began = clock.now()
    answers = [Throttled("too often", 30.0), 2]

    def count(_message):
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(found, Exception):
            raise found
        return found

    observer = ScriptedObserver(count)
    found = settled(observer, clock)
    assert (found.count, found.fault) == (2, None)
    assert clock.now() - began >= 32
    assert observer.pace.spacing == 1.5


def test_an_observer_that_always_wants_a_pause_is_a_fault():
    """Three pauses are given, and none that is longer than two minutes."""

    def wants(pause):
        def count(_message):
            raise Throttled("too often", pause)

        return count

    clock = FakeClock()
    began = clock.now()
    assert settled(ScriptedObserver(wants(10.0)), clock).fault == "too often"
    assert 30 <= clock.now() - began < 40
    began = clock.now()
    assert settled(ScriptedObserver(wants(3600.0)), clock).fault == "too often"
    assert clock.now() - began < 10


@pytest.mark.parametrize(("age", "fault"), [(1.0, None), (600.0, "old")])
def test_a_count_is_not_older_than_the_question(age, fault):
    """What came out of a cache counts when it is no older than the wait for it to stand still."""
    clock = FakeClock()

    def count(_message):
        raise Old("old", 1, age)

    found = settled(ScriptedObserver(count), clock)
    assert found.fault == fault
    assert found.count == (1 if fault is None else None)


def test_one_failure_is_passed_over():
    """The next answer may be a count."""
    answers = [ObserverFault("no"), 1]

    def count(_message):
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(found, Exception):
            raise found
        return found

    assert settled(ScriptedObserver(count), FakeClock()).count == 1


@pytest.mark.parametrize("per_message", [True, False], ids=["messages", "total"])
def test_a_run_on_the_real_schedule_keeps_the_pace(per_message):
    """Every scenario is played and counted with no more than sixty questions in a minute, and the run is as long."""
    reports, asked = {}, {}
    for paced in (True, False):
        clock = FakeClock()
        receiver = Receiver(clock)
        asked[paced] = []

        def ask(message, receiver=receiver, clock=clock, moments=asked[paced]):
            moments.append(clock.now())
            return receiver.of(message) if per_message else receiver.total(message)

        count = ScriptedObserver(ask, per_message=per_message, pace=make_pace(None, compressed=not paced))
        deliver = Served(clock, receiver.receive, took=0.02)
        began = clock.now()
        report = play(clock, deliver, observer=count, speed=1.0, families=("response", "retry", "dedup"), samples=20)
        reports[paced] = (
            failed(report),
            [scenario.scenario for scenario in report.evidence.scenarios],
            clock.now() - began,
        )
    assert most_in_a_minute(asked[True]) <= 60
    assert reports[True][:2] == reports[False][:2]
    assert reports[True][2] - reports[False][2] < 60
