"""Plays runs on an event loop of their own: a signal asks them to end, the progress display ticks beside them."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence

from sigcheck import signals
from sigcheck.model.report import Report
from sigcheck.progress import Progress
from sigcheck.runs import Run

TICK = 0.25


def play(run: Run, progress: Progress) -> Report:
    """Play a run to its end, or to the first signal: the report then says so. A signal before it leaves it empty."""
    reports: list[Report] = []

    async def work() -> None:
        reports.append(await run.play())

    play_to_the_end((run,), work, progress)
    return reports[0] if reports else seen(run)


def play_to_the_end(runs: Sequence[Run], work: Callable[[], Coroutine[None, None, None]], progress: Progress) -> None:
    """Carry out `work`, which plays runs. Where not even what was asked to end comes to an end, it is left."""
    try:
        asyncio.run(_play(runs, work, progress))
    except signals.Stopped:
        return


def seen(run: Run) -> Report:
    """Give the report of a run that did not come to its end: what it saw is there all the same."""

    async def report() -> Report:
        return run.report(reason())

    return asyncio.run(report())


def reason() -> str:
    """Say why runs end early."""
    name = signals.noted()
    return f"interrupted by {name}" if name else "interrupted"


async def _play(runs: Sequence[Run], work: Callable[[], Coroutine[None, None, None]], progress: Progress) -> None:
    loop = asyncio.get_running_loop()
    ticker = asyncio.create_task(_tick(progress))

    def end() -> None:
        for run in runs:
            run.end(reason())

    def heard() -> None:
        end()
        # Where closing a connection takes long, there is no more patience for it. A second signal says so earlier.
        loop.call_later(signals.LAST_PATIENCE, end)

    if signals.noted():
        end()
    try:
        with signals.heard(lambda: loop.call_soon_threadsafe(heard)):
            await work()
    finally:
        ticker.cancel()
        progress.close()


async def _tick(progress: Progress) -> None:
    while True:
        await asyncio.sleep(TICK)
        progress.tick()
