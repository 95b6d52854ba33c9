"""One target of a fleet on the page: a line that says what came of it, and behind it what was found."""

import shlex
from collections.abc import Iterator
from functools import lru_cache

from sigcheck.model.fleet import TargetSummary
from sigcheck.model.judged import Judged
from sigcheck.model.report import Result
from sigcheck.model.rule import LEVELS, Finding, Level, Status
from sigcheck.report.fleet.causes import first_cause
from sigcheck.report.fleet.telling import called
from sigcheck.report.fleet.words import cause_heading, more_causes
from sigcheck.report.html.findings import SIGNS as LEVEL_SIGNS
from sigcheck.report.html.markup import Markup, join, prose, tag
from sigcheck.report.html.summary import CLASSES, SIGNS, fixes_of, sentence
from sigcheck.report.verdict import breakdown_words
from sigcheck.words import shortened

MOST_FINDINGS, LONGEST, LONGEST_NAME = 3, 400, 200
"""Findings of one rule that are shown, and characters of a text and of a name."""


def block(target: TargetSummary, judged: Judged | None, name: str, room: int, ledger: str) -> Markup:
    """Give the block of a target, with `name` as its id; what has no room in `room` bytes is left out, and named."""
    sign = tag("b", f"{SIGNS.get(target.word, '?')} {target.word.upper()}", class_=CLASSES.get(target.word, "warn"))
    first = first_cause(target)
    said = target.problem or (cause_heading(first) if first is not None else "")
    more = more_causes(target)
    words = f": {_short(said)}" + (f" ({more})" if more else "") if said else ""
    line = tag("summary", sign, " ", tag("strong", shortened(called(target), LONGEST_NAME)), words)
    parts: list[str] = []
    used = 0
    for part in _parts(target, judged):
        used += len(part.encode())
        if used > room and len(parts) > 2:
            parts.append(_rest(target, ledger))
            break
        parts.append(part)
    return tag("details", line, *parts, id=name)


def _rest(target: TargetSummary, ledger: str) -> Markup:
    """Name the command that shows what had no room; that is not even made."""
    where = " ".join(shlex.quote(each) for each in ledger.split(", "))
    seen = f" --from {shlex.quote(target.vantage)}" if target.vantage else ""
    command = f"sigcheck fleet report {where} --target {shlex.quote(target.target)}{seen}"
    return tag("p", "The rest of this report: ", tag("code", command), class_="dim")


def _short(text: str) -> str:
    return shortened(text, LONGEST)


def _parts(target: TargetSummary, judged: Judged | None) -> Iterator[Markup]:
    """Give the paragraphs, the most telling ones first."""
    if judged is None:
        if target.problem:
            yield tag("p", f"There is no report: {sentence(_short(target.problem))}")
        yield tag("p", _short(target.url or target.host) or "Nothing was sent.", class_="called")
        return
    yield tag("p", f"{judged.method} {_short(judged.url)}", class_="called")
    yield tag("p", _counted(judged), class_="dim")
    if judged.interrupted:
        yield tag("p", tag("b", "! PARTIAL: "), sentence(_short(judged.interrupted)), class_="warn")
    for each in judged.breakdowns:
        yield tag("p", tag("b", "! "), sentence(_short(breakdown_words(each))), class_="warn")
    for result in sorted(judged.failed, key=lambda each: LEVELS.index(each.level)):
        yield _failed(result)
    yield from _undecided(judged)
    for result in judged.results:
        if result.status is Status.BROKEN:
            yield tag("p", tag("b", "! BUG "), tag("code", result.rule), f" {sentence(_short(result.summary))}")


def _counted(judged: Judged) -> str:
    """Say when the run was, how many rules came to what, and what the verdict leaves out."""
    often = {status: sum(each.status is status for each in judged.results) for status in Status}
    parts = [f"{len(judged.failed)} failed" if judged.failed else "", f"{often[Status.PASS]} passed"]
    parts += [f"{often[each]} {word}" for each, word in _OTHERS if often[each]]
    scope = f" Limited: {_short('; '.join(judged.scope.words))}." if judged.scope.words else ""
    counts = ", ".join(each for each in parts if each)
    return f"Run of {judged.started_at:%Y-%m-%d %H:%M} UTC, exit code {judged.exit_code}: {counts}.{scope}"


_OTHERS = ((Status.UNDECIDED, "undecided"), (Status.SKIP, "skipped"), (Status.BROKEN, "broken"))


def _failed(result: Result) -> Markup:
    found = [tag("li", _finding(each)) for each in result.findings[:MOST_FINDINGS]] or [
        tag("li", _short(result.summary))
    ]
    more = len(result.findings) - MOST_FINDINGS
    if more > 0:
        found.append(tag("li", f"and {more} more"))
    fixes = map(_fix, fixes_of(result)[:2])
    return join(_heading(result.level, result.title, result.rule), tag("ul", *found), *fixes)


# Thousands of targets fail by the same rules, and are told to do the same: most of the page is made of these two.
@lru_cache(maxsize=1024)
def _heading(level: Level, title: str, rule: str) -> Markup:
    sign = tag("span", LEVEL_SIGNS[level], class_=f"level {level}")
    return tag("p", sign, " ", tag("b", _short(title)), " ", tag("code", rule))


@lru_cache(maxsize=1024)
def _fix(words: str) -> Markup:
    return tag("p", tag("b", "Fix: "), prose(_short(words)))


def _finding(finding: Finding) -> str:
    about = " · ".join(each for each in (finding.measured, finding.where) if each)
    return sentence(_short(finding.message)) + (f" ({_short(about)})" if about else "")


def _undecided(judged: Judged) -> Iterator[Markup]:
    """Say what was not tested; rules of one reason together."""
    alike: dict[tuple[str, str], list[str]] = {}
    for each in judged.results:
        if each.status is Status.UNDECIDED:
            alike.setdefault((each.summary, each.fix or ""), []).append(each.rule)
    for (reason, fix), rules in alike.items():
        advice = join(" ", tag("b", "How to test it: "), prose(sentence(_short(fix)))) if fix else None
        named = tag("span", f" ({', '.join(rules)})", class_="dim")
        yield tag("p", tag("b", "? "), sentence(_short(reason)), named, advice)
