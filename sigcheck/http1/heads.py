"""Cuts heads (a status line and header lines) out of what was received, each byte looked at once."""

import re
from typing import NamedTuple

from sigcheck.http1.excerpt import LOOKED_AT, begins_like_http, settled

HEAD_CAP = 512 * 1024
"""Bytes of status lines and headers that are read, interim answers included: more than any client takes."""

_CR_ALONE = re.compile(rb"\r\r(?=[!-\xff])")


class RawHead(NamedTuple):
    """A status line and header lines, without their LF, and the line that ended them.

    `cr_alone`: the lines end with CR and nothing else.
    """

    first: bytes
    lines: tuple[bytes, ...]
    last: bytes = b"\r"
    cr_alone: bool = False


class HeadStream:
    """Lines end at LF, as for curl; the first empty line ends a head. Where no LF comes, CR may do it."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._lines: list[bytes] = []
        self._foreign = False
        self.size = 0
        """Bytes of the lines so far, interim answers included."""
        self.too_large = False

    def feed(self, data: bytes) -> None:
        """Append what was received."""
        self._buffer += data if not self._foreign else data[: max(0, LOOKED_AT - len(self._buffer))]

    def next(self) -> RawHead | None:
        """Give the next whole head; None while it is incomplete, too large, or something else."""
        if not self._lines and not begins_like_http(bytes(self._buffer[:5])):
            self._foreign = True
            del self._buffer[LOOKED_AT:]
            return None
        while not self.too_large:
            found = self._buffer.find(b"\n", self._scanned)
            if not self._lines and (head := self._cr_alone(found)) is not None:
                return head
            if found < 0:
                self._scanned = len(self._buffer)
                self.too_large = self.size + len(self._buffer) > HEAD_CAP
                return None
            line = bytes(self._buffer[:found])
            del self._buffer[: found + 1]
            self._scanned = 0
            self.size += found + 1
            self.too_large = self.size > HEAD_CAP
            if self._lines and line[:1] in {b"", b"\r"}:
                first, *lines = self._lines
                self._lines = []
                return RawHead(first, tuple(lines), line)
            self._lines.append(line)
        return None

    def _cr_alone(self, found: int) -> RawHead | None:
        """Give a head whose lines end with CR alone, which HttpURLConnection takes."""
        end = _CR_ALONE.search(self._buffer, max(0, self._scanned - 2), found if found >= 0 else len(self._buffer))
        if end is None or not self._buffer.startswith(b"HTTP/1."):
            return None
        first, *lines = bytes(self._buffer[: end.start()]).split(b"\r")
        del self._buffer[: end.end()]
        return RawHead(first, tuple(lines), cr_alone=True)

    @property
    def foreign(self) -> bytes | None:
        """The beginning of what is no HTTP; None where it may be HTTP."""
        return bytes(self._buffer) if self._foreign else None

    @property
    def settled(self) -> bool:
        """Whether enough has been seen of what is no HTTP."""
        return self._foreign and settled(bytes(self._buffer))

    @property
    def started(self) -> bool:
        """Whether the next head has begun."""
        return bool(self._lines or self._buffer)

    @property
    def pending(self) -> tuple[tuple[bytes, ...], bytes]:
        """The lines of a head that is not complete, and the beginning of its next line."""
        return tuple(self._lines), bytes(self._buffer)

    def rest(self) -> bytes:
        """Give what stands behind the last head, and forget it."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        self._scanned = 0
        return rest
