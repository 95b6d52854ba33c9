"""The report as OpenMetrics, for whatever scrapes or pushes it."""

from sigcheck.model.report import Report, Reports
from sigcheck.report import RenderOptions
from sigcheck.report.metrics import families, of_all, text

END = "# EOF\n"
"""Without this line a text was cut off."""


def render(report: Report, options: RenderOptions) -> str:
    """Render the metrics of one run."""
    return text(families([report], options), units=True) + END


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Render the metrics of several targets, and those that they have together."""
    return text([*of_all(reports), *families(reports.reports, options)], units=True) + END
