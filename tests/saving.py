"""Reports as they are saved, and as somebody has changed them since."""

import json
from collections.abc import Callable
from typing import Any

from sigcheck.model.report import Report
from sigcheck.report import RenderOptions, render
from sigcheck.saved import SavedReport, read_saved

OPTIONS = RenderOptions("0.1.0")


def saved_as(report: Report) -> bytes:
    """Give the bytes of a report as JSON."""
    return render(report, "json", OPTIONS).encode()


def edited(report: Report, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Give the bytes of a report whose JSON somebody has changed by hand."""
    document = json.loads(saved_as(report))
    change(document)
    return json.dumps(document).encode()


def only_report(data: bytes) -> SavedReport:
    """Read a document of one target."""
    (one,) = read_saved(data, "x.json").reports
    return one
