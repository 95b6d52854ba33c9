"""Words with their styles, and how they are laid into lines. A word is never broken."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

Style = Literal["", "bold", "code"]
Run = tuple[str, Style]
Word = tuple[Run, ...]
"""What no line break parts: pieces of text, each with its style."""

BREAK: Word = ()
"""Ends a line wherever it stands."""

_CODES = {"bold": "\x1b[1m", "code": "\x1b[36m"}
_PLAIN = {"•": "-", "…": "...", "·": "-", "→": "->", "←": "<-", "✓": "ok", "✗": "x", "─": "-", "│": "|", "┌": "+",
          "┐": "+", "▲": "^", "▼": "v", "≤": "<="}  # fmt: skip


class Paper(NamedTuple):
    """What is written on: its width in columns, whether it shows colour, and whether it knows ASCII alone."""

    width: int = 80
    colour: bool = False
    ascii: bool = False

    def spelled(self, text: str) -> str:
        """Spell what ASCII lacks in its own characters, if it must be so."""
        return "".join(_PLAIN.get(char, char) for char in text) if self.ascii else text

    def drawn(self, word: Word) -> str:
        """Give a word as it is written."""
        if not self.colour:
            return "".join(text for text, _ in word)
        return "".join(f"{_CODES[style]}{text}\x1b[0m" if style else text for text, style in word)


LONGEST_WHOLE = 40
"""Columns of code in a sentence that is still kept in one line."""

_SPACE = re.compile(r" (?!(?:s|ms|min|h|%|[KM]iB)\b)|(?<!\d) ")
"""Where a line may end: not between a number and its unit."""


def size(word: Word) -> int:
    """Give the columns that a word takes."""
    return sum(len(text) for text, _ in word)


def length(words: Iterable[Word]) -> int:
    """Give the columns of a line of words."""
    sizes = [size(word) for word in words]
    return sum(sizes) + max(0, len(sizes) - 1)


def split(runs: Iterable[Run]) -> list[Word]:
    """Split runs of text into words; a run of code stays whole if it is short, so that a command is read in one."""
    words: list[Word] = []
    current: list[Run] = []
    for text, style in runs:
        if not text:
            words += [tuple(current)] if current else []
            words.append(BREAK)
            current = []
            continue
        parts = [text] if style == "code" and len(text) <= LONGEST_WHOLE else _SPACE.split(text)
        for number, part in enumerate(parts):
            if number and current:
                words.append(tuple(current))
                current = []
            if part:
                current.append((part, style))
    return [*words, tuple(current)] if current else words


def folded(words: Iterable[Word], width: int) -> list[list[Word]]:
    """Lay words into lines of at most `width` columns; a longer word has a line of its own."""
    lines: list[list[Word]] = [[]]
    used = 0
    for word in fitting(words, width):
        if word == BREAK:
            lines.append([])
            used = 0
            continue
        needed = size(word) + (1 if lines[-1] else 0)
        if lines[-1] and used + needed > width:
            lines.append([])
            used, needed = 0, size(word)
        lines[-1].append(word)
        used += needed
    return lines


def fitting(words: Iterable[Word], width: int) -> Iterator[Word]:
    """Part a run of code at its spaces if it is wider than a line."""
    for word in words:
        if len(word) and size(word) > width and any(" " in text for text, _ in word):
            yield from _parted(word)
        else:
            yield word


def _parted(word: Word) -> Iterator[Word]:
    current: list[Run] = []
    for text, style in word:
        for number, part in enumerate(text.split(" ")):
            if number:
                yield tuple(current)
                current = []
            current.append((part, style))
    yield tuple(current)


def paragraph(words: Iterable[Word], paper: Paper, first: str, rest: str) -> list[str]:
    """Give the lines of a paragraph, the first one behind `first`, and the others behind `rest`."""
    lines = folded(words, paper.width - max(len(first), len(rest)))
    drawn = [" ".join(paper.drawn(word) for word in line) for line in lines]
    return [f"{first if number == 0 else rest}{line}".rstrip() for number, line in enumerate(drawn)]
