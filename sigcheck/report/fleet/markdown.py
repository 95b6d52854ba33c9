"""A fleet as Markdown for an issue, a merge request or a mail: what is not well, by its cause, the worst first.

It stays below the limit that GitHub sets to the body of an issue (65,536 characters), however many targets there are.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from sigcheck.model.fleet import TargetSummary
from sigcheck.report import RenderOptions
from sigcheck.report.fleet.causes import CauseGroup, by_cause, first_cause
from sigcheck.report.fleet.telling import called, reasons
from sigcheck.report.fleet.view import FleetReport
from sigcheck.report.fleet.words import cause_heading, more_causes, targets
from sigcheck.report.markdown import MOST
from sigcheck.report.markdown_text import code, inline

_LEAST = 5
"""Targets that every group names, as far as there is room; the room that is left goes to the worst groups."""


def render(fleet: FleetReport, _options: RenderOptions) -> Iterator[str]:
    """Give the text."""
    counts = Counter(each.word for each in fleet.summaries)
    said = " · ".join(f"{count} {word}" for word, count in counts.most_common())
    exit_code = fleet.exit_code if fleet.novelty is None else fleet.novelty.exit_code
    text = f"**{fleet.word.upper()}** {targets(len(fleet.summaries))}: {inline(said)} (exit {exit_code})\n"
    if fleet.novelty is not None:
        text += f"\n{inline(fleet.novelty.words)}\n"
    text += "".join(f"\n**PARTIAL:** {inline(note)}\n" for note in fleet.notes)
    left = by_cause(fleet.summaries)
    while left:
        room = max(2_000, (MOST - 2_000 - len(text)) // 2)
        block = _group(left[0], room)
        if len(text) + len(block) > MOST - 500:
            text += f"\n{len(left)} more groups of targets are in the other formats, such as CSV.\n"
            break
        text += block
        del left[0]
    yield text


def _group(group: CauseGroup, room: int) -> str:
    cause, count = group.cause, len(group.targets)
    title = inline(
        cause_heading(cause) if cause is not None else group.targets[0].problem or group.targets[0].word, 300
    )
    rule = f" ({code(cause.rule)}, {cause.level})" if cause is not None else ""
    text = f"\n## {targets(count)}: {title}{rule}\n\n"
    return text + "\n".join(_lines(group.targets, room)) + "\n"


def _lines(summaries: Sequence[TargetSummary], room: int) -> Iterator[str]:
    for number, each in enumerate(summaries):
        cause = first_cause(each)
        first = cause.summary if cause is not None and cause.summary else next(iter(reasons(each)), each.word)
        more = more_causes(each)
        line = f"- {code(called(each), 100)}: {inline(first, 300)}{f' ({more})' if more else ''}"
        room -= len(line) + 1
        if room < 0 and number >= _LEAST:
            yield f"- {len(summaries) - number} more targets are in the other formats, such as CSV."
            return
        yield line
