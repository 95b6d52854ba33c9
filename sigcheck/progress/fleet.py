"""Shows how far a fleet is: on a terminal a table that changes, in a log a line from time to time."""

from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from sigcheck import clock
from sigcheck.model.fleet import TargetSummary
from sigcheck.progress.lines import HEARTBEAT
from sigcheck.progress.so_far import Course, SoFar, figures, kind_of
from sigcheck.redaction.disarm import disarm
from sigcheck.words import shortened

if TYPE_CHECKING:
    from sigcheck.progress.fleet_table import FleetTable

MOST_TOLD = 20
"""Targets that are not well which a log names; the ledger has all of them."""
LONGEST = 200
"""Characters of what is said of one."""


class FleetLines:
    """For logs: a line for each of the first targets that fail, and one heartbeat for all."""

    def __init__(self, stream: TextIO, course: Course) -> None:
        self._stream = stream
        self._so_far = SoFar(course)
        self._told = 0
        self._spoke: float | None = None

    def began(self, target: str, vantage: str) -> None:
        """Take that a target's run begins."""
        self._so_far.began(target, vantage)

    def ended(self, summary: TargetSummary) -> None:
        """Take what came of a target, and name it where it fails."""
        before = self._so_far.done
        self._so_far.ended(summary)
        if kind_of(summary) not in {"failing", "not examined"} or self._so_far.done == before:
            return
        self._told += 1
        if self._told <= MOST_TOLD:
            self._print(told(summary))
        elif self._told == MOST_TOLD + 1:
            self._print("more targets fail; the ledger has all of them")

    def say(self, text: str) -> None:
        """Print what a person should know of those that run the targets."""
        said(self._stream, text)

    def tick(self) -> None:
        """Print a sign of life when nothing was printed for a while."""
        now = clock.now()
        self._spoke = now if self._spoke is None else self._spoke
        if now - self._spoke >= HEARTBEAT:
            self._spoke = now
            self._print(figures(self._so_far))

    def close(self) -> None:
        """Nothing to end."""

    def _print(self, text: str) -> None:
        said(self._stream, shortened(disarm(text), LONGEST))


class FleetSilence:
    """Shows nothing (`--quiet`) but what a person should know of those that run the targets."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def began(self, target: str, vantage: str) -> None:
        """Take that a target's run begins."""

    def ended(self, summary: TargetSummary) -> None:
        """Take what came of a target."""

    def say(self, text: str) -> None:
        """Print it."""
        if self._stream is not None:
            said(self._stream, text)

    def tick(self) -> None:
        """Let time show."""

    def close(self) -> None:
        """End the display."""


def said(stream: TextIO, text: str) -> None:
    """Print a line. Nobody may be reading any more: that is no reason to end a run."""
    with suppress(OSError):
        print("sigcheck: " + disarm(text), file=stream, flush=True)


def told(summary: TargetSummary) -> str:
    """Say what came of a target that is not well, in a line; not disarmed."""
    from_ = f" from {summary.vantage}" if summary.vantage else ""
    cause = summary.causes[0] if summary.causes else None
    why = summary.problem or (f"{cause.title} ({cause.rule})" if cause is not None else "")
    return f"{summary.target}{from_}: {summary.word}" + (f": {why}" if why else "")


def fleet_progress(
    stream: TextIO | None, course: Course, *, quiet: bool, live: bool, colour: bool
) -> "FleetLines | FleetSilence | FleetTable":
    """Choose how progress is shown."""
    if quiet or stream is None:
        return FleetSilence(stream)
    if live:
        from sigcheck.progress.fleet_table import FleetTable

        return FleetTable(stream, course, colour=colour)
    return FleetLines(stream, course)
