"""Runs the engine on an event loop: signals end it with a partial report, the progress display ticks beside it."""

import asyncio
from collections.abc import Callable
from typing import NoReturn

from msgspec import structs

from sigcheck import signals
from sigcheck.engine import run
from sigcheck.model.evidence import Evidence
from sigcheck.order import Means, Order
from sigcheck.progress import Progress

TICK = 0.25


def play(order: Order, means: Callable[[Callable[[], str]], Means], progress: Progress) -> Evidence:
    """Play one run to its end or to the first signal; `means` is called on the loop, with the reason of an end.

    A signal that came before leaves nothing to begin: the evidence is empty, and says so.
    """
    try:
        return asyncio.run(_play(order, means, progress))
    except signals.Stopped:
        # Not even what was cancelled came to an end, and what it saw is lost with it. That it was begun is not.
        return asyncio.run(_play(order, means, progress))


async def _play(order: Order, means: Callable[[Callable[[], str]], Means], progress: Progress) -> Evidence:
    loop = asyncio.get_running_loop()
    made = means(lambda: f"interrupted by {name}" if (name := signals.noted()) else "interrupted")
    if signals.noted():
        made = structs.replace(made, examine_network=_ended, tell=lambda _event: None)
    work = asyncio.create_task(run(order, made))
    ticker = asyncio.create_task(_tick(progress))

    def end() -> None:
        work.cancel()
        # Where closing a connection takes long, there is no more patience for it. A second signal says so earlier.
        loop.call_later(signals.LAST_PATIENCE, work.cancel)

    try:
        with signals.heard(lambda: loop.call_soon_threadsafe(end)):
            return await work
    finally:
        ticker.cancel()
        progress.close()


async def _ended() -> NoReturn:
    raise asyncio.CancelledError


async def _tick(progress: Progress) -> None:
    while True:
        await asyncio.sleep(TICK)
        progress.tick()
