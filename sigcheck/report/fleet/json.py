"""A fleet as one JSON document with a published schema (docs/fleet.schema.json). The reports stand in the ledger."""

from collections import Counter
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from sigcheck.model.fleet import TargetSummary
from sigcheck.report import RenderOptions
from sigcheck.report.fleet.view import FleetReport, Novelty, RunView
from sigcheck.words import Own

SCHEMA_VERSION = 1
"""Fields are added within a version, never renamed or taken away."""


class FleetHead(Struct, frozen=True, kw_only=True):
    """What is said of a whole fleet. `words` counts the targets by their verdict as people read it.

    `missing` targets have no result. `notes` say in sentences what is missing, and `novelty` what an older run did not
    have, where one was named.
    """

    runs: tuple[RunView, ...]
    word: Own
    exit_code: int
    targets: int
    missing: int
    words: dict[str, int]
    notes: tuple[str, ...]
    novelty: Novelty | None = None


class FleetDocument(Struct, frozen=True, kw_only=True):
    """The head, and a summary of each target, the worst first. Times are ISO 8601 in UTC, durations seconds."""

    schema_version: int
    sigcheck: str
    fleet: FleetHead
    targets: tuple[TargetSummary, ...]


def head(fleet: FleetReport) -> FleetHead:
    """Give the head."""
    return FleetHead(
        runs=fleet.runs,
        word=fleet.word,
        exit_code=fleet.exit_code if fleet.novelty is None else fleet.novelty.exit_code,
        targets=len(fleet.summaries) + fleet.scope.not_run,
        missing=fleet.scope.not_run,
        words=dict(Counter(each.word for each in fleet.summaries)),
        notes=fleet.notes,
        novelty=fleet.novelty,
    )


def render(fleet: FleetReport, options: RenderOptions) -> Iterator[str]:
    """Give the document, indented, with a newline at its end."""
    document = FleetDocument(
        schema_version=SCHEMA_VERSION, sigcheck=options.version, fleet=head(fleet), targets=fleet.summaries
    )
    yield msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def schema() -> bytes:
    """Give the JSON Schema of the document."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(FleetDocument)), indent=2) + b"\n"
