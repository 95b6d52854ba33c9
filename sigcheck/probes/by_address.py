"""How many runs of a fleet examine one address at once: many names may stand for one server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from weakref import WeakKeyDictionary

Admit = Callable[[Sequence[str]], AbstractAsyncContextManager[None]]
"""Lets a run in to addresses, and is left when it has examined them."""

_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, "_Address"]] = WeakKeyDictionary()


class _Address:
    """The places at one address, and how many hold one or wait for it."""

    def __init__(self, most: int) -> None:
        self.places = asyncio.Semaphore(most)
        self.users = 0


@asynccontextmanager
async def at_addresses(addresses: Iterable[str], most: int) -> AsyncIterator[None]:
    """Hold a place at each of these addresses while the block runs; `most` are held at one address at once.

    Who waits is served in the order of coming. All on the running event loop share the places. They are taken in one
    order by everybody, so that no two wait for each other; a block inside a block could.
    """
    known = _of_loops.setdefault(asyncio.get_running_loop(), {})
    async with AsyncExitStack() as held:
        for address in sorted(set(addresses)):
            await held.enter_async_context(_place(known, address, most))
        yield


@asynccontextmanager
async def _place(known: dict[str, _Address], address: str, most: int) -> AsyncIterator[None]:
    place = known.setdefault(address, _Address(most))
    place.users += 1
    try:
        async with place.places:
            yield
    finally:
        place.users -= 1
        if not place.users:
            # A fleet meets tens of thousands of addresses.
            del known[address]
