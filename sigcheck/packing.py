"""Keeps what a run knows packed while the run waits: thousands of runs wait at once, and look at nothing meanwhile."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

LEVEL = 6
"""How hard zlib tries: a millisecond for what a run knows at its first wait."""

_T = TypeVar("_T")


class Packed(Generic[_T]):
    """One value, packed; what comes out is equal to it in everything. It never leaves this process's memory."""

    __slots__ = ("_data",)

    def __init__(self, value: _T) -> None:
        import pickle

        self._data = zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), LEVEL)

    def value(self) -> _T:
        """Give it."""
        import pickle

        value: _T = pickle.loads(zlib.decompress(self._data))  # noqa: S301 - bytes that were made here
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

    def pack(self) -> None:
        """Pack what is not packed yet."""
        if self._loose:
            self._packed, self._loose = Packed(list(self)), []

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
