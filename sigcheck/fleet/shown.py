"""Reads of a report in a ledger what was judged, without the evidence behind it."""

from datetime import datetime

import msgspec
from msgspec import Struct, structs

from sigcheck.fleet.glance import Tls
from sigcheck.model.evidence import ProbeBreakdown
from sigcheck.model.judged import Judged, first_end, judged_of
from sigcheck.model.report import Gate, Result, Scope, Verdict, word_of
from sigcheck.model.rule import Status
from sigcheck.redaction.redact import Redactor
from sigcheck.report.json import SCHEMA_VERSION
from sigcheck.saved import judge_again, read_saved, sound
from sigcheck.words import Own, Url


class _Target(Struct, frozen=True):
    url: Url


class _Callback(Struct, frozen=True):
    method: Own


class _Settings(Struct, frozen=True):
    name: str = ""


class _Evidence(Struct, frozen=True):
    run: Own
    target: _Target
    callback: _Callback
    settings: _Settings
    started_at: datetime
    tls: Tls | None = None
    interrupted: Own | None = None
    breakdowns: tuple[ProbeBreakdown, ...] = ()


class _Shown(Struct, frozen=True):
    schema_version: int
    finished_at: datetime
    verdict: Verdict
    exit_code: int
    scope: Scope
    gate: Gate
    results: msgspec.Raw
    evidence: _Evidence


class _Results(Struct, frozen=True):
    results: tuple[Result, ...]


_REPORTS = msgspec.json.Decoder(_Shown)
_RESULTS = msgspec.json.Decoder(tuple[Result, ...])


def read_judged(data: bytes, called: str) -> Judged:
    """Give what was judged of a report of one target, as the sigcheck that wrote it judged it.

    The evidence behind it is passed over, since it takes most of the time. The results are taken as they stand where
    this version would write them so; anything else is read as strictly as by `read_saved`, which raises UsageProblem,
    and judged again.
    """
    try:
        found = _REPORTS.decode(data)
        results = _RESULTS.decode(found.results)
        as_written = found.schema_version == SCHEMA_VERSION and msgspec.json.encode(results) == bytes(found.results)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        as_written = False
    if not as_written:
        (saved,) = read_saved(data, called).reports
        return judged_of(judge_again(saved))
    evidence = found.evidence
    judged = Judged(
        name=evidence.settings.name,
        url=evidence.target.url,
        method=evidence.callback.method,
        run=evidence.run,
        started_at=evidence.started_at,
        finished_at=found.finished_at,
        verdict=found.verdict,
        word=word_of(found.verdict, found.exit_code, found.scope, results),
        exit_code=found.exit_code,
        scope=found.scope,
        gate=found.gate,
        results=(),
        interrupted=evidence.interrupted,
        breakdowns=evidence.breakdowns,
        expires_at=first_end(None if evidence.tls is None else evidence.tls.chain),
    )
    # The results have no time and no number that anything is worked out from.
    fit = sound(judged, called)
    return structs.replace(fit, results=Redactor().struct(_Results(tuple(map(_told, results)))).results)


def _told(result: Result) -> Result:
    """Leave out what nobody is shown of a rule that found nothing: it is the most of a report."""
    if result.status not in {Status.PASS, Status.SKIP}:
        return result
    return Result(result.rule, result.family, result.level, result.status, "", title=result.title)
