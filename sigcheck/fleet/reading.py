"""Reads ledgers: of each file the newest run, merged. Reports stay in the files and are read one at a time.

Whatever stands in a ledger may have been written by anybody: it is decoded strictly, as saved reports are.
"""

import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from sigcheck.errors import UsageProblem
from sigcheck.fleet.ledger import SCHEMA_VERSION, EndLine, Line, ResultLine, RunLine, torn
from sigcheck.fleet.target import NO_REPORT
from sigcheck.model.fleet import NOT_EXAMINED, FleetScope, TargetSummary, worst
from sigcheck.model.judged import Judged
from sigcheck.model.report import WORST_FIRST
from sigcheck.redaction.redact import Redactor
from sigcheck.report.fleet.view import FleetReport, RunView
from sigcheck.saved import LARGEST, SavedReport, read_judged, read_saved, sound, strange

REMEDY = "give a ledger that `sigcheck fleet run` wrote, as it was written"
KEPT = 2
"""Runs of a file that are kept, the newest ones: `fleet diff` with one file compares them."""
MOST_TARGETS = 10**8
"""A run has no more targets."""

_LINES = msgspec.json.Decoder(Line)
_WORDS: dict[int, str] = {130: "interrupted", 1: "non-compliant", 4: "internal error", 3: "undecided", 0: "compliant"}

Key = tuple[str, str]


class Entry(Struct, frozen=True):
    """One result: its summary, and where its line stands in the file. `length` is 0 where it has no report."""

    summary: TargetSummary
    offset: int
    length: int
    number: int
    fix: str = ""


class LedgerRun:
    """One run in one file. `found` has the result that counts of each target: the first whole one, or else partial."""

    def __init__(self, path: Path, line: RunLine) -> None:
        self.path = path
        self.line = line
        self.end: EndLine | None = None
        self.found: dict[Key, Entry] = {}

    def take(self, entry: Entry) -> None:
        """Keep a result, unless a better one is known."""
        before = self.found.get(entry.summary.key)
        if before is None or (before.summary.partial and not entry.summary.partial):
            self.found[entry.summary.key] = entry


class Fleet:
    """The runs of one or several ledgers as one. Raises UsageProblem where a report that is asked for is none."""

    def __init__(self, runs: Sequence[LedgerRun]) -> None:
        self.runs = tuple(runs)
        self._entries: dict[Key, tuple[LedgerRun, Entry]] = {}
        for run in runs:
            for key, entry in run.found.items():
                before = self._entries.get(key)
                if before is None or (before[1].summary.partial and not entry.summary.partial):
                    self._entries[key] = (run, entry)

    @property
    def keys(self) -> Iterable[Key]:
        """The targets that have a result."""
        return self._entries.keys()

    def summary(self, key: Key) -> TargetSummary | None:
        """Give the summary of a target, as it stands in the ledger."""
        found = self._entries.get(key)
        return None if found is None else found[1].summary

    def version(self, key: Key) -> str:
        """Say which sigcheck judged a target."""
        return self._entries[key][0].line.sigcheck

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
                line = _LINES.decode(file.read(entry.length))
        except (OSError, msgspec.MsgspecError, ValueError):
            line = None
        if not isinstance(line, ResultLine) or (line.summary.target, line.summary.vantage) != (
            entry.summary.target,
            entry.summary.vantage,
        ):
            raise UsageProblem(
                f"{called} has changed while it was read", "wait until the file is written, and try again"
            )
        return read(bytes(line.report), called)

    def view(
        self,
        summaries: Iterable[TargetSummary] | None = None,
        judged: Callable[[Key], Judged | None] | None = None,
    ) -> FleetReport:
        """Give what renderers are given, the worst targets first; `summaries` and `judged` replace the ledger's own."""
        runs = _views(self.runs)
        told = sorted(
            (entry.summary for _, entry in self._entries.values()) if summaries is None else summaries, key=_weight
        )
        codes = {each.exit_code for each in told}
        absent = missing_shards(runs)
        if any(each.interrupted for each in runs):
            codes.add(130)
        not_run = sum(max(0, each.targets - each.results) for each in runs)
        if not told or absent or not_run:
            codes.add(NOT_EXAMINED)
        code = worst(codes)
        word = "passed in part" if not code and any(each.word != "compliant" for each in told) else _WORDS[code]
        return FleetReport(
            runs=runs,
            scope=_scope(runs, not_run, ", ".join(dict.fromkeys(str(each.path) for each in self.runs))),
            exit_code=code,
            word=word,
            notes=tuple(_notes(runs, absent)),
            summaries=tuple(told),
            judged=judged or self.judged,
            missing_shards=tuple(absent),
        )


def _views(runs: Sequence[LedgerRun]) -> tuple[RunView, ...]:
    """Give what reports say of each run; one that stands in several files is one, and finished if one of them is."""
    alike: dict[tuple[str, tuple[int, int] | None], list[LedgerRun]] = {}
    for run in runs:
        alike.setdefault((run.line.run, run.line.shard), []).append(run)
    views = []
    for same in alike.values():
        line = same[0].line
        ends = sorted((each.end for each in same if each.end is not None), key=lambda end: end.interrupted is not None)
        view = RunView(
            ledger=", ".join(dict.fromkeys(each.path.name for each in same)),
            run=line.run,
            sigcheck=line.sigcheck,
            started_at=line.started_at,
            ended_at=ends[0].ended_at if ends else None,
            seed=line.seed,
            scan=line.scan,
            targets=line.targets,
            results=len({key for each in same for key in each.found}),
            shard=line.shard,
            interrupted=ends[0].interrupted if ends else None,
        )
        views.append(Redactor().struct(view))
    return tuple(views)


def _scope(runs: Sequence[RunView], not_run: int, ledger: str) -> FleetScope:
    ends = [each.ended_at for each in runs if each.ended_at is not None]
    return FleetScope(
        run=", ".join(dict.fromkeys(each.run for each in runs)),
        started=min((each.started_at for each in runs), default=None),
        ended=max(ends) if len(ends) == len(runs) else None,
        targets=sum(each.targets for each in runs),
        interrupted=next((each.interrupted for each in runs if each.interrupted), None),
        not_run=not_run,
        seed=runs[0].seed if len(runs) == 1 else None,
        ledger=ledger,
        shards=tuple(sorted({each.shard for each in runs if each.shard is not None})),
    )


def _weight(summary: TargetSummary) -> tuple[int, bool, int, str, str]:
    """Sort targets, the worst first: by exit code, then by how many causes there are, then by name."""
    return (
        WORST_FIRST.index(summary.exit_code),
        summary.well,
        -len(summary.causes) - summary.more,
        summary.target,
        summary.vantage,
    )


def missing_shards(runs: Sequence[RunView]) -> list[str]:
    """Name the shards (I/N) that no ledger has."""
    there: dict[int, set[int]] = {}
    for each in runs:
        if each.shard is not None:
            there.setdefault(each.shard[1], set()).add(each.shard[0])
    return [f"{part}/{of}" for of, parts in there.items() for part in range(1, of + 1) if part not in parts]


def _notes(runs: Sequence[RunView], absent: list[str]) -> Iterator[str]:
    """Say in sentences what is not there."""
    if absent:
        shown = ", ".join(absent[:10]) + (f" and {len(absent) - 10} more" if len(absent) > 10 else "")
        if len(absent) == 1:
            yield f"Shard {shown} is missing: no ledger has a run of it."
        else:
            yield f"Shards {shown} are missing: no ledger has a run of them."
    for each in runs:
        left = each.targets - each.results
        what = f"The run {each.run} in {each.ledger}"
        without = f"{left} of its {each.targets} targets {'has' if left == 1 else 'have'} no result"
        go_on = "Go on with `sigcheck fleet run --resume`."
        if each.interrupted:
            yield f"{what} was interrupted ({each.interrupted})" + (f", and {without}. {go_on}" if left > 0 else ".")
        elif each.ended_at is None:
            yield f"{what} was not finished" + (f", and {without}. {go_on}" if left > 0 else ".")
        elif left > 0:
            yield f"{without.replace('its', 'the', 1)} in the run {each.run} in {each.ledger}."


def read_fleet(paths: Sequence[Path], run: str = "") -> Fleet:
    """Read of each ledger the newest run, or the one that is named; raises UsageProblem."""
    seen: list[LedgerRun] = []
    known: list[str] = []
    for path in paths:
        runs = read_runs(path, run)
        known += [each.line.run for each in runs]
        seen += [each for each in runs if each.line.run == run] if run else runs[-1:]
    if not seen:
        there = f"the newest of them is {known[-1]}" if known else "leave --run out"
        raise UsageProblem(f"no ledger has a run {run}", there)
    return Fleet(seen)


def read_runs(path: Path, run: str = "") -> list[LedgerRun]:
    """Give the newest KEPT runs of a ledger, and the one that is named, the newest last; raises UsageProblem."""
    runs: dict[str, LedgerRun] = {}
    dropped: set[str] = set()
    for number, offset, length, line in _lines(path):
        called = f"line {number} of {path}"
        if isinstance(line, RunLine):
            if line.run not in runs:
                runs[line.run] = LedgerRun(path, line)
            elif line.resumed:
                runs[line.run].end = None
            for old in [each for each in runs if each != run][:-KEPT]:
                dropped.add(old)
                del runs[old]
            continue
        of = runs.get(line.run)
        if of is None:
            if line.run not in dropped:
                raise UsageProblem(f"{called} is of a run that the ledger does not begin", REMEDY)
        elif isinstance(line, EndLine):
            of.end = line
        else:
            has_report = bytes(line.report) != bytes(NO_REPORT)
            of.take(Entry(_fit(line.summary, called), offset, length if has_report else 0, number, line.fix))
    if not runs:
        raise UsageProblem(f"the ledger {path} has no run", REMEDY)
    return list(runs.values())


def _fit(summary: TargetSummary, called: str) -> TargetSummary:
    if summary.exit_code not in WORST_FIRST:
        raise UsageProblem(f"{called} cannot be used (summary.exit_code is {summary.exit_code})", REMEDY)
    return sound(summary, called)


def _lines(path: Path) -> Iterator[tuple[int, int, int, Line]]:
    """Give each line with its number, its place and its length; a torn last line is none."""
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
        line = _LINES.decode(raw)
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
