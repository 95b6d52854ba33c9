"""`sigcheck report --effects FILE`: puts the counts of a customer's database into a saved run."""

from collections.abc import Sequence

from msgspec import structs

from sigcheck.afterwards import MOST, Joined, joined, parse_counts
from sigcheck.cli import output
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input, read_stdin
from sigcheck.model.figures import messages
from sigcheck.report.csv import table
from sigcheck.saved import SavedReport

REMEDY = "give a file with a line a message: device,time,seqNumber,count"
MOST_NAMED = 3
"""Messages without a count that a line on stderr names; more are counted."""


def counted(saved: Sequence[SavedReport], path: str, default: int | None) -> list[SavedReport]:
    """Give saved reports with the effects that a file has of their messages; raises UsageProblem.

    `default` is the count of a message that the file does not have.
    """
    if path == "-":
        called, data = "standard input", read_stdin(fix=REMEDY, limit=MOST)
    else:
        called, data = repr(path), read_input(path, what="", fix=REMEDY, limit=MOST, shown=repr(path))
    counts = parse_counts(data, called)
    found = [joined(each.evidence, counts.effects, default) for each in saved]
    sent = sum(len(messages(each.evidence)) for each in saved)
    # A line is foreign to each target but its own.
    known = sum(len(counts.effects) - each.foreign for each in found)
    if not known:
        raise UsageProblem(
            f"{called} has no message of this run", "`sigcheck report SAVED.json --messages` lists those that it sent"
        )
    if foreign := len(counts.effects) - known:
        are = "is" if foreign == 1 else "are"
        output.notice(f"{called}: {foreign} of {len(counts.effects)} messages {are} of other runs")
    if missing := [each for one in found for each in one.missing]:
        output.notice(_missing(found, called, len(missing), sent))
    return [structs.replace(each, evidence=one.evidence) for each, one in zip(saved, found, strict=True)]


def _missing(found: Sequence[Joined], called: str, missing: int, sent: int) -> str:
    names = [
        f"{each.message.device} {each.message.time} {each.message.seq_number}" for one in found for each in one.missing
    ]
    more = f" and {missing - MOST_NAMED} more" if missing > MOST_NAMED else ""
    named = ", ".join(names[:MOST_NAMED]) + more
    return (
        f"{called} has no count for {missing} of {sent} messages ({named}), so what they show stays undecided; "
        "if such a message has no effect, give --effects-default 0"
    )


def listed(saved: Sequence[SavedReport]) -> str:
    """Give the messages of saved runs as a CSV to fill in: the column `count` is empty."""
    rows = [
        (each.message.device, str(each.message.time), str(each.message.seq_number), "", f"{each.part}: {each.name}")
        for one in saved
        for each in messages(one.evidence)
    ]
    return table(("device", "time", "seqNumber", "count", "message"), rows)
