"""Where in a repository a finding is shown: the line of the configuration file that names the target.

A receiver has no source file, and GitHub, GitLab and SARIF place a finding in a file of the repository. A URL there
makes a whole upload be refused.
"""

import re

from sigcheck.errors import UsageProblem
from sigcheck.model.report import Report
from sigcheck.report import RenderOptions

FALLBACK = ("sigcheck.toml", 1)
"""What a finding is placed at where nobody has named a file: the file that would name the target."""

_ANCHOR = re.compile(r"(?P<path>.+?)(?::(?P<line>[0-9]{1,9}))?", re.DOTALL)
_FIX = "give PATH or PATH:LINE, a file of the repository as seen from its root"


def place(report: Report, options: RenderOptions) -> tuple[str, int]:
    """Give the path, relative to the root of the repository, and the line to place a report's findings at."""
    return known_place(report, options) or FALLBACK


def known_place(report: Report, options: RenderOptions) -> tuple[str, int] | None:
    """Give the path and the line that somebody has named; None where nobody has.

    An anchor goes before the line of the configuration file. Raises UsageProblem for an anchor that is none.
    """
    if options.anchor:
        return parse_anchor(options.anchor)
    settings = report.evidence.settings
    # A saved report that somebody has edited may have anything in the place of a path.
    if not settings.file or _wrong(settings.file):
        return None
    return settings.file, max(1, settings.line)


def parse_anchor(text: str) -> tuple[str, int]:
    """Read PATH or PATH:LINE. Raises UsageProblem for what no CI system would find in a repository."""
    match = _ANCHOR.fullmatch(text)
    if match is None:
        raise UsageProblem("--sarif-anchor is empty", _FIX)
    path, line = match["path"].removeprefix("./"), int(match["line"] or 1)
    wrong = _wrong(path)
    if wrong:
        raise UsageProblem(f"--sarif-anchor {wrong}", _FIX)
    if line < 1:
        raise UsageProblem("--sarif-anchor names line 0", "count lines from 1")
    return path, line


def _wrong(path: str) -> str:
    """Say why no file of a repository has this path; "" where one may have it."""
    if "://" in path:
        return "is a URL"
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in path.split("/"):
        return "leads out of the repository"
    if path.endswith("/"):
        return "is a folder"
    if not path or not path.isprintable() or "\\" in path:
        return "is not a path with forward slashes"
    return ""
