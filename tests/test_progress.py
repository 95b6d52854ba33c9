"""What a run says while it lasts: how long it will, what it waits for, what failed, and no line for what goes well."""

import asyncio
import io
import os

import pytest

from sigcheck import clock as loop_clock
from sigcheck.model.effects import EffectCount
from sigcheck.model.events import Delivered, Estimated, KnownSoFar, Observed, Sampled, Waiting
from sigcheck.progress.lines import Lines
from sigcheck.progress.live import LiveLine
from sigcheck.progress.tracker import Tracker
from tests.clock import FakeClock
from tests.evidence import answer
from tests.scripted import Effects, ScriptedDelivery, ScriptedObserver
from tests.terminal import read_all, terminal
from tests.test_replay import play

ALL = ("response", "deadline", "exposure", "retry", "dedup")


@pytest.mark.parametrize("took", [0.02, 2.0, 5.0])
@pytest.mark.parametrize("speed", [1.0, 60.0])
@pytest.mark.parametrize("counted", ["message", "total", None])
def test_the_estimate_is_true_to_a_fifth(took, speed, counted):
    """Once the samples have shown how quickly a receiver answers, the end is foretold to 20 %, whoever counts."""
    clock, effects, foretold = FakeClock(), Effects(), []
    observer = None
    if counted is not None:
        per_message = counted == "message"
        observer = ScriptedObserver(effects.of if per_message else effects.total, per_message=per_message)

    def tell(event):
        if isinstance(event, Estimated):
            foretold.append(event.until - 1000)

    deliver = ScriptedDelivery(clock, took=took, happens=effects.arrives)
    play(clock, deliver, observer=observer, families=ALL, speed=speed, samples=20, tell=tell)
    real = clock.now() - 1000
    assert foretold[-1] == pytest.approx(real, rel=0.2)
    assert len(foretold) == 2


def logged(answers, **more):
    """Give the lines that a log gets of a run on the real schedule."""
    clock, stream = FakeClock(), io.StringIO()
    deliver = ScriptedDelivery(clock, answers=answers)
    play(clock, deliver, families=("response", "retry"), samples=20, tell=Lines(stream), **more)
    return stream.getvalue().splitlines()


def test_a_log_has_a_line_a_phase():
    """Twenty samples and four deliveries that go well are no lines; each wait is one, not two."""
    lines = [line.removeprefix("sigcheck: ") for line in logged([answer()])]
    assert lines == [
        "network: receiver.example port 443",
        "delivery: 5 samples",
        "known so far: 0 failed; the replay will take at least 420 s; Ctrl-C keeps the report",
        "replay: 4 deliveries, 0 scenarios",
        "replay: delivery 2 of 4 is due in 60 s",
        "replay: delivery 3 of 4 is due in 120 s",
        "replay: delivery 4 of 4 is due in 240 s",
    ]


def test_a_replay_of_less_than_a_second_takes_more_than_none():
    """A compressed replay is not said to take at least nothing."""
    assert any("the replay will take at least 0.4 s; " in line for line in logged([answer()], speed=1000.0))


def test_a_log_names_what_failed():
    """A retry that is refused is a line of its own."""
    lines = logged([*[answer()] * 6, answer(500)])
    assert any("retry, request 2 of 4, the message: 500" in line for line in lines)


def test_a_log_says_once_what_is_wrong_with_the_effects_of_a_message():
    """The first count with too many is a line, later ones of the message are not; nor is a fault told of twice."""
    stream = io.StringIO()
    lines = Lines(stream)
    counts = [("race", 1), ("race", 2), ("race", 8), ("race", None), ("race", None), ("race", 9), ("restart", 2)]

    async def log():
        for scenario, effects in counts:
            fault = "no answer" if effects is None else None
            counted = EffectCount(0.0, 0.0, "at the end", 0, 1, effects, effects, 1, fault)
            lines(Observed(scenario, "the message", counted, run="run"))

    asyncio.run(log())
    assert [line.removeprefix("sigcheck: observer: ") for line in stream.getvalue().splitlines()] == [
        "race, at the end, the message: 2 effects",
        "race, at the end, the message: no answer",
        "restart, at the end, the message: 2 effects",
    ]


def test_time_failures_and_what_is_waited_for():
    """The changing line says elapsed and total, the delivery and its wait, and what failed so far."""
    clock, said = FakeClock(), []
    effects = Effects(naive=True)
    trackers = []

    def tell(event):
        trackers.append(trackers[0] if trackers else Tracker())
        trackers[0].take(event)
        if isinstance(event, Waiting):
            said.append(
                (round(loop_clock.now() - 1000), trackers[0].elapsed, trackers[0].awaited, trackers[0].failures)
            )

    deliver = ScriptedDelivery(clock, happens=effects.arrives)
    observer = ScriptedObserver(effects.of)
    play(clock, deliver, observer=observer, families=ALL, only=("dedup-duplicate",), tell=tell)
    moment, elapsed, awaited, failures = said[2]
    assert elapsed.startswith("1:0")
    assert " of ~8:" in elapsed
    assert awaited.startswith("delivery 3/4 in 1:")
    assert 60 < moment < 120
    # The message itself, and those of two devices beside it.
    assert int(failures.split()[0]) >= 3


def test_events_of_samples_are_for_the_terminal():
    """A terminal shows each sample; a log the first that failed."""
    kinds = []
    clock = FakeClock()
    deliver = ScriptedDelivery(clock)
    play(clock, deliver, families=("response", "retry"), tell=lambda event: kinds.append(type(event)))
    assert {Sampled, KnownSoFar, Delivered, Estimated} <= set(kinds)


def test_what_was_known_on_the_way_goes_when_the_report_comes(monkeypatch):
    """On a terminal each line of it is shown, cut at the width, and erased at the end."""
    monkeypatch.setenv("TERM", "xterm")
    leader, follower = terminal(columns=60)
    with os.fdopen(follower, "w") as stream:
        line = LiveLine(stream, colour=False)
        line.hold("known so far: 1 failed; " + "x" * 80 + "\n  must tls-expired: \x1b[31mit has")
        line.show("the line\nand no second")
        line.close()
    shown = read_all(leader).decode()
    last = shown[shown.rindex("the line\r\nknown so far: 1 failed; xxx") :]
    assert "\r\n  must tls-expired: " in last
    assert "no second" not in shown
    assert "\x1b[31m" not in shown
    assert last.endswith("\x1b[1A\x1b[2K" * 3)
