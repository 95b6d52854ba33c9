"""Report → text, one module a format. A renderer prints what it is given and decides nothing."""

from importlib import import_module

from msgspec import Struct

from sigcheck.errors import UsageProblem
from sigcheck.model.report import Report, Reports

FORMATS = {
    "text": "sigcheck.report.text:render",
    "json": "sigcheck.report.json:render",
}
"""Name → "module:function"; loaded when asked for. For several reports the module has another
function, `render_all`."""

SUFFIXES = {".txt": "text", ".json": "json"}
"""Which format a report file has, by its suffix."""


class RenderOptions(Struct, frozen=True):
    """How a report is rendered. `width` is in columns, `detail` is -1 (quiet) to 1 (verbose)."""

    version: str
    width: int = 100
    colour: bool = False
    ascii: bool = False
    detail: int = 0


def render(report: Report, name: str, options: RenderOptions) -> str:
    """Render a report that `sigcheck.redaction.redact` has been over; the text ends in a newline.

    Raises UsageProblem for a format that there is not.
    """
    module, function = _renderer(name)
    text: str = getattr(import_module(module), function)(report, options)
    return text


def render_all(reports: Reports, name: str, options: RenderOptions) -> str:
    """Render the reports of several targets into one text; as `render`."""
    module, _ = _renderer(name)
    text: str = import_module(module).render_all(reports, options)
    return text


def _renderer(name: str) -> tuple[str, str]:
    # A tuple is looked through, since what is no text may have no hash.
    if name not in tuple(FORMATS):
        raise UsageProblem("a report has no such format", f"use one of {', '.join(FORMATS)}")
    module, _, function = FORMATS[name].partition(":")
    return module, function
