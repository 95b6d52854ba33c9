"""Reads reports that were saved as JSON, and judges their evidence again by today's rules. Pure.

Whatever stands in such a file may have been written by anybody: it is decoded strictly, its secrets are looked for
again, and what could not have been saved is refused.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, structs

from sigcheck.errors import UsageProblem
from sigcheck.judge import judge, select
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Gate, Report, Result, Verdict
from sigcheck.model.rule import Rule
from sigcheck.redaction.redact import Redactor
from sigcheck.report.json import SCHEMA_VERSION, Document, Documents
from sigcheck.rules import RULES
from sigcheck.sound import UnsoundError, see_fit
from sigcheck.words import Own

LARGEST = 32 << 20
"""Bytes of a saved report: a run of one target has a quarter of a megabyte, so this is more than a hundred targets."""

MOST = 10**15
"""No number in a report is larger."""

LONGEST_SHOWN = 200
"""Characters of what is wrong with a file that a message quotes."""

LEDGER = b'{"line":'
"""How a ledger of a fleet begins."""

REMEDY = "give a file that `sigcheck verify --report FILE.json` wrote, as it was written"


_T = TypeVar("_T", bound=Struct)


class SavedReport(Struct, frozen=True):
    """What is needed of a saved report to judge it again. `results` and `verdict` are what was judged then.

    `sigcheck` is the version that did it. What else a document has is computed from this.
    """

    sigcheck: str
    finished_at: datetime
    verdict: Verdict
    exit_code: int
    results: tuple[Result, ...]
    evidence: Evidence
    gate: Gate = Gate()

    @property
    def name(self) -> str:
        """What the target is called: its name in the configuration file, or else its URL without secrets."""
        return self.evidence.settings.name or self.evidence.target.url


class Saved(Struct, frozen=True):
    """A saved document. `several`: it is one of several targets, however many. `interrupted` says why it is partial."""

    reports: tuple[SavedReport, ...]
    several: bool
    interrupted: str | None = None


class _Several(Struct, frozen=True):
    reports: tuple[SavedReport, ...]
    interrupted: Own | None = None


class Change(Struct, frozen=True):
    """A rule that has another status by today's rules than in the saved report; None for a rule that was not there."""

    rule: str
    was: str | None
    now: str | None


def read_saved(data: bytes, called: str) -> Saved:
    """Decode a JSON report of one target or of several; `called` is what messages call the file.

    Secrets and controls are gone from what is given. Raises UsageProblem for what is no report, was cut off or
    changed, or was written by a later version whose fields are not known here.
    """
    see_no_ledger(data, called)
    whole = _parsed(data, called)
    if not isinstance(whole, dict) or not ({"results", "evidence"} <= whole.keys() or "reports" in whole):
        dry = isinstance(whole, dict) and "dry_run" in whole
        what = "is the list of a dry run, in which nothing was seen" if dry else "is not the JSON report of a run"
        raise UsageProblem(f"{called} {what}", REMEDY)
    several = "reports" in whole
    kind = Documents if several else Document
    _see_version(whole, called)
    for name in whole:
        if name not in kind.__struct_fields__:
            raise _unknown(name, called)
    if not several:
        return Saved((_report(whole, called, ""),), several=False)
    documents = whole["reports"]
    if not isinstance(documents, list) or not documents:
        raise UsageProblem(f"{called} has no report in it", REMEDY)
    interrupted = whole.get("interrupted")
    if not isinstance(interrupted, str | None):
        raise UsageProblem(f"{called} cannot be used (interrupted is not a text)", REMEDY)
    reports = []
    for number, document in enumerate(documents):
        place = f"reports[{number}]."
        if not isinstance(document, dict):
            raise UsageProblem(f"{called} cannot be used ({place[:-1]} is not a report)", REMEDY)
        _see_version(document, called)
        for name in document:
            if name not in Document.__struct_fields__:
                raise _unknown(place + name, called)
        reports.append(_report(document, called, place))
    shown = Redactor().struct(_Several(tuple(reports), interrupted))
    return Saved(shown.reports, several=True, interrupted=shown.interrupted)


def see_no_ledger(data: bytes, called: str) -> None:
    """Raise UsageProblem where the beginning of a file is that of a fleet's ledger."""
    if data.startswith(LEDGER):
        raise UsageProblem(
            f"{called} is the ledger of a fleet", "use `sigcheck fleet report` or `sigcheck fleet diff` for it"
        )


def sound(value: _T, called: str) -> _T:
    """Give a struct without secrets and controls; raises UsageProblem for a number or a time that no run writes."""
    try:
        fit: _T = _sound(value, "")
    except UnsoundError as problem:
        raise UsageProblem(f"{called} cannot be used ({problem})", REMEDY) from None
    return Redactor().struct(fit)


def judge_again(
    saved: SavedReport,
    gate: Gate | None = None,
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    rules: Iterable[Rule] = RULES,
) -> Report:
    """Judge the evidence of a saved report by `rules`, as far as the run asked for them; gives a redacted report.

    The exit code goes by `gate`, or by the saved one. `only` and `skip` leave out more. Raises UsageProblem for a name
    that no rule has, and where no rule is left.
    """
    gate = gate or saved.gate
    evidence = Redactor().struct(saved.evidence)
    chosen = select(rules, only, skip)
    asked = tuple(rule for rule in rules if evidence.settings.asks_for(rule.id))
    left = tuple(rule for rule in asked if rule in chosen)
    if not left:
        raise UsageProblem(f"the run of {saved.name} checked none of these rules", "widen --only or narrow --skip")
    if len(left) < len(asked):
        evidence = _narrowed(evidence, left, asked, rules)
    report = judge(
        evidence,
        left,
        finished_at=saved.finished_at,
        fail_on=gate.fail_on,
        allow_undecided=gate.allow_undecided,
        expected=gate.expected,
    )
    return Redactor().struct(report)


def changes(saved: SavedReport, report: Report) -> tuple[Change, ...]:
    """Give the rules whose status is another one in `report` than it was, in report order."""
    before = {each.rule: each.status.value for each in saved.results}
    now = {each.rule: each.status.value for each in report.results}
    left_out = report.evidence.settings.left_out
    rules = (*now, *(each for each in before if each not in now and each not in left_out))
    return tuple(Change(rule, before.get(rule), now.get(rule)) for rule in rules if before.get(rule) != now.get(rule))


def _narrowed(evidence: Evidence, left: tuple[Rule, ...], asked: tuple[Rule, ...], rules: Iterable[Rule]) -> Evidence:
    """Say in the settings which rules are judged, as a run does that was asked for no others."""
    dropped = {*evidence.settings.left_out, *(rule.id for rule in asked if rule not in left)}
    settings = structs.replace(
        evidence.settings,
        selected=tuple(rule.id for rule in left),
        left_out=tuple(rule.id for rule in rules if rule.id in dropped),
    )
    return structs.replace(evidence, settings=settings)


def _parsed(data: bytes, called: str) -> Any:
    if not data.strip():
        raise UsageProblem(f"{called} is empty", REMEDY)
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
        if "truncated" in str(problem):
            raise UsageProblem(f"{called} ends in the middle of the report", REMEDY) from None
        if isinstance(problem, RecursionError):
            raise UsageProblem(f"{called} is not a report of sigcheck's: it is nested too deeply", REMEDY) from None
        raise UsageProblem(f"{called} is not JSON ({_short(str(problem))})", REMEDY) from None


def _see_version(document: dict[str, Any], called: str) -> None:
    version = document.get("schema_version")
    if version == SCHEMA_VERSION and not isinstance(version, bool):
        return
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise UsageProblem(f"{called} was written by a newer sigcheck", "read it with that version")
    raise UsageProblem(f"{called} has no schema_version that this sigcheck knows", REMEDY)


def _report(document: dict[str, Any], called: str, place: str) -> SavedReport:
    try:
        saved = msgspec.convert(document, SavedReport)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as problem:
        text = str(problem).replace("`$.", f"`$.{place}")
        raise UsageProblem(f"{called} cannot be used ({_short(text)})", REMEDY) from None
    known = msgspec.to_builtins(saved)
    for name in ("evidence", "gate", "results"):
        if name in document and (found := strange(document[name], known[name], place + name)) is not None:
            raise _unknown(found, called)
    try:
        sound: SavedReport = _sound(saved, place.rstrip("."))
        see_fit(saved.evidence, f"{place}evidence")
    except UnsoundError as problem:
        raise UsageProblem(f"{called} cannot be used ({problem})", REMEDY) from None
    return Redactor().struct(sound)


def strange(given: Any, known: Any, place: str) -> str | None:
    """Find a field that these types do not have, in what was decoded into them."""
    if isinstance(given, dict) and isinstance(known, dict):
        for name, value in given.items():
            if name not in known:
                return f"{place}.{name}"
            if (found := strange(value, known[name], f"{place}.{name}")) is not None:
                return found
    elif isinstance(given, list) and isinstance(known, list | tuple):
        for number, (value, other) in enumerate(zip(given, known, strict=True)):
            if (found := strange(value, other, f"{place}[{number}]")) is not None:
                return found
    return None


def _unknown(place: str, called: str) -> UsageProblem:
    return UsageProblem(
        f"{called} has the field {_short(place)}, which this sigcheck does not know",
        "read it with the version that wrote it, or a later one",
    )


def _sound(value: Any, place: str) -> Any:
    """Give a value with its times in UTC; raises UnsoundError for a number or a time that nothing can be done with."""
    if isinstance(value, datetime):
        try:
            if value.tzinfo is None:
                raise UnsoundError(f"{place} is a time without a zone")
            return value.astimezone(UTC)
        except OverflowError:
            raise UnsoundError(f"{place} is a time out of range") from None
    if isinstance(value, int | float):
        if not -MOST <= value <= MOST:
            raise UnsoundError(f"{place} is a number out of range")
        return value
    if isinstance(value, tuple):
        items = tuple(_sound(item, f"{place}[{number}]") for number, item in enumerate(value))
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    if isinstance(value, Struct):
        changed = {
            name: new
            for name in value.__struct_fields__
            if (new := _sound(old := getattr(value, name), f"{place}.{name}".lstrip("."))) is not old
        }
        return structs.replace(value, **changed) if changed else value
    return value


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
