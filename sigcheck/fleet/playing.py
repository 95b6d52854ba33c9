"""Plays many runs on one event loop, so many at once as may be."""

import asyncio
from collections.abc import Callable, Sequence

from sigcheck.model.report import Report
from sigcheck.runs import Run

Done = Callable[[int, Report | Exception], None]
"""Is told the place of a run that came to its end, and its report, or what broke it."""


async def play_all(runs: Sequence[Run], lanes: Sequence[Sequence[int]], jobs: int, done: Done) -> None:
    """Play runs, at most `jobs` lanes at once, and tell `done` of each; one that breaks holds up no other.

    A cancellation goes through to all of them. Runs that were asked to end are played too: their reports say so.
    """
    slots = asyncio.Semaphore(jobs)

    async def lane(numbers: Sequence[int]) -> None:
        async with slots:
            for number in numbers:
                # It may have waited for its turn: no message is older than the run that sends it.
                runs[number].date()
                try:
                    report = await runs[number].play()
                except Exception as error:  # noqa: BLE001 - whoever asked is told, once all others have their reports
                    done(number, error)
                else:
                    done(number, report)

    async with asyncio.TaskGroup() as group:
        for numbers in lanes:
            group.create_task(lane(numbers))
