"""The verdict line: what came of a run and what it rests on, in one line that a script can read too."""

from msgspec import Struct

from sigcheck.model.report import Report, Result, Status, Verdict

STYLES: dict[Verdict, str] = {"compliant": "bold green", "undecided": "bold yellow"}
ELSE = "bold red"
_SEQUENCES = {"bold green": "\x1b[1;32m", "bold yellow": "\x1b[1;33m", "bold red": "\x1b[1;31m"}
LEVELS = ("must", "should", "note")
MOST_NAMED = 4
"""Rules that a verdict line names as undecided; more are counted."""
MOST_REASONS = 3
"""Reasons why a run is undecided that a quiet report gives; with more, the whole report is what to read."""
OBSERVER = "dedup-observer"
"""The rule that says what is wrong with an observer: nothing excuses that, so it is what to mend first."""


class VerdictLine(Struct, frozen=True):
    """The verdict with its style, and the words beside it."""

    lead: str
    style: str
    words: str

    def text(self, *, colour: bool) -> str:
        """Give the line as it stands alone, however long it is."""
        lead = f"{_SEQUENCES[self.style]}{self.lead}\x1b[0m" if colour else self.lead
        return f"{lead}{self.words}\n"


def verdict_line(report: Report) -> VerdictLine:
    """Say what came of a run, with the counts, and the exit code."""
    counts = {status: sum(result.status is status for result in report.results) for status in Status}
    failed = [result for result in report.results if result.status is Status.FAIL]
    levels = [f"{sum(result.level == level for result in failed)} {level}" for level in LEVELS]
    parts = [f"failed: {', '.join(part for part in levels if not part.startswith('0 '))}"] if failed else []
    parts += [f"{counts[Status.PASS]} passed"]
    if counts[Status.UNDECIDED]:
        parts.append(f"{counts[Status.UNDECIDED]} undecided")
    if counts[Status.SKIP]:
        parts.append(f"{counts[Status.SKIP]} skipped")
    if counts[Status.BROKEN]:
        parts.append(f"{counts[Status.BROKEN]} broken")
    if report.verdict == "undecided" and report.exit_code:
        parts += _undecided(report)
    parts += report.scope.words
    words = f"{' · '.join(parts)}  (exit {report.exit_code})"
    return VerdictLine(f"{report.word.upper()}  ", STYLES.get(report.verdict, ELSE), words)


def because(report: Report) -> str:
    """Name what failed, or else what is undecided."""
    if report.failed:
        failed = sorted(report.failed, key=lambda each: LEVELS.index(each.level))
        return f"failed: {_named([each.rule for each in failed])}  "
    if report.scope.not_tested:
        return f"not tested: {_named(list(report.scope.not_tested))}  "
    return "".join(f"{part}  " for part in _undecided(report)) if report.verdict == "undecided" else ""


def reasons(report: Report) -> tuple[Result, ...]:
    """Give the results that say why a run is undecided, one for each reason, and what is wrong with the observer.

    A quiet report shows them beside the failures: whoever reads it in CI must not need a second run to learn what to
    mend. There are none where the exit code is 0.
    """
    if not report.exit_code:
        return ()
    told: dict[str, Result] = {}
    if report.verdict == "undecided":
        for each in _open(report):
            told.setdefault(each.summary, each)
    observer = [each for each in report.results if each.rule == OBSERVER and each.status is Status.UNDECIDED]
    if observer:
        # What the other rules on effects say is that the observer says nothing.
        return (*(each for each in told.values() if each.family != "dedup"), *observer)[-MOST_REASONS:]
    return tuple(told.values())[:MOST_REASONS]


def _open(report: Report) -> list[Result]:
    """Give the rules that keep a run from being decided, a broken observer first."""
    undecided = [each for each in report.results if each.status is Status.UNDECIDED]
    observer = [each for each in undecided if each.rule == OBSERVER]
    # With --fail-on should no must may be among them.
    others = [each for each in undecided if each.level == "must"] or undecided
    return [*observer, *(each for each in others if each.rule != OBSERVER)]


def _undecided(report: Report) -> list[str]:
    """Name the rules that keep a run from being decided: a verdict line must not leave its reader guessing."""
    open_ = [each.rule for each in _open(report)]
    return [f"undecided: {_named(open_)}"] if open_ else []


def _named(rules: list[str]) -> str:
    more = len(rules) - MOST_NAMED
    return ", ".join(rules[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
