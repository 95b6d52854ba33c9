"""The report as commands of a GitHub workflow: an annotation for each rule that wants a look, the worst first.

GitHub shows ten annotations of each kind for a step and drops the others without a word. So no more are written, and a
line of the log names the rules that had no room. `error` is a failed rule that counts for the verdict and what broke,
`warning` another `should`, `notice` a note and a rule that is undecided and counts for the verdict; rules that are
undecided for the same reason share one. The last line is the verdict, for whoever reads the log.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from sigcheck.model.report import Report, Reports, Result
from sigcheck.model.rule import LEVELS, Status
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions
from sigcheck.report.place import known_place
from sigcheck.report.telling import called, told, troubles, verdict_words
from sigcheck.report.verdict import binding

Kind = Literal["error", "warning", "notice"]
KINDS: tuple[Kind, ...] = ("error", "warning", "notice")
MOST = 10
"""Annotations of each kind that GitHub shows for one step."""
MOST_FINDINGS = 5
"""Findings of one rule that its annotation lists: it stands in the middle of a page."""
LONGEST_LINE = 1000


class Annotation(Struct, frozen=True):
    """One annotation. `weight` is its place among those of its kind, `rule` what a line of the log names it by."""

    kind: Kind
    weight: int
    rule: str
    title: str
    lines: tuple[str, ...]
    where: tuple[str, int] | None


def render(report: Report, options: RenderOptions) -> str:
    """Give the commands for one target, and its verdict."""
    return _written(list(_annotations(report, options)), [verdict_words(report)])


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Give the commands for all targets, the worst of all first, and a verdict for each target."""
    found = [each for report in reports.reports for each in _annotations(report, options)]
    verdicts = [f"{called(report)}: {verdict_words(report)}" for report in reports.reports]
    whole = f"{reports.word.upper()}  {len(verdicts)} target{'' if len(verdicts) == 1 else 's'}"
    if reports.interrupted:
        why = disarm(f"not every target was verified: {reports.interrupted}")
        found.append(Annotation("error", 0, "run", "The run was cut short", (why,), None))
    return _written(found, [*verdicts, f"{whole}  (exit {reports.exit_code})"])


def _annotations(report: Report, options: RenderOptions) -> Iterator[Annotation]:
    about = f"{called(report)}: " if report.evidence.settings.name else ""
    where = known_place(report, options)

    def of(kind: Kind, weight: int, result: Result, title: str) -> Annotation:
        lines = tuple(told(result, MOST_FINDINGS))
        return Annotation(kind, weight, result.rule, f"{about}{title} ({result.rule})", lines, where)

    for trouble in troubles(report):
        yield Annotation("error", 0, "run", f"{about}The run is not whole", (trouble,), where)
    for result in report.failed:
        kind: Kind = "error" if report.binds(result) else "warning" if result.level == "should" else "notice"
        yield of(kind, 1 + LEVELS.index(result.level), result, result.title or result.rule)
    for result in report.results:
        if result.status is Status.BROKEN:
            yield of("error", 0, result, "A check of sigcheck broke")
    alike: dict[str, list[Result]] = {}
    for result in binding(report):
        alike.setdefault(result.summary, []).append(result)
    for first, *others in alike.values():
        also = ", ".join(each.rule for each in others)
        rules = f"{first.rule}, {also}" if others else first.rule
        lines = (*told(first), f"Undecided for the same reason: {also}") if others else tuple(told(first))
        count = f"{1 + len(others)} rules are undecided" if others else f"{first.rule} is undecided"
        yield Annotation("notice", 1 + len(LEVELS), rules, f"{about}{count}", tuple(map(disarm, lines)), where)


def _written(found: list[Annotation], verdicts: list[str]) -> str:
    lines, left = [], []
    for kind in KINDS:
        of_kind = sorted((each for each in found if each.kind == kind), key=lambda each: each.weight)
        lines += [command(each) for each in of_kind[:MOST]]
        if more := of_kind[MOST:]:
            rules = ", ".join(disarm(each.rule) for each in more)
            left.append(f"{len(more)} more {kind}{'' if len(more) == 1 else 's'} without an annotation: {rules}")
    return "\n".join([*lines, *left, *verdicts]) + "\n"


def command(each: Annotation) -> str:
    """Write an annotation as a command of the workflow."""
    pairs = {"title": disarm(each.title)}
    if each.where is not None:
        pairs["file"], pairs["line"] = each.where[0], str(each.where[1])
    properties = ",".join(f"{key}={_property(value)}" for key, value in pairs.items())
    return f"::{each.kind} {properties}::{_data(each.lines)}"


def _data(lines: tuple[str, ...]) -> str:
    cut = [line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…" for line in lines]
    return _escaped("\n".join(cut))


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
