"""Reads all runs of ledgers, to say since when a target does not pass. Of each result only its summary is kept."""

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from sigcheck.errors import UsageProblem
from sigcheck.fleet.ledger import EndLine, RunLine
from sigcheck.fleet.reading import Key, entry_of, no_run
from sigcheck.fleet.strict_lines import REMEDY, strict_lines
from sigcheck.model.fleet import TargetSummary
from sigcheck.report.fleet.causes import first_cause, natural
from sigcheck.report.fleet.history import Found, History, PastRun, TargetHistory


def read_history(paths: Sequence[Path], target: str | None = None) -> History:
    """Read the runs of ledgers that are of the same kind as the newest of them; `target` names the only one wanted.

    A run may stand in several files, as shards and copies do. Of a run and a target, the first whole result counts; a
    partial one says nothing of its target. Raises UsageProblem for what cannot be read.
    """
    begun: dict[str, RunLine] = {}
    found: dict[str, dict[Key, TargetSummary]] = {}
    for path in paths:
        for number, offset, length, line in strict_lines(path):
            called = f"line {number} of {path}"
            if isinstance(line, RunLine):
                before = begun.setdefault(line.run, line)
                if line.started_at.astimezone(UTC) < before.started_at.astimezone(UTC):
                    begun[line.run] = line
                found.setdefault(line.run, {})
            elif line.run not in begun:
                raise UsageProblem(f"{called} is of a run that the ledger does not begin", REMEDY)
            elif not isinstance(line, EndLine) and target in {None, line.summary.target}:
                entry = entry_of(line, begun[line.run].sigcheck, (number, offset, length), called)
                if not entry.summary.partial:
                    found[line.run].setdefault(entry.summary.key, entry.summary)
    if not begun:
        raise no_run(paths[0])
    ordered = sorted(begun.values(), key=lambda each: (each.started_at.astimezone(UTC), each.run))
    kind = ordered[-1].scan
    chosen = [each for each in ordered if each.scan is kind]
    results: dict[Key, list[Found]] = {}
    for run in chosen:
        for key, summary in found[run.run].items():
            results.setdefault(key, []).append(_found(run, summary))
    return History(
        runs=tuple(
            PastRun(each.run, each.started_at.astimezone(UTC), each.scan, len(found[each.run])) for each in chosen
        ),
        targets=tuple(
            TargetHistory(*key, tuple(results[key])) for key in sorted(results, key=lambda key: (natural(key[0]), key))
        ),
        left_out=len(ordered) - len(chosen),
    )


def _found(run: RunLine, summary: TargetSummary) -> Found:
    cause, problem = first_cause(summary), summary.problem or ""
    return Found(run.run, run.started_at.astimezone(UTC), summary.word, summary.exit_code, cause, problem)
