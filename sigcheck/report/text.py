"""The report for people: what is wrong, how it was seen, and the one thing that mends it.

A quiet report that has nothing but its verdict to say, as CI sees it on a good day, is written without rich, which
takes 40 ms to load.
"""

from sigcheck.model.report import Report, Reports, Status
from sigcheck.report import RenderOptions
from sigcheck.report.verdict import reasons, verdict_line

_PLAIN = str.maketrans({"✓": "+", "✗": "x", "·": "-", "…": "...", "→": "->"})


def render(report: Report, options: RenderOptions) -> str:
    """Render the report; detail 0 leaves skipped rules to a count, -1 shows the verdict and what it is due to."""
    return _plain(_rendered(report, options), options)


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Render the reports of several targets, one below the other, and a line for each at the end."""
    from sigcheck.report import layout

    each = [layout.heading(report, options) + _rendered(report, options) + "\n" for report in reports.reports]
    return _plain("".join(each) + layout.summary(reports, options), options)


def _rendered(report: Report, options: RenderOptions) -> str:
    if options.detail < 0 and not _says_more(report):
        return "\n" + verdict_line(report).text(colour=options.colour)
    from sigcheck.report import layout

    above = layout.body(report, options)
    if options.detail < 0:
        return above + verdict_line(report).text(colour=options.colour)
    return above + layout.verdict(report, options)


def _says_more(report: Report) -> bool:
    """Whether a quiet report has more than its verdict to say."""
    evidence = report.evidence
    said = any(result.status in {Status.FAIL, Status.BROKEN} for result in report.results)
    return said or bool(reasons(report) or evidence.breakdowns or evidence.interrupted)


def _plain(text: str, options: RenderOptions) -> str:
    return text.translate(_PLAIN) if options.ascii else text
