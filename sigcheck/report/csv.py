"""The report as a table for a spreadsheet (RFC 4180): a row for each finding, or for each rule that found nothing.

A spreadsheet takes a cell that begins with a sign for a formula, whatever its quotes are, and one that splits lines at
another separator than the comma makes a cell of what stands behind it. An apostrophe in front makes it text, as the
OWASP advises on CSV injection.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from sigcheck.model.report import Report, Reports, Result
from sigcheck.model.rule import Finding
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions
from sigcheck.report.telling import called, troubles

HEADER = (
    "target", "rule", "family", "level", "status", "title", "summary", "measured", "where", "fix", "verdict", "scope",
    "exit_code",
)  # fmt: skip
"""The columns. `verdict`, `scope` and `exit_code` are those of the target's run, the same in each of its rows."""

_FORMULA = re.compile(r"(?P<start>^|[,;|])(?P<space>[ \xa0]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a cell, or what another separator makes a cell, begins like a formula; East Asian signs are taken for one
too. Tabs and line breaks are gone by then."""


def render(report: Report, _options: RenderOptions) -> str:
    """Give the table of one target."""
    return table(HEADER, _rows(report))


def render_all(reports: Reports, _options: RenderOptions) -> str:
    """Give one table with the rows of all targets."""
    rows = [row for report in reports.reports for row in _rows(report)]
    if reports.interrupted and all(report.exit_code != reports.exit_code for report in reports.reports):
        ended = f"not every target was verified: {reports.interrupted}"
        rows.append(("", "run", "run", "", "broken", "", ended, "", "", "", reports.verdict, "", reports.exit_code))
    return table(HEADER, rows)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table as CSV: every text in quotes and safe in a spreadsheet, lines end in CRLF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([value if isinstance(value, int) else cell(str(value)) for value in row] for row in rows)
    return text.getvalue()


def cell(text: str) -> str:
    """Give a text in one line, without anything that a spreadsheet would calculate."""
    return _FORMULA.sub(r"\g<start>\g<space>'", disarm(text))


def _rows(report: Report) -> Iterator[tuple[object, ...]]:
    target, scope = called(report), " · ".join(report.scope.words)
    end = (report.word, scope, report.exit_code)
    for result in report.results:
        for finding in result.findings or (None,):
            yield (target, result.rule, result.family, *_said(result, finding), *end)
    for trouble in troubles(report):
        yield (target, "run", "run", "", "broken", "", trouble, "", "", "", *end)


def _said(result: Result, finding: Finding | None) -> tuple[str, ...]:
    level, fix = result.level, result.fix or ""
    if finding is None:
        return (level, result.state, result.title, result.summary, "", "", fix)
    measured, where = finding.measured or "", finding.where or ""
    level = finding.level or level
    return (level, result.state, result.title, finding.message, measured, where, finding.fix or fix)
