"""Shows how far a fleet is: on a terminal a table that changes, in a log a line from time to time."""

from contextlib import suppress
from typing import TextIO

from sigcheck import clock
from sigcheck.model.fleet import TargetSummary
from sigcheck.progress.lines import HEARTBEAT


class FleetLines:
    """For logs: one heartbeat for all."""

    def __init__(self, stream: TextIO, targets: int) -> None:
        self._stream = stream
        self._targets = targets
        self._done = self._failing = 0
        self._spoke: float | None = None

    def began(self, target: str, vantage: str) -> None:
        """Take that a target's run begins."""

    def ended(self, summary: TargetSummary) -> None:
        """Take what came of a target."""
        self._done += 1
        self._failing += summary.exit_code == 1

    def tick(self) -> None:
        """Print a sign of life when nothing was printed for a while."""
        now = clock.now()
        self._spoke = now if self._spoke is None else self._spoke
        if now - self._spoke >= HEARTBEAT:
            self._spoke = now
            with suppress(OSError):
                text = f"sigcheck: {self._done} of {self._targets} targets done · {self._failing} failing"
                print(text, file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing to end."""


class FleetSilence:
    """Shows nothing (`--quiet`)."""

    def began(self, target: str, vantage: str) -> None:
        """Take that a target's run begins."""

    def ended(self, summary: TargetSummary) -> None:
        """Take what came of a target."""

    def tick(self) -> None:
        """Let time show."""

    def close(self) -> None:
        """End the display."""


def fleet_progress(stream: TextIO | None, targets: int, *, quiet: bool) -> FleetLines | FleetSilence:
    """Choose how progress is shown."""
    return FleetSilence() if quiet or stream is None else FleetLines(stream, targets)
