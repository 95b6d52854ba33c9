"""Text from elsewhere as Markdown that shows it and does nothing else.

GitHub and GitLab look for names (@name), issues (#1), commits and addresses in the text that Markdown has been made
into, so a backslash does not stop them; in a code span they do not look. So a word that is more than prose becomes a
code span, and nothing of the text is left outside one that could be markup.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from sigcheck.redaction.disarm import disarm

_SPAN = re.compile(r"`([^`]+)`")
_FENCE = re.compile("`+")
_WORD = re.compile(r"\s+|\||[^\s|]+")
_WRAPPED = re.compile(r"""([('"]*)(.*?)([)'".,;:!?…]*)""", re.DOTALL)
_RISKY = re.compile(
    r"[\\`*_<>&@#\[\]~$^{}]"  # markup, HTML, names, issues, formulas, and what templates look for
    r"|://|(?i:www\.|mailto:|xmpp:)"  # addresses that become links without being asked
    r"|\w\.[^\W\d_]{2,}"  # names of hosts and files
    r"""|[!%]["\w]"""  # GitLab's merge requests and milestones
    r"|(?i:\bGH-\d)"  # GitHub's issues
    r"|\b(?=[a-f]*\d)[0-9a-f]{7,}\b"  # commits
    r"|:\w[\w+-]*:"  # emoji
    r"|-{3}|={3}|\+{3}"  # lines, and what stands above a table
    r"|^\W*--[a-z]"  # options, which some renderers give a long dash
)
_ITEM = re.compile(r"[-+=]+|\d+[.)]")
"""What would begin a list or a heading where it is the first word of a line."""

_KEPT, _SHORT = 1024, 40
"""Words whose pieces are kept, and characters of the longest of them."""


class _Piece(Struct, frozen=True):
    """A part of a text. `code` is 0 for prose, 1 for a word that is more, 2 for what the text itself marks as code."""

    text: str
    code: int


def inline(text: str, most: int = 0) -> str:
    """Give a text for a line or a cell of a table; `most` characters of it, all of them for 0.

    The text is one line afterwards, whatever it was before.
    """
    text = _line(text, most)
    return "".join(_code(piece.text) if piece.code else piece.text for piece in _merged(_pieces(text)))


def code(text: str, most: int = 0) -> str:
    """Give a text as one code span, beside which its pipes stand; "" for a text that has nothing to show."""
    return _code(_line(text, most))


def _line(text: str, most: int) -> str:
    # What is cut is not looked at: a saved report may have a text of any length.
    text = " ".join(disarm(text[: 2 * most] if most else text).split())
    return text[: most - 1].rstrip() + "…" if most and len(text) > most else text


def _pieces(text: str) -> Iterator[_Piece]:
    end = 0
    for match in _SPAN.finditer(text):
        yield from _words(text[end : match.start()], first=not end)
        yield _Piece(match.group(1), 2)
        end = match.end()
    yield from _words(text[end:], first=not end)


def _words(text: str, *, first: bool) -> Iterator[_Piece]:
    for match in _WORD.finditer(text):
        word = match.group()
        if word == "|":
            yield _Piece("\\|", 0)
        elif first and _ITEM.fullmatch(word):
            yield _Piece(word, 1)
        else:
            yield from _common(word) if len(word) <= _SHORT else _wrapped(word)
        first = False


def _wrapped(word: str) -> tuple[_Piece, ...]:
    """Leave the punctuation around a risky word outside its code span, unless the word is nothing else."""
    if not _RISKY.search(word):
        return (_Piece(word, 0),)
    found = _WRAPPED.fullmatch(word)
    before, inner, after = found.groups() if found else ("", word, "")
    if not inner or _RISKY.search(before + after):
        return (_Piece(word, 1),)
    return tuple(_Piece(part, code) for part, code in ((before, 0), (inner, 1), (after, 0)) if part)


_common = lru_cache(_KEPT)(_wrapped)
"""The words of a report recur, the blanks between them most of all."""


def _merged(pieces: Iterator[_Piece]) -> list[_Piece]:
    """Join code that stands side by side: two spans without anything between them would be one that is longer."""
    merged: list[_Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if last is not None and last.code and piece.code:
            merged[-1] = _Piece(last.text + piece.text, 2)
        elif piece.code == 1 and len(merged) > 1 and merged[-1].text == " " and merged[-2].code == 1:
            merged[-2:] = [_Piece(f"{merged[-2].text} {piece.text}", 1)]
        else:
            merged.append(piece)
    return merged


def _code(text: str) -> str:
    """Give a code span; a pipe stands outside it, where a backslash keeps it from ending a cell of a table."""
    return "\\|".join(_span(part.strip()) for part in text.split("|")) if "|" in text else _span(text.strip())


def _span(text: str) -> str:
    if "`" not in text:
        return f"`{text}`" if text else ""
    longest = max(len(run) for run in _FENCE.findall(text))
    fence = "`" * (longest + 1)
    space = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{space}{text}{space}{fence}"
