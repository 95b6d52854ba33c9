"""The marks of a report for people: what stands in front of a rule. The word is beside it: colour is never alone."""

from sigcheck.model.report import Result
from sigcheck.model.rule import Level, Status
from sigcheck.report.page import Part

FAILED: dict[Level, tuple[str, str]] = {
    "must": ("✗ MUST", "bold red"),
    "should": ("! should", "yellow"),
    "note": ("i note", "cyan"),
}
OTHERS: dict[Status, tuple[str, str]] = {
    Status.PASS: ("✓", "green"),
    Status.SKIP: ("·", "dim"),
    Status.UNDECIDED: ("?", "yellow"),
    Status.BROKEN: ("! BUG", "bold magenta"),
}
EXPECTED = ("expected", "dim")
"""For a failure that the baseline expects."""


def mark(result: Result) -> Part:
    """Give the mark of a result, with its style."""
    if result.expected is not None:
        return EXPECTED
    return FAILED[result.level] if result.status is Status.FAIL else OTHERS[result.status]
