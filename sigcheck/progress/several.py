"""The progress of several targets: how many are done, which run, what failed, and when all will be."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from heapq import heapify, heapreplace
from typing import TextIO

from msgspec import Struct

from sigcheck import clock
from sigcheck.model.events import Event, KnownSoFar
from sigcheck.progress.lines import HEARTBEAT
from sigcheck.progress.live import LiveLine
from sigcheck.progress.tracker import Told, Tracker, clocked, phase, repeated
from sigcheck.redaction.disarm import disarm

KEPT = "Ctrl-C keeps the reports"
MOST_NAMED = 3
"""Targets that the line on a terminal names."""


class Course(Struct, frozen=True):
    """One target to be verified: its name, the id of its run, and how many seconds that is reckoned to take."""

    name: str
    run: str
    seconds: float


class Overview:
    """What is known of all runs together. `lanes` are the places of those that go one after the other."""

    def __init__(self, courses: Sequence[Course], lanes: Sequence[Sequence[int]], jobs: int) -> None:
        self._courses = courses
        self._lanes = lanes
        self._jobs = jobs
        self._trackers: dict[str, Tracker] = {}
        self._ended: set[str] = set()
        self._began: float | None = None

    def take(self, event: Event) -> None:
        """Note an event of one of them."""
        self._began = clock.now() if self._began is None else self._began
        self._trackers.setdefault(event.run, Tracker()).take(event)

    def end(self, run: str) -> None:
        """Note that a run came to its end."""
        self._ended.add(run)

    @property
    def text(self) -> str:
        """All of it in a line."""
        running = [each for each in self._courses if each.run in self._trackers and each.run not in self._ended]
        named = ", ".join(
            each.name + (f" ({awaited})" if (awaited := self._trackers[each.run].awaited) else "")
            for each in running[:MOST_NAMED]
        )
        more = len(running) - MOST_NAMED
        parts = [self._times, f"{len(self._ended)} of {len(self._courses)} targets done"]
        parts.append(f"{sum(each.failed for each in self._trackers.values())} failed")
        parts += [KEPT, named + (f" and {more} more" if more > 0 else "")]
        return " · ".join(part for part in parts if part)

    @property
    def _times(self) -> str:
        now = clock.now()
        elapsed = 0.0 if self._began is None else now - self._began
        return f"{clocked(elapsed)} of ~{clocked(elapsed + self.left(now))}"

    def left(self, now: float) -> float:
        """Give the seconds until all are done: the lanes in their order, each begun as soon as a place is free."""
        left = [sum(self._seconds_left(self._courses[number], now) for number in lane) for lane in self._lanes]
        begun = [any(self._courses[number].run in self._trackers for number in lane) for lane in self._lanes]
        places = [seconds for seconds, is_begun in zip(left, begun, strict=True) if is_begun and seconds > 0]
        places += [0.0] * max(0, self._jobs - len(places))
        heapify(places)
        for seconds, is_begun in zip(left, begun, strict=True):
            if not is_begun:
                heapreplace(places, places[0] + seconds)
        return max(places)

    def _seconds_left(self, course: Course, now: float) -> float:
        if course.run in self._ended:
            return 0.0
        tracker = self._trackers.get(course.run)
        if tracker is None:
            return course.seconds
        return max(0.0, (tracker.began + course.seconds if tracker.until is None else tracker.until) - now)


class LinesOfSeveral:
    """For logs: a line for each phase of each target, one for each that is done, and one heartbeat for all."""

    def __init__(self, stream: TextIO, overview: Overview, names: Mapping[str, str]) -> None:
        self._stream = stream
        self._overview = overview
        self._names = names
        self._spoke: float | None = None
        self._told: Told = set()

    def __call__(self, event: Event) -> None:
        """Print the event, if it is one that a log should have."""
        self._overview.take(event)
        line = None if repeated(event, self._told) else phase(event)
        if line is not None and not isinstance(event, KnownSoFar):
            self._print(f"{self._names[event.run]}: {line}")

    def done(self, run: str, verdict: str) -> None:
        """Print what came of a target."""
        self._overview.end(run)
        self._print(f"{self._names[run]}: {verdict}")

    def tick(self) -> None:
        """Print a sign of life when nothing was printed for a while."""
        now = clock.now()
        self._spoke = now if self._spoke is None else self._spoke
        if now - self._spoke >= HEARTBEAT:
            self._print(self._overview.text)

    def close(self) -> None:
        """Nothing to end."""

    def _print(self, text: str) -> None:
        self._spoke = clock.now()
        # Nobody may be reading any more: that is no reason to end a run.
        with suppress(OSError):
            print("sigcheck: " + disarm(text), file=self._stream, flush=True)


class LiveOfSeveral:
    """For a terminal: one line that changes, and one that stays for each target that is done."""

    def __init__(self, line: LiveLine, overview: Overview, names: Mapping[str, str]) -> None:
        self._line = line
        self._overview = overview
        self._names = names

    def __call__(self, event: Event) -> None:
        """Note the event."""
        self._overview.take(event)

    def done(self, run: str, verdict: str) -> None:
        """Print what came of a target."""
        self._overview.end(run)
        self._line.leave(f"{self._names[run]}: {verdict}")

    def tick(self) -> None:
        """Let time show."""
        self._line.show(self._overview.text)

    def close(self) -> None:
        """Take the line away."""
        self._line.close()
