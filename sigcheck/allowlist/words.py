"""The answer in words and in JSON.

Everything that a file said is disarmed here, before a terminal sees it.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from sigcheck.allowlist.judgement import Answer, Judgement
from sigcheck.allowlist.ruleset import Line
from sigcheck.redaction.disarm import disarm

SCHEMA_VERSION = 1
LONGEST_TEXT = 160
# A report names the first of many lines; JSON holds all of them.
MOST_LINES = 20


def as_text(answer: Answer) -> str:
    """Write the answer for a reader: the verdict first, then what it rests on. Ends with a newline."""
    lines = [_headline(answer), *(f"  {line}" for line in _because(answer.judgement))]
    if len(answer.files) > 1:
        lines += [f"  {each.file} ({each.kind}): {each.judgement.verdict}" for each in answer.files]
    return "\n".join(disarm(line) for line in lines) + "\n"


def as_json(answer: Answer) -> str:
    """Write the answer as one JSON document. Ends with a newline."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "verdict": answer.judgement.verdict,
        "exit_code": answer.exit_code,
        "port": answer.port,
        "ranges": answer.ranges,
        **_judgement(answer.judgement),
        "files": [
            {
                "file": disarm(each.file),
                "kind": each.kind,
                "verdict": each.judgement.verdict,
                **_judgement(each.judgement),
            }
            for each in answer.files
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def warning(answer: Answer) -> str | None:
    """Give the line for stderr when the whole world gets in, else None."""
    if answer.judgement.verdict != "open":
        return None
    return f"warning: port {answer.port} is open to the whole world, not only to the Sigfox Cloud"


def _headline(answer: Answer) -> str:
    ranges = ", ".join(answer.ranges)
    port = answer.port
    match answer.judgement.verdict:
        case "admitted":
            return f"admitted: all of {ranges} reaches port {port}"
        case "open":
            return f"open: all of {ranges} reaches port {port}, and so does the rest of the world"
        case "partly":
            return f"partly: part of {ranges} does not reach port {port}"
        case "refused":
            return f"refused: no part of {ranges} reaches port {port}"
        case "unclear":
            return f"unclear: whether {ranges} reaches port {port} cannot be told from this"


def _because(judgement: Judgement) -> Iterator[str]:
    if judgement.missing:
        yield f"missing: {', '.join(judgement.missing)}"
    if judgement.unsure:
        yield f"cannot be told for: {', '.join(judgement.unsure)}"
    if judgement.decides:
        word = "hinges on" if judgement.verdict == "unclear" else "decided by"
        yield f"{word} {_line(judgement.decides)}"
    if judgement.shadowed_by and judgement.shadowed:
        yield f"{judgement.because} {_line(judgement.shadowed)}"
    for each in judgement.not_understood[:MOST_LINES]:
        matters = "" if each.matters else " (does not change the answer)"
        yield f"not understood: {_line(each.line)}: {each.reason}{matters}"
    if len(judgement.not_understood) > MOST_LINES:
        yield f"and {len(judgement.not_understood) - MOST_LINES} more that --format json lists"
    for note in judgement.notes:
        yield f"note: {note}"


def _line(line: Line) -> str:
    return f"{line.where}  {shortened(line.text)}".rstrip()


def shortened(text: str) -> str:
    """Cut a line of a file to what a report quotes."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _judgement(judgement: Judgement) -> dict[str, Any]:
    return {
        "missing": judgement.missing,
        "unsure": judgement.unsure,
        "decides": _place(judgement.decides),
        "shadowed_by": _place(judgement.shadowed_by),
        "shadowed": _place(judgement.shadowed),
        "because": judgement.because,
        "not_understood": [
            {**(_place(each.line) or {}), "reason": disarm(each.reason), "matters": each.matters}
            for each in judgement.not_understood
        ],
        "notes": [disarm(note) for note in judgement.notes],
    }


def _place(line: Line | None) -> dict[str, Any] | None:
    if line is None:
        return None
    return {
        "file": disarm(line.file),
        "line": line.number,
        "place": disarm(line.place),
        "text": disarm(line.text),
        "where": disarm(line.where),
    }
