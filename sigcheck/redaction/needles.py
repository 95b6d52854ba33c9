"""Many secrets in one text: where they stand, and where a cut left the beginning of one. The work grows with the text.

Capitals make no difference: a server that writes a secret in capitals has written it.

A search by regular expression would try each secret at each place. What is tried here is known to begin with the same
characters as something in the text, and a secret that almost matches is not compared anew at each of its characters.
"""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

SHORTEST = 4
"""Characters that a needle, or the beginning of one, has at the least."""

FEW = 32
"""Needles that are looked for one by one; where there are more, those come first whose beginning is in the text."""

_Text = TypeVar("_Text", str, bytes)


class Needles(Generic[_Text]):
    """Texts, or bytes, to be hidden; those that are too short are left out."""

    def __init__(self, needles: Iterable[_Text]) -> None:
        # The longest first: a password inside a whole login is then hidden with it.
        self._all: list[_Text] = sorted(
            {_lower(each) for each in needles if len(each) >= SHORTEST}, key=lambda each: (-len(each), each)
        )
        self._heads: dict[_Text, list[_Text]] = {}
        self._borders: dict[_Text, list[int]] = {}
        for each in self._all:
            self._heads.setdefault(each[:SHORTEST], []).append(each)

    def __bool__(self) -> bool:
        return bool(self._all)

    def hide(self, text: _Text, instead: _Text) -> _Text:
        """Put `instead` in the place of each needle; where two overlap, one stands for both."""
        if not self._all:
            return text
        found = []
        lower = _lower(text)
        for needle in self._candidates(lower):
            at = lower.find(needle)
            while at >= 0:
                found.append((at, at + len(needle)))
                at = lower.find(needle, at + len(needle))
        return _replaced(text, found, instead)

    def hide_begun(self, text: _Text, instead: _Text, ends: Sequence[int]) -> _Text:
        """Put `instead` in the place of the longest beginning of a needle before each of `ends`, which ascend."""
        if not self._all:
            return text
        longest = dict.fromkeys(ends, 0)
        lower = _lower(text)
        for needle in self._candidates(lower):
            if needle not in self._borders:
                self._borders[needle] = _borders(needle)
            for end, length in _begun(lower, needle, self._borders[needle], ends):
                longest[end] = max(longest[end], length)
        found = [(end - length, end) for end, length in longest.items() if length >= SHORTEST]
        return _replaced(text, found, instead)

    def _candidates(self, text: _Text) -> list[_Text]:
        """Give the needles whose beginning is in the text."""
        if len(self._all) <= FEW:
            return [each for each in self._all if each[:SHORTEST] in text]
        present = {text[at : at + SHORTEST] for at in range(len(text) - SHORTEST + 1)}
        return [each for head in self._heads.keys() & present for each in self._heads[head]]


_LOWER = {ord(each): each.lower() for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def _lower(text: _Text) -> _Text:
    """Give a text, as long as before, in which capitals make no difference: those of ASCII alone."""
    return text.lower() if isinstance(text, bytes) or text.isascii() else text.translate(_LOWER)


def _replaced(text: _Text, found: list[tuple[int, int]], instead: _Text) -> _Text:
    """Replace stretches of a text, those that overlap as one."""
    if not found:
        return text
    pieces: list[_Text] = []
    done = 0
    begin, end = -1, -1
    for here, there in [*sorted(found), (len(text) + 1, 0)]:
        if here < end:
            end = max(end, there)
            continue
        if end >= 0:
            pieces += [text[done:begin], instead]
            done = end
        begin, end = here, there
    pieces.append(text[done:])
    return instead[:0].join(pieces)


def _begun(text: _Text, needle: _Text, borders: list[int], ends: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Give, for each end, the length of the longest beginning of `needle` that stands before it.

    Knuth, Morris and Pratt: each character of the text is looked at once, and only where the needle reaches an end.
    """
    at = length = 0
    for end in ends:
        start = max(0, end - len(needle) + 1)
        if start > at:
            at, length = start, 0
        while at < end:
            while length and (length == len(needle) or needle[length] != text[at]):
                length = borders[length - 1]
            length += needle[length] == text[at]
            at += 1
        yield end, length if length < len(needle) else 0


def _borders(needle: _Text) -> list[int]:
    """Give, for each beginning of a text, the length of the longest shorter one that it ends with."""
    borders = [0] * len(needle)
    length = 0
    for at in range(1, len(needle)):
        while length and needle[length] != needle[at]:
            length = borders[length - 1]
        length += needle[length] == needle[at]
        borders[at] = length
    return borders
