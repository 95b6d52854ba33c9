"""What is measured takes turns: so little is active at once that nothing is measured late because of something else.

A run alone never waits here. Of many runs on one event loop, a few at a time connect, shake hands and send; whoever
waits for an answer holds nobody up, because the moment of its arrival is the kernel's (`sigcheck.probes.link`).
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

from sigcheck import clock

PLACES = 4
"""Connections that are opened, shake hands or send at once. Our choice: more of them only wait for each other."""

HOLD = 0.05
"""Seconds after which a place is given back, whatever its holder waits for: a server that hangs holds nobody up."""

BEGUN = 0.002
"""Seconds after which what was due has asked for its place."""

LONGEST = 0.25
"""Seconds that what computes waits at the most for a moment at which nothing falls due. Our choice."""

_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, "Slots"] = WeakKeyDictionary()


def slots() -> "Slots":
    """Give those of the running event loop, which all runs on it share."""
    loop = asyncio.get_running_loop()
    found = _of_loops.get(loop)
    return _of_loops.setdefault(loop, Slots()) if found is None else found


class Place:
    """A turn that is given back once: by its holder, at the end of its block, or after HOLD seconds."""

    def __init__(self, owner: "Slots", *, due: bool) -> None:
        self._owner = owner
        self._due = due
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        await self._owner.acquire(1, due=self._due)
        self._timer = asyncio.get_running_loop().call_later(HOLD, self.give_back)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_back()

    def give_back(self) -> None:
        """Let somebody else have it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._owner.release(1)


class Slots:
    """Some places, first come, first served; what is due at a moment goes before what is not."""

    def __init__(self, places: int = PLACES) -> None:
        self._places = places
        self._free = places
        self._arrived = 0
        self._waiting: list[tuple[bool, int, int, asyncio.Future[None]]] = []
        self._due: list[float] = []

    def expect(self, moment: float) -> None:
        """Know that something falls due at `moment` of the clock's scale: what computes long keeps clear of it."""
        heappush(self._due, moment)

    @property
    def calm(self) -> float:
        """How many seconds nothing falls due; infinite where nothing is expected at all."""
        now = clock.now()
        while self._due and self._due[0] + BEGUN <= now:
            heappop(self._due)
        return self._due[0] - now if self._due else math.inf

    def place(self, *, due: bool = False) -> Place:
        """Give a place to wait for in a block; nothing that is measured has begun before. `due`: a moment was set."""
        return Place(self, due=due)

    @asynccontextmanager
    async def quiet(self, takes: float = 0.0) -> AsyncIterator[None]:
        """Wait until nobody has a place: for what computes long, so that nothing is measured meanwhile.

        Nothing that is expected falls due within the `takes` seconds that it may last, where that can be had.
        """
        latest = clock.now() + LONGEST
        await self.acquire(self._places, due=False)
        while (calm := self.calm) < takes and clock.now() < latest:
            self.release(self._places)
            await clock.sleep_until(min(clock.now() + calm + BEGUN, latest))
            await self.acquire(self._places, due=False)
        try:
            yield
        finally:
            self.release(self._places)

    async def acquire(self, wanted: int, *, due: bool) -> None:
        """Wait for so many places: whoever calls this gives them back by `release`."""
        if self._free >= wanted and not self._waiting:
            self._free -= wanted
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrived += 1
        heappush(self._waiting, (not due, self._arrived, wanted, turn))
        self._grant()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release(wanted)
            else:
                self._grant()
            raise

    def release(self, places: int) -> None:
        """Take places back, and give them to those who wait."""
        self._free += places
        self._grant()

    def _grant(self) -> None:
        while self._waiting:
            _, _, wanted, turn = self._waiting[0]
            if not turn.done():
                if wanted > self._free:
                    return
                self._free -= wanted
                turn.set_result(None)
            heappop(self._waiting)
