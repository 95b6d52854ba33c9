"""Watches whether a command that shall restart the receiver makes its connections go away. Times are seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

HELD = 1.0
"""How long one connection is held, without a word: no server's patience ends so soon, and none is kept busy longer."""

BETWEEN = 0.02
TRIED = 0.05
"""Between two attempts to connect, and how long each waits to be closed at once: a quick process is back in a tenth."""

GRACE = 5.0
"""How long after the command's end a connection may still go away: a supervisor may restart in the background."""

NOT_SEEN = (
    "no connection to the receiver went away while --restart-command ran, so it may have restarted nothing, or "
    "something in front of the receiver may have kept the connections"
)
NOT_WATCHED = "no connection could be held to the receiver before --restart-command ran, so no restart could be seen"


async def restarted(
    address: str,
    port: int,
    limit: float,
    command: Callable[[], Awaitable[object]],
    *,
    held: float = HELD,
    grace: float = GRACE,
) -> str | None:
    """Run `command`, and say why the receiver may not have been restarted by it; None where it was seen.

    A restart shows itself by a connection that the receiver closes, or by one that it does not accept. Closing what
    was not even used for a second is a habit of some servers: it counts for nothing where it happens before, too.
    Raises whatever the command raises.
    """
    before = await _hold(address, port, limit, held)
    if before == "refused":
        await command()
        return NOT_WATCHED
    watched = asyncio.create_task(_goes_away(address, port, limit, held, by_closing=before == "held"))
    try:
        # The first connection stands before the command is run.
        await asyncio.sleep(BETWEEN)
        await command()
        with suppress(TimeoutError):
            await asyncio.wait_for(watched, grace)
            return None
    finally:
        watched.cancel()
        with suppress(asyncio.CancelledError):
            await watched
    return NOT_SEEN


async def _goes_away(address: str, port: int, limit: float, held: float, *, by_closing: bool) -> None:
    """Return when a connection is refused, or closed where `by_closing` says that this tells something."""
    open_ones: set[asyncio.Task[str]] = set()
    long_one: asyncio.Task[str] | None = None
    try:
        while True:
            if long_one is None or long_one.done():
                long_one = asyncio.create_task(_hold(address, port, limit, held))
                open_ones.add(long_one)
            open_ones.add(asyncio.create_task(_hold(address, port, limit, TRIED)))
            await asyncio.sleep(BETWEEN)
            done = {task for task in open_ones if task.done()}
            open_ones -= done
            if any(task.result() == "refused" or (by_closing and task.result() == "closed") for task in done):
                return
    finally:
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)


async def _hold(address: str, port: int, limit: float, held: float) -> str:
    """Open a connection and hold it: "held", "closed" where the other side closes it, "refused" where it is none."""
    try:
        async with asyncio.timeout(limit):
            reader, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError):
        return "refused"
    try:
        async with asyncio.timeout(held):
            while await reader.read(4096):
                pass
    except TimeoutError:
        return "held"
    except OSError:
        return "closed"
    else:
        return "closed"
    finally:
        writer.transport.abort()
