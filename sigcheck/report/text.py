"""The report for people: what came of the run, what is wrong, how it was seen, and the one thing that fixes it."""

from collections import Counter
from typing import get_args

from sigcheck.model.report import IN_PART, Report, Reports, Verdict
from sigcheck.report import RenderOptions
from sigcheck.report.full import full
from sigcheck.report.page import PLAIN, Page
from sigcheck.report.screen import screen
from sigcheck.report.verdict import because, quiet_line, style


def render(report: Report, options: RenderOptions) -> str:
    """Render the report; detail -1 is one line, 0 a screen, 1 lists every rule."""
    return _plain(_rendered(report, options), options)


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Render the reports of several targets, one below the other, and a line for each at the end."""
    quiet = options.detail < 0
    each = [_rendered(report, options) if quiet else _headed(report, options) for report in reports.reports]
    return _plain("".join(each) + _summary(reports, options, quiet=quiet), options)


def _rendered(report: Report, options: RenderOptions) -> str:
    page = Page(options.width, colour=options.colour)
    if options.detail < 0:
        line = quiet_line(report)
        page.line((line.lead, line.style), f"  {line.words}")
    elif options.detail == 0:
        screen(page, report)
    else:
        full(page, report, options.version)
    return page.text()


def _headed(report: Report, options: RenderOptions) -> str:
    page = Page(options.width, colour=options.colour)
    page.line((f"--- {report.evidence.settings.name or report.evidence.target.url} ---", "bold"))
    return page.text() + _rendered(report, options) + "\n"


def _summary(reports: Reports, options: RenderOptions, *, quiet: bool) -> str:
    """Give a line to each target, with what its verdict rests on, and one to all of them."""
    page = Page(options.width, colour=options.colour)
    count = len(reports.reports)
    if not quiet:
        page.line((f"--- {count} target{'' if count == 1 else 's'} ---", "bold"))
        width = max((len(report.evidence.settings.name) for report in reports.reports), default=0)
        for report in reports.reports:
            lead = (report.word.upper(), style(report.verdict))
            name = f"{report.evidence.settings.name:{width}}  "
            reason = because(report)
            page.hang((name, lead, "  "), f"{reason}{'  ' if reason else ''}(exit {report.exit_code})")
        page.blank()
    counts = Counter(report.word for report in reports.reports)
    parts = [f"{counts[word]} {word}" for word in (*get_args(Verdict), IN_PART) if counts[word]]
    if reports.interrupted and "interrupted" not in counts:
        parts.append(reports.interrupted)
    words = f"  {' · '.join(parts)}  (exit {reports.exit_code})"
    page.line((reports.word.upper(), style(reports.verdict)), words)
    return page.text()


def _plain(text: str, options: RenderOptions) -> str:
    return text.translate(PLAIN) if options.ascii else text
