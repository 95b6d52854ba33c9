"""A comparison for people: the targets that got worse first, what did not change as a count."""

from collections.abc import Iterator, Sequence
from itertools import islice

from sigcheck.comparison import INCOMPARABLE, WORSE, Comparison, Difference, TargetDifference
from sigcheck.report import RenderOptions

MOST_SHOWN = 5
"""Rules of one kind that are shown for a target, but for new failures; more are counted, and -v shows them."""

MARKS = {
    "new_failures": ("✗ new failure", "1;31"),
    "undecided": ("? undecided", "33"),
    "fixed": ("✓ fixed", "32"),
    "unchanged": ("= still fails", ""),
    "gone": ("- gone", "2"),
}
_PLAIN = str.maketrans({"✓": "+", "✗": "x", "·": "-", "…": "...", "→": "->"})
_MARK, _LEVEL, _RULE = 15, 7, 24
_TOLD = {"fail", "expected", "undecided", "broken"}
"""What a rule that is gone was, so that it is told of in a line of its own."""


def render(comparison: Comparison, options: RenderOptions) -> str:
    """Give the comparison; detail -1 is the last line, 1 shows every rule. The text ends in a newline."""
    lines: list[str] = []
    if options.detail >= 0:
        for target in comparison.targets:
            if not target.same or options.detail > 0:
                lines += [*_target(target, options), ""]
        alike = [target.called for target in comparison.targets if target.same]
        if alike and options.detail == 0:
            lines += [_cut(f"no change: {_listed(alike)}", options.width), ""]
    lines.append(_last(comparison, options))
    text = "\n".join(lines) + "\n"
    return text.translate(_PLAIN) if options.ascii else text


def _target(target: TargetDifference, options: RenderOptions) -> Iterator[str]:
    yield _coloured(_cut(f"{target.called}   {_verdicts(target)}", options.width), "1", options)
    for part, (mark, style) in MARKS.items():
        found: tuple[Difference, ...] = getattr(target, part)
        if part == "gone" and options.detail < 1:
            found = tuple(each for each in found if each.was in _TOLD)
        most = len(found) if options.detail > 0 or part == "new_failures" else MOST_SHOWN
        for each in islice(found, most):
            yield _coloured(_cut(_line(mark, part, each), options.width), style, options)
        if len(found) > most:
            yield f"  {mark:{_MARK}}{'':{_LEVEL}}and {len(found) - most} more (-v lists them)"
    for term in target.terms:
        yield _cut(f"  {'· the run':{_MARK}}{term}", options.width)
    passed = [each.rule for each in target.gone if each.was not in _TOLD]
    if passed and target.new is not None and options.detail < 1:
        yield _cut(f"  {MARKS['gone'][0]:{_MARK}}not checked any more: {_listed(passed)}", options.width)


def _verdicts(target: TargetDifference) -> str:
    if target.old is None and target.new is not None:
        return f"only in NEW: {_word(target.new.word, partial=target.new.partial)}"
    if target.new is None and target.old is not None:
        return f"only in OLD: {_word(target.old.word, partial=target.old.partial)}"
    sides = [_word(each.word, partial=each.partial) for each in (target.old, target.new) if each is not None]
    return sides[0] if sides[0] == sides[1] else " → ".join(sides)


def _word(word: str, *, partial: bool) -> str:
    return word.upper() + (" (partial)" if partial and word != "interrupted" else "")


def _line(mark: str, part: str, each: Difference) -> str:
    if part == "undecided" and each.now == "pass":
        mark = "✓ decided now"
    level = each.level if part != "undecided" else ""
    expected = " (expected by the baseline)" if each.now == "expected" else ""
    said = f"{each.was} → {each.now}" if part in {"undecided", "gone"} else f"{each.title}{expected}"
    return f"  {mark:{_MARK}}{level:{_LEVEL}}{each.rule:{_RULE}} {said}"


def _last(comparison: Comparison, options: RenderOptions) -> str:
    count = {part: sum(len(getattr(each, part)) for each in comparison.targets) for part in MARKS}
    bind = sum(each.binding for each in comparison.targets)
    new = count["new_failures"]
    lost = sum(each.now != "pass" for target in comparison.targets for each in target.undecided)
    words = [
        f"{new} new failure{'' if new == 1 else 's'}" + (f", {bind} of them binding" if bind != new else "")
        if new
        else "",
        f"{lost} now undecided" if lost else "",
        f"{count['undecided'] - lost} decided now" if count["undecided"] > lost else "",
        f"{count['fixed']} fixed" if count["fixed"] else "",
        f"{count['unchanged']} still failing" if count["unchanged"] else "",
        f"{count['gone']} gone" if count["gone"] else "",
    ]
    both = sum(each.in_common > 0 for each in comparison.targets)
    words.append(f"{both} target{'' if both == 1 else 's'} compared")
    lead, style = {WORSE: ("NEW FAILURES", "1;31"), INCOMPARABLE: ("NOTHING TO COMPARE", "1;33")}.get(
        comparison.exit_code, ("NO NEW FAILURES", "1;32")
    )
    cut_short = [each.called for each in comparison.targets if each.cut_short]
    if comparison.exit_code == INCOMPARABLE and cut_short:
        lead = "INTERRUPTED"
        words = [f"NEW was interrupted, so nothing can be said of what it did not check of {_listed(cut_short)}"]
    elif comparison.exit_code == INCOMPARABLE:
        words = ["the two files have no target, or no rule, in common"]
    said = " · ".join(word for word in words if word)
    return f"{_coloured(lead, style, options)}  {said}  (exit {comparison.exit_code})"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_SHOWN
    return ", ".join(names[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def _coloured(text: str, style: str, options: RenderOptions) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if options.colour and style else text
