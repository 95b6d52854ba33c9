"""The report as one page for a browser, which can be sent to somebody: one file, no script, no request to anywhere."""

from sigcheck.model.report import Report, Reports
from sigcheck.report import RenderOptions
from sigcheck.report.html.page import page, pages


def render(report: Report, options: RenderOptions) -> str:
    """Render the page of one target."""
    return str(page(report, options.version))


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Render one page for several targets."""
    return str(pages(reports, options.version))
