"""The run on an event loop: what it tells while it goes on, how it ends early, and what it never does."""

import asyncio
import errno
from functools import partial
from typing import cast

import pytest
from msgspec import structs

import sigcheck
from sigcheck import decode
from sigcheck.cli import verifying
from sigcheck.cli.output_options import OutputOptions
from sigcheck.model.events import ProbeStarted, Waiting
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.progress import Silence
from sigcheck.runs import Run
from tests.clock import FakeClock
from tests.evidence import answer
from tests.misbehaving import misbehaving
from tests.running import planned
from tests.scripted import Effects, ScriptedDelivery, ScriptedObserver

CLOSED = "http://127.0.0.1:9/sigfox"


def test_events_carry_the_id_of_their_run():
    """Two runs in one loop are told apart by what each event says."""
    told = {}

    def note(place, event):
        told.setdefault(place, []).append(event)

    async def main():
        config = sigcheck.RunConfig(url=CLOSED, allow_private=True, only=("reach",))
        runs = [Run(config, on_event=partial(note, place)) for place in range(2)]
        return await asyncio.gather(*(each.play() for each in runs))

    reports = asyncio.run(main())
    ids = [{event.run for event in told[place]} for place in range(2)]
    assert ids == [{report.evidence.run} for report in reports]
    assert len(set.union(*ids)) == 2


def test_a_cancellation_from_outside_goes_through():
    """Who cancels the task of a run gets his CancelledError, not a report."""
    with misbehaving("reads-never-answers") as server:

        async def main():
            started = asyncio.Event()
            config = sigcheck.RunConfig(url=server.url, allow_private=True, only=("response",))
            work = asyncio.create_task(sigcheck.run(config, on_event=lambda _event: started.set()))
            await started.wait()
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
            return len(asyncio.all_tasks())

        assert asyncio.run(main()) == 1


@pytest.mark.parametrize(
    ("reason", "said"), [("enough", "enough"), ("", "interrupted"), (" ", "interrupted"), (None, "interrupted")]
)
def test_a_run_that_is_asked_to_end_gives_what_it_saw(reason, said):
    """`end` is no cancellation: the report is partial and says why, or that nobody said."""
    with misbehaving("answers") as server:
        plan = planned(
            server.url,
            policy=structs.replace(SIGFOX_CLOUD, retry_waits=(60.0,)),
            only=("response", "retry"),
            allow_private=True,
            samples=1,
        )

        def watch(event):
            if isinstance(event, Waiting):
                running.end(reason)
                running.end("too late to say why")

        running = Run(plan.config, on_event=watch, plan=plan)
        report = asyncio.run(running.play())
    assert (report.verdict, report.evidence.interrupted) == ("interrupted", said)
    assert len(report.evidence.samples) == 1


def test_a_reason_is_a_text():
    """Whatever else is given for one is refused at once, and ends nothing."""
    running = Run(sigcheck.RunConfig(url=CLOSED, allow_private=True, only=("reach",)))
    with pytest.raises(TypeError, match="must be a string"):
        running.end(cast("str", 7))
    assert asyncio.run(running.play()).verdict == "non-compliant"


@pytest.mark.parametrize(("reason", "said"), [("too late", "too late"), ("", "interrupted")])
def test_a_run_that_is_ended_before_it_begins_sends_nothing(reason, said):
    """Nothing is asked of anybody, and the report says why it is empty."""
    told = []

    async def main():
        running = Run(sigcheck.RunConfig(url=CLOSED), on_event=told.append)
        running.end(reason)
        return await running.play()

    report = asyncio.run(main())
    assert [each for each in told if isinstance(each, ProbeStarted)] == []
    assert (report.evidence.network, report.evidence.interrupted) == (None, said)


def test_a_run_is_played_once():
    """Its messages are sent already: a second time they would be duplicates."""

    async def main():
        running = Run(sigcheck.RunConfig(url=CLOSED, allow_private=True, only=("reach",)))
        await running.play()
        with pytest.raises(RuntimeError, match="a run can be played only once"):
            await running.play()

    asyncio.run(main())


@pytest.mark.parametrize(
    "error",
    [
        LookupError("the caller's own"),
        OSError(errno.EMFILE, "Too many open files"),
        OSError(errno.ENETUNREACH, "Network is unreachable"),
        OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"),
        PermissionError(errno.EACCES, "Permission denied"),
        MemoryError(),
        RuntimeError("can't start new thread"),
        asyncio.CancelledError("the caller's own"),
        GeneratorExit(),
        SystemExit(7),
    ],
    ids=repr,
)
def test_what_a_watcher_raises_comes_back(error):
    """An error in `on_event` is the caller's own: no probe broke, no machine failed, and no report hides it."""

    def watch(_event):
        raise error

    config = sigcheck.RunConfig(url=CLOSED, allow_private=True, only=("reach",))
    with pytest.raises(type(error)) as raised:
        asyncio.run(sigcheck.run(config, on_event=watch))
    assert raised.value is error


@pytest.mark.parametrize("error", [MemoryError(), asyncio.CancelledError("the caller's own")], ids=repr)
def test_what_a_watcher_raises_in_a_scenario_comes_back(error):
    """Scenarios are played in a task group, which wraps what its tasks raise, and swallows a cancellation."""
    clock = FakeClock()

    def watch(event):
        if isinstance(event, Waiting):
            raise error

    environment = sigcheck.Environment(transport=ScriptedDelivery(clock), time="virtual")
    config = decode({"url": CLOSED, "only": "response,retry", "samples": 1})
    with pytest.raises(type(error)) as raised:
        clock.run(sigcheck.run(config, environment, watch))
    assert raised.value is error


def test_events_have_no_secret():
    """What a watcher is told of an answer is hidden as it is in the report. There need not be a network."""
    told, clock = [], FakeClock()
    transport = ScriptedDelivery(clock, answers=[answer(body=b"you said plainword")])
    config = decode({"url": CLOSED, "only": "response", "samples": 1, "secrets": "plainword"})
    report = clock.run(sigcheck.run(config, sigcheck.Environment(transport=transport, time="virtual"), told.append))
    assert len(report.evidence.samples) == 1
    assert [type(event).__name__ for event in told] == ["ProbeStarted", "Sampled"]
    assert "plainword" not in str(told)
    assert "you said ***" in str(told)


def test_what_an_environment_has_not_is_not_played():
    """A restart command is configured and the environment cannot run it: the scenario is left out, nothing breaks."""
    clock, effects = FakeClock(), Effects()
    transport = ScriptedDelivery(clock, happens=effects.arrives)
    environment = sigcheck.Environment(transport=transport, observer=ScriptedObserver(effects.of), time="virtual")
    config = decode({"url": CLOSED, "only": "dedup", "restart_command": "true", "speed": 60})
    report = clock.run(sigcheck.run(config, environment))
    assert report.evidence.breakdowns == ()
    assert report.evidence.scenario("restart").not_played == "this scenario needs --restart-command"


def test_a_display_that_has_no_room_ends_no_run(monkeypatch):
    """What this machine lacks to show progress is no error of the run's: its report is printed all the same."""

    class Cramped(Silence):
        def __call__(self, _event):
            raise MemoryError

    monkeypatch.setattr(verifying, "progress", lambda *_, **__: Cramped())
    run, _ = verifying.begin(planned(CLOSED, allow_private=True, only=("reach",)), OutputOptions())
    report = asyncio.run(run.play())
    assert (report.verdict, report.evidence.breakdowns) == ("non-compliant", ())
