"""What was judged of one run, without the evidence behind it: small enough to compare and to list thousands."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from sigcheck.model.evidence import ProbeBreakdown
from sigcheck.model.report import Gate, Report, Result, Scope, Verdict
from sigcheck.model.rule import Level, Status
from sigcheck.words import Own, Url


class Judged(Struct, frozen=True, kw_only=True):
    """One run's results. `name` is "" for a target without one; `expires_at` is when its chain ends, as far as seen.

    `interrupted` says why the run is partial.
    """

    name: str
    url: Url
    method: Own
    run: Own
    started_at: datetime
    finished_at: datetime
    verdict: Verdict
    word: Own
    exit_code: int
    scope: Scope
    gate: Gate
    results: tuple[Result, ...]
    interrupted: str | None = None
    breakdowns: tuple[ProbeBreakdown, ...] = ()
    expires_at: datetime | None = None

    @property
    def failed(self) -> tuple[Result, ...]:
        """What failed, of whatever level, in the order of the report; without what the baseline expects."""
        return tuple(each for each in self.results if each.failed)


def judged_of(report: Report) -> Judged:
    """Leave out the evidence of a report."""
    evidence = report.evidence
    return Judged(
        name=evidence.settings.name,
        url=evidence.target.url,
        method=evidence.callback.method,
        run=evidence.run,
        started_at=evidence.started_at,
        finished_at=report.finished_at,
        verdict=report.verdict,
        word=report.word,
        exit_code=report.exit_code,
        scope=report.scope,
        gate=report.gate,
        results=report.results,
        interrupted=evidence.interrupted,
        breakdowns=evidence.breakdowns,
        expires_at=_expires(report),
    )


def _expires(report: Report) -> datetime | None:
    tls = report.evidence.tls
    return first_end(None if tls is None else tls.chain)


class _Ends(Protocol):
    @property
    def not_after(self) -> datetime | None: ...


class _Chain(Protocol):
    @property
    def expires_at(self) -> datetime | None: ...
    @property
    def certificates(self) -> Sequence[_Ends]: ...


def first_end(chain: _Chain | None) -> datetime | None:
    """Say when the first certificate ends; a chain that has no valid path still says when it ends, or has ended."""
    if chain is None:
        return None
    ends = [each.not_after for each in chain.certificates if each.not_after is not None]
    return chain.expires_at or min(ends, default=None)


class _State(Protocol):
    @property
    def rule(self) -> str: ...
    @property
    def level(self) -> Level: ...
    @property
    def status(self) -> Status: ...
    @property
    def state(self) -> str: ...


class Seen(Struct, frozen=True):
    """What metrics are made of beside a summary: when the chain ends, and what did not pass.

    Rules that were skipped are left out, too. Of each other rule they have its id, its level and its state in a word.
    """

    expires_at: datetime | None
    states: tuple[tuple[Own, Level, str], ...]


def seen_of(results: Iterable[_State], expires_at: datetime | None) -> Seen:
    """Give that of the results of a run."""
    quiet = {Status.PASS, Status.SKIP}
    return Seen(expires_at, tuple((each.rule, each.level, each.state) for each in results if each.status not in quiet))
