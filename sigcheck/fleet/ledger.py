"""The ledger of a fleet: one JSON line for each report, appended by one writer, kept over a `kill -9`.

A file may hold several runs, and files may be concatenated. Each line names its run; of a run and a target, the first
report that is not partial counts. A last line without its newline was being written when the power went, and is none.
"""

import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct

from sigcheck.errors import UsageProblem
from sigcheck.fleet.target import NO_REPORT
from sigcheck.model.fleet import TargetSummary
from sigcheck.words import Own

SCHEMA_VERSION = 1


class RunLine(Struct, frozen=True, tag="run", tag_field="line"):
    """The first line of a run. `shard` is (I, N) where it runs one of N parts of the targets; `targets` is how many.

    `resumed` says that an earlier line began it. `left_out` has target and vantage of each result above that is no part
    of the run any more: it is not among the targets that it was resumed with.
    """

    run: str
    schema_version: int
    sigcheck: str
    started_at: datetime
    seed: int
    scan: bool
    targets: int
    shard: tuple[int, int] | None = None
    resumed: bool = False
    left_out: tuple[tuple[Own, Own], ...] = ()


class ResultLine(Struct, frozen=True, tag="result", tag_field="line"):
    """What came of one target. `report` is the document of `sigcheck verify --format json`, null without one."""

    run: str
    summary: TargetSummary
    draw: str
    report: msgspec.Raw = NO_REPORT
    fix: Own = ""


class EndLine(Struct, frozen=True, tag="end", tag_field="line"):
    """The last line of a run. `executions` is how many runs of targets were begun; `repeated` those begun again.

    `interrupted` says why it ended early; `lost` says that nobody asked for that: those that ran it were lost.
    """

    run: str
    ended_at: datetime
    executions: int
    repeated: dict[str, int] = {}
    interrupted: str | None = None
    lost: bool = False


Line = RunLine | ResultLine | EndLine

_DECODER = msgspec.json.Decoder(Line)

_BEGINS = b'{"line":"'
"""How each line begins. Within a line it does not occur: there a quote is escaped."""

_FIRST = 65536
"""Bytes in which the first line of a ledger begins; what stands before it is blank."""


class Ledger:
    """Appends lines to a file that no other process writes; to be closed. Raises UsageProblem where it cannot.

    A line is in the file when `append` returns, whatever becomes of this process, and on the disk after `sync`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise UsageProblem(f"the ledger {path} cannot be written ({error.strerror})", "name another file") from None
        try:
            self._see_kind()
            self._own()
            self._drop_torn_line()
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, line: Line) -> None:
        """Write one line."""
        data = memoryview(msgspec.json.encode(line) + b"\n")
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            raise self._cannot(error) from None

    def sync(self) -> None:
        """Wait until all lines are on the disk; raises UsageProblem where they do not get there.

        A file that somebody removed has no name any more: all that is written into it is lost.
        """
        try:
            os.fsync(self._file)
            removed = not os.fstat(self._file).st_nlink
        except OSError as error:
            raise self._cannot(error) from None
        if removed:
            raise UsageProblem(
                f"the ledger {self._path} was removed while the run wrote into it", "leave it there, and run again"
            )

    def close(self) -> None:
        """Sync, and give the file back."""
        try:
            self.sync()
        finally:
            os.close(self._file)

    def _cannot(self, error: OSError) -> UsageProblem:
        fix = "make room, and go on with --resume"
        return UsageProblem(f"the ledger {self._path} cannot be written ({error.strerror})", fix)

    def _see_kind(self) -> None:
        """See that it is a ledger, or empty: another file would lose its last line, and get lines that it cannot use.

        A pipe or a device keeps nothing, and --resume could not read it.
        """
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            raise UsageProblem(f"the ledger {self._path} is not a regular file", "name another file")
        first = os.pread(self._file, _FIRST, 0).lstrip()[: len(_BEGINS)]
        if not _BEGINS.startswith(first):
            raise UsageProblem(f"the file {self._path} is not a ledger, and is left as it is", "name another file")

    def _own(self) -> None:
        try:
            import fcntl
        except ImportError:  # no POSIX: nobody can be kept out
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageProblem(
                f"the ledger {self._path} is being written by another run", "wait for it, or name another file"
            ) from None

    def _drop_torn_line(self) -> None:
        size = os.fstat(self._file).st_size
        end = size
        while end:
            begin = max(0, end - 65536)
            newline = os.pread(self._file, end - begin, begin).rfind(b"\n")
            if newline >= 0:
                end = begin + newline + 1
                break
            end = begin
        if end < size:
            os.ftruncate(self._file, end)


def read_lines(path: Path) -> Iterator[Line]:
    """Give the lines of a ledger, one at a time; raises UsageProblem for what is none."""
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if not raw.endswith(b"\n"):
                    return
                if raw.strip():
                    yield decoded(raw[torn(raw) :], path, number)
    except OSError as error:
        raise UsageProblem(f"the ledger {path} cannot be read ({error.strerror})", "name another file") from None


def torn(raw: bytes) -> int:
    """Give how many bytes of a line are another that was not written to its end, and that `cat` put before it."""
    place = max(0, raw.rfind(_BEGINS))
    before = raw[:place]
    return place if before.startswith(_BEGINS) or _BEGINS.startswith(before) else 0


def decoded(raw: bytes, path: Path, number: int) -> Line:
    """Read one line; raises UsageProblem for what is none of a ledger."""
    try:
        line: Line = _DECODER.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise UsageProblem(
            f"line {number} of {path} does not belong in a ledger", "give a file that `sigcheck fleet run` wrote"
        ) from None
    return line
