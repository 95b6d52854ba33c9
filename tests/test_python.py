"""The run as an API: what a script gives and gets, how a run ends early, and what it never does."""

import asyncio
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from msgspec import structs

import sigcheck
from sigcheck import decode
from sigcheck.config.setting import option
from sigcheck.model.events import ProbeStarted, Waiting
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.runs import Run
from tests.clock import FakeClock
from tests.evidence import answer
from tests.misbehaving import misbehaving
from tests.running import planned
from tests.scripted import Effects, ScriptedDelivery, ScriptedObserver

DOCS = Path(__file__).parents[1] / "docs" / "python.md"
CLOSED = "http://127.0.0.1:9/sigfox"
BLOCKS = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize(
    ("block", "printed"),
    list(zip(BLOCKS, ["non-compliant 1 False", "ProbeStarted"], strict=True)),
    ids=["script", "event-loop"],
)
def test_what_the_page_shows_is_true(block, printed):
    """Every block of docs/python.md runs, with warnings as errors, and prints what the page says."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(printed)
    assert "non-compliant" in done.stdout


def test_a_script_gets_the_report():
    """The verdict is a string, what failed is listed, and the report renders itself as the command line does."""
    report = sigcheck.verify(CLOSED, allow_private=True, only="reach")
    assert isinstance(report, sigcheck.Report)
    assert (report.verdict, report.ok) == ("non-compliant", False)
    assert [each.rule for each in report.failed] == ["reach-refused"]
    assert "reach-refused" in report.render("text")
    assert '"schema_version": 1' in report.render("json")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"samples": 0}, "samples must be a whole number from 1 to 100"),
        ({"samples": 2.5}, "samples must be a whole number from 1 to 100"),
        ({"samples": True}, "samples must be a whole number from 1 to 100"),
        ({"samples": 10**400}, "samples must be a whole number from 1 to 100"),
        ({"samples": "9" * 400}, "samples must be a whole number from 1 to 100"),
        ({"samples": "1_0"}, "samples must be a whole number from 1 to 100"),
        ({"observe_default": 10**400}, "observe_default must be a whole number of at least 0"),
        ({"speed": float("nan")}, "speed must be a number from 1 to 1000"),
        ({"patience": "hunter2"}, "patience must be a number from 0 to 300"),
        ({"allow_private": "yes"}, "allow_private must be true or false"),
        ({"vantage": "hunter2"}, "vantage must be one of outside, inside"),
        ({"header": 7}, "header must be a list of strings"),
        ({"header": [7]}, "header must be a list of strings"),
        ({"method": ["GET"]}, "method must be a string"),
        ({"sampels": 3}, "there is no setting sampels: did you mean samples?"),
        ({"secrets": 3}, "secrets must be strings"),
    ],
    ids=lambda each: str(each)[:24],
)
def test_what_cannot_be_used_is_refused(settings, says):
    """A wrong value is named with what it must be, and never quoted."""
    with pytest.raises(sigcheck.UsageProblem) as refused:
        sigcheck.verify(CLOSED, **settings)
    assert str(refused.value).startswith(says)
    assert "hunter2" not in str(refused.value)


def test_the_struct_has_the_same_limits():
    """A RunConfig that is made by hand is checked by the same table, and its repr shows no secret."""
    with pytest.raises(sigcheck.UsageProblem, match="samples must be a whole number from 1 to 100"):
        sigcheck.RunConfig(url=CLOSED, samples=101)
    assert "hunter2" not in repr(sigcheck.RunConfig(url="https://me:hunter2@a.example/?t=hunter2"))


@pytest.mark.parametrize(
    "settings",
    [{"samples": "5"}, {"samples": 5.0}, {"header": "X-A: 1"}, {"only": "reach"}, {"only": None}, {"secrets": "abcd"},
     {"allow_private": 1}, {"url": b"x"}],
    ids=str,
)  # fmt: skip
def test_the_struct_takes_its_own_types_alone(settings):
    """A single text is no tuple of them: its letters would be taken for headers."""
    with pytest.raises(sigcheck.UsageProblem, match="must be"):
        sigcheck.RunConfig(**{"url": CLOSED, **settings})


def test_a_file_may_be_a_path(tmp_path):
    """Scripts have paths where the command line has texts."""
    config = decode({"url": CLOSED, "ca_file": tmp_path / "ca.pem", "allowlist": tmp_path / "rules"})
    assert (config.ca_file, config.allowlist) == (str(tmp_path / "ca.pem"), (str(tmp_path / "rules"),))


def test_variables_are_taken_from_the_environment_and_are_secret():
    """${NAME} is replaced in URL, header, body and observer; the value is a secret; $${NAME} stays."""
    environment = {"TOKEN": "hunter22", "WORD": "x"}
    given = {
        "url": "https://a.example/${WORD}?t=${TOKEN}",
        "header": ["X-A: ${TOKEN}"],
        "body": '{"d":"{device}","t":"$${TOKEN}"}',
        "observe_command": "count ${TOKEN} ${SIGCHECK_DEVICE}",
    }
    config = decode(given, environment=environment)
    assert config.url == "https://a.example/x?t=hunter22"
    assert config.header == ("X-A: hunter22",)
    assert config.body == '{"d":"{device}","t":"${TOKEN}"}'
    assert config.observe_command == "count hunter22 ${SIGCHECK_DEVICE}"
    assert config.secrets == ("x", "hunter22")


def test_a_variable_that_is_not_set_is_named():
    """An unset variable is an error that names it, and the setting as it was spelled."""
    with pytest.raises(sigcheck.UsageProblem) as refused:
        decode({"url": CLOSED, "header": ["X-A: ${NOT_THERE}"]}, option, {})
    assert str(refused.value).startswith("--header needs the environment variable NOT_THERE, which is not set")


def test_headers_come_from_a_file(tmp_path):
    """`@FILE` gives a header a line, with comments and blank lines left out; a file that is not there is named."""
    file = tmp_path / "headers"
    file.write_text("# the gateway's\nX-A: 1\n\nX-B: ${TOKEN}\n", encoding="utf-8")
    config = decode({"url": CLOSED, "header": [f"@{file}", "X-C: 3"]}, environment={"TOKEN": "hunter22"})
    assert config.header == ("X-A: 1", "X-B: hunter22", "X-C: 3")
    with pytest.raises(sigcheck.UsageProblem, match="--header file '/nowhere' cannot be read"):
        decode({"url": CLOSED, "header": ["@/nowhere"]}, option, {})


def test_a_secret_of_the_environment_is_in_no_report():
    """What a variable held is hidden wherever a server sends it back."""
    with misbehaving("answers") as server:
        report = asyncio.run(
            sigcheck.run(
                decode(
                    {"url": f"{server.url}?t=${{TOKEN}}", "allow_private": True, "only": "response", "samples": 1},
                    environment={"TOKEN": "hunter2222"},
                )
            )
        )
        assert b"hunter2222" in server.requests[0]
    assert "hunter2222" not in report.render("json")


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


def test_a_run_that_is_asked_to_end_gives_what_it_saw():
    """`end` is no cancellation: the report is partial and says why."""
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
                running.end("enough")

        running = Run(plan.config, on_event=watch, plan=plan)
        report = asyncio.run(running.play())
    assert (report.verdict, report.evidence.interrupted) == ("interrupted", "enough")
    assert len(report.evidence.samples) == 1


def test_a_run_that_is_ended_before_it_begins_sends_nothing():
    """Nothing is asked of anybody, and the report says why it is empty."""
    told = []

    async def main():
        running = Run(sigcheck.RunConfig(url=CLOSED), on_event=told.append)
        running.end("too late")
        return await running.play()

    report = asyncio.run(main())
    assert [each for each in told if isinstance(each, ProbeStarted)] == []
    assert (report.evidence.network, report.evidence.interrupted) == (None, "too late")


def test_a_run_is_played_once():
    """Its messages are sent already: a second time they would be duplicates."""

    async def main():
        running = Run(sigcheck.RunConfig(url=CLOSED, allow_private=True, only=("reach",)))
        await running.play()
        with pytest.raises(RuntimeError, match="a run is played once"):
            await running.play()

    asyncio.run(main())


def test_what_a_watcher_raises_comes_back():
    """An error in `on_event` is the caller's own: it is no probe that broke, and no report hides it."""

    def watch(_event):
        raise LookupError("the caller's own")

    config = sigcheck.RunConfig(url=CLOSED, allow_private=True, only=("reach",))
    with pytest.raises(LookupError, match="the caller's own"):
        asyncio.run(sigcheck.run(config, on_event=watch))


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
    assert report.evidence.scenario("restart").not_played == "needs --restart-command"


def test_verify_says_what_to_do_in_an_event_loop():
    """Where a loop runs, a second one cannot: the error names the other function, and nothing is left behind."""

    async def main():
        with pytest.raises(RuntimeError, match=r"await sigcheck\.run"):
            sigcheck.verify(CLOSED)

    asyncio.run(main())
