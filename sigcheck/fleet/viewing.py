"""Arranges what ledgers have for the renderers: the worst targets first, and in sentences what is missing."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from sigcheck.fleet.reading import Fleet, Key, LedgerRun, newest_line, same_runs
from sigcheck.model.fleet import FleetScope, TargetSummary, exit_code_of, word_of
from sigcheck.model.judged import Judged, Seen
from sigcheck.model.report import WORST_FIRST
from sigcheck.redaction.redact import Redactor
from sigcheck.report.fleet.view import FleetReport, RunView

MOST_NAMED = 10
"""Shards that a sentence names."""


def view_of(
    fleet: Fleet,
    summaries: Iterable[TargetSummary] | None = None,
    judged: Callable[[Key], Judged | None] | None = None,
    seen: Callable[[Key], Seen | None] | None = None,
) -> FleetReport:
    """Give what renderers are given; `summaries`, `judged` and `seen` replace those of the ledgers."""
    runs = _views(fleet.runs)
    told = sorted(fleet.summaries if summaries is None else summaries, key=_weight)
    absent = missing_shards(runs)
    ledgers = ", ".join(dict.fromkeys(str(each.path) for each in fleet.runs))
    scope = _scope(runs, absent, ledgers, fleet.shared)
    notes = [*_notes(fleet.runs, runs, absent)]
    if fleet.shared:
        one = fleet.shared == 1
        said = f"{fleet.shared} result{' is' if one else 's are'} not shown"
        notes.append(f"{said}: a newer one of these runs has the same target{'' if one else 's'}.")
    return FleetReport(
        runs=runs,
        scope=scope,
        exit_code=exit_code_of(told, scope),
        word=word_of(told, scope),
        notes=tuple(notes),
        summaries=tuple(told),
        judged=judged or fleet.judged,
        seen=seen or fleet.seen,
    )


def _views(runs: Sequence[LedgerRun]) -> tuple[RunView, ...]:
    """Give what reports say of each run; one that stands in several files is one, and finished if one of them is."""
    views = []
    for same in same_runs(runs):
        newest = newest_line(same)
        # A copy may have been made before it was resumed, or in the middle.
        current = (each.end for each in same if each.line.started_at == newest.started_at and each.end is not None)
        end = min(current, key=lambda each: each.interrupted is not None, default=None)
        view = RunView(
            ledger=", ".join(dict.fromkeys(each.path.name for each in same)),
            run=newest.run,
            sigcheck=newest.sigcheck,
            started_at=min(each.first.started_at for each in same),
            ended_at=None if end is None else end.ended_at,
            seed=newest.seed,
            scan=newest.scan,
            targets=newest.targets,
            results=len({key for each in same for key in each.found}),
            shard=newest.shard,
            interrupted=None if end is None or end.lost else end.interrupted,
            lost=end.interrupted if end is not None and end.lost else None,
        )
        views.append(Redactor().struct(view))
    return tuple(views)


def _scope(runs: Sequence[RunView], absent: Sequence[str], ledger: str, shared: int) -> FleetScope:
    ends = [each.ended_at for each in runs if each.ended_at is not None]
    return FleetScope(
        run=", ".join(dict.fromkeys(each.run for each in runs)),
        started=min((each.started_at for each in runs), default=None),
        ended=max(ends) if len(ends) == len(runs) else None,
        targets=sum(each.targets for each in runs) - shared,
        interrupted=next((each.interrupted for each in runs if each.interrupted), None),
        not_run=sum(max(0, each.targets - each.results) for each in runs),
        seed=runs[0].seed if len(runs) == 1 else None,
        ledger=ledger,
        shards=tuple(sorted({each.shard for each in runs if each.shard is not None})),
        missing_shards=tuple(absent),
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


def _notes(ledgers: Sequence[LedgerRun], runs: Sequence[RunView], absent: list[str]) -> Iterator[str]:
    """Say in sentences what is not there."""
    if absent:
        shown = _named(absent)
        if len(absent) == 1:
            yield f"Shard {shown} is missing: it is not among what is shown."
        else:
            yield f"Shards {shown} are missing: they are not among what is shown."
        yield from dict.fromkeys(filter(None, (_beside(each, set(absent)) for each in ledgers)))
    for each in runs:
        left = each.targets - each.results
        what = f"The run {each.run} in {each.ledger}"
        without = f"{left} of its {each.targets} targets {'has' if left == 1 else 'have'} no result"
        go_on = "Go on with `sigcheck fleet run --resume`."
        if each.interrupted:
            yield f"{what} was interrupted ({each.interrupted})" + (f", and {without}. {go_on}" if left > 0 else ".")
        elif each.lost:
            yield f"{what} could not go on ({each.lost})" + (f", and {without}. {go_on}" if left > 0 else ".")
        elif each.ended_at is None:
            yield f"{what} was not finished" + (f", and {without}. {go_on}" if left > 0 else ".")
        elif left > 0:
            yield f"{without.replace('its', 'the', 1)} in the run {each.run} in {each.ledger}."


def _beside(ledger: LedgerRun, absent: set[str]) -> str:
    """Say where in the same file shards are that are missing; "" where they are not there."""
    found = [f"{part}/{of} (run {run})" for (part, of), run in ledger.beside.items() if f"{part}/{of}" in absent]
    if not found:
        return ""
    return (
        f"{ledger.path.name} has other shards as runs of their own: {_named(found)}. One run of each file is shown, "
        f"here {ledger.line.run}. Name the ledger of each shard instead, or give all shards the same --run-id."
    )


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
