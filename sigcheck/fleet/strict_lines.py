"""Reads the lines of a ledger strictly, one at a time: whatever stands in it may have been written by anybody."""

import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sigcheck.errors import UsageProblem
from sigcheck.fleet.ledger import SCHEMA_VERSION, Line, ResultLine, RunLine, torn
from sigcheck.saved import LARGEST, sound, strange

REMEDY = "give a ledger that `sigcheck fleet run` wrote, as it was written"
MOST_TARGETS = 10**8
"""A run has no more targets."""

LINES = msgspec.json.Decoder(Line)


def strict_lines(path: Path) -> Iterator[tuple[int, int, int, Line]]:
    """Give each line with its number, its place and its length; a torn last line is none. Raises UsageProblem.

    The summary and the report of a result are as they stand there: neither is looked through for secrets.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageProblem(f"the ledger {path} is not a file", "write it to a file: reports are read from it twice")
        with path.open("rb") as file:
            number = offset = 0
            while raw := file.readline(LARGEST + 1):
                number += 1
                if not raw.endswith(b"\n"):
                    if len(raw) > LARGEST:
                        raise UsageProblem(f"line {number} of {path} is longer than a report can be", REMEDY)
                    if number == 1 and b'"schema_version"' in raw:
                        raise _no_ledger(path, number, raw)
                    return
                if raw.strip():
                    beyond = torn(raw)
                    yield number, offset + beyond, len(raw) - beyond, _decoded(raw[beyond:].strip(), path, number)
                offset += len(raw)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "no file can have this name"
        raise UsageProblem(f"the ledger {path} cannot be read ({said})", "name another file") from None


def _decoded(raw: bytes, path: Path, number: int) -> Line:
    called = f"line {number} of {path}"
    try:
        line = LINES.decode(raw)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        raise _no_ledger(path, number, raw) from None
    if isinstance(line, RunLine):
        _see_version(line.schema_version, called)
        _see_run(line, called)
    if msgspec.json.encode(line) != raw:
        known, given = msgspec.to_builtins(line), msgspec.json.decode(raw)
        given.pop("report", None)
        if (found := strange(given, known, "")) is not None:
            raise UsageProblem(
                f"{called} has the field {found.lstrip('.')[:200]}, which this sigcheck does not know",
                "read it with the version that wrote it, or a later one",
            )
    return sound(line, called) if not isinstance(line, ResultLine) else line


def _see_version(version: int, called: str) -> None:
    if version > SCHEMA_VERSION:
        raise UsageProblem(f"{called} was written by a newer sigcheck", "read it with that version")
    if version != SCHEMA_VERSION:
        raise UsageProblem(f"{called} has no schema_version that this sigcheck knows", REMEDY)


def _see_run(line: RunLine, called: str) -> None:
    shard = line.shard
    if not line.run:
        raise UsageProblem(f"{called} cannot be used (run is empty)", REMEDY)
    if not 0 <= line.targets <= MOST_TARGETS:
        raise UsageProblem(f"{called} cannot be used (targets is {line.targets})", REMEDY)
    if shard is not None and not 1 <= shard[0] <= shard[1] <= MOST_TARGETS:
        raise UsageProblem(f"{called} cannot be used (shard is {shard[0]}/{shard[1]})", REMEDY)


def _no_ledger(path: Path, number: int, raw: bytes) -> UsageProblem:
    """Say what is wrong with a line; a saved report has a command of its own."""
    called = f"line {number} of {path}"
    try:
        given = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        given = None
    if number == 1 and (raw in {b"{", b"{}"} or (isinstance(given, dict) and "results" in given)):
        with path.open("rb") as file:
            if b'"schema_version"' in file.read(4096):
                return UsageProblem(
                    f"{path} is the JSON report of a run, not a ledger", "use `sigcheck report` or `sigcheck diff`"
                )
    if isinstance(given, dict) and isinstance(version := given.get("schema_version"), int) and version > SCHEMA_VERSION:
        return UsageProblem(f"{called} was written by a newer sigcheck", "read it with that version")
    return UsageProblem(f"{called} does not belong in a ledger", REMEDY)
