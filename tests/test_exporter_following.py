"""A ledger that others write is read on from where the last look ended, and anew where it is another file."""

import os
import resource
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache

import msgspec
import pytest
from msgspec import structs

from sigcheck.errors import UsageProblem
from sigcheck.exporter import following
from sigcheck.exporter.following import Followed
from sigcheck.exporter.rounds import SCANS, Rounds
from sigcheck.fleet.ledger import Ledger, ResultLine, RunLine
from sigcheck.model.fleet import summary_of
from tests.specimens import specimens


@cache
def whole():
    """Give the summary of a target that is well: made by the worker that needs it."""
    return summary_of("orders", "", specimens()["healthy"])


def begin(run, scan=False):
    """Give the first line of a run."""
    return RunLine(run, 1, "0.1.0", datetime(2026, 11, 28, tzinfo=UTC), seed=1, scan=scan, targets=1)


def result(run, target):
    """Give the line of a target that is well."""
    return ResultLine(run, structs.replace(whole(), target=target), "00")


def write(path, *lines):
    """Append lines as a run does."""
    with Ledger(path) as ledger:
        for line in lines:
            ledger.append(line)


def seen(followed):
    """Look, and give the runs and targets of the lines that came."""
    return [line.summary.target if isinstance(line, ResultLine) else line.run for line in followed.new_lines()]


@pytest.fixture
def path(tmp_path):
    """Give the path of a ledger of one run and one target."""
    path = tmp_path / "results.jsonl"
    write(path, begin("run"), result("run", "a"))
    return path


def test_a_look_gives_what_is_new(path):
    """Each line is given once, in the look after it was written, and numbered as in the file."""
    followed = Followed(path)
    assert seen(followed) == ["run", "a"]
    assert seen(followed) == []
    write(path, result("run", "b"), begin("next"), result("next", "a"))
    assert seen(followed) == ["b", "next", "a"]
    with path.open("a") as file:
        file.write("\nno line\n")
    with pytest.raises(UsageProblem, match="line 7 of"):
        seen(followed)


def test_only_what_is_new_is_read(path):
    """What stands before it is not even decoded: it may have been overwritten, but for the bytes it is known by."""
    write(path, *(result("run", f"t{number}") for number in range(20)))
    followed = Followed(path)
    assert len(seen(followed)) == 22
    with path.open("r+b") as file:
        file.seek(2 * following.EDGE)
        file.write(b"x" * 100)
    write(path, result("run", "b"))
    assert seen(followed) == ["b"]


def test_a_torn_line_is_read_when_it_is_whole(path):
    """Half a line is none, however often it is looked at, and its second half makes it one."""
    followed = Followed(path)
    seen(followed)
    line = msgspec.json.encode(result("run", "torn")) + b"\n"
    for piece in (line[:1], line[1:60], line[60:-1]):
        with path.open("ab") as file:
            file.write(piece)
        assert seen(followed) == []
    with path.open("ab") as file:
        file.write(b"\n")
    assert seen(followed) == ["torn"]


def test_a_torn_line_that_the_next_run_drops(path):
    """A run that goes on with the ledger removes what was not written to its end; its own line stands there then."""
    followed = Followed(path)
    with path.open("ab") as file:
        file.write(msgspec.json.encode(result("run", "torn"))[:-5])
    assert seen(followed) == ["run", "a"]
    write(path, result("run", "b"))
    assert seen(followed) == ["b"]


def test_a_torn_line_with_another_behind_it(path):
    """`cat` puts the lines of the next ledger behind it: that line counts."""
    followed = Followed(path)
    seen(followed)
    with path.open("ab") as file:
        file.write(msgspec.json.encode(result("run", "torn"))[:-5] + msgspec.json.encode(begin("next")) + b"\n")
    assert seen(followed) == ["next"]


def test_a_file_that_shrank_is_read_anew(path):
    """Its inode is the same, and what it has is told again."""
    followed = Followed(path)
    write(path, result("run", "b"))
    assert seen(followed) == ["run", "a", "b"]
    os.truncate(path, len(b"".join(path.read_bytes().splitlines(keepends=True)[:2])))
    assert seen(followed) == ["run", "a"]
    os.truncate(path, 0)
    assert seen(followed) == []
    write(path, begin("next"))
    assert seen(followed) == ["next"]


@pytest.mark.parametrize("size", ["shorter", "as long", "longer"])
def test_a_file_that_was_rotated_is_read_anew(path, size):
    """Another file has the name now, of whatever length, and also while there is none in between."""
    followed = Followed(path)
    write(path, result("run", "b"))
    seen(followed)
    path.rename(path.with_suffix(".1"))
    assert seen(followed) == []
    write(
        path, begin("run"), *(result("run", each) for each in {"shorter": "x", "as long": "xy", "longer": "xyz"}[size])
    )
    assert seen(followed)[0:2] == ["run", "x"]


def test_a_file_with_the_same_beginning_is_another(path, tmp_path):
    """A copy that is moved into its place has a life of its own."""
    followed = Followed(path)
    seen(followed)
    copy = tmp_path / "copy"
    shutil.copy(path, copy)
    write(copy, result("run", "b"))
    copy.replace(path)
    assert seen(followed) == ["run", "a", "b"]


@pytest.mark.parametrize("kept", [0, 2], ids=["another run", "the same run, but another result"])
def test_a_file_that_was_rewritten_in_its_place_is_read_anew(path, kept):
    """Inode and length say nothing: it is known by its first bytes, and by those before the place."""
    write(path, *(result("run", f"t{number}") for number in range(20)))
    followed = Followed(path)
    seen(followed)
    lines = path.read_bytes().splitlines(keepends=True)
    os.truncate(path, sum(map(len, lines[:kept])))
    if not kept:
        write(path, begin("another"))
    write(path, *(result("run", f"u{number}") for number in range(40)))
    assert seen(followed)[0] == ("run" if kept else "another")


def test_after_a_line_that_is_none_it_is_read_on_when_the_file_has_changed(path):
    """Those before it are given, it is told once, and the line in its place is the next one."""
    followed = Followed(path)
    seen(followed)
    write(path, result("run", "b"))
    good = path.stat().st_size
    with path.open("a") as file:
        file.write("no line\n")
    given = []
    with pytest.raises(UsageProblem, match=r"line 4 of .* does not belong in a ledger"):
        given.extend(line.summary.target for line in followed.new_lines())
    assert given == ["b"]
    assert seen(followed) == []
    os.truncate(path, good)
    write(path, result("run", "c"))
    assert seen(followed) == ["c"]


def test_a_line_without_an_end_is_no_ledger(path, monkeypatch):
    """No more of it is taken into memory than a report can have."""
    monkeypatch.setattr(following, "LARGEST", 5000)
    followed = Followed(path)
    with path.open("ab") as file:
        file.write(b"x" * 4900)
    assert seen(followed) == ["run", "a"]
    with path.open("ab") as file:
        file.write(b"x" * 200)
    with pytest.raises(UsageProblem, match=r"line 3 of .* is longer than a report can be"):
        seen(followed)


def test_what_is_no_file_is_told_once(tmp_path):
    """A pipe would be waited for."""
    os.mkfifo(tmp_path / "pipe")
    followed = Followed(tmp_path / "pipe")
    with pytest.raises(UsageProblem, match="it is not a file"):
        seen(followed)
    assert seen(followed) == []


@contextmanager
def no_file_left():
    """Let this process open no file, as when its connections have used them up."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_trouble_of_the_system_is_told_once_and_tried_again(path):
    """The file is the same as before when there is room again; and trouble that comes back is told again."""
    followed = Followed(path)
    with no_file_left():
        with pytest.raises(UsageProblem, match=r"cannot be read \(Too many open files\)"):
            seen(followed)
        assert seen(followed) == []
    assert seen(followed) == ["run", "a"]
    write(path, result("run", "b"))
    with no_file_left(), pytest.raises(UsageProblem, match="Too many open files"):
        seen(followed)
    assert seen(followed) == ["b"]


def test_a_scan_is_known_as_one_at_later_looks(path):
    """Its results come behind the line that begins it, and are no verdicts; those of a full run between them are."""
    rounds = Rounds(path, print)
    write(path, begin("scan", scan=True))
    rounds.look()
    write(path, result("scan", "scanned"), result("run", "b"))
    rounds.look()
    write(path, *(begin(f"s{number}", scan=True) for number in range(SCANS - 1)), result("scan", "scanned"))
    rounds.look()
    assert {target for target, _ in rounds.known} == {"a", "b"}


def test_only_the_newest_scans_are_remembered(path):
    """What is kept of a ledger grows with its targets, and not with its age; one that goes on is new again."""
    rounds = Rounds(path, print)
    write(path, *(begin(f"s{number}", scan=True) for number in range(SCANS)), begin("s0", scan=True))
    write(path, begin("more", scan=True), result("s0", "scanned"), result("s1", "forgotten"))
    rounds.look()
    assert {target for target, _ in rounds.known} == {"a", "forgotten"}
