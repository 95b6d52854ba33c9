"""The comparison of two runs of a fleet for people: what is new by its cause, then what is fixed and gone.

As text, as Markdown, and as CSV.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from sigcheck.comparison import INCOMPARABLE, WORSE, Difference
from sigcheck.comparison.fleet import FleetComparison, FleetDifference
from sigcheck.model.rule import LEVELS
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions
from sigcheck.report.csv import table
from sigcheck.report.markdown import MOST
from sigcheck.report.markdown_text import code, inline
from sigcheck.report.page import Page

MOST_NAMED = 20
"""Targets of a group that are named; more are counted, and -v names them."""
MOST_RULES = 8
"""Rules that still fail that are named; -v names them all."""
HEADER = ("target", "vantage", "change", "rule", "level", "title", "was", "now", "binds")
_PLAIN = str.maketrans({"✓": "+", "✗": "x", "·": "-", "…": "...", "→": "->"})


class Group(Struct, frozen=True):
    """Targets of which the same is to be said, in a part of the comparison. `title` is a sentence or a rule's title."""

    part: str
    mark: str
    style: str
    title: str
    rule: str
    level: str
    names: tuple[str, ...]


def groups(comparison: FleetComparison) -> Iterator[Group]:
    """Give all groups: what is new first, by its cause, and the larger of two first."""

    def lost(each: Difference) -> bool:
        return each.now != "pass"

    targets = comparison.targets
    yield from _by_rule("New failures", "✗", "bold red", targets, lambda each: each.new_failures)
    yield from _by_kind(
        "No report any more", "?", "yellow", (each for each in targets if each.kind == "no report any more")
    )
    cut = (each for each in targets if each.partial)
    yield from _by_kind("Interrupted in NEW", "?", "yellow", cut)
    yield from _by_rule("Undecided now", "?", "yellow", targets, lambda each: tuple(filter(lost, each.undecided)))
    yield from _by_rule("Fixed", "✓", "green", targets, lambda each: each.fixed)
    decided: Callable[[FleetDifference], tuple[Difference, ...]] = lambda each: tuple(  # noqa: E731
        rule for rule in each.undecided if not lost(rule)
    )
    yield from _by_rule("Decided now", "✓", "green", targets, decided)
    yield from _by_kind("A report now", "✓", "green", (each for each in targets if each.kind == "a report now"))
    yield from _by_rule("Gone: failed or undecided, and not checked or skipped now", "-", "dim", targets,
                        lambda each: each.gone)  # fmt: skip
    yield from _by_kind("Only in OLD", "-", "dim", (each for each in targets if each.kind == "only in OLD"))
    yield from _by_kind("Only in NEW", "+", "", (each for each in targets if each.kind == "only in NEW"))


def _by_rule(
    part: str,
    mark: str,
    style: str,
    targets: Iterable[FleetDifference],
    rules: Callable[[FleetDifference], Iterable[Difference]],
) -> Iterator[Group]:
    found: dict[tuple[bool, str, str], tuple[Difference, list[str]]] = {}
    for target in targets:
        for each in rules(target):
            told = "" if each.was in {"fail", "pass"} else f" (it was {each.was} in OLD)"
            found.setdefault((not each.binds, each.level, each.rule), (each, []))[1].append(
                disarm(target.called) + (told if part == "New failures" and target.kind == "changed" else "")
            )
    order = sorted(found.items(), key=lambda item: (item[0][0], LEVELS.index(item[1][0].level), -len(item[1][1])))
    for (_, level, rule), (each, names) in order:
        yield Group(part, mark, style, disarm(each.title or rule), disarm(rule), level, tuple(names))


def _by_kind(part: str, mark: str, style: str, targets: Iterable[FleetDifference]) -> Iterator[Group]:
    found: dict[str, list[str]] = {}
    for each in targets:
        said = each.problem or each.now or each.was or ""
        found.setdefault(disarm(said), []).append(disarm(each.called))
    for said, names in sorted(found.items(), key=lambda item: -len(item[1])):
        yield Group(part, mark, style, said, "", "", tuple(names))


def _counted(number: int, word: str = "target") -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _heading(group: Group) -> str:
    rule = f" ({group.rule}, {group.level})" if group.rule else ""
    return f"{_counted(len(group.names))}: {group.title}{rule}"


def _named(group: Group, most: int) -> str:
    more = len(group.names) - most
    return ", ".join(group.names[:most]) + (f" and {more} more (-v names them)" if more > 0 else "")


def render(comparison: FleetComparison, options: RenderOptions) -> str:
    """Give the text; detail -1 is the last line, 1 names every target. It ends in a newline."""
    page = Page(options.width, colour=options.colour)
    if options.detail >= 0:
        part = ""
        for group in groups(comparison):
            if group.part != part:
                page.blank()
                part = group.part
                page.line((part, "bold"))
            page.hang((("  "), (group.mark, group.style), " "), _heading(group))
            page.hang(("      ",), _named(group, len(group.names) if options.detail > 0 else MOST_NAMED), "dim")
        if comparison.unchanged:
            page.blank()
            page.line(("Still failing", "bold"))
            rules = list(comparison.unchanged.items())
            shown = rules if options.detail > 0 else rules[:MOST_RULES]
            said = ", ".join(f"{disarm(rule)} at {_counted(count)}" for rule, count in shown)
            said += f" and {len(rules) - len(shown)} more rules" if len(rules) > len(shown) else ""
            page.hang(("  = ",), said)
        page.blank()
    lead, style, words = last(comparison)
    if options.detail < 0 or not options.terminal:
        page.line((lead, style), f"  {words}")
    else:
        page.hang(((lead, style), "  "), words)
    return page.text().translate(_PLAIN) if options.ascii else page.text()


def last(comparison: FleetComparison) -> tuple[str, str, str]:
    """Give the last line: its lead, the lead's style, and the words behind it."""
    targets = comparison.targets
    new = sum(len(each.new_failures) for each in targets)
    bind = sum(each.binding for each in targets)
    at = sum(bool(each.new_failures) for each in targets)
    lost = sum(rule.now != "pass" for each in targets for rule in each.undecided)
    fixed = sum(len(each.fixed) for each in targets)
    words = [
        f"{_counted(new, 'new failure')} at {_counted(at)}" + (f", {bind} of them binding" if bind != new else "")
        if new
        else "",
        f"{comparison.lost} without a report now" if comparison.lost else "",
        f"{lost} now undecided" if lost else "",
        f"{fixed} fixed" if fixed else "",
        f"{sum(comparison.unchanged.values())} still failing" if comparison.unchanged else "",
        f"{sum(each.kind == 'only in OLD' for each in targets)} only in OLD · "
        f"{sum(each.kind == 'only in NEW' for each in targets)} only in NEW"
        if any(each.kind.startswith("only") for each in targets)
        else "",
        f"{_counted(comparison.compared)} compared, {comparison.alike} alike",
    ]
    lead, style = {WORSE: ("NEW FAILURES", "bold red"), INCOMPARABLE: ("NOT WHOLE", "bold yellow")}.get(
        comparison.exit_code, ("NO NEW FAILURES", "bold green")
    )
    if comparison.exit_code == INCOMPARABLE and not comparison.compared:
        lead, words = "NOTHING TO COMPARE", ["the two runs have no target, or no rule, in common"]
    elif comparison.unfinished:
        words.append("NEW was not run to its end, so nothing can be said of what it has not")
    return lead, style, f"{' · '.join(each for each in words if each)}  (exit {comparison.exit_code})"


def markdown(comparison: FleetComparison) -> str:
    """Give it for an issue or a mail, as long as GitHub takes."""
    lead, _, words = last(comparison)
    text = f"**{lead}** {inline(words)}\n"
    part = ""
    for group in groups(comparison):
        block = "" if group.part == part else f"\n## {group.part}\n\n"
        part = group.part
        rule = f" ({code(group.rule)}, {group.level})" if group.rule else ""
        names = ", ".join(code(each, 100) for each in group.names[:MOST_NAMED])
        more = len(group.names) - MOST_NAMED
        names += f" and {more} more" if more > 0 else ""
        block += f"- {_counted(len(group.names))}: {inline(group.title, 300)}{rule}: {names}\n"
        if len(text) + len(block) > MOST:
            return text + "\nThis text is cut here, since an issue holds no more. The CSV format has all of it.\n"
        text += block
    return text


def csv(comparison: FleetComparison) -> str:
    """Give a row for each rule that differs, and for each target that only one of the runs has a report of."""
    return table(HEADER, (row for each in comparison.targets for row in _rows(each)))


def _rows(target: FleetDifference) -> Iterator[tuple[object, ...]]:
    name = (target.target, target.vantage)
    rows = 0
    for change, rules in (
        ("new", target.new_failures),
        ("undecided", target.undecided),
        ("fixed", target.fixed),
        ("gone", target.gone),
    ):
        for each in rules:
            rows += 1
            binds = "yes" if each.binds else "no"
            yield (*name, change, each.rule, each.level, each.title, each.was, each.now, binds)
    if target.kind != "changed" or not rows:
        change = "verdict" if target.kind == "changed" else target.kind
        yield (*name, change, "", "", target.problem or "", target.was or "", target.now or "", "")
