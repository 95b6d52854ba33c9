"""A fleet's progress on a terminal: a table that changes in place, as large as the terminal lets it be."""

from typing import TYPE_CHECKING, TextIO

from sigcheck import clock
from sigcheck.model.fleet import TargetSummary
from sigcheck.progress.several import KEPT
from sigcheck.progress.so_far import Course, SoFar, rate_words, time_words
from sigcheck.redaction.disarm import disarm
from sigcheck.report.page import Part, columns

if TYPE_CHECKING:
    from rich.text import Text

REDRAW = 0.25
"""Seconds between two drawings: more often nobody reads it."""
NARROW = 60
"""Columns below which the figures stand in one column instead of two."""
WIDEST = 120
PLAIN = str.maketrans("━─…·", "=-.-")
"""What stands for a character on a terminal of ASCII: one for one, so that no line becomes wider."""
LABEL = 14
ROOM_FOR_FAILED = 12
"""Lines of a terminal from which on the last targets that failed are named."""

Line = tuple[Part, ...]


class FleetTable:
    """The progress of a fleet on a terminal. It draws when it is ticked, from the thread of the event loop."""

    def __init__(self, stream: TextIO, course: Course, *, colour: bool) -> None:
        from rich.console import Console
        from rich.live import Live

        from sigcheck.progress.live import patient

        self._so_far = SoFar(course)
        self._console = Console(
            file=patient(stream), no_color=not colour, highlight=False, markup=False, emoji=False, soft_wrap=False
        )
        self._live = Live(console=self._console, auto_refresh=False, transient=True, redirect_stdout=False)
        self._drawn: float | None = None
        self._shown: list[int] = []
        self._live.start()

    def began(self, target: str, vantage: str) -> None:
        """Take that a target's run begins."""
        self._so_far.began(target, vantage)

    def ended(self, summary: TargetSummary) -> None:
        """Take what came of a target."""
        self._so_far.ended(summary)

    def say(self, text: str) -> None:
        """Print what a person should know of those that run the targets, above the table."""
        self._console.print("sigcheck: " + disarm(text))

    def tick(self) -> None:
        """Draw it, unless that was done a moment ago."""
        now = clock.now()
        if self._drawn is not None and now - self._drawn < REDRAW:
            return
        self._drawn = now
        width, height = self._console.size
        lines = frame(self._so_far, width - 1, height)
        self._erase_wrapped(width)
        self._shown = [sum(columns(_text(part)) for part in line) for line in lines]
        self._live.update(_styled(lines, plain=not self._console.encoding.lower().startswith("utf")), refresh=True)

    def close(self) -> None:
        """Take it away, and give the cursor back."""
        self._live.stop()

    def _erase_wrapped(self, width: int) -> None:
        """Erase what a terminal that has become narrower made of the last drawing: its lines take more rows now."""
        rows = sum(max(0, length - 1) // width for length in self._shown)
        if rows:
            from rich.control import Control
            from rich.segment import ControlType

            self._console.control(*[Control((ControlType.ERASE_IN_LINE, 2), (ControlType.CURSOR_UP, 1))] * rows)


def frame(so_far: SoFar, width: int, height: int) -> list[Line]:
    """Lay the table out: no line is wider than `width`, and there are at most `height` - 1 lines. All is disarmed."""
    width = max(10, min(width, WIDEST))
    most = max(1, height - 1)
    whole = so_far.course.targets
    share = so_far.done / whole if whole else 1.0
    rate, left = rate_words(so_far.rate), so_far.left
    done = f"{so_far.done} of {whole}"
    first: list[tuple[str, str, str]] = [
        ("done", f"{done}  {share:.0%}" if so_far.done < whole else done, "bold"),
        ("failing", str(so_far.counts["failing"]), "bold red" if so_far.counts["failing"] else ""),
        ("undecided", str(so_far.counts["undecided"]), "yellow" if so_far.counts["undecided"] else ""),
        ("not examined", str(so_far.counts["not examined"]), "yellow" if so_far.counts["not examined"] else ""),
    ]
    second: list[tuple[str, str, str]] = [
        ("running now", str(so_far.running), ""),
        ("rate", rate or "none is done yet", ""),
        ("elapsed", time_words(so_far.elapsed), ""),
        ("time left", "not known yet" if left is None else f"about {time_words(left)}", ""),
    ]
    lines: list[Line]
    if width < NARROW:
        lines = [_row(cell, width) for cell in (*first, *second)]
        # What matters least goes first where there are few lines.
        lines = lines if len(lines) < most else [lines[0], lines[1], lines[7], *lines[2:7]]
    else:
        half = width // 2
        lines = [(*_row(a, half), *_row(b, width - half)) for a, b in zip(first, second, strict=True)]
    lines = [_bar(share, width), *lines] if len(lines) + 2 <= most else lines
    room = most - len(lines) - 3
    if so_far.last and room > 0 and height >= ROOM_FOR_FAILED:
        lines += [(), (("These failed last:", "bold"),)]
        lines += [_failed(each, width) for each in list(so_far.last)[-min(room, len(so_far.last)) :]]
    return [*lines, ((_cut(KEPT, width), "dim"),)][:most] if len(lines) < most else lines[:most]


def _row(cell: tuple[str, str, str], width: int) -> Line:
    label, value, style = cell
    if width < 2 * LABEL:
        return ((_cut(f"{value} {label}", width), style),)
    value = _cut(value, width - LABEL - 1)
    return (f"{label:{LABEL}}", "dim"), (value, style), " " * (width - LABEL - columns(value))


def _bar(share: float, width: int) -> Line:
    filled = int(share * width)
    return ("━" * filled, "green"), ("─" * (width - filled), "dim")


def _failed(summary: TargetSummary, width: int) -> Line:
    """Name a target and its cause; the name has up to half of the line."""
    name = disarm(summary.target) + (f" (from {disarm(summary.vantage)})" if summary.vantage else "")
    cause = summary.causes[0] if summary.causes else None
    why = summary.problem or (f"{cause.title} ({cause.rule})" if cause is not None else summary.word)
    name = _cut(name, max(8, width // 2 - 4))
    style = "red" if summary.problem is None else "yellow"
    return "  ", (name, style), "  ", _cut(disarm(why), width - columns(name) - 4)


def _cut(text: str, width: int) -> str:
    """Cut a text to that many columns, with an ellipsis."""
    if columns(text) <= width:
        return text
    while text and columns(text) >= width:
        text = text[: min(len(text) - 1, width)]
    return text.rstrip() + "…" if width > 0 else ""


def _text(part: Part) -> str:
    return part if isinstance(part, str) else part[0]


def _styled(lines: list[Line], *, plain: bool) -> "Text":
    from rich.text import Text

    whole = Text(no_wrap=True, overflow="crop")
    for number, line in enumerate(lines):
        whole.append("\n" if number else "")
        for part in line:
            text, style = (part, "") if isinstance(part, str) else part
            whole.append(text.translate(PLAIN) if plain else text, style)
    return whole
