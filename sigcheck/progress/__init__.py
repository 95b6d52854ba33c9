"""Tells a person what a run is doing, on stderr: a live countdown on a terminal, lines and a heartbeat without one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TextIO

from sigcheck.model.events import Event

if TYPE_CHECKING:
    from sigcheck.progress.several import Overview


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

    def done(self, run: str, verdict: str) -> None:
        """Take the end of a run."""

    def tick(self) -> None:
        """Let time show."""

    def close(self) -> None:
        """End the display."""


class ProgressOfSeveral(Progress, Protocol):
    """Takes the events of several runs, and is told what came of each."""

    def done(self, run: str, verdict: str) -> None:
        """Take the end of a run, by its id."""
        ...


def progress(stream: TextIO, *, quiet: bool, live: bool, colour: bool) -> Progress:
    """Choose how progress is shown."""
    if quiet:
        return Silence()
    if live:
        from sigcheck.progress.live import Live, LiveLine

        return Live(LiveLine(stream, colour=colour))
    from sigcheck.progress.lines import Lines

    return Lines(stream)


def progress_of_several(
    overview: "Overview", names: Mapping[str, str], stream: TextIO, *, quiet: bool, live: bool, colour: bool
) -> ProgressOfSeveral:
    """Choose how the progress of several runs is shown; `names` are those of their targets, by the run's id."""
    if quiet:
        return Silence()
    from sigcheck.progress.several import LinesOfSeveral, LiveOfSeveral

    if live:
        from sigcheck.progress.live import LiveLine

        return LiveOfSeveral(LiveLine(stream, colour=colour), overview, names)
    return LinesOfSeveral(stream, overview, names)
