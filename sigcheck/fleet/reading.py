"""Reads ledgers: of each file the newest run, merged. Reports stay in the files and are read one at a time.

Whatever stands in a ledger may have been written by anybody: it is decoded strictly, as saved reports are, and each
summary is compared with its report.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

import sigcheck
from sigcheck.errors import UsageProblem
from sigcheck.fleet.glance import glance
from sigcheck.fleet.ledger import EndLine, ResultLine, RunLine
from sigcheck.fleet.shown import read_judged
from sigcheck.fleet.strict_lines import LINES, REMEDY, strict_lines
from sigcheck.fleet.target import NO_REPORT
from sigcheck.model.fleet import BROKE, NOT_EXAMINED, TargetSummary
from sigcheck.model.judged import Judged, Seen
from sigcheck.model.report import WORST_FIRST
from sigcheck.saved import SavedReport, read_saved, sound

KEPT = 2
"""Runs of a file that are kept, the newest ones: `fleet diff` with one file compares them."""

Key = tuple[str, str]
Shard = tuple[int, int] | None


class Entry(Struct, frozen=True):
    """One result: its summary, and where its line stands in the file. `length` is 0 where it has no report.

    `version` is the sigcheck that judged it: a run may be resumed by another one.
    """

    summary: TargetSummary
    offset: int
    length: int
    number: int
    version: str
    fix: str = ""
    seen: Seen | None = None


class LedgerRun:
    """One run in one file, or one shard of it. `found` has of each target the first whole result, or the last partial.

    `first` began it, and `line` is the last line that did so, or that went on with it. `beside` are other shards, I/N,
    that the file has as runs of their own, each with the id of that run.
    """

    def __init__(self, path: Path, line: RunLine) -> None:
        self.path = path
        self.first = self.line = line
        self.end: EndLine | None = None
        self.found: dict[Key, Entry] = {}
        self.beside: dict[tuple[int, int], str] = {}

    def take(self, entry: Entry) -> None:
        """Keep a result, unless a whole one is known."""
        before = self.found.get(entry.summary.key)
        if before is None or before.summary.partial:
            self.found[entry.summary.key] = entry

    def leave_out(self, keys: Iterable[Key]) -> None:
        """Drop results of targets with which the run did not go on."""
        for key in keys:
            self.found.pop(key, None)


class Fleet:
    """The runs of one or several ledgers as one. Raises UsageProblem where a report that is asked for is none.

    Where a target is in several runs, the newest of them counts; `shared` is how many results are those of older ones.
    """

    def __init__(self, runs: Sequence[LedgerRun]) -> None:
        self.runs = tuple(runs)
        self.shared = 0
        self._entries: dict[Key, tuple[LedgerRun, Entry]] = {}
        for alike in sorted(same_runs(runs), key=lambda alike: newest_line(alike).started_at):
            found: dict[Key, tuple[LedgerRun, Entry]] = {}
            for run in alike:
                # One that is not resumed may stand in another file as it was before.
                run.leave_out(newest_line(alike).left_out)
                for key, entry in run.found.items():
                    before = found.get(key)
                    if before is None or _counts_more(entry.summary, before[1].summary):
                        found[key] = (run, entry)
            self.shared += len(found.keys() & self._entries.keys())
            self._entries.update(found)

    @property
    def keys(self) -> Iterable[Key]:
        """The targets that have a result."""
        return self._entries.keys()

    @property
    def summaries(self) -> list[TargetSummary]:
        """The summaries of all targets, as they stand in the ledgers."""
        return [entry.summary for _, entry in self._entries.values()]

    def summary(self, key: Key) -> TargetSummary | None:
        """Give the summary of a target, as it stands in the ledger."""
        found = self._entries.get(key)
        return None if found is None else found[1].summary

    def seen(self, key: Key) -> Seen | None:
        """Give what metrics need of a target's report, without reading it again; None where it has none."""
        found = self._entries.get(key)
        return None if found is None else found[1].seen

    def version(self, key: Key) -> str:
        """Say which sigcheck judged a target."""
        return self._entries[key][1].version

    def judged(self, key: Key) -> Judged | None:
        """Give what was judged of a target; None where it has no report."""
        found: Judged | None = self._read(key, read_judged)
        return found

    def saved(self, key: Key) -> SavedReport | None:
        """Give the report of a target, with its evidence; None where it has none."""

        def read(raw: bytes, called: str) -> SavedReport:
            (report,) = read_saved(raw, called).reports
            return report

        found: SavedReport | None = self._read(key, read)
        return found

    def _read(self, key: Key, read: Callable[[bytes, str], Any]) -> Any:
        found = self._entries.get(key)
        if found is None or not found[1].length:
            return None
        run, entry = found
        called = f"line {entry.number} of {run.path}"
        try:
            with run.path.open("rb") as file:
                file.seek(entry.offset)
                line = LINES.decode(file.read(entry.length))
        except (OSError, msgspec.MsgspecError, ValueError):
            line = None
        # Looking for secrets takes time, and nearly always leaves a summary as it is.
        if not isinstance(line, ResultLine) or (
            line.summary != entry.summary and sound(line.summary, called) != entry.summary
        ):
            raise UsageProblem(
                f"{called} has changed while it was read", "wait until the file is written, and try again"
            )
        return read(bytes(line.report), called)


def _counts_more(one: TargetSummary, before: TargetSummary) -> bool:
    """Say whether a result takes the place of one of another file: a whole one does, or else the last partial one."""
    if not (one.partial and before.partial):
        return before.partial
    return one.ended_at is not None and (before.ended_at is None or one.ended_at > before.ended_at)


def same_runs(runs: Iterable[LedgerRun]) -> list[list[LedgerRun]]:
    """Put those together that are one run, or one shard of it, in several files."""
    alike: dict[tuple[str, Shard], list[LedgerRun]] = {}
    for run in runs:
        alike.setdefault((run.line.run, run.line.shard), []).append(run)
    return list(alike.values())


def newest_line(alike: Iterable[LedgerRun]) -> RunLine:
    """Give the line that last began a run, or went on with it: it may have more targets than the first, or fewer."""
    return max(alike, key=lambda each: each.line.started_at).line


def read_fleet(paths: Sequence[Path], run: str = "") -> Fleet:
    """Read of each ledger the newest run, or the one that is named; raises UsageProblem."""
    seen: list[LedgerRun] = []
    known: list[str] = []
    for path in paths:
        runs = read_runs(path, run)
        known += [each[0].line.run for each in runs]
        for parts in [each for each in runs if each[0].line.run == run] if run else runs[-1:]:
            seen += parts
    if not seen:
        there = f"the newest of them is {known[-1]}" if known else "leave --run out"
        raise UsageProblem(f"no ledger has a run {run}", there)
    return Fleet(seen)


def read_runs(path: Path, run: str = "") -> list[tuple[LedgerRun, ...]]:
    """Give the newest KEPT runs of a ledger, and the one that is named, the newest last; raises UsageProblem.

    A run has a part for each of its shards: their ledgers may stand one behind the other in one file.
    """
    runs: dict[str, dict[Shard, LedgerRun]] = {}
    begun: dict[str, LedgerRun | None] = {}  # the part that the next lines are of; None for a run that is not kept
    own: dict[tuple[int, int], str] = {}  # the newest run of each shard
    for number, offset, length, line in strict_lines(path):
        called = f"line {number} of {path}"
        if isinstance(line, RunLine):
            if line.shard is not None:
                own[line.shard] = line.run
            if line.run in begun and begun[line.run] is None:
                continue
            begun[line.run] = _begin(path, line, runs.setdefault(line.run, {}))
            for old in [each for each in runs if each != run][:-KEPT]:
                begun[old] = None
                del runs[old]
            continue
        if line.run not in begun:
            raise UsageProblem(f"{called} is of a run that the ledger does not begin", REMEDY)
        of = begun[line.run]
        if of is None:
            continue
        if isinstance(line, EndLine):
            of.end = line
        else:
            of.take(entry_of(line, of.line.sigcheck, (number, offset, length), called))
    if not runs:
        raise no_run(path)
    for parts in runs.values():
        for part in parts.values():
            of_them = {} if part.line.shard is None else own
            part.beside = {
                shard: id_ for shard, id_ in of_them.items()
                if shard not in parts and part.line.shard is not None and shard[1] == part.line.shard[1]
            }  # fmt: skip
    return [tuple(parts.values()) for parts in runs.values()]


def no_run(path: Path) -> UsageProblem:
    """Say that a ledger has no run; one that is empty was made by a run that was killed before it began."""
    return UsageProblem(
        f"the ledger {path} has no run",
        "a run writes its first line when all targets were checked: call `sigcheck fleet run` with this ledger again",
    )


def _begin(path: Path, line: RunLine, parts: dict[Shard, LedgerRun]) -> LedgerRun:
    """Give the part of a run that a line begins, or goes on with."""
    part = parts.get(line.shard)
    if part is None:
        part = parts[line.shard] = LedgerRun(path, line)
    elif line.resumed:
        part.line, part.end = line, None
    return part


def entry_of(line: ResultLine, version: str, place: tuple[int, int, int], called: str) -> Entry:
    """Keep what is needed of a result; raises UsageProblem where its summary cannot be so."""
    number, offset, length = place
    summary = line.summary
    if summary.exit_code not in WORST_FIRST:
        raise UsageProblem(f"{called} cannot be used (summary.exit_code is {summary.exit_code})", REMEDY)
    seen = None
    if bytes(line.report) == bytes(NO_REPORT):
        length = 0
        if summary.problem is None or summary.exit_code not in {NOT_EXAMINED, BROKE}:
            raise UsageProblem(f"{called} has neither a report nor a problem that explains why", REMEDY)
    else:
        seen = glance(bytes(line.report), summary, called, compared=version == sigcheck.__version__)
    return Entry(sound(summary, called), offset, length, number, version, line.fix, seen)
