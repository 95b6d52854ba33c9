"""What was found, as text and as JSON. All of it is disarmed here: servers and the environment wrote parts of it."""

import json
import textwrap

from sigcheck.doctor.judge import Check, nearby_only, usable
from sigcheck.redaction.disarm import disarm

MARKS = {"ok": ("✓", "+", "ok"), "warn": ("!", "!", "warn"), "fail": ("✗", "x", "FAIL")}
"""Status → its mark, the mark in ASCII, its word: the marks are those of a report."""

COLOURS = {"ok": "\x1b[32m", "warn": "\x1b[33m", "fail": "\x1b[1;31m"}
_PLAIN = "\x1b[0m"
_MARGIN = 21


def as_text(checks: tuple[Check, ...], *, width: int, colour: bool, ascii_marks: bool) -> str:
    """Give a line to each check, folded at `width`, and the verdict as the last line."""
    lines = []
    for check in checks:
        mark, plain, word = MARKS[check.status]
        lead = f"{plain if ascii_marks else mark} {word:4}"
        first, *rest = _folded(disarm(check.found), width)
        lines.append(f"{_painted(lead, check.status, colour=colour)}  {check.name:13}{first}")
        lines += [" " * _MARGIN + each for each in rest]
        if check.fix:
            lines += [" " * _MARGIN + each for each in _folded(f"Fix: {disarm(check.fix)}", width)]
    count = {status: sum(each.status == status for each in checks) for status in MARKS}
    parts = [f"{count['ok']} ok"]
    if count["warn"]:
        parts.append(f"{count['warn']} warning{'' if count['warn'] == 1 else 's'}")
    if count["fail"]:
        parts.append(f"{count['fail']} failure{'' if count['fail'] == 1 else 's'}")
    good = usable(checks)
    said, status = ("USABLE", "ok") if good else ("NOT USABLE", "fail")
    if good and nearby_only(checks):
        said, status = "USABLE ONLY FOR RECEIVERS IN ITS OWN NETWORKS", "warn"
    verdict = _painted(said, status, colour=colour)
    lines += ["", f"{verdict}  {', '.join(parts)}  (exit {0 if good else 1})"]
    return "\n".join(lines) + "\n"


def as_json(checks: tuple[Check, ...], version: str) -> str:
    """Give one document: the verdict, and the checks in order."""
    rows = [
        {"name": each.name, "status": each.status, "found": disarm(each.found), "fix": disarm(each.fix)}
        for each in checks
    ]
    return json.dumps({"sigcheck": version, "usable": usable(checks), "checks": rows}, indent=2) + "\n"


def _folded(text: str, width: int) -> list[str]:
    room = max(30, width - _MARGIN)
    return textwrap.wrap(text, room, break_on_hyphens=False) or [""]


def _painted(text: str, status: str, *, colour: bool) -> str:
    return f"{COLOURS[status]}{text}{_PLAIN}" if colour else text
