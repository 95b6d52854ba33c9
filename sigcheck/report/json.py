"""The report as one JSON document with a published schema (docs/report.schema.json)."""

from datetime import datetime

import msgspec

from sigcheck.model.chain import TrustSet
from sigcheck.model.evidence import CallbackShape, Evidence
from sigcheck.model.report import Report, Reports, Result, Scope, Verdict
from sigcheck.policy import Policy
from sigcheck.report import RenderOptions

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
    exit_code: int
    scope: Scope
    partial: bool
    requests: int
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
        exit_code=report.exit_code,
        scope=report.scope,
        partial=evidence.interrupted is not None,
        requests=evidence.requests,
        results=report.results,
        evidence=evidence,
    )


def render(report: Report, options: RenderOptions) -> str:
    """Give the document, indented, with a newline at its end."""
    raw = msgspec.json.encode(document(report, options.version))
    return msgspec.json.format(raw, indent=2).decode() + "\n"


class Documents(msgspec.Struct, frozen=True):
    """One document for several targets, in the order in which they were asked for."""

    schema_version: int
    sigcheck: str
    verdict: Verdict
    exit_code: int
    partial: bool
    reports: tuple[Document, ...]


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Give one document with those of all targets."""
    documents = tuple(document(report, options.version) for report in reports.reports)
    partial = reports.interrupted is not None or any(each.partial for each in documents)
    whole = Documents(
        SCHEMA_VERSION, options.version, reports.verdict, reports.exit_code, partial=partial, reports=documents
    )
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"


def schema(of: type[Document] | type[Documents] = Document) -> bytes:
    """Give the JSON Schema of a document."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(of)), indent=2) + b"\n"
