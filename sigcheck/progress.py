"""Tells a person what a run is doing, on stderr: a live countdown on a terminal, lines and a heartbeat without one."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, TextIO, cast

from sigcheck import clock
from sigcheck.model.delivery import Answer, Exchange
from sigcheck.model.events import (
    Delivered,
    Estimated,
    Event,
    KnownSoFar,
    Lingering,
    Observed,
    ProbeStarted,
    Sampled,
    Waiting,
)
from sigcheck.model.report import Status
from sigcheck.redaction.disarm import disarm

KEPT = "Ctrl-C keeps the report"

HEARTBEAT = 30.0
"""Seconds between two signs of life where there is no terminal."""


class Progress(Protocol):
    """Takes the events of a run. `tick` is called several times a second; `close` ends the display."""

    def __call__(self, event: Event) -> None:
        """Take one event."""
        ...

    def tick(self) -> None:
        """Let time show."""
        ...

    def close(self) -> None:
        """End the display."""
        ...


class Silence:
    """Shows nothing (`--quiet`)."""

    def __call__(self, event: Event) -> None:
        """Take one event."""

    def tick(self) -> None:
        """Let time show."""

    def close(self) -> None:
        """End the display."""


class Tracker:
    """What is known of a run's course: how long it has run, how long it will, what it waits for, what failed so far."""

    def __init__(self) -> None:
        self._began = clock.now()
        self._until: float | None = None
        self._failed = 0
        self._seen: set[tuple[str, str]] = set()
        self.waiting: Waiting | Lingering | None = None

    def take(self, event: Event) -> None:
        """Note what an event says of it."""
        match event:
            case Estimated(until=until):
                self._until = until
                return
            case KnownSoFar(report=report):
                self._failed += sum(result.status is Status.FAIL for result in report.results)
            case Delivered(scenario="retry", accepted=False):
                self._failed += 1
            case Observed(scenario=scenario, name=name, counted=counted) if (
                counted.effects or 0
            ) > counted.expected and (scenario, name) not in self._seen:
                self._seen.add((scenario, name))
                self._failed += 1
        if isinstance(event, Waiting | Lingering):
            self.waiting = event
        elif isinstance(event, ProbeStarted) or (isinstance(event, Delivered) and event.scenario == "retry"):
            # What is played and counted meanwhile does not change what is waited for.
            self.waiting = None

    @property
    def elapsed(self) -> str:
        """How long it has run, of about how long."""
        now = clock.now()
        total = "" if self._until is None or self._until < now else f" of ~{clocked(self._until - self._began)}"
        return f"{clocked(now - self._began)}{total}"

    @property
    def failures(self) -> str:
        """What failed so far."""
        return f"{self._failed} failed"

    @property
    def awaited(self) -> str | None:
        """What it waits for, and for how long."""
        waiting = self.waiting
        if waiting is None:
            return None
        what = "last count" if isinstance(waiting, Lingering) else f"delivery {waiting.number}/{waiting.of}"
        return f"{what} in {clocked(max(0.0, waiting.until - clock.now()))}"


def clocked(seconds: float) -> str:
    """Write a time as minutes and seconds."""
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"


def phase(event: Event) -> str | None:
    """Say an event in a line of a log, if it begins a phase or is a failure; None for all that goes as expected."""
    match event:
        case Sampled(number=number, accepted=accepted) if number > 1 or accepted:
            return None
        case Delivered(scenario=scenario, accepted=accepted) if scenario != "retry" or accepted:
            return None
        case Observed(counted=counted) if counted.effects is not None and counted.effects <= counted.expected:
            return None
    return describe(event)


def describe(event: Event) -> str | None:
    """Say an event in one line; None where it is not worth one."""
    match event:
        case ProbeStarted(probe=probe, detail=detail):
            return f"{probe}: {detail}"
        case Sampled(number=number, of=of, exchange=exchange):
            return f"delivery: sample {number} of {of}: {outcome(exchange)}"
        case Delivered(scenario=scenario, name=name, number=number, of=of, exchange=exchange):
            return f"replay: {scenario}, request {number} of {of}, {name}: {outcome(exchange)}"
        case Waiting(number=number, of=of, since=since, until=until) if until - since > 1:
            return f"replay: delivery {number} of {of} is due in {until - since:.0f} s"
        case Lingering(since=since, until=until) if until - since > 1:
            return f"observer: the last count is due in {until - since:.0f} s"
        case Observed(scenario=scenario, name=name, counted=counted):
            plural = "" if counted.effects == 1 else "s"
            words = counted.fault if counted.effects is None else f"{counted.effects} effect{plural}"
            return f"observer: {scenario}, {counted.label}, {name}: {words}"
        case KnownSoFar(report=report, seconds=seconds):
            failed = [result for result in report.results if result.status is Status.FAIL]
            lines = [f"known so far: {len(failed)} failed; the replay will take at least {seconds:.0f} s; {KEPT}"]
            lines += [f"  {result.level} {result.rule}: {result.summary}" for result in failed]
            return "\n".join(lines)
    return None


def outcome(exchange: Exchange) -> str:
    """Say what came of an exchange."""
    match exchange.outcome:
        case Answer(status=status):
            after = exchange.answered_after or 0.0
            return f"{status} after {after * 1000:.1f} ms" if after < 1 else f"{status} after {after:.2f} s"
        case failure:
            return f"{failure.kind}: {failure.detail}"


class Lines:
    """One line a state change, and a heartbeat in between: for logs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._spoke: float | None = None
        self._tracker: Tracker | None = None
        self._told: int | None = None

    def __call__(self, event: Event) -> None:
        """Print the event, if it is one that a log should have."""
        self._tracker = self._tracker or Tracker()
        self._tracker.take(event)
        if isinstance(event, Waiting):
            # It waits twice for each delivery: for the last look before it, and for the delivery.
            told, self._told = self._told, event.number
            if told == event.number:
                return
        line = phase(event)
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


class _Patient:
    """A stream that nobody may take any more, a terminal that was closed for one: what it refuses is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or not."""
        with suppress(OSError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or not."""
        with suppress(OSError):
            self._stream.flush()


class Live:
    """A line that changes, on a terminal; what stays known is printed above it."""

    def __init__(self, stream: TextIO, *, colour: bool) -> None:
        from rich.console import Console
        from rich.status import Status as Spinner

        # rich draws from a thread of its own, where an error has nobody to catch it.
        self._console = Console(
            file=cast("TextIO", _Patient(stream)), no_color=not colour, highlight=False, markup=False, emoji=False
        )
        self._spinner = Spinner("starting", console=self._console, spinner="line", refresh_per_second=5)
        try:
            self._spinner.start()
        except RuntimeError:  # no thread for it: the cursor, which is hidden by then, is the user's again
            self._spinner.stop()
            raise
        self._tracker: Tracker | None = None
        self._doing = "starting"

    def __call__(self, event: Event) -> None:
        """Show the event."""
        self._tracker = self._tracker or Tracker()
        self._tracker.take(event)
        line = describe(event)
        if line is None:
            return
        safe = "\n".join(disarm(part) for part in line.split("\n"))
        if isinstance(event, KnownSoFar):
            self._console.print(safe, style="dim")
        else:
            self._doing = safe
            self.tick()

    def tick(self) -> None:
        """Let time show: elapsed and in all, what it waits for, what failed, and that nothing is lost by ending it."""
        tracker = self._tracker
        if tracker is not None:
            awaited = tracker.awaited
            # What may be too long for the line stands at its end.
            parts = (tracker.failures, KEPT, self._doing) if awaited is None else (awaited, tracker.failures, KEPT)
            self._show(" · ".join((tracker.elapsed, *parts)))

    def close(self) -> None:
        """Take the line away."""
        self._spinner.stop()

    def _show(self, text: str) -> None:
        from rich.text import Text

        # One line, whatever the width: a status that wraps leaves its rest behind on the screen.
        shown = Text(text, no_wrap=True, overflow="ellipsis")
        shown.truncate(max(10, self._console.width - 4), overflow="ellipsis")
        self._spinner.update(shown)


def progress(stream: TextIO, *, quiet: bool, live: bool, colour: bool) -> Progress:
    """Choose how progress is shown."""
    makers: tuple[tuple[bool, Callable[[], Progress]], ...] = (
        (quiet, Silence),
        (live, lambda: Live(stream, colour=colour)),
        (True, lambda: Lines(stream)),
    )
    return next(make() for chosen, make in makers if chosen)
