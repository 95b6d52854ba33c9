"""Report → text, one module a format. A renderer prints what it is given and decides nothing."""

from importlib import import_module
from typing import Literal

from msgspec import Struct

from sigcheck.errors import UsageProblem
from sigcheck.model.report import Report, Reports


class Format(Struct, frozen=True):
    """One format of reports. Its `module` has `render(report, options)` and `render_all(reports, options)`.

    `suffixes` are the ends of file names that choose it; a format without one is chosen by its name. `what` says in
    a few words who reads it.
    """

    module: str
    suffixes: tuple[str, ...]
    what: str


FORMATS = {
    "text": Format("sigcheck.report.text", (".txt",), "for people, on a terminal"),
    "json": Format("sigcheck.report.json", (".json",), "everything, with a published schema"),
    "junit": Format("sigcheck.report.junit", (".xml",), "for the test results of a CI system"),
    "github": Format("sigcheck.report.github", (), "annotations of a GitHub workflow"),
    "gitlab": Format("sigcheck.report.gitlab", (), "a Code Quality report of GitLab"),
    "csv": Format("sigcheck.report.csv", (".csv",), "for a spreadsheet"),
    "markdown": Format("sigcheck.report.markdown", (".md",), "for an issue, a merge request or a mail"),
    "sarif": Format("sigcheck.report.sarif", (".sarif", ".sarif.json"), "for code scanning and editors"),
    "openmetrics": Format("sigcheck.report.openmetrics", (".om", ".openmetrics"), "for monitoring"),
    "prometheus": Format("sigcheck.report.prometheus", (".prom",), "for node_exporter's textfile collector"),
    "html": Format("sigcheck.report.html", (".html", ".htm"), "one page for a browser, to be sent to somebody"),
}
"""Name → format, the one table of them. A module is loaded when it is asked for."""

SUFFIXES = {suffix: name for name, each in FORMATS.items() for suffix in each.suffixes}
"""Which format a report file has, by the end of its name."""


class RenderOptions(Struct, frozen=True):
    """How a report is rendered. `width` is in columns, `detail` is -1 (quiet) to 1 (verbose).

    `junit_undecided` is what JUnit calls a rule that is undecided. `anchor` is the file that SARIF, GitHub and GitLab
    show findings at, as PATH or PATH:LINE, in place of the configuration file's line of the target. `terminal`: a last
    line that scripts read is folded, too.
    """

    version: str
    width: int = 100
    colour: bool = False
    ascii: bool = False
    detail: int = 0
    junit_undecided: Literal["skipped", "failure"] = "skipped"
    anchor: str = ""
    terminal: bool = False


def render(report: Report, name: str, options: RenderOptions) -> str:
    """Render a report that `sigcheck.redaction.redact` has been over; the text ends in a newline.

    Raises UsageProblem for a format that there is not.
    """
    text: str = import_module(_format(name).module).render(report, options)
    return text


def render_all(reports: Reports, name: str, options: RenderOptions) -> str:
    """Render the reports of several targets into one text; as `render`."""
    text: str = import_module(_format(name).module).render_all(reports, options)
    return text


def _format(name: str) -> Format:
    # A tuple is looked through, since what is no text may have no hash.
    if name not in tuple(FORMATS):
        raise UsageProblem("a report has no such format", f"use one of {', '.join(FORMATS)}")
    return FORMATS[name]
