"""What the coordinator writes of a run that executors tell it of: once for each target, and nothing of no run."""

import asyncio
from datetime import UTC, datetime

import pytest
from msgspec import structs

from sigcheck.errors import UsageProblem
from sigcheck.fleet.coordinator import Coordinator
from sigcheck.fleet.executor import Lost
from sigcheck.fleet.ledger import EndLine, Ledger, ResultLine, RunLine, read_lines
from sigcheck.fleet.target import FleetRun, Outcome, Started
from sigcheck.model.fleet import TargetSummary
from sigcheck.progress.fleet import FleetSilence

BEGIN = RunLine("6f21c0aa", 1, "0.1.0", datetime(2026, 11, 28, tzinfo=UTC), seed=7, scan=False, targets=2)
SUMMARY = TargetSummary(target="a", vantage="eu", verdict="undecided", word="not examined", exit_code=3, problem="why")


class Telling:
    """An executor that tells what it was given; a problem is raised in its place."""

    def __init__(self, *told):
        self._told = told

    async def carry_out(self, groups, how, tell):
        """Tell all of it."""
        for each in self._told:
            if isinstance(each, Exception):
                raise each
            tell(each)

    def end(self, reason):
        """Nothing runs."""


def coordinated(path, *told, known=(), ended=""):
    """Give the lines of a run of which this is told; `ended`: somebody asks for its end before, and says why."""
    with Ledger(path) as ledger:
        coordinator = Coordinator(
            (), FleetRun("6f21c0aa"), Telling(*told), ledger, FleetSilence(None), known, first=BEGIN
        )
        if ended:
            coordinator.end(ended)
        asyncio.run(coordinator.run())
    return list(read_lines(path))


def test_a_target_that_was_begun_again_is_counted(tmp_path):
    """A worker was lost: the last line says how often each target was begun that was begun more than once."""
    begun = [Started("a", "eu", each) for each in ("00", "01", "02")]
    lines = coordinated(tmp_path / "results.jsonl", *begun, Started("b", "", "03"), Outcome(SUMMARY, "02"))
    end = lines[-1]
    assert isinstance(end, EndLine)
    assert (end.executions, end.repeated) == (4, {"a eu": 3})


def test_a_run_that_nobody_can_carry_out_is_none(tmp_path):
    """Nothing was sent: the ledger has not even the line that begins it."""
    path = tmp_path / "results.jsonl"
    with pytest.raises(UsageProblem, match="nobody is there"):
        coordinated(path, UsageProblem("nobody is there", "start a worker"))
    assert path.read_bytes() == b""


def test_what_came_of_a_target_counts_once(tmp_path):
    """The first whole result, which takes the place of a partial one; nothing behind it does."""
    partial, other = structs.replace(SUMMARY, partial=True), structs.replace(SUMMARY, problem="another")
    told = [Outcome(each, "00") for each in (partial, SUMMARY, other, partial)]
    lines = coordinated(tmp_path / "results.jsonl", *told)
    assert [each.summary for each in lines if isinstance(each, ResultLine)] == [partial, SUMMARY]
    assert [type(each) for each in coordinated(tmp_path / "again.jsonl", *told, known=[SUMMARY])] == [RunLine, EndLine]


def test_a_run_that_lost_its_workers_was_ended_by_nobody(tmp_path):
    """The last line says so, unless somebody had asked for the end before they were lost."""
    lost = Lost("the scheduler is lost", "start it again")
    ends = [coordinated(tmp_path / f"l{ended}.jsonl", lost, ended=ended)[-1] for ended in ("", "SIGINT")]
    assert [(end.interrupted, end.lost) for end in ends if isinstance(end, EndLine)] == [
        ("the scheduler is lost", True),
        ("SIGINT", False),
    ]
