"""A fleet as a table for a spreadsheet: a row for each target, the worst first."""

from collections.abc import Iterator

from sigcheck.model.fleet import TargetSummary
from sigcheck.report import RenderOptions
from sigcheck.report.csv import table
from sigcheck.report.fleet.view import FleetReport

HEADER = (
    "target", "vantage", "verdict", "exit_code", "causes", "title", "summary", "url", "host", "seconds", "partial",
    "problem",
)  # fmt: skip
"""The columns. `causes` are the rules that keep a target from being well, the heaviest first; `title` and `summary`
are those of the first. `problem` says why there is no report."""


def render(fleet: FleetReport, _options: RenderOptions) -> Iterator[str]:
    """Give the table; what is missing has a row of its own, which names no target."""
    rows = [_row(each) for each in fleet.summaries]
    rows += [("", "", fleet.word, fleet.exit_code, "", "", "", "", "", "", "", note) for note in fleet.notes]
    yield table(HEADER, rows)


def _row(target: TargetSummary) -> tuple[object, ...]:
    causes = [each.rule for each in target.causes] + ([f"and {target.more} more"] if target.more else [])
    first = target.causes[0] if target.causes else None
    return (
        target.target,
        target.vantage,
        target.word,
        target.exit_code,
        " ".join(causes),
        first.title if first else "",
        first.summary if first else "",
        target.url,
        target.host,
        f"{target.seconds:.3f}",
        "yes" if target.partial else "no",
        target.problem or "",
    )
