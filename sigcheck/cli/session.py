"""Plays a run on an event loop of its own: a signal asks it to end, the progress display ticks beside it."""

import asyncio

from sigcheck import signals
from sigcheck.model.report import Report
from sigcheck.progress import Progress
from sigcheck.runs import Run

TICK = 0.25


def play(run: Run, progress: Progress) -> Report:
    """Play a run to its end, or to the first signal: the report then says so. A signal before it leaves it empty."""
    try:
        return asyncio.run(_play(run, progress))
    except signals.Stopped:
        # Not even what was asked to end came to an end. What it saw is there all the same.
        return asyncio.run(_seen(run))


async def _seen(run: Run) -> Report:
    return run.report(_reason())


def _reason() -> str:
    name = signals.noted()
    return f"interrupted by {name}" if name else "interrupted"


async def _play(run: Run, progress: Progress) -> Report:
    loop = asyncio.get_running_loop()
    ticker = asyncio.create_task(_tick(progress))

    def end() -> None:
        run.end(_reason())
        # Where closing a connection takes long, there is no more patience for it. A second signal says so earlier.
        loop.call_later(signals.LAST_PATIENCE, run.end, _reason())

    if signals.noted():
        run.end(_reason())
    try:
        with signals.heard(lambda: loop.call_soon_threadsafe(end)):
            return await run.play()
    finally:
        ticker.cancel()
        progress.close()


async def _tick(progress: Progress) -> None:
    while True:
        await asyncio.sleep(TICK)
        progress.tick()
