"""A run's progress on a terminal: a line that changes."""

from contextlib import suppress
from typing import Any, TextIO, cast

from sigcheck.model.events import Event, KnownSoFar
from sigcheck.progress.tracker import KEPT, Tracker, describe
from sigcheck.redaction.disarm import disarm


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


def patient(stream: TextIO) -> TextIO:
    """Give a stream that drops what `stream` refuses, for rich to write to."""
    return cast("TextIO", _Patient(stream))


class LiveLine:
    """A line on a terminal that changes; what stays is printed above it."""

    def __init__(self, stream: TextIO, *, colour: bool) -> None:
        from rich.console import Console
        from rich.status import Status as Spinner

        # rich draws from a thread of its own, where an error has nobody to catch it.
        self._console = Console(file=patient(stream), no_color=not colour, highlight=False, markup=False, emoji=False)
        self._held: list[str] = []
        self._spinner = Spinner("starting", console=self._console, spinner="line", refresh_per_second=5)
        try:
            self._spinner.start()
        except RuntimeError:  # no thread for it: the cursor, which is hidden by then, is the user's again
            self._spinner.stop()
            raise

    def hold(self, text: str) -> None:
        """Show that below the line from now on, and take it away with the line: the report says it again."""
        self._held = [disarm(part) for part in text.split("\n")]

    def leave(self, text: str) -> None:
        """Print what stays."""
        self._console.print("\n".join(disarm(part) for part in text.split("\n")), style="dim")

    def show(self, text: str) -> None:
        """Change the line."""
        from rich.text import Text

        # Each is one line, whatever the width: a status that wraps leaves its rest behind on the screen.
        lines = [Text(part, no_wrap=True) for part in (disarm(text.partition("\n")[0]), *self._held)]
        for line in lines:
            line.truncate(max(10, self._console.width - 4), overflow="ellipsis")
        self._spinner.update(Text("\n", no_wrap=True, overflow="ellipsis").join(lines))

    def close(self) -> None:
        """Take the line away."""
        self._spinner.stop()


class Live:
    """The progress of one run on a terminal."""

    def __init__(self, line: LiveLine) -> None:
        self._line = line
        self._tracker: Tracker | None = None
        self._doing = "starting"

    def __call__(self, event: Event) -> None:
        """Show the event."""
        self._tracker = self._tracker or Tracker()
        self._tracker.take(event)
        line = describe(event)
        if line is None:
            return
        if isinstance(event, KnownSoFar):
            self._line.hold(line)
        else:
            self._doing = line
            self.tick()

    def tick(self) -> None:
        """Let time show: elapsed and in all, what it waits for, what failed, and that nothing is lost by ending it."""
        tracker = self._tracker
        if tracker is not None:
            awaited = tracker.awaited
            # What may be too long for the line stands at its end.
            parts = (tracker.failures, KEPT, self._doing) if awaited is None else (awaited, tracker.failures, KEPT)
            self._line.show(" · ".join((tracker.elapsed, *parts)))

    def close(self) -> None:
        """Take the line away."""
        self._line.close()
