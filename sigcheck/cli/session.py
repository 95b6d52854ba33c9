"""Runs the engine on an event loop: signals end it with a partial report, the progress display ticks beside it."""

import asyncio
import os
import signal
from collections.abc import Callable

from sigcheck.engine import Means, Order, run
from sigcheck.model.evidence import Evidence
from sigcheck.progress import Progress

TICK = 0.25


def play(order: Order, means: Callable[[Callable[[], str]], Means], progress: Progress) -> Evidence:
    """Play one run to its end or to the first signal; `means` is called on the loop, with the reason of an end."""
    return asyncio.run(_play(order, means, progress))


async def _play(order: Order, means: Callable[[Callable[[], str]], Means], progress: Progress) -> Evidence:
    loop = asyncio.get_running_loop()
    caught: list[str] = []
    work = asyncio.create_task(run(order, means(lambda: f"interrupted by {caught[0]}" if caught else "interrupted")))

    def stop(name: str) -> None:
        if caught:
            # Asked twice: no more patience for closing connections. But a terminal wants its cursor back.
            progress.close()
            os._exit(130)
        caught.append(name)
        work.cancel()

    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop, number.name)
    ticker = asyncio.create_task(_tick(progress))
    try:
        return await work
    finally:
        ticker.cancel()
        for number in signals:
            loop.remove_signal_handler(number)
        progress.close()


async def _tick(progress: Progress) -> None:
    while True:
        await asyncio.sleep(TICK)
        progress.tick()
