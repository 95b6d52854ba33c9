"""A fleet's results in the formats of reports: each module gives a text piece by piece, and decides nothing.

A target has a line, a row, a test case or a block, however many rules its report has; the ledger has all of it.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from sigcheck.errors import UsageProblem
from sigcheck.report import FORMATS, RenderOptions

if TYPE_CHECKING:
    from sigcheck.report.fleet.view import FleetReport

MODULES = {
    "text": "whole_text",
    "json": "json",
    "junit": "junit",
    "github": "github",
    "gitlab": "gitlab",
    "csv": "csv",
    "markdown": "markdown",
    "sarif": "sarif",
    "openmetrics": "metrics",
    "prometheus": "metrics",
    "html": "html",
}
"""Name of a format → the module that has `render(fleet, options)`; those of metrics are told which one is meant."""


def render_fleet(fleet: "FleetReport", name: str, options: RenderOptions) -> Iterator[str]:
    """Give a fleet's results in a format, piece by piece; the last piece ends in a newline.

    Raises UsageProblem for a format that there is not, and where a report of the ledger cannot be read.
    """
    if name not in tuple(MODULES):
        raise UsageProblem("a fleet's report has no such format", f"use one of {', '.join(FORMATS)}")
    module = import_module(f"{__name__}.{MODULES[name]}")
    pieces: Iterator[str] = (
        module.render(fleet, options) if name not in {"openmetrics", "prometheus"} else module.render(fleet, name)
    )
    yield from pieces
