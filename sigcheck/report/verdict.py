"""The verdict line: what came of a run and what it rests on, in one line that a script can read too."""

from msgspec import Struct

from sigcheck.model.evidence import ProbeBreakdown
from sigcheck.model.report import Report, Result, Verdict
from sigcheck.model.rule import LEVELS, Status

STYLES: dict[Verdict, str] = {"compliant": "bold green", "undecided": "bold yellow"}
ELSE = "bold red"
MOST_NAMED = 4
"""Rules that a verdict line names; more are counted."""
OBSERVER = "dedup-observer"
"""The rule that says what is wrong with an observer: nothing excuses that, so it is what to fix first."""


class VerdictLine(Struct, frozen=True):
    """The verdict with its style, and the words beside it."""

    lead: str
    style: str
    words: str


def style(verdict: Verdict) -> str:
    """Give the style of a verdict."""
    return STYLES.get(verdict, ELSE)


def verdict_line(report: Report) -> VerdictLine:
    """Say what came of a run, with the counts, its scope and the exit code."""
    counts = report.counts
    parts = [levels(report)] if counts.failed else []
    parts += [f"{counts.passed} passed"]
    if counts.undecided:
        parts.append(f"{counts.undecided} undecided{_which(report)}")
    if counts.skipped:
        parts.append(f"{counts.skipped} skipped")
    if counts.broken:
        parts.append(f"{counts.broken} broken")
    parts += report.scope.words
    return VerdictLine(report.word.upper(), style(report.verdict), f"{' · '.join(parts)}  (exit {report.exit_code})")


def _which(report: Report) -> str:
    """Name the undecided rules that a verdict rests on: it must not leave its reader guessing."""
    rules = [each.rule for each in binding(report)]
    if report.verdict != "undecided" or not report.exit_code or not rules:
        return ""
    return (": " if len(rules) == report.counts.undecided else ", among them ") + named(rules)


def levels(report: Report) -> str:
    """Count the failures by level: "1 must, 2 should"."""
    counts = {"must": report.counts.must, "should": report.counts.should, "note": report.counts.note}
    return ", ".join(f"{counts[level]} {level}" for level in LEVELS if counts[level])


def quiet_line(report: Report) -> VerdictLine:
    """Say in one line whose verdict it is, what it is and why."""
    evidence = report.evidence
    called = evidence.settings.name or evidence.target.url
    words = [because(report) or f"{report.counts.passed} passed", *report.scope.words]
    said = " · ".join(each for each in words if each)
    return VerdictLine(report.word.upper(), style(report.verdict), f"{called}  {said}  (exit {report.exit_code})")


def because(report: Report) -> str:
    """Give the reason for a verdict in words: what failed, or why something is undecided or broken; "" for none."""
    evidence = report.evidence
    parts = [evidence.interrupted] if evidence.interrupted else []
    parts += [breakdown_words(each) for each in evidence.breakdowns]
    # What does not bind is named where nothing else decides, and never hides what does.
    if report.verdict == "undecided" and report.exit_code and binding(report):
        parts += [binding(report)[0].summary, f"undecided: {named([each.rule for each in binding(report)])}"]
    failed = [f"{each.level}: {each.title} ({each.rule})" for each in report.worst_first]
    parts += failed[:2] + ([f"{len(failed) - 2} more failed"] if len(failed) > 2 else [])
    parts += [f"{each.rule}: {each.summary}" for each in report.results if each.status is Status.BROKEN][:2]
    return " · ".join(parts)


def breakdown_words(breakdown: ProbeBreakdown) -> str:
    """Say that a probe did not come to its end, and why."""
    if breakdown.local:
        return f"the {breakdown.probe} probe could not be finished: {breakdown.detail}"
    return f"the {breakdown.probe} probe broke, please report it: {breakdown.detail}"


def binding(report: Report) -> list[Result]:
    """Give the undecided rules that keep a run from being decided, a broken observer first."""
    undecided = [each for each in report.results if each.status is Status.UNDECIDED]
    observer = [each for each in undecided if each.rule == OBSERVER]
    # Where nothing at all was decided, none of them may bind.
    others = [each for each in undecided if each.level in report.gate.levels]
    others = others or (undecided if report.verdict == "undecided" else [])
    return [*observer, *(each for each in others if each.rule != OBSERVER)]


def decide_first(report: Report) -> Result | None:
    """Give what keeps a run from being decided before all else: an observer that failed, or an undecided rule."""
    open_ = binding(report)
    # The observer's rule is undecided where it may be right, and fails where it certainly is not.
    if any(each.family == "dedup" for each in open_):
        observer = (each for each in report.failed if each.rule == OBSERVER and each.level != "note")
        return next(observer, open_[0])
    return next(iter(open_), None)


def named(rules: list[str]) -> str:
    """Name rules, the first few of them."""
    more = len(rules) - MOST_NAMED
    return ", ".join(rules[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
