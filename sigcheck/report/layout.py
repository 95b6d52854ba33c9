"""How a report for people stands on the screen: its head, its rules, its figures and its verdict."""

from collections import Counter
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import get_args

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sigcheck.model.report import FAMILIES, IN_PART, Finding, Report, Reports, Result, Status, Verdict
from sigcheck.report import RenderOptions
from sigcheck.report.figures import clients, hanging, replay, scenarios, timing
from sigcheck.report.verdict import ELSE, STYLES, because, reasons, verdict_line

# Symbol, its ASCII stand-in, the word, the style. The word stands beside the symbol: colour is never alone.
MARKS = {
    Status.PASS: ("✓", "+", "pass", "green"),
    Status.FAIL: ("✗", "x", "FAIL", "bold red"),
    Status.SKIP: ("·", "-", "skip", "dim"),
    Status.UNDECIDED: ("?", "?", "undecided", "yellow"),
    Status.BROKEN: ("!", "!", "BUG", "bold magenta"),
}
LEVEL_STYLES = {"must": "bold red", "should": "yellow", "note": "cyan"}
RULE_WIDTH = 24


def body(report: Report, options: RenderOptions) -> str:
    """Give all that stands above the verdict line."""
    console = _console(options)
    if options.detail >= 0:
        _head(console, report, options)
    _rules(console, report, options)
    if options.detail >= 0:
        timing(console, report.evidence, options)
        replay(console, report.evidence)
        scenarios(console, report.evidence)
        clients(console, report.evidence)
    console.print()
    _breaks(console, report)
    return _text(console)


def verdict(report: Report, options: RenderOptions) -> str:
    """Give the verdict line, wrapped."""
    console = _console(options)
    line = verdict_line(report)
    console.print(hanging(Text(line.lead, line.style), Text(line.words)))
    return _text(console)


def heading(report: Report, options: RenderOptions) -> str:
    """Give the line above the report of one target among several."""
    console = _console(options)
    console.print(Text(f"--- {report.evidence.settings.name or report.evidence.target.url} ---", "bold"))
    return _text(console)


def summary(reports: Reports, options: RenderOptions) -> str:
    """Give a line to each target, with the rules that its verdict rests on, and one to all of them."""
    console = _console(options)
    count = len(reports.reports)
    console.print(Text(f"--- {count} target{'' if count == 1 else 's'} ---", "bold"))
    width = max(len(report.evidence.settings.name) for report in reports.reports)
    for report in reports.reports:
        line = verdict_line(report)
        lead = Text(line.lead, line.style)
        name = Text(f"{report.evidence.settings.name:{width}}  ")
        console.print(Text.assemble(name, lead, because(report), f"(exit {report.exit_code})"), soft_wrap=True)
    console.print()
    counts = Counter(report.word for report in reports.reports)
    parts = [f"{counts[word]} {word}" for word in (*get_args(Verdict), IN_PART) if counts[word]]
    if reports.interrupted and "interrupted" not in counts:
        parts.append(reports.interrupted)
    style = STYLES.get(reports.verdict, ELSE)
    words = Text(f"{' · '.join(parts)}  (exit {reports.exit_code})")
    console.print(Text.assemble((f"{reports.verdict.upper()}  ", style), words), soft_wrap=True)
    return _text(console)


def _console(options: RenderOptions) -> Console:
    return Console(
        file=StringIO(),
        width=options.width,
        color_system="standard" if options.colour else None,
        force_terminal=options.colour,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _text(console: Console) -> str:
    assert isinstance(console.file, StringIO)  # noqa: S101 - for the type checker
    return "".join(line.rstrip() + "\n" for line in console.file.getvalue().splitlines())


def _head(console: Console, report: Report, options: RenderOptions) -> None:
    evidence = report.evidence
    name = f"{evidence.settings.name}  " if evidence.settings.name else ""
    title = Text.assemble(
        (f"sigcheck {options.version}", "bold"), "  ", (name, "bold"), (evidence.target.url, "bold cyan")
    )
    console.print(title)
    took = (report.finished_at - evidence.started_at).total_seconds()
    parts = [
        f"run {evidence.run}"
        + (f", devices from {evidence.settings.device}" if evidence.settings.device and evidence.requests else ""),
        f"{evidence.started_at:%Y-%m-%d %H:%M:%S} UTC",
        f"policy {evidence.policy.name}",
        f"{evidence.requests} request{'' if evidence.requests == 1 else 's'}",
        _duration(took),
    ]
    console.print(Text(" · ".join(parts), "dim"))


def _rules(console: Console, report: Report, options: RenderOptions) -> None:
    told = reasons(report) if options.detail < 0 else ()
    shown = [result for result in report.results if result in told or _is_shown(result, options.detail)]
    marks = max((len(f"? {MARKS[result.status][2]}") for result in shown), default=0)
    for family in FAMILIES:
        results = [result for result in shown if result.family == family]
        if not results:
            continue
        console.print()
        console.print(Text(family, "bold"))
        table = Table.grid(padding=(0, 1))
        table.add_column(width=marks, no_wrap=True)
        table.add_column(width=RULE_WIDTH, no_wrap=True)
        table.add_column(ratio=1, overflow="fold")
        for first, others in _alike(results, options.detail):
            for row in _rows(first, others):
                table.add_row(*row)
        console.print(Padding(table, (0, 0, 0, 2)))


def _alike(results: Sequence[Result], detail: int) -> Iterator[tuple[Result, int]]:
    """Give each result with the number of others behind it that are undecided for the same reason.

    Where no connection was had, thirteen certificate rules would say so thirteen times; `-v` lists them all.
    """
    behind = {Status.UNDECIDED, Status.SKIP}
    seen: dict[tuple[Status, str], int] = {}
    for result in results:
        if result.status in behind and detail < 1:
            key = (result.status, result.summary)
            seen[key] = seen.get(key, 0) + 1
    told: set[tuple[Status, str]] = set()
    for result in results:
        key = (result.status, result.summary)
        if key not in seen:
            yield result, 0
        elif key not in told:
            told.add(key)
            yield result, seen[key] - 1


def _is_shown(result: Result, detail: int) -> bool:
    match result.status:
        case Status.FAIL | Status.BROKEN:
            return True
        case Status.SKIP:
            return detail >= 1
        case _:
            return detail >= 0


def _rows(result: Result, others: int = 0) -> Iterator[tuple[Text, Text, Text]]:
    symbol, _, word, style = MARKS[result.status]
    mark = Text(f"{symbol} {word}", style)
    name = Text(result.rule, "bold" if result.status is Status.FAIL else "")
    if result.status is not Status.FAIL:
        also = f" (and {others} other {result.family} rule{'s' if others > 1 else ''})" if others else ""
        yield mark, name, Text(result.summary + also, "dim" if result.status is Status.SKIP else "")
        if result.status in {Status.UNDECIDED, Status.BROKEN} and (result.fix or result.reason != result.summary):
            yield Text(), Text(), Text(f"→ {result.fix or result.reason}", "dim")
        return
    for finding in result.findings:
        level = finding.level or result.level
        line = Text.assemble((f"{level}:", LEVEL_STYLES[level]), " ", finding.message, _measured(finding))
        yield mark, name, line
        mark, name = Text(), Text()
    fixes: list[str | None] = [finding.fix for finding in result.findings if finding.fix]
    fixes = fixes or [result.fix]
    for fix in dict.fromkeys(fix for fix in fixes if fix):
        yield Text(), Text(), Text(f"→ {fix}", "green")
    yield Text(), Text(), Text(f"sigcheck explain {result.rule}", "dim")


def _measured(finding: Finding) -> str:
    return f" ({finding.measured})" if finding.measured else ""


def _breaks(console: Console, report: Report) -> None:
    for breakdown in report.evidence.breakdowns:
        said = (
            f"the {breakdown.probe} probe could not be finished: {breakdown.detail}"
            if breakdown.local
            else f"the {breakdown.probe} probe broke, please report it: {breakdown.detail}"
        )
        console.print(Text(said, "bold magenta"))
    if report.evidence.interrupted:
        console.print(Text(f"PARTIAL: {report.evidence.interrupted}; what follows is what was known by then", "yellow"))


def _duration(value: float) -> str:
    minutes, rest = divmod(value, 60)
    return f"{value:.1f} s" if value < 60 else f"{minutes:.0f} min {rest:.0f} s"
