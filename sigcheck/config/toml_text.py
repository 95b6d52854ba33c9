"""Writes text of TOML for people to read: keys, strings and comments, which a terminal and a CI log cannot obey."""

import re
import textwrap

from sigcheck.redaction.disarm import disarm

WIDTH = 100
"""Columns of a comment."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ORDER = re.compile(r"#(?=#)")
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def is_text(value: str) -> bool:
    """Whether TOML has a string for it: one with half of a surrogate pair is none."""
    return re.search("[\ud800-\udfff]", value) is None


def toml_key(name: str) -> str:
    """Write a key."""
    return name if _BARE.fullmatch(name) else _basic(name)


def toml_string(value: str) -> str:
    """Write a string: as it stands where that is possible, over several lines where it has such.

    `value` is text (`is_text`); the result is read back as the same.
    """
    # What a CI system obeys at the start of a line is harmless behind a key.
    lines = value.split("\n")
    plain = all(disarm(line) == line for line in ([re.sub(":+", ":", value)] if len(lines) == 1 else lines))
    if plain and "'''" not in value:
        if len(lines) > 1:
            return f"'''\n{value}'''"
        if ('"' in value or "\\" in value) and "'" not in value:
            return f"'{value}'"
    return _basic(value)


def toml_comment(text: str, indent: str = "") -> list[str]:
    """Write a sentence as lines of a comment; `indent` stands before those after the first."""
    lines = textwrap.wrap(disarm(text), WIDTH - 2, subsequent_indent=indent, break_long_words=False,
                          break_on_hyphens=False)  # fmt: skip
    return [f"# {line}" for line in lines]


def commented_out(lines: list[str]) -> list[str]:
    """Give lines that are a comment as a whole: without the first two characters of each, they are what they were."""
    return [f"# {part}" for line in lines for part in line.split("\n")]


def _basic(value: str) -> str:
    written = "".join(_escaped(each) for each in value)
    # What a CI system would read as an order where a log has it.
    return '"' + _ORDER.sub(lambda match: f"\\u{ord(match[0]):04X}", written) + '"'


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if disarm(character) == character:
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
