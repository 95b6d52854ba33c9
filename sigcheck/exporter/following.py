"""Reads what was appended to a ledger that others write, at each look, and the whole of one that was replaced."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from sigcheck.errors import UsageProblem
from sigcheck.fleet.ledger import Line, decoded, torn
from sigcheck.saved import LARGEST

EDGE = 1024
"""Bytes at the beginning, and before the place that was read up to, by which a file is known again. Our choice.

The first line has the random id of its run. An inode is no sign: the next file may get that of one that was removed.
"""


class _Place(Struct, frozen=True):
    """How far a file was read: to the end of the last whole line that could be used, the one with this number."""

    file: tuple[int, int]
    offset: int = 0
    number: int = 0
    first: bytes = b""
    last: bytes = b""


class Followed:
    """A ledger that is read on from where the last look ended. It need not exist, and is not kept open between looks.

    A last line without its newline is being written: it is read when it is whole.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = _Place((0, 0))
        self._seen: tuple[int, ...] | None = None
        self._trouble: int | None = None

    def new_lines(self) -> Iterator[Line]:
        """Give the lines that came since the last look, one at a time; raises UsageProblem for what is no ledger.

        After a line that cannot be used nothing is given until the file has changed, and then that line is the first.
        """
        try:
            found = self._path.stat()
        except OSError:
            return
        state = found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
        if state == self._seen:
            return
        # What is written from now on makes the file longer, and is seen at the next look.
        self._seen = state
        if not stat.S_ISREG(found.st_mode):
            raise UsageProblem(f"the ledger {self._path} cannot be read (it is not a file)", "name another file")
        try:
            with self._path.open("rb") as file:
                yield from self._beyond(file)
            self._trouble = None
        except OSError as error:
            # That may pass without a change of the file: it is tried again at each look, and told once.
            self._seen, before, self._trouble = None, self._trouble, error.errno
            if before != error.errno:
                raise UsageProblem(
                    f"the ledger {self._path} cannot be read ({error.strerror})", "name another file"
                ) from None

    def _beyond(self, file: BinaryIO) -> Iterator[Line]:
        found = os.fstat(file.fileno())
        place = self._place
        if place.file != (found.st_dev, found.st_ino) or _edges(file, place.offset) != (place.first, place.last):
            place = _Place((found.st_dev, found.st_ino))
        offset, number = place.offset, place.number
        file.seek(offset)
        try:
            while (raw := file.readline(LARGEST + 1)).endswith(b"\n"):
                if raw.strip():
                    yield decoded(raw[torn(raw) :], self._path, number + 1)
                offset, number = offset + len(raw), number + 1
            if len(raw) > LARGEST:
                raise UsageProblem(
                    f"line {number + 1} of {self._path} is longer than a report can be", "name another file"
                )
        finally:
            self._place = _Place(place.file, offset, number, *_edges(file, offset))


def _edges(file: BinaryIO, offset: int) -> tuple[bytes, bytes]:
    """Give the first bytes of a file, and the last ones before a place in it: fewer where it is shorter."""
    begin = max(0, offset - EDGE)
    read = []
    for place in (0, begin):
        file.seek(place)
        read.append(file.read(offset - begin))
    return read[0], read[1]
