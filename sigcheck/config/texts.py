"""The texts that stand in files which settings name: a body behind an @, or headers, one on each line."""

import os
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from sigcheck.config.given import Given, header_name
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input

LONGEST_BODY = 1_000_000
"""Bytes of a body template: far more than a callback of 12 bytes of data has, and no device file without an end."""

LONGEST_DEVICES = 1_000_000
"""Bytes of a file of device ids: a run uses a few dozen of them."""

_DEVICE = re.compile(r"[0-9A-Fa-f]{1,8}")

_HEADINGS = frozenset(("id", "ids", "device", "devices", "deviceid", "deviceids"))
"""What a table of devices calls its first column."""

LONGEST_HEADERS = 100_000
"""Bytes of a file of headers."""


class HeaderLine(Struct, frozen=True):
    """A header as it was written; `spelled` calls its place in a message."""

    text: str
    spelled: str


def beside(path: str, given: Given) -> str:
    """Give a path as it is from the folder of the process."""
    return os.path.join(given.folder, path)  # noqa: PTH118 - a text that is shown: no ./ is taken away from it


def body_of(text: str, given: Given) -> str:
    """Give a text, or what the file behind its @ holds; raises UsageProblem."""
    if not text.startswith("@"):
        return text
    fix = "give --body @FILE a text file"
    return _text_of(beside(text[1:], given), f"{given.spelled} file", fix, LONGEST_BODY, "utf-8")


def devices_of(text: str, given: Given) -> Iterator[str]:
    """Give the device ids of a text: those between its commas, or, of a file, the first word of each line.

    Raises UsageProblem. In a file, empty lines and those with a # in front are left out, and so is a first line
    that names the columns.
    """
    ids = [each.strip() for each in text.split(",")]
    if all(_DEVICE.fullmatch(each) for each in ids):
        yield from ids
        return
    fix = "give a file with an id of 1 to 8 hex digits on each line, or such ids with commas between them"
    if not text.strip():
        raise UsageProblem(f"{given.spelled} has no device id", fix)
    if any(_DEVICE.fullmatch(each) for each in ids):
        wrong = next(number for number, each in enumerate(ids, 1) if not _DEVICE.fullmatch(each))
        raise UsageProblem(f"{given.spelled}: number {wrong} of the list is not a device id", fix)
    lines = _text_of(beside(text, given), f"{given.spelled}", fix, LONGEST_DEVICES, "utf-8-sig").splitlines()
    found = [(number, re.split(r"[\s,;]", line.strip())[0]) for number, line in enumerate(lines, 1)]
    found = [(number, word.strip('"')) for number, word in found if word and not word.startswith("#")]
    if found and re.sub(r"[^a-z]", "", found[0][1].lower()) in _HEADINGS:
        del found[0]
    for number, word in found:
        if not _DEVICE.fullmatch(word):
            raise UsageProblem(f"{given.spelled}: line {number} of the file does not begin with a device id", fix)
    if not found:
        raise UsageProblem(f"{given.spelled}: the file has no device id", fix)
    yield from (word for _, word in found)


def header_lines(read: Iterable[tuple[str, Given]]) -> Iterator[tuple[HeaderLine, Given]]:
    """Give the headers that hold, of texts that each are one or name a file of them; raises UsageProblem.

    A header is left out where one of its name was given over it.
    """
    # A file is read once: a pipe gives what it has to the first who asks.
    files: dict[str, list[HeaderLine]] = {}

    def lines(text: str, given: Given) -> list[HeaderLine]:
        if not text.startswith("@"):
            return [HeaderLine(text, given.spelled)]
        path = beside(text[1:], given)
        if path not in files:
            files[path] = list(_lines_of(path, f"{given.spelled} file"))
        return files[path]

    for text, given in read:
        named = {header_name(line.text) for upper in given.under for line in lines(str(upper.value), upper)}
        yield from ((line, given) for line in lines(text, given) if header_name(line.text) not in named)


def _lines_of(path: str, what: str) -> Iterator[HeaderLine]:
    """Read a file of headers. Some editors begin it with U+FEFF, which belongs to no name."""
    fix = "give a text file with one 'Name: value' on each line"
    text = _text_of(path, what, fix, LONGEST_HEADERS, "utf-8-sig")
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if line and not line.startswith("#"):
            yield HeaderLine(line, f"{what} {path!r}, line {number}")


def _text_of(path: str, what: str, fix: str, limit: int, encoding: str) -> str:
    """Give the text of a file; raises UsageProblem."""
    try:
        return read_input(path, what=what, fix=fix, limit=limit, shown=repr(path)).decode(encoding)
    except UnicodeDecodeError:
        raise UsageProblem(f"{what} {path!r} cannot be read (it is not UTF-8)", fix) from None
