"""The ledger of a fleet: what is written stays, what is torn is dropped, and nobody else writes into it."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from sigcheck.errors import UsageProblem
from sigcheck.fleet.coordinator import Coordinator
from sigcheck.fleet.ledger import EndLine, Ledger, ResultLine, RunLine, read_lines
from sigcheck.fleet.reading import read_fleet
from sigcheck.fleet.resuming import last_run
from sigcheck.fleet.target import FleetRun, Outcome
from sigcheck.fleet.viewing import view_of
from sigcheck.model.fleet import TargetSummary
from sigcheck.progress.fleet import FleetSilence

BEGIN = RunLine("6f21c0aa", 1, "0.1.0", datetime(2026, 11, 28, tzinfo=UTC), seed=7, scan=False, targets=2)
END = EndLine("6f21c0aa", datetime(2026, 11, 28, tzinfo=UTC), 2)


def result(target):
    """Give the line of a target that was not examined."""
    why = "the name is not set"
    summary = TargetSummary(target=target, verdict="undecided", word="not examined", exit_code=3, problem=why)
    return ResultLine("6f21c0aa", summary, "0000beef")


def test_lines_come_back_as_they_were(tmp_path):
    """What was appended is read again, in its order, over two openings of the file."""
    path = tmp_path / "results.jsonl"
    lines = [BEGIN, result("a"), result("b"), END]
    for some in (lines[:2], lines[2:]):
        with Ledger(path) as ledger:
            for line in some:
                ledger.append(line)
    assert list(read_lines(path)) == lines


@pytest.mark.parametrize("torn", [b'{"line":"resu', b"x" * 200_000, b""], ids=["short", "long", "nothing"])
def test_a_torn_last_line_is_dropped(torn, tmp_path):
    """A reader passes over it, and the next writer takes it out before it appends."""
    path = tmp_path / "results.jsonl"
    with Ledger(path) as ledger:
        ledger.append(BEGIN)
        ledger.append(result("a"))
    with path.open("ab") as file:
        file.write(torn)
    assert list(read_lines(path)) == [BEGIN, result("a")]
    with Ledger(path) as ledger:
        ledger.append(result("b"))
    assert list(read_lines(path)) == [BEGIN, result("a"), result("b")]


def test_nobody_else_writes_into_it(tmp_path):
    """A second run that names the same file is told so, and changes nothing."""
    path = tmp_path / "results.jsonl"
    with Ledger(path) as ledger:
        ledger.append(BEGIN)
        with pytest.raises(UsageProblem, match="is being written by another run"):
            Ledger(path)
    assert list(read_lines(path)) == [BEGIN]


@pytest.mark.parametrize("line", ["[]", "{}", "hello", '{"line":"other"}', '{"line":"end","run":3}'])
def test_what_is_no_ledger_is_refused(line, tmp_path):
    """The error names the file and the line."""
    path = tmp_path / "results.jsonl"
    path.write_text(f"{line}\n")
    with pytest.raises(UsageProblem, match=r"line 1 of .*results\.jsonl does not belong in a ledger"):
        list(read_lines(path))


@pytest.mark.parametrize(
    "text", ["name,url\na,https://a.example/", "[defaults]\n", "{}\n", "\ufeff{", '{"line":3}\n'], ids=repr
)
def test_another_file_is_left_as_it_is(text, tmp_path):
    """A slip that names a list of targets or a configuration file costs nothing of it, not even its last line."""
    path = tmp_path / "targets.csv"
    path.write_text(text)
    with pytest.raises(UsageProblem, match=r"targets\.csv is not a ledger, and is left as it is"):
        Ledger(path)
    assert path.read_text() == text


def test_a_first_line_may_be_torn(tmp_path):
    """A run that was killed while it wrote its first line left a ledger all the same."""
    path = tmp_path / "results.jsonl"
    path.write_text('{"lin')
    with Ledger(path) as ledger:
        ledger.append(BEGIN)
    assert list(read_lines(path)) == [BEGIN]


def test_what_keeps_nothing_is_no_ledger(tmp_path):
    """A pipe and a device are refused before a run, whose reports they would lose."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(UsageProblem, match="is not a regular file"):
            Ledger(path)


def test_what_is_no_torn_line_is_not_dropped(tmp_path):
    """Only a line that begins as one of a ledger was torn: another text before a line is none of sigcheck's."""
    path = tmp_path / "results.jsonl"
    with Ledger(path) as ledger:
        ledger.append(BEGIN)
    path.write_bytes(b"hello" + path.read_bytes())
    with pytest.raises(UsageProblem, match="does not belong in a ledger"):
        list(read_lines(path))


def test_a_run_goes_on_with_the_first_whole_result(tmp_path):
    """A partial one before it counts until then, and what comes behind it, whole or not, changes nothing."""
    path = tmp_path / "results.jsonl"

    def line(problem, *, partial):
        return structs.replace(
            result("a"), summary=structs.replace(result("a").summary, problem=problem, partial=partial)
        )

    told = [line("p1", partial=True), line("p2", partial=True), line("w1", partial=False), line("w2", partial=False)]
    seen = []
    with Ledger(path) as ledger:
        ledger.append(BEGIN)
        for each in (*told, line("p3", partial=True)):
            ledger.append(each)
            (summary,) = last_run(path).summaries
            seen.append(summary.problem)
    assert seen == ["p1", "p2", "w1", "w1", "w1"]


def test_a_run_that_goes_on_has_not_ended(tmp_path):
    """Its line is there again behind the one that ended it; a run that was interrupted did not end either."""
    path = tmp_path / "results.jsonl"
    seen = []
    with Ledger(path) as ledger:
        for each in (BEGIN, structs.replace(END, interrupted="SIGINT"), structs.replace(BEGIN, resumed=True), END):
            ledger.append(each)
            seen.append(last_run(path).ended)
        ledger.append(structs.replace(BEGIN, resumed=True))
        seen.append(last_run(path).ended)
    assert seen == [False, False, False, True, False]


def test_a_torn_line_before_another_ledger_is_dropped(tmp_path):
    """Where `cat` put a ledger behind one that was not written to its end, only what was torn is missing."""
    path = tmp_path / "results.jsonl"
    with Ledger(path) as ledger:
        ledger.append(BEGIN)
        ledger.append(result("a"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] + whole)
    assert list(read_lines(path)) == [BEGIN, BEGIN, result("a")]
    fleet = read_fleet([path])
    assert [each.target for each in view_of(fleet).summaries] == ["a"]


class UntilEnded:
    """An executor that tells one outcome, and runs until it is asked to end."""

    def __init__(self):
        self.ended = asyncio.Event()

    async def carry_out(self, groups, how, tell):
        """Tell what came of the only target."""
        tell(Outcome(result("a").summary, "0000beef"))
        await self.ended.wait()

    def end(self, _reason):
        """Take that it shall end."""
        self.ended.set()


def test_a_disk_that_keeps_nothing_ends_the_run(tmp_path):
    """Where lines do not get to the disk, the run ends with a problem that names the ledger, and is no bug."""
    reading, writing = os.pipe()
    with Ledger(tmp_path / "results.jsonl") as ledger:
        coordinator = Coordinator((), FleetRun("6f21c0aa"), UntilEnded(), ledger, FleetSilence(None), first=BEGIN)

        async def run():
            async with asyncio.timeout(2):
                await coordinator.run()

        # A pipe takes a line, and cannot be synced.
        file = os.dup(ledger._file)
        os.dup2(writing, ledger._file)
        with pytest.raises(UsageProblem, match=r"results\.jsonl cannot be written \(Invalid argument\)"):
            asyncio.run(run())
        os.dup2(file, ledger._file)
    for each in (reading, writing, file):
        os.close(each)


def test_a_ledger_that_was_removed_is_told(tmp_path):
    """Nobody is told that the results are in a file that is gone; one that was only renamed has them."""
    path = tmp_path / "results.jsonl"
    ledger = Ledger(path)
    path = path.rename(tmp_path / "renamed.jsonl")
    ledger.sync()
    path.unlink()
    with pytest.raises(UsageProblem, match=r"results\.jsonl was removed while the run wrote"):
        ledger.close()


def test_a_newer_ledger_is_not_gone_on_with(tmp_path):
    """What a later version wrote may mean something else: the version that wrote it goes on with it."""
    path = tmp_path / "results.jsonl"
    with Ledger(path) as ledger:
        ledger.append(structs.replace(BEGIN, schema_version=2))
    with pytest.raises(UsageProblem, match="was written by a newer sigcheck: go on with that version"):
        last_run(path).goes_on(scan=False, shard=None, run=None, ledger=path)
