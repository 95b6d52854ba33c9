"""A run's progress in a log: a line for each phase and each failure, and a sign of life in between."""

from contextlib import suppress
from typing import TextIO

from sigcheck import clock
from sigcheck.model.events import Event
from sigcheck.progress.tracker import Told, Tracker, phase, repeated
from sigcheck.redaction.disarm import disarm

HEARTBEAT = 30.0
"""Seconds between two signs of life where there is no terminal."""


class Lines:
    """One line a state change, and a heartbeat in between: for logs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._spoke: float | None = None
        self._tracker: Tracker | None = None
        self._told: Told = set()

    def __call__(self, event: Event) -> None:
        """Print the event, if it is one that a log should have."""
        self._tracker = self._tracker or Tracker()
        self._tracker.take(event)
        line = None if repeated(event, self._told) else phase(event)
        if line is not None:
            self._print(line)

    def tick(self) -> None:
        """Print a sign of life when nothing was printed for a while."""
        now = clock.now()
        self._spoke = now if self._spoke is None else self._spoke
        if now - self._spoke < HEARTBEAT:
            return
        tracker = self._tracker or Tracker()
        self._print(" · ".join((tracker.elapsed, tracker.awaited or "still working", tracker.failures)))

    def close(self) -> None:
        """Nothing to end."""

    def _print(self, text: str) -> None:
        self._spoke = clock.now()
        # Nobody may be reading any more: that is no reason to end a run.
        with suppress(OSError):
            for line in text.split("\n"):
                print("sigcheck: " + disarm(line), file=self._stream, flush=True)
