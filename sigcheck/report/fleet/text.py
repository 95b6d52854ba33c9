"""A fleet for people: one line for each target that is not well, grouped by cause, and a last line with the counts."""

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence

from sigcheck.model.fleet import NOT_EXAMINED, FleetScope, TargetSummary, exit_code_of, word_of
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions
from sigcheck.report.fleet.causes import Split, by_cause, by_vantage, in_order, weight
from sigcheck.report.fleet.words import (
    fix_words,
    group_words,
    last_words,
    listed,
    mark_of,
    more_causes,
    seen_words,
    split_words,
    targets,
)
from sigcheck.report.page import PLAIN, Page, columns
from sigcheck.report.verdict import ELSE, STYLES
from sigcheck.words import shortened

MOST_LISTED = 20
"""Targets of a group that are listed; `-v` lists them all."""
LONGEST, LONGEST_NAME = 200, 200
"""Characters of what was seen at a target, and of its name."""

Row = tuple[str, str, str, str]
"""A target's name, what was seen there, what is said at the right, and what else there is to say of it."""


def render(summaries: Sequence[TargetSummary], options: RenderOptions, scope: FleetScope | None = None) -> str:
    """Give the text, which ends in a newline; detail -1 is the last line, 1 lists every target."""
    scope = scope or FleetScope()
    page = Page(options.width, colour=options.colour)
    if options.detail >= 0:
        _not_well(page, summaries, scope, whole=options.detail > 0)
        if options.detail > 0:
            _well(page, summaries)
        _unfinished(page, summaries, scope)
        _what_next(page, summaries, scope)
    word = word_of(summaries, scope)
    style = {0: STYLES["compliant"], NOT_EXAMINED: STYLES["undecided"]}.get(exit_code_of(summaries, scope), ELSE)
    said = last_words(summaries, scope, detail=options.detail)
    if options.detail < 0:
        page.line((word.upper(), style), f"  {said}")
    else:
        page.hang(((word.upper(), style), "  "), said)
    return page.text().translate(PLAIN) if options.ascii else page.text()


def _not_well(page: Page, summaries: Sequence[TargetSummary], scope: FleetScope, *, whole: bool) -> None:
    """Show the groups, the worst first; a target that depends on the vantage is in a group of its own."""
    splits, others = by_vantage(summaries)
    told = False
    for group in by_cause(others):
        if splits and not told and weight(splits[0].seen[0]) <= weight(group.targets[0]):
            _splits(page, splits, scope, whole=whole)
            told = True
        sign, style, binds = mark_of(group)
        page.hang(((sign, style), " "), f"{targets(len(group.names))}{group_words(group)}", "bold" if binds else "")
        fix = fix_words(group)
        if fix:
            page.hang(("    ",), fix, "green")
        _list(page, _rows(group.targets, whole=whole), scope, whole=whole)
        page.blank()
    if splits and not told:
        _splits(page, splits, scope, whole=whole)


def _splits(page: Page, splits: Sequence[Split], scope: FleetScope, *, whole: bool) -> None:
    page.hang((("!", "bold red"), " "), f"What depends on the vantage: {targets(len(splits))}", "bold")
    _list(page, [(each.target, split_words(each), "", "") for each in splits], scope, whole=whole)
    page.blank()


def _rows(summaries: Iterable[TargetSummary], *, whole: bool) -> list[Row]:
    """Give a row to each target; vantages from which the same was seen share it."""
    seen: dict[tuple[str, str], list[TargetSummary]] = {}
    for each in summaries:
        seen.setdefault((each.target, seen_words(each)), []).append(each)
    rows = []
    for (name, what), alike in seen.items():
        vantages = [each.vantage for each in alike if each.vantage]
        from_ = f" (from {listed(vantages)})" if vantages else ""
        also = ", ".join(each.rule for each in alike[0].causes[1:]) if whole else ""
        rows.append((name + from_, what, more_causes(alike[0]), also))
    return rows


def _list(page: Page, rows: Sequence[Row], scope: FleetScope, *, whole: bool) -> None:
    shown = rows if whole or len(rows) <= MOST_LISTED else rows[:MOST_LISTED]
    names = [shortened(disarm(name), LONGEST_NAME) for name, *_ in shown]
    column = min(max((columns(name) for name in names), default=0), page.width // 3)
    for name, (_, what, more, also) in zip(names, shown, strict=True):
        said = shortened(disarm(what), LONGEST)
        if columns(name) <= column:
            page.hang((f"    {name}", " " * (column - columns(name) + 2)), said, right=more)
        else:
            page.line(f"    {name}")
            page.hang((" " * (column + 6),), said, right=more)
        if also:
            page.hang((" " * (column + 6),), f"also: {disarm(also)}", "dim")
    left = len(rows) - len(shown)
    if left:
        page.hang(("    ",), f"and {left} more; {_lister(scope)} {'them' if left > 1 else 'it'}", "dim")


def _lister(scope: FleetScope) -> str:
    ledger = disarm(scope.ledger)
    if not ledger or ", " in ledger or ledger != scope.ledger:
        return "-v lists"
    return f"`sigcheck fleet report -v {shlex.quote(ledger)}` lists"


def _well(page: Page, summaries: Sequence[TargetSummary]) -> None:
    """List the targets that are well, by their word."""
    splits = {each.target for each in by_vantage(summaries)[0]}
    well = [each for each in summaries if each.well and each.target not in splits]
    for word in Counter(each.word for each in well):
        alike = sorted((each for each in well if each.word == word), key=in_order)
        count = len({each.target for each in alike})
        verb = "passed in part" if word == "passed in part" else f"{'is' if count == 1 else 'are'} {word}"
        page.hang((("✓", "green"), " "), f"{targets(count)} {verb}")
        _list(page, [(name, what, "", "") for name, what, *_ in _rows(alike, whole=True)], FleetScope(), whole=True)
        page.blank()


def _what_next(page: Page, summaries: Sequence[TargetSummary], scope: FleetScope) -> None:
    """Name the command that says what to fix, where a report has a cause and one ledger has it."""
    ledger = disarm(scope.ledger)
    if ledger and ", " not in ledger and ledger == scope.ledger and any(each.causes for each in summaries):
        page.line((f"To see what to fix: sigcheck fleet report {shlex.quote(ledger)} --target NAME", "dim"))
        page.blank()


def _unfinished(page: Page, summaries: Sequence[TargetSummary], scope: FleetScope) -> None:
    """Say what is missing from a run that was ended early, or was killed, and how to go on."""
    partial = sum(each.partial for each in summaries)
    if not scope.not_run and not partial and scope.interrupted is None:
        return
    parts = []
    if scope.not_run:
        parts.append(f"{targets(scope.not_run)} {'was' if scope.not_run == 1 else 'were'} not run")
    if partial:
        parts.append(f"{targets(partial)} {'was' if partial == 1 else 'were'} not examined to the end")
    why = disarm(scope.interrupted or "the run did not come to its end")
    page.hang((), f"PARTIAL: {why}; {' and '.join(parts) or 'all targets were done by then'}", "yellow")
    if parts:
        page.hang((), "To run the rest, give the same command again with --resume:")
        ledger = disarm(scope.ledger)
        named = f" --ledger {shlex.quote(ledger)}" if ledger and ", " not in ledger else ""
        page.line(f"    sigcheck fleet run --resume{named} …")
    page.blank()
