"""Looks into a report of a ledger for what its summary must agree with, and for the little that metrics need of it.

Only these parts are decoded: that takes a tenth of what the whole report takes, so each one is looked into.
"""

from datetime import datetime
from functools import lru_cache

import msgspec
from msgspec import Struct, structs

from sigcheck.errors import UsageProblem
from sigcheck.fleet.strict_lines import REMEDY
from sigcheck.model.fleet import TargetSummary, causes_of
from sigcheck.model.judged import Seen, first_end, seen_of
from sigcheck.model.report import Gate, Scope, Verdict
from sigcheck.model.rule import Level, Status
from sigcheck.redaction.disarm import disarm
from sigcheck.report.json import SCHEMA_VERSION
from sigcheck.saved import sound
from sigcheck.words import Own


class _Result(Struct, frozen=True):
    rule: Own
    level: Level
    status: Status
    summary: Own
    title: Own = ""
    expected: str | None = None

    @property
    def state(self) -> str:
        return "expected" if self.expected is not None else self.status.value


class _Certificate(Struct, frozen=True):
    not_after: datetime | None = None


class _Chain(Struct, frozen=True):
    certificates: tuple[_Certificate, ...] = ()
    expires_at: datetime | None = None


class Tls(Struct, frozen=True):
    """What is read of a handshake: when the certificates of its chain end."""

    chain: _Chain | None = None


class _Target(Struct, frozen=True):
    url: str
    host: str


class _Evidence(Struct, frozen=True):
    target: _Target
    tls: Tls | None = None
    interrupted: str | None = None


class _Glance(Struct, frozen=True):
    schema_version: int
    verdict: Verdict
    word: str
    exit_code: int
    scope: Scope
    gate: Gate
    results: tuple[_Result, ...]
    evidence: _Evidence


_GLANCES = msgspec.json.Decoder(_Glance)


def glance(report: bytes, summary: TargetSummary, called: str, *, compared: bool) -> Seen:
    """Give what metrics need of a report, in which `summary` is looked for where it is `compared`.

    A summary of another version of sigcheck may say less, or more, and is not compared: its report is judged again.
    Raises UsageProblem for what is no report, and for a summary that says something else than the report.
    """
    try:
        found = _GLANCES.decode(report)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as problem:
        said = str(problem)[:200]
        raise UsageProblem(f"{called} cannot be used (its report: {said})", REMEDY) from None
    if found.schema_version > SCHEMA_VERSION:
        raise UsageProblem(f"{called} was written by a newer sigcheck", "read it with that version")
    if compared and (differs := _difference(found, summary)):
        raise UsageProblem(f"{called} contradicts itself: its summary and its report differ in {differs}", REMEDY)
    tls = found.evidence.tls
    seen = seen_of(found.results, first_end(None if tls is None else tls.chain))
    # Most targets of a fleet have the states of many others: they are looked through once, and kept once.
    return structs.replace(sound(structs.replace(seen, states=()), called), states=_harmless(seen.states))


@lru_cache(maxsize=1024)
def _harmless(states: tuple[tuple[str, Level, str], ...]) -> tuple[tuple[str, Level, str], ...]:
    return tuple((disarm(rule), level, state) for rule, level, state in states)


def _difference(found: _Glance, summary: TargetSummary) -> str:
    """Name the field in which the two differ; "" where they agree."""
    causes, more = causes_of(found.results, found.exit_code, found.gate, found.scope)
    evidence = found.evidence
    said = {
        "verdict": found.verdict,
        "word": found.word,
        "exit_code": found.exit_code,
        "url": evidence.target.url,
        "host": evidence.target.host,
        "partial": evidence.interrupted is not None,
        "causes": causes,
        "more": more,
    }
    return next((name for name, value in said.items() if getattr(summary, name) != value), "")
