"""Lines of a report for people: words folded under a lead, tables, and the styles of a terminal.

Written without rich, which takes 40 ms to load and as long to lay out a report.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

STYLES = {
    "": "",
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "cyan": "36",
    "bold red": "1;31",
    "bold green": "1;32",
    "bold yellow": "1;33",
    "bold magenta": "1;35",
    "bold cyan": "1;36",
}
"""Name → what SGR calls it."""

PLAIN = str.maketrans({"✓": "+", "✗": "x", "·": "-", "…": "...", "→": "->", "—": "-"})
"""What stands for a character where the encoding has no more than ASCII; for `str.translate`."""

Part = str | tuple[str, str]
"""A text, or a text with its style."""

_WORDS = re.compile(r" *(?:\(exit \d+\)|[^ ]+(?:(?<=\d) (?:ms|s|min|h|days?|times)\b[^ ]*)?)")
"""A number and its unit are one word, and so is an exit code: "5 s" is not divided between two lines."""


def columns(text: str) -> int:
    """Count the columns that a text takes on a terminal: two for a wide character, none for a mark above another."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )


def fold(text: str, first: int, rest: int) -> list[str]:
    """Fold a text between its words into lines of `first` columns, then `rest`; a word that is longer is broken."""
    lines: list[str] = []
    line, room = "", first
    for word in _WORDS.findall(text):
        if line and columns(line) + columns(word) > room:
            lines.append(line)
            line, room = "", rest
        piece = word if line else word.lstrip(" ")
        while not line and columns(piece) > room:
            cut = _fits(piece, room)
            lines.append(piece[:cut])
            piece, room = piece[cut:], rest
        line += piece
    return [*lines, line] if line or not lines else lines


def _fits(word: str, room: int) -> int:
    taken = 0
    for place, each in enumerate(word):
        taken += columns(each)
        if taken > room:
            return max(1, place)
    return len(word)


class Page:
    """Lines of a fixed width. Nothing that is added is wider, save a line that `line` was given as a whole."""

    def __init__(self, width: int, *, colour: bool) -> None:
        self.width = width
        self._colour = colour
        self._lines: list[str] = []

    def line(self, *parts: Part) -> None:
        """Add one line, however wide it is."""
        self._lines.append("".join(self._styled(*self._split(part)) for part in parts).rstrip())

    def blank(self) -> None:
        """Add an empty line, unless the page begins here or the last one is empty."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def hang(self, lead: Sequence[Part], words: str, style: str = "", *, right: str = "") -> None:
        """Add words behind a lead; where they need more lines, each begins under the first word.

        `right` is set dim at the right end of the first line, or below where it has no room there.
        """
        indent = sum(columns(self._split(part)[0]) for part in lead)
        room = max(8, self.width - indent)
        aside = columns(right) + 2 if right else 0
        beside = bool(right) and room - aside >= min(24, columns(words))
        first, *rest = fold(words, room - aside if beside else room, room)
        gap = " " * (room - columns(first) - columns(right)) if beside else ""
        self.line(*lead, (first, style), (f"{gap}{right}" if beside else "", "dim"))
        for line in rest:
            self.line(" " * indent, (line, style))
        if right and not beside:
            self.line(" " * indent, (right, "dim"))

    def table(self, rows: Iterable[Sequence[Part]], indent: int = 2) -> None:
        """Add rows whose cells stand below each other, two columns apart."""
        cells = [[self._split(part) for part in row] for row in rows]
        widths = [max(columns(row[place][0]) for row in cells if place < len(row)) for place in range(len(cells[0]))]
        for row in cells:
            parts: list[Part] = [" " * indent]
            for place, (text, style) in enumerate(row):
                pad = "" if place == len(row) - 1 else " " * (widths[place] - columns(text) + 2)
                parts += [(text, style), pad]
            self.line(*parts)

    def text(self) -> str:
        """Give all lines, each with a newline."""
        return "".join(f"{line}\n" for line in self._lines)

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self._colour and style and text.strip() else text

    @staticmethod
    def _split(part: Part) -> tuple[str, str]:
        return (part, "") if isinstance(part, str) else part
