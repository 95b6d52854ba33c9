"""A fleet in several processes: the same results, whoever dies and whoever is interrupted, and each target's once."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sigcheck.config.given import Given
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem
from sigcheck.fleet.coordinator import Coordinator
from sigcheck.fleet.ledger import EndLine, Ledger, ResultLine, RunLine, read_lines
from sigcheck.fleet.processes import MOST_BEGUN, ProcessExecutor, jobs_for, processors, shares
from sigcheck.fleet.target import FleetRun, FleetTarget, HostGroup, Outcome, Started
from tests.commandline import PROGRAM, sigcheck
from tests.fleet.quick import receiving

PORT = 9
"""Where nobody listens."""

HEAD = """
[defaults]
allow_private = true
only = ["{only}"]
samples = {samples}
speed = {speed}
"""
TARGET = """
[targets.{name}]
url = "http://{name}.example:{port}/x"
resolve = ["{name}.example:{port}:127.0.0.1"]
"""


class Fleet:
    """A folder with a configuration of `targets` names of one receiver, and its ledger."""

    def __init__(self, folder, origin, targets, *, only="response", samples=1, speed=60.0, more=""):
        port = origin.rpartition(":")[2]
        self.names = [f"r{number}" for number in range(targets)]
        text = HEAD.format(only='", "'.join(only.split(",")), samples=samples, speed=speed)
        text += "".join(TARGET.format(name=name, port=port) for name in self.names) + more
        (folder / "sigcheck.toml").write_text(text)
        self.ledger = folder / "results.jsonl"
        self.command: tuple[str, ...] = (
            "fleet",
            "run",
            "--config",
            str(folder / "sigcheck.toml"),
            "--ledger",
            str(self.ledger),
            "-q",
        )
        self.command += ("--at-address", "1000")

    @property
    def results(self):
        """All lines of results."""
        return [each for each in read_lines(self.ledger) if isinstance(each, ResultLine)]

    @property
    def whole(self):
        """How many whole results each target has."""
        return Counter(each.summary.target for each in self.results if not each.summary.partial)

    @property
    def ends(self):
        """The last lines of runs."""
        return [each for each in read_lines(self.ledger) if isinstance(each, EndLine)]

    def start(self, *options):
        """Begin a run in a process group of its own."""
        command = [*PROGRAM, *self.command, "--jobs", "2", *options]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0)

    def until(self, results, process):
        """Wait until so many results are in the ledger."""
        soon = time.monotonic() + 30
        while time.monotonic() < soon:
            if process.poll() is not None:
                raise AssertionError(process.communicate())
            if self.ledger.exists() and self.ledger.read_bytes().count(b'"line":"result"') >= results:
                return
            time.sleep(0.01)
        raise AssertionError("no results came")


def children(process):
    """Give the pids of the processes that a run has started."""
    return [int(each) for each in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def alive(pid):
    """Whether a process runs: one that nobody has waited for yet is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def connections(pid):
    """Give how many sockets a process has open beside the two of its event loop."""
    with suppress(OSError):
        return max(0, sum("socket:" in str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()) - 2)
    return 0


def until(met):
    """Wait until a condition is met."""
    soon = time.monotonic() + 20
    while not met():
        assert time.monotonic() < soon, "it does not come"
        time.sleep(0.01)


class Unwatched:
    """A watch of nobody."""

    def began(self, target, vantage):
        """Pass over it."""

    def ended(self, summary):
        """Pass over it."""

    def tick(self):
        """Pass over it."""

    def close(self):
        """Have nothing to close."""


def told(groups, *, jobs=2, at_once=4):
    """Run groups in processes; gives what was told, and the notices."""
    said, notices = [], []
    executor = ProcessExecutor(jobs, notices.append)
    asyncio.run(executor.carry_out(groups, FleetRun("0badcafe", at_once=at_once), said.append))
    return said, notices


def group(name, **settings):
    """Give a group of one target."""
    settings = {"url": f"http://127.0.0.1:{PORT}/", "allow_private": True, "only": "reach"} | settings
    given = {key: (Given(value, key, key),) for key, value in settings.items()}
    return HostGroup((FleetTarget(name, Wanted("", given), name),))


def test_two_processes_find_what_one_finds(tmp_path):
    """Each target has one result, the same from either, and the exit code is the same."""
    with receiving() as origin:
        fleet = Fleet(tmp_path, origin, 12, only="reach,response", more=TARGET.format(name="gone", port=PORT))
        found = []
        for jobs in ("1", "2"):
            done = sigcheck(*fleet.command, "--seed", "7", "--jobs", jobs)
            run = [each for each in fleet.results if each.run == fleet.results[-1].run]
            assert Counter(each.summary.target for each in run) == Counter([*fleet.names, "gone"])
            found.append(
                (done.code, done.out.splitlines()[:-1], {each.summary.target: seen(each.summary) for each in run})
            )
            assert f", {jobs} process" in done.err
    assert found[0] == found[1]
    assert found[0][0] == 1


def seen(summary):
    """Give what a summary says of a target, without its times."""
    return summary.verdict, summary.exit_code, summary.word, [(each.rule, each.status) for each in summary.causes]


def test_a_process_that_is_killed_costs_no_result(tmp_path):
    """Two of them die in the middle: each target is examined once in the ledger, and what was begun is counted."""
    with receiving(0.05) as origin:
        fleet = Fleet(tmp_path, origin, 30)
        process = fleet.start("--at-once", "8")
        for results in (5, 15):
            fleet.until(results, process)
            os.kill(next(filter(alive, children(process))), signal.SIGKILL)
        _, err = process.communicate(timeout=60)
    assert fleet.whole == Counter(fleet.names)
    assert all(each.summary.problem is None for each in fleet.results)
    (end,) = fleet.ends
    assert end.executions >= len(fleet.names)
    assert end.executions - len(fleet.names) == sum(end.repeated.values()) - len(end.repeated)
    assert err.count("died (ended by SIGKILL): what it had not reported is run again") == 2
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_to_all_processes_brings_partial_reports(name, tmp_path):
    """Exit code 130, one partial report for each run that was under way, a whole ledger; --resume does the rest."""
    with receiving(0.1, silent=range(12, 20)) as origin:
        fleet = Fleet(tmp_path, origin, 30)
        process = fleet.start("--at-once", "8")
        until(lambda: httpx.get(f"{origin}/silent").text == "8")
        os.killpg(process.pid, signal.Signals[name])
        out, err = process.communicate(timeout=30)
        assert (process.returncode, err.count("\n")) == (130, 1), err
        assert sum(each.summary.partial for each in fleet.results) == 8
        assert "interrupted" in out
        (end,) = fleet.ends
        assert end.interrupted == f"interrupted by {name}"
        assert end.executions == len(fleet.results) < 30
        resumed = sigcheck(*fleet.command, "--resume", "--jobs", "2")
    assert resumed.code == 0, resumed
    assert fleet.whole == Counter(fleet.names)


def test_a_second_signal_ends_what_hangs(tmp_path):
    """A receiver that does not answer is not waited for, and no process is left behind."""
    with receiving(60) as origin:
        fleet = Fleet(tmp_path, origin, 6)
        process = fleet.start()
        until(lambda: sum(map(connections, children(process))))
        pids = children(process)
        for number in (signal.SIGINT, signal.SIGINT):
            os.killpg(process.pid, number)
        process.communicate(timeout=10)
    assert process.returncode == 130
    assert not any(map(alive, pids))


def test_a_killed_parent_takes_its_processes_with_it(tmp_path):
    """They end within seconds, no torn line counts, and --resume runs nothing twice that has a result."""
    with receiving(0.1) as origin:
        fleet = Fleet(tmp_path, origin, 30)
        process = fleet.start("--at-once", "6")
        fleet.until(5, process)
        pids = children(process)
        process.kill()
        process.communicate(timeout=10)
        soon = time.monotonic() + 4
        while any(map(alive, pids)) and time.monotonic() < soon:
            time.sleep(0.02)
        assert not any(map(alive, pids))
        before = len(fleet.results)
        resumed = sigcheck(*fleet.command, "--resume", "--jobs", "2")
    assert resumed.code == 0, resumed
    assert fleet.whole == Counter(fleet.names)
    assert fleet.ends[-1].executions == len(fleet.names) - before


def test_a_target_that_kills_its_process_is_given_up():
    """It is begun a few times and then not examined; what was finished before it is not begun again."""
    with receiving() as origin:
        poison = group("poison", only="dedup", observe_command="sh -c 'kill -9 $PPID'", url=f"{origin}/")
        others = [group(f"r{n}", url=f"{origin}/", only="response", samples=1) for n in range(6)]
        together = HostGroup((*others[0].targets, *poison.targets))
        said, notices = told([together, *others[1:]], at_once=2)
    begun = Counter(each.target for each in said if isinstance(each, Started))
    outcomes = {each.summary.target: each.summary for each in said if isinstance(each, Outcome)}
    assert begun == {"poison": MOST_BEGUN} | {f"r{n}": 1 for n in range(6)}
    assert len(outcomes) == 7
    lost = outcomes["poison"]
    assert (lost.word, lost.exit_code, lost.partial) == ("not examined", 3, True)
    assert f"died {MOST_BEGUN} times (ended by SIGKILL)" in str(lost.problem)
    assert len(notices) == MOST_BEGUN


def test_a_bug_of_ours_in_a_process_is_told():
    """The target has an outcome that says what broke; the others go on."""
    nothing: Any = None
    broken = HostGroup((FleetTarget("broken", nothing), FleetTarget("behind", nothing)))
    said, notices = told([broken, group("good")])
    outcomes = {each.summary.target: each.summary for each in said if isinstance(each, Outcome)}
    assert sorted(outcomes) == ["behind", "broken", "good"]
    assert (outcomes["broken"].exit_code, outcomes["good"].problem) == (4, None)
    assert str(outcomes["broken"].problem).startswith("AttributeError at planning.py:")
    assert notices == []


def test_processes_that_cannot_begin_are_not_started_for_ever(tmp_path, monkeypatch):
    """The error says how they ended, and what they wrote is told."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no room >&2\nexit 3\n")
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(UsageProblem, match=r"end before they begin \(exit code 3\)"):
        told([group("a"), group("b")], jobs=1)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    with pytest.raises(UsageProblem, match="could not be started"):
        told([group("a")])


def starts(folder, monkeypatch, number, last_waits_for="/"):
    """Let this machine start so many processes, and no more; the last of them begins when there is such a file."""
    python = folder / "python"
    python.write_text(
        f"#!/bin/sh\nfor n in $(seq {number}); do\n"
        f"mkdir {folder}/$n 2>/dev/null || continue\n"
        f"[ $n = {number} ] && until [ -e {last_waits_for} ]; do sleep 0.05; done\n"
        f'exec {sys.executable} "$@"\ndone\n'
        f"mkdir {folder}/first 2>/dev/null || touch {folder}/second\nexit 3\n"
    )
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))


def killing(origin, name, once=""):
    """Give a group whose target kills the process that runs it; `once`: a folder that says that it did."""
    first = f"mkdir {once} && " if once else ""
    return group(name, only="dedup", samples=1, observe_command=f"sh -c '{first}kill -9 $PPID'", url=f"{origin}/")


def test_a_run_that_loses_its_last_process_keeps_what_it_has(tmp_path, monkeypatch):
    """No process can be started in the middle: the results are there, and the ledger's last line says why it ended."""
    notices: list[str] = []
    with receiving() as origin, Ledger(tmp_path / "l.jsonl") as ledger:
        starts(tmp_path, monkeypatch, 1)
        grouped = [group("good"), killing(origin, "bad"), group("left")]
        how = FleetRun("0badcafe", at_once=1)
        first = RunLine("0badcafe", 1, "0", datetime(2026, 11, 28, tzinfo=UTC), seed=7, scan=False, targets=3)
        coordinator = Coordinator(grouped, how, ProcessExecutor(1, notices.append), ledger, Unwatched(), (), first)
        asyncio.run(coordinator.run())
    begin, result, end = read_lines(tmp_path / "l.jsonl")
    assert isinstance(begin, RunLine)
    assert isinstance(result, ResultLine)
    assert isinstance(end, EndLine)
    assert end.interrupted == "the processes of this run end before they begin (exit code 3)"
    assert str(coordinator.lost) == f"{end.interrupted}: use --jobs 1, and go on with --resume"


def test_the_processes_that_are_left_do_the_rest(tmp_path, monkeypatch):
    """One dies and cannot be replaced, which is told: the other one runs all that is left."""
    with receiving() as origin:
        starts(tmp_path, monkeypatch, 2)
        slow = group("slow", url=f"{origin}/", only="retry", samples=1, speed=600.0)
        others = [group(f"r{n}") for n in range(4)]
        said, notices = told([killing(origin, "bad", f"{tmp_path}/once"), slow, *others], at_once=2)
    outcomes = [each.summary for each in said if isinstance(each, Outcome)]
    assert sorted(each.target for each in outcomes) == ["bad", "r0", "r1", "r2", "r3", "slow"]
    assert all(each.problem is None for each in outcomes)
    assert "the processes of this run end before they begin (exit code 3): the processes that are left do the rest" in (
        notices
    )


def test_one_that_is_still_being_started_does_the_rest(tmp_path, monkeypatch):
    """No process can be started where one died, before the other one has begun: the run waits for that one."""
    with receiving() as origin:
        starts(tmp_path, monkeypatch, 2, last_waits_for=tmp_path / "second")
        said, notices = told([killing(origin, "bad", f"{tmp_path}/once"), group("left")], at_once=2)
    outcomes = [each.summary for each in said if isinstance(each, Outcome)]
    assert {each.target: each.problem for each in outcomes} == {"bad": None, "left": None}
    assert sum("the processes that are left do the rest" in each for each in notices) == 1


def test_what_a_process_writes_is_told(tmp_path, monkeypatch):
    """Its standard error reaches a person as notices, disarmed, and disturbs nothing."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nprintf 'a \\033[31mwarning\\n' >&2\nexec {sys.executable} \"$@\"\n")
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    said, notices = told([group("a")], jobs=1)
    assert len(said) == 2
    assert notices == ["a process of this run wrote: a \\x1b[31mwarning"]


def test_what_is_printed_by_accident_is_no_answer():
    """Nor can a program that is run there read the commands, or answer."""
    accident = "print('by accident', flush=True); subprocess.run(['sh', '-c', 'cat; echo by a command'])"
    program = f"""
import subprocess
from sigcheck.fleet.child import _own_pipes
commands, answers = _own_pipes()
{accident}
answers.write(commands.read())
"""
    done = subprocess.run([sys.executable, "-c", program], input=b"command", capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"command", b"by accident\nby a command\n")


def test_an_end_before_anything_began_starts_nothing():
    """A signal that came first is obeyed."""
    executor = ProcessExecutor(2, print)
    executor.end("interrupted")
    said = []
    asyncio.run(executor.carry_out([group("a")], FleetRun("0badcafe"), said.append))
    assert said == []


@pytest.mark.slow
def test_a_thousand_refused_at_once():
    """Much that ends at once starves nobody: each has its outcome."""
    said, _ = told([group(str(number)) for number in range(1000)], at_once=1000)
    assert len({each.summary.target for each in said if isinstance(each, Outcome)}) == 1000


def test_what_may_run_at_once_is_divided():
    """All shares together are what was asked for; at an address each process has a place at the least."""
    how = FleetRun("0badcafe", at_once=100, at_address=8)
    assert [(each.at_once, each.at_address) for each in shares(how, 3)] == [(34, 3), (33, 3), (33, 2)]
    assert [each.at_address for each in shares(FleetRun("0badcafe", at_address=1), 2)] == [1, 1]


@pytest.mark.parametrize(
    ("groups", "at_once", "wanted", "jobs"),
    [(1000, 100, None, processors()), (49, 100, None, 1), (10, 100, 4, 4), (3, 100, 4, 3), (10, 2, 4, 2), (0, 9, 4, 1)],
)
def test_how_many_processes(groups, at_once, wanted, jobs):
    """One for each processor, fewer where there is less to do, and what was asked for."""
    assert jobs_for(groups, at_once, wanted) == jobs
