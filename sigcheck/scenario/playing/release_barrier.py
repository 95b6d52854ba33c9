"""The barrier of a race: requests that stand ready are let go together."""

import asyncio

from sigcheck.probes.delivery import Gate

PATIENCE = 1.0
"""Seconds from the first ready request after which all that are ready go. A server with fewer workers than deliveries
shakes hands with the others only when the first are answered: waiting for all would wait for ever."""


class ReleaseBarrier:
    """Holds requests back until every one of them is ready or has failed, then lets all go in one turn of the loop.

    Where some do not get ready for `patience` seconds, the others go without them; a late one goes at once.
    """

    def __init__(self, parties: int, patience: float = PATIENCE) -> None:
        self._missing = parties
        self._patience = patience
        self._open = asyncio.Event()
        self._arrived: set[asyncio.Task[object] | None] = set()
        self.arrive: Gate = self._arrive

    async def _arrive(self) -> None:
        if not self._arrived:
            asyncio.get_running_loop().call_later(self._patience, self._open.set)
        self._arrived.add(asyncio.current_task())
        self._settle_one()
        await self._open.wait()

    def leave(self) -> None:
        """Count one out that ended; it may have failed before it arrived."""
        if asyncio.current_task() not in self._arrived:
            self._settle_one()

    def _settle_one(self) -> None:
        self._missing -= 1
        if self._missing <= 0:
            self._open.set()
