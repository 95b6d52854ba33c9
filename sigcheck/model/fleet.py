"""What a fleet's run says of each target in short: enough for a table, a summary and an exit code."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from sigcheck.model.report import IN_PART, WORST_FIRST, Gate, Report, Scope, Verdict
from sigcheck.model.rule import LEVELS, Level, Status
from sigcheck.words import Own, Url

SEEDS = 2**32
"""Orders of the targets that can be drawn: a seed is a number below it."""

MOST_CAUSES = 8
"""Causes that a summary keeps of a target, the worst first; its report has all of them. Our choice."""

FAILS = 1
"""The exit code of a target that does not comply."""

NOT_EXAMINED, BROKE = 3, 4
"""Exit codes of a target without a report: nothing was checked, or a bug of ours kept it from being checked."""

INTERRUPTED = 130
"""The exit code of a fleet, and of a target, that was ended early."""


class Cause(Struct, frozen=True):
    """One rule that keeps a target from being well. `binds`: it decides the exit code."""

    rule: Own
    level: Level
    status: Literal["fail", "undecided", "broken"]
    title: Own
    summary: Own
    binds: bool


class TargetSummary(Struct, frozen=True, kw_only=True):
    """What came of one target, seen from one vantage ("" for the machine that ran the fleet).

    `target` is what the ledger calls it. `causes` are what failed, the heaviest first, and behind it what is undecided
    and decides the exit code; `more` is how many were left out. `problem` says why there is no report, and `fix` what
    to do then. `seconds` is how long the run took, and `ended_at` when it was over.
    """

    target: Own
    vantage: Own = ""
    url: Url = ""
    host: Own = ""
    verdict: Verdict
    word: Own
    exit_code: int
    causes: tuple[Cause, ...] = ()
    more: int = 0
    seconds: float = 0.0
    partial: bool = False
    problem: Own | None = None
    fix: Own = ""
    ended_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What no other target of the fleet's run has."""
        return self.target, self.vantage

    @property
    def well(self) -> bool:
        """Whether there is nothing to tell: it exits 0, and nothing of any level failed."""
        return not self.exit_code and not self.causes


class FleetScope(Struct, frozen=True, kw_only=True):
    """What the results of a fleet rest on: which run, when, how much of it, and where it is written down.

    `targets` is how many results a whole run has, `not_run` how many of those are missing. `interrupted` says why it
    was ended early, None where it was not. `ledger` is the file, or the files, between commas, as the user named them,
    "" where nothing is to be said of one. `shards` are the parts (I, N) that are in it, () for a fleet that was not
    divided, and `missing_shards` those (I/N) that are not there. `seed` drew the order.
    """

    run: Own = ""
    started: datetime | None = None
    ended: datetime | None = None
    targets: int = 0
    interrupted: Own | None = None
    not_run: int = 0
    seed: int | None = None
    ledger: str = ""
    shards: tuple[tuple[int, int], ...] = ()
    missing_shards: tuple[str, ...] = ()

    @property
    def seconds(self) -> float | None:
        """How long the run took; None where that is not known."""
        return None if self.started is None or self.ended is None else (self.ended - self.started).total_seconds()


class _Told(Protocol):
    """What a cause is made of: a result, or the part of one that was read."""

    @property
    def rule(self) -> str: ...
    @property
    def level(self) -> Level: ...
    @property
    def status(self) -> Status: ...
    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def expected(self) -> str | None: ...


def causes_of(results: Sequence[_Told], exit_code: int, gate: Gate, scope: Scope) -> tuple[tuple[Cause, ...], int]:
    """Give the causes that keep a run from being well, the heaviest first, and how many more there are."""
    failed = [each for each in results if each.status is Status.FAIL and each.expected is None]
    undecided = [
        each
        for each in results
        if each.status in {Status.UNDECIDED, Status.BROKEN}
        and exit_code
        and _binds(each, gate)
        and each.rule not in scope.not_tested
    ]
    causes = [*sorted(failed, key=lambda each: LEVELS.index(each.level)), *undecided]
    return tuple(_cause(each, gate) for each in causes[:MOST_CAUSES]), max(0, len(causes) - MOST_CAUSES)


def summary_of(target: str, vantage: str, report: Report) -> TargetSummary:
    """Say in short what a report says."""
    causes, more = causes_of(report.results, report.exit_code, report.gate, report.scope)
    evidence = report.evidence
    return TargetSummary(
        target=target,
        vantage=vantage,
        url=evidence.target.url,
        host=evidence.target.host,
        verdict=report.verdict,
        word=report.word,
        exit_code=report.exit_code,
        causes=causes,
        more=more,
        seconds=report.seconds,
        partial=evidence.interrupted is not None,
        ended_at=report.finished_at,
    )


def _binds(result: _Told, gate: Gate) -> bool:
    return result.level in gate.levels and result.expected is None


def _cause(result: _Told, gate: Gate) -> Cause:
    status: Literal["fail", "undecided", "broken"] = (
        "fail" if result.status is Status.FAIL else "broken" if result.status is Status.BROKEN else "undecided"
    )
    return Cause(result.rule, result.level, status, result.title, result.summary, _binds(result, gate))


def worst(codes: "set[int]") -> int:
    """Give the exit code of a whole fleet: the worst of its targets', by the documented order."""
    return next((code for code in WORST_FIRST if code in codes), 0)


def exit_code_of(summaries: Iterable[TargetSummary], scope: FleetScope) -> int:
    """Give the exit code of a fleet: the worst of its targets', 130 where it was ended early.

    A target that has no result was not examined, and neither were those of a shard that is not there. Only a shard may
    have no target.
    """
    codes = {each.exit_code for each in summaries}
    if scope.interrupted:
        codes.add(INTERRUPTED)
    if scope.not_run or scope.missing_shards or not (codes or scope.shards):
        codes.add(NOT_EXAMINED)
    return worst(codes)


def word_of(summaries: Sequence[TargetSummary], scope: FleetScope) -> str:
    """Give the verdict behind that exit code, as people read it: the word of the targets that have it."""
    code = exit_code_of(summaries, scope)
    if code == INTERRUPTED:
        return "interrupted"
    words = [each.word for each in summaries if each.exit_code == code]
    # Undecided says more than what was not examined; in part, less than the whole: each where one of them is.
    return next((word for word in ("undecided", IN_PART) if word in words), words[0] if words else "not examined")
