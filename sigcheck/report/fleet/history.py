"""What came of targets in many runs, and since when they do not pass: as text and as CSV."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from sigcheck.model.fleet import FAILS, Cause
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions
from sigcheck.report.csv import table
from sigcheck.report.fleet.causes import natural
from sigcheck.report.fleet.telling import called
from sigcheck.report.fleet.words import cause_clause, cause_heading, targets
from sigcheck.report.page import PLAIN, Page, columns
from sigcheck.report.verdict import ELSE, STYLES

MOST_LISTED = 20
"""Targets of a group that are listed; `-v` lists them all."""

HEADER = ("target", "vantage", "verdict", "since", "passed_last", "results_since", "last_result", "rule", "title")
"""The columns of all targets. `since` is empty for one that has always passed."""
ONE_HEADER = ("target", "vantage", "run", "started_at", "verdict", "exit_code", "rule", "title")
"""The columns of one target: a row for each of its results."""


class PastRun(Struct, frozen=True):
    """One run: its id, when it began, whether it was a scan, and how many targets have a whole result."""

    run: str
    started_at: datetime
    scan: bool
    results: int


class Found(Struct, frozen=True):
    """What one run found at a target: its word, its heaviest cause if it has one, and why there is no report."""

    run: str
    started_at: datetime
    word: str
    exit_code: int
    cause: Cause | None
    problem: str = ""

    @property
    def rule(self) -> str:
        """The rule of the cause, "" where there is none."""
        return self.cause.rule if self.cause is not None else ""

    @property
    def said(self) -> str:
        """What is wrong, in a sentence; "" where nothing is."""
        return cause_heading(self.cause) if self.cause is not None else self.problem


class TargetHistory(Struct, frozen=True):
    """What all runs found at a target, the oldest first; there is one at the least."""

    target: str
    vantage: str
    found: tuple[Found, ...]

    @property
    def last(self) -> Found:
        """The newest result."""
        return self.found[-1]

    @property
    def passed(self) -> Found | None:
        """The newest result with exit code 0, None where there is none."""
        return next((each for each in reversed(self.found) if not each.exit_code), None)

    @property
    def failing(self) -> tuple[Found, ...]:
        """The results since the target does not pass, () where the last one passes.

        Where the last one fails, they begin with the first that fails: one that is undecided proves nothing.
        """
        later = self.found[self.found.index(self.passed) + 1 :] if self.passed is not None else self.found
        if later and self.last.exit_code == FAILS:
            later = later[next(at for at, each in enumerate(later) if each.exit_code == FAILS) :]
        return later


class History(Struct, frozen=True):
    """The runs of one kind, the oldest first, and what they found. `left_out` counts the runs of the other kind."""

    runs: tuple[PastRun, ...]
    targets: tuple[TargetHistory, ...]
    left_out: int = 0


def render(history: History, options: RenderOptions) -> str:
    """Give the targets that do not pass, grouped by since when; those that broke last come first."""
    page = Page(options.width, colour=options.colour)
    if options.detail >= 0:
        for words, group in _groups(history):
            page.hang((("✗", "bold red"), " "), words, "bold")
            _list(page, group, history.runs[-1].run, whole=options.detail > 0)
            page.blank()
    if options.detail > 0:
        page.line(("Runs", "bold"))
        page.table([_run_row(each) for each in history.runs])
        page.blank()
    ill = sum(bool(each.failing) for each in history.targets)
    kind = "scan" if history.runs[-1].scan else "full run"
    many = f"{len(history.runs)} {kind}{'' if len(history.runs) == 1 else 's'}"
    begin, last = history.runs[0].started_at, history.runs[-1].started_at
    when = f"from {_time(begin)} to {_time(last)}" if begin != last else f"of {_time(begin)}"
    said = f"{many} {when} · {targets(len(history.targets))}: {len(history.targets) - ill} pass, {ill} do not"
    page.hang((), said, STYLES["compliant"] if not ill else ELSE)
    return page.text().translate(PLAIN) if options.ascii else page.text()


def render_one(histories: Sequence[TargetHistory], options: RenderOptions) -> str:
    """Give what was found at one target, from each vantage, the newest first, and since when it does not pass."""
    page = Page(options.width, colour=options.colour)
    for each in histories:
        page.hang((), called(each), "bold")
        if options.detail >= 0:
            page.table([_stretch_row(part) for part in _stretches(each.found)])
        page.hang((), _since_words(each))
        page.blank()
    text = page.text().rstrip("\n") + "\n"
    return text.translate(PLAIN) if options.ascii else text


def csv(history: History) -> str:
    """Give a row for each target, those that do not pass first."""
    ordered = sorted(history.targets, key=lambda each: (not each.failing, natural(each.target), each.vantage))
    return table(HEADER, (_row(each) for each in ordered))


def csv_one(histories: Sequence[TargetHistory]) -> str:
    """Give a row for each result of a target, the oldest first."""
    return table(
        ONE_HEADER,
        (
            (of.target, of.vantage, each.run, _stamp(each), each.word, each.exit_code, each.rule, each.said)
            for of in histories
            for each in of.found
        ),
    )


def _groups(history: History) -> Iterator[tuple[str, list[TargetHistory]]]:
    found: dict[tuple[datetime, bool, datetime], list[TargetHistory]] = {}
    for each in history.targets:
        if each.failing:
            since, passed = each.failing[0].started_at, each.passed
            key = (since, passed is not None, passed.started_at if passed is not None else since)
            found.setdefault(key, []).append(each)
    for (since, passes, last), group in sorted(found.items(), reverse=True):
        number, have = targets(len(group)), "has" if len(group) == 1 else "have"
        if passes:
            words = f"{number} passed in the run of {_time(last)}, and {have} not since {_time(since)}"
        else:
            words = f"{number} {have} passed in no run; the first that shows it is of {_time(since)}"
        yield words, sorted(group, key=lambda each: (natural(each.target), each.vantage))


def _list(page: Page, group: Sequence[TargetHistory], newest: str, *, whole: bool) -> None:
    shown = group if whole else group[:MOST_LISTED]
    column = min(max(columns(called(each)) for each in shown), page.width // 3)
    for each in shown:
        old = "" if each.last.run == newest else f"last result {_time(each.last.started_at)}"
        pad = " " * max(2, column - columns(called(each)) + 2)
        page.hang((f"    {called(each)}", pad), _found_words(each.last), right=old)
    if left := len(group) - len(shown):
        page.hang(("    ",), f"and {left} more; -v lists {'them' if left > 1 else 'it'}", "dim")


def _stretches(found: Sequence[Found]) -> list[list[Found]]:
    """Put those together that follow each other and say the same, the newest first."""
    parts: list[list[Found]] = []
    for each in reversed(found):
        if parts and _found_words(parts[-1][0]) == _found_words(each):
            parts[-1].append(each)
        else:
            parts.append([each])
    return parts


def _stretch_row(part: Sequence[Found]) -> tuple[str, ...]:
    newest, oldest = part[0], part[-1]
    when = f"{_time(oldest.started_at)} to {_time(newest.started_at)}" if len(part) > 1 else _time(newest.started_at)
    return (when, f"{len(part)} run{'' if len(part) == 1 else 's'}", _found_words(newest))


def _since_words(history: TargetHistory) -> str:
    failing, passed = history.failing, history.passed
    if not failing:
        ill = [each for each in history.found if each.exit_code]
        if not ill:
            return "It has passed in every run."
        return f"It passes now. The last run in which it did not pass is of {_time(ill[-1].started_at)}."
    since = _time(failing[0].started_at)
    if passed is None:
        return f"It has passed in none of these runs. The first that shows it is of {since}."
    return f"It passed in the run of {_time(passed.started_at)}, and has not since {since}."


def _found_words(found: Found) -> str:
    if not found.exit_code:
        return disarm(found.word)
    if found.cause is not None:
        lead = "" if found.cause.status == found.word else f"{disarm(found.word)}: "
        return f"{lead}{cause_clause(found.cause)} ({disarm(found.rule)})"
    return disarm(f"{found.word}: {found.problem}" if found.problem else found.word)


def _run_row(run: PastRun) -> tuple[str, ...]:
    return (_time(run.started_at), disarm(run.run), f"{run.results} result{'' if run.results == 1 else 's'}")


def _row(each: TargetHistory) -> tuple[object, ...]:
    failing, passed = each.failing, each.passed
    return (
        each.target, each.vantage, each.last.word, _stamp(failing[0]) if failing else "",
        _stamp(passed) if passed is not None else "", len(failing), _stamp(each.last), each.last.rule, each.last.said,
    )  # fmt: skip


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _stamp(found: Found) -> str:
    return found.started_at.isoformat(timespec="seconds")
