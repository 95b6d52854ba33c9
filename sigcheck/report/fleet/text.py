"""A fleet for people: one line for each target that is not well, grouped by cause, and a last line with the counts."""

from collections import Counter
from collections.abc import Iterator, Sequence

from sigcheck.model.fleet import TargetSummary, worst
from sigcheck.report import RenderOptions
from sigcheck.report.fleet.causes import CauseGroup, by_cause
from sigcheck.words import shortened

WORDS = ("non-compliant", "internal error", "undecided", "not examined", "interrupted", "passed in part", "compliant")


def render(summaries: Sequence[TargetSummary], options: RenderOptions) -> str:
    """Give the text, which ends in a newline; detail -1 is the last line."""
    lines: list[str] = []
    if options.detail >= 0:
        for group in by_cause(summaries):
            lines += [*_group(group), ""]
    return "\n".join([*lines, _last(summaries)]) + "\n"


def _group(group: CauseGroup) -> Iterator[str]:
    count = len(group.targets)
    said = group.cause.title if group.cause is not None else group.targets[0].problem or group.targets[0].word
    rule = f" ({group.cause.rule})" if group.cause is not None else ""
    yield f"{count} target{'' if count == 1 else 's'}: {said}{rule}"
    for each in group.targets:
        what = each.causes[0].summary if each.causes else each.url
        more = len(each.causes) + each.more - 1
        yield f"  {each.target}  {shortened(what, 200)}" + (f" (+{more} more)" if more > 0 else "")


def _last(summaries: Sequence[TargetSummary]) -> str:
    counts = Counter(each.word for each in summaries)
    said = " · ".join(f"{counts[word]} {word}" for word in WORDS if counts[word])
    code = worst({each.exit_code for each in summaries})
    return f"{len(summaries)} targets: {said or 'none'}  (exit {code})"
