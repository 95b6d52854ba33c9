"""The report in Prometheus' old text format, which the textfile collector of node_exporter reads."""

from sigcheck.model.report import Report, Reports
from sigcheck.report import RenderOptions
from sigcheck.report.metrics import families, of_all, text


def render(report: Report, options: RenderOptions) -> str:
    """Render the metrics of one run."""
    return text(families([report], options), units=False)


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Render the metrics of several targets, and those that they have together."""
    return text([*of_all(reports), *families(reports.reports, options)], units=False)
