"""The report as one JSON document with a published schema (docs/report.schema.json)."""

from datetime import datetime

import msgspec

from sigcheck.model.chain import TrustSet
from sigcheck.model.evidence import CallbackShape, Evidence
from sigcheck.model.figures import AnswerTimes, Devices, Timeline
from sigcheck.model.report import Counts, Gate, Report, Reports, Result, Scope, Verdict
from sigcheck.policy import Policy
from sigcheck.report import RenderOptions
from sigcheck.words import Own

SCHEMA_VERSION = 1
"""Fields are added within a version, never renamed or taken away."""


class TargetView(msgspec.Struct, frozen=True):
    """The target, its URL without secrets. `name` is what the configuration file calls it, "" for a URL."""

    name: str
    url: str
    scheme: str
    host: str
    port: int


class Document(msgspec.Struct, frozen=True):
    """One document in every outcome of a run. Times are ISO 8601 in UTC, durations seconds, bytes Base64."""

    schema_version: int
    sigcheck: str
    policy: Policy
    target: TargetView
    callback: CallbackShape
    started_at: datetime
    finished_at: datetime
    clock: str
    trust: TrustSet | None
    verdict: Verdict
    word: str
    """The verdict as people read it: "passed in part" where the run exits 0 and left something out."""
    exit_code: int
    scope: Scope
    gate: Gate
    partial: bool
    requests: int
    counts: Counts
    fix_first: str | None
    """The rule whose failure is to be fixed first."""
    devices: tuple[Devices, ...]
    """What messages were sent for, and can be cleaned up by."""
    answer_times: AnswerTimes | None
    timeline: Timeline | None
    results: tuple[Result, ...]
    evidence: Evidence


def document(report: Report, version: str) -> Document:
    """Arrange a report for JSON."""
    evidence = report.evidence
    target = evidence.target
    return Document(
        schema_version=SCHEMA_VERSION,
        sigcheck=version,
        policy=evidence.policy,
        target=TargetView(evidence.settings.name, target.url, target.scheme, target.host, target.port),
        callback=evidence.callback,
        started_at=evidence.started_at,
        finished_at=report.finished_at,
        clock=evidence.clock,
        trust=evidence.tls.trust if evidence.tls else None,
        verdict=report.verdict,
        word=report.word,
        exit_code=report.exit_code,
        scope=report.scope,
        gate=report.gate,
        partial=evidence.interrupted is not None,
        requests=evidence.requests,
        counts=report.counts,
        fix_first=None if report.first_fix is None else report.first_fix.rule,
        devices=report.devices,
        answer_times=report.answer_times,
        timeline=report.timeline,
        results=report.results,
        evidence=evidence,
    )


def render(report: Report, options: RenderOptions) -> str:
    """Give the document, indented, with a newline at its end."""
    raw = msgspec.json.encode(document(report, options.version))
    return msgspec.json.format(raw, indent=2).decode() + "\n"


class Documents(msgspec.Struct, frozen=True):
    """One document for several targets, in the order in which they were asked for.

    `interrupted` says why not all is known, where that is not said of one target alone.
    """

    schema_version: int
    sigcheck: str
    verdict: Verdict
    word: str
    """The verdict as people read it, as in each document."""
    exit_code: int
    partial: bool
    reports: tuple[Document, ...]
    interrupted: Own | None = None


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Give one document with those of all targets."""
    documents = tuple(document(report, options.version) for report in reports.reports)
    partial = reports.interrupted is not None or any(each.partial for each in documents)
    whole = Documents(
        schema_version=SCHEMA_VERSION,
        sigcheck=options.version,
        verdict=reports.verdict,
        word=reports.word,
        exit_code=reports.exit_code,
        partial=partial,
        reports=documents,
        interrupted=reports.interrupted,
    )
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"


def schema(of: type[Document] | type[Documents] = Document) -> bytes:
    """Give the JSON Schema of a document."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(of)), indent=2) + b"\n"
