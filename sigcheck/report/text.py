"""The report for people: what is wrong, how it was seen, and the one thing that mends it."""

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

# Symbol, its ASCII stand-in, the word, the style. The word stands beside the symbol: colour is never alone.
MARKS = {
    Status.PASS: ("✓", "+", "pass", "green"),
    Status.FAIL: ("✗", "x", "FAIL", "bold red"),
    Status.SKIP: ("·", "-", "skip", "dim"),
    Status.UNDECIDED: ("?", "?", "undecided", "yellow"),
    Status.BROKEN: ("!", "!", "BUG", "bold magenta"),
}
LEVEL_STYLES = {"must": "bold red", "should": "yellow", "note": "cyan"}
VERDICT_STYLES = {"compliant": "bold green", "undecided": "bold yellow"}
LEVELS = ("must", "should", "note")
RULE_WIDTH = 24
MOST_NAMED = 4
"""Rules that a verdict line names as undecided; more are counted."""


def render(report: Report, options: RenderOptions) -> str:
    """Render the report; detail 0 leaves skipped rules to a count, -1 shows failures and the verdict alone."""
    console = _console(options)
    _report(console, report, options)
    return _text(console, options)


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Render the reports of several targets, one below the other, and a line for each at the end."""
    console = _console(options)
    for report in reports.reports:
        console.print(Text(f"--- {report.evidence.settings.name or report.evidence.target.url} ---", "bold"))
        _report(console, report, options)
        console.print()
    _all(console, reports)
    return _text(console, options)


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


def _text(console: Console, options: RenderOptions) -> str:
    assert isinstance(console.file, StringIO)  # noqa: S101 - for the type checker
    text = "".join(line.rstrip() + "\n" for line in console.file.getvalue().splitlines())
    return text.translate(_PLAIN) if options.ascii else text


def _report(console: Console, report: Report, options: RenderOptions) -> None:
    if options.detail >= 0:
        _head(console, report, options)
    _rules(console, report, options)
    if options.detail >= 0:
        timing(console, report.evidence, options)
        replay(console, report.evidence)
        scenarios(console, report.evidence)
        clients(console, report.evidence)
    _verdict(console, report, options)


_PLAIN = str.maketrans({"✓": "+", "✗": "x", "·": "-", "…": "...", "→": "->"})


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
        f"{evidence.requests} requests",
        _duration(took),
    ]
    console.print(Text(" · ".join(parts), "dim"))


def _rules(console: Console, report: Report, options: RenderOptions) -> None:
    shown = [result for result in report.results if _is_shown(result, options.detail)]
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


def _verdict(console: Console, report: Report, options: RenderOptions) -> None:
    console.print()
    for breakdown in report.evidence.breakdowns:
        said = (
            f"the {breakdown.probe} probe could not be finished: {breakdown.detail}"
            if breakdown.local
            else f"the {breakdown.probe} probe broke, please report it: {breakdown.detail}"
        )
        console.print(Text(said, "bold magenta"))
    if report.evidence.interrupted:
        console.print(Text(f"PARTIAL: {report.evidence.interrupted}; what follows is what was known by then", "yellow"))
    lead, words = _verdict_line(report)
    if options.detail < 0:
        # One line that a script can read, however long it is.
        console.print(Text.assemble(lead, words), soft_wrap=True)
    else:
        console.print(hanging(lead, words))


def _all(console: Console, reports: Reports) -> None:
    """Give a line to each target, with the rules that its verdict rests on, and one to all of them."""
    count = len(reports.reports)
    console.print(Text(f"--- {count} target{'' if count == 1 else 's'} ---", "bold"))
    width = max(len(report.evidence.settings.name) for report in reports.reports)
    for report in reports.reports:
        lead, _ = _verdict_line(report)
        name = Text(f"{report.evidence.settings.name:{width}}  ")
        console.print(Text.assemble(name, lead, _because(report), f"(exit {report.exit_code})"), soft_wrap=True)
    console.print()
    counts = Counter(report.word for report in reports.reports)
    parts = [f"{counts[word]} {word}" for word in (*get_args(Verdict), IN_PART) if counts[word]]
    if reports.interrupted and "interrupted" not in counts:
        parts.append(reports.interrupted)
    style = VERDICT_STYLES.get(reports.verdict, "bold red")
    words = Text(f"{' · '.join(parts)}  (exit {reports.exit_code})")
    console.print(Text.assemble((f"{reports.verdict.upper()}  ", style), words), soft_wrap=True)


def _because(report: Report) -> str:
    """Name what failed, or else what is undecided."""
    if report.failed:
        failed = sorted(report.failed, key=lambda each: LEVELS.index(each.level))
        return f"failed: {_named([each.rule for each in failed])}  "
    if report.scope.not_tested:
        return f"not tested: {_named(list(report.scope.not_tested))}  "
    return "".join(f"{part}  " for part in _undecided(report)) if report.verdict == "undecided" else ""


def _verdict_line(report: Report) -> tuple[Text, Text]:
    """Give the verdict, and what stands beside it."""
    counts = {status: sum(result.status is status for result in report.results) for status in Status}
    failed = [result for result in report.results if result.status is Status.FAIL]
    levels = [f"{sum(result.level == level for result in failed)} {level}" for level in LEVELS]
    parts = [f"failed: {', '.join(part for part in levels if not part.startswith('0 '))}"] if failed else []
    parts += [f"{counts[Status.PASS]} passed"]
    if counts[Status.UNDECIDED]:
        parts.append(f"{counts[Status.UNDECIDED]} undecided")
    if counts[Status.SKIP]:
        parts.append(f"{counts[Status.SKIP]} skipped")
    if counts[Status.BROKEN]:
        parts.append(f"{counts[Status.BROKEN]} broken")
    style = VERDICT_STYLES.get(report.verdict, "bold red")
    if report.verdict == "undecided" and report.exit_code:
        parts += _undecided(report)
    parts += report.scope.words
    return Text(f"{report.word.upper()}  ", style), Text(f"{' · '.join(parts)}  (exit {report.exit_code})")


def _undecided(report: Report) -> list[str]:
    """Name the rules that keep a run from being decided: a verdict line must not leave its reader guessing."""
    undecided = [each for each in report.results if each.status is Status.UNDECIDED]
    # With --fail-on should no must may be among them.
    open_ = [each.rule for each in undecided if each.level == "must"] or [each.rule for each in undecided]
    return [f"undecided: {_named(open_)}"] if open_ else []


def _named(rules: list[str]) -> str:
    more = len(rules) - MOST_NAMED
    return ", ".join(rules[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _duration(value: float) -> str:
    minutes, rest = divmod(value, 60)
    return f"{value:.1f} s" if value < 60 else f"{minutes:.0f} min {rest:.0f} s"
