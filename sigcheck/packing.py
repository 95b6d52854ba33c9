"""Keeps what a run knows packed while the run waits: thousands of runs wait at once, and look at nothing meanwhile."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

LEVEL = 6
"""How hard zlib tries: a millisecond for what a run knows at its first wait."""

LOOSE = 16
"""Items of a list that are left unpacked: one of a race is 1 KB, and thousands of runs race at once. Our choice."""

WINDOW = 1 << 15
"""Bytes that zlib looks back to."""

UNLIKE = 8
"""What is packed to less than one part in so many is like what was packed before. Our choice."""

WORTH = 1 << 10
"""Bytes from which on it is worth remembering another one that is unlike. Our choice: it bounds how often."""

_T = TypeVar("_T")

_typical: dict[tuple[type, str], bytes] = {}
"""What was packed first of each kind: what comes later is mostly the same, and only the rest of it is kept.

It is kept as long as the process runs: WINDOW bytes at the most of each kind, and there are some 20 kinds: evidence,
exchanges, counts, and each of the scenarios. Bytes never change, and whatever was packed has those that it was packed
by: it comes out as it was, whoever packs meanwhile, on another event loop or another thread.
"""


class Packed(Generic[_T]):
    """One value, packed; what comes out is equal to it in everything. It never leaves this process's memory.

    `about` tells kinds of values apart that have the same type, or lists whose items have; there must be few of them.
    """

    __slots__ = ("_data", "_like")

    def __init__(self, value: _T, about: str = "") -> None:
        import pickle

        kind = type(value[0]) if isinstance(value, list) and value else type(value), about
        plain = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._like = like = _typical.get(kind, b"")
        packer = zlib.compressobj(LEVEL, zdict=like)
        self._data = packer.compress(plain) + packer.flush()
        unlike = len(self._data) * UNLIKE > len(plain) >= WORTH
        if not like or (unlike and len(like) < WINDOW):
            _typical[kind] = (like + plain)[:WINDOW]

    def __reduce__(self) -> str:
        """Refuse to be sent anywhere: what it was packed by is known to this process alone."""
        raise TypeError("what is packed never leaves its process")

    def value(self) -> _T:
        """Give it."""
        import pickle

        plain = zlib.decompressobj(zdict=self._like).decompress(self._data)
        value: _T = pickle.loads(plain)  # noqa: S301 - bytes that were made here
        return value


class PackedList(Sequence[_T]):
    """A list that grows at its end. What `pack` was called behind is unpacked each time it is looked at."""

    __slots__ = ("_count", "_loose", "_packed")

    def __init__(self) -> None:
        self._packed: Packed[list[_T]] | None = None
        self._loose: list[_T] = []
        self._count = 0

    def append(self, value: _T) -> None:
        """Add one."""
        self._loose.append(value)
        self._count += 1
        if len(self._loose) >= LOOSE:
            self.pack()

    def pack(self) -> None:
        """Pack what is not packed yet."""
        if self._loose:
            self._packed, self._loose = Packed(list(self)), []

    def __getstate__(self) -> list[_T]:
        """Give all items: what is packed as a part of something else is packed once."""
        return list(self)

    def __setstate__(self, items: list[_T]) -> None:
        self._packed, self._loose, self._count = None, items, len(items)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[_T]:
        if self._packed is not None:
            yield from self._packed.value()
        yield from self._loose

    @overload
    def __getitem__(self, place: int) -> _T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[_T]: ...
    def __getitem__(self, place: int | slice) -> Any:
        # The last one is asked for most, when it has just come.
        return self._loose[-1] if place == -1 and self._loose else list(self)[place]
