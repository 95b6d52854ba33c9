"""Plays a fleet's run on an event loop of its own, with its display beside it; a signal ends it with what is known."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from sigcheck import signals
from sigcheck.cli import output
from sigcheck.cli.output_options import OutputOptions
from sigcheck.cli.playing import TICK, reason
from sigcheck.errors import UsageProblem
from sigcheck.fleet.coordinator import Coordinator, Watch
from sigcheck.fleet.event_loops import loop_factory
from sigcheck.fleet.target import FleetRun, FleetTarget, HostGroup
from sigcheck.planning import plan_wanted
from sigcheck.progress.fleet import fleet_progress
from sigcheck.progress.so_far import Course

MOST_PLANNED = 8
"""Targets that are planned ahead, to tell how long the runs take."""


class Display(Watch, Protocol):
    """A watch that can say something beside it."""

    def say(self, text: str) -> None:
        """Print a line."""
        ...


def watch(grouped: Sequence[HostGroup], how: FleetRun, shown: OutputOptions, *, many: bool) -> Display:
    """Show how far it is; how long full runs take is read off the plans of a few.

    `many`: other machines run them, and how many at once is seen only then.
    """
    unknown = shown.quiet or how.scan
    course = Course(
        targets=sum(len(each.targets) for each in grouped),
        at_once=0 if many else how.at_once,
        seconds=0.0 if unknown else _planned([each.targets[0] for each in grouped[:MOST_PLANNED]]),
        longest=max((len(each.targets) for each in grouped), default=1),
    )
    return fleet_progress(
        sys.stderr,
        course,
        quiet=shown.quiet,
        live=output.is_live(sys.stderr),
        colour=output.wants_colour(sys.stderr, no_color=shown.no_color),
    )


def _planned(targets: Sequence[FleetTarget]) -> float:
    """Give the mean seconds of the runs of targets, 0 where none can be planned: its own run says why."""
    from sigcheck.estimate import whole_run

    found = []
    for each in targets:
        with suppress(UsageProblem):
            found.append(whole_run(plan_wanted(each.wanted)))
    return sum(found) / len(found) if found else 0.0


def play(coordinator: Coordinator, watching: Watch, *, fast: bool) -> None:
    """Run it to its end, or to the end that a signal asked for; raises UsageProblem where it cannot go on.

    `fast`: on the event loop of scans, which this process makes itself then.
    """
    try:
        with asyncio.Runner(loop_factory=loop_factory(scan=fast)) as runner:
            runner.run(_to_the_end(coordinator, watching))
    except signals.Stopped:
        return


async def _to_the_end(coordinator: Coordinator, watching: Watch) -> None:
    loop = asyncio.get_running_loop()

    def heard() -> None:
        coordinator.end(reason())
        loop.call_later(signals.LAST_PATIENCE, coordinator.end, reason())

    async def tick() -> None:
        while True:
            await asyncio.sleep(TICK)
            watching.tick()

    ticking = asyncio.create_task(tick())
    try:
        with signals.heard(lambda: loop.call_soon_threadsafe(heard)):
            await coordinator.run()
    finally:
        ticking.cancel()
        watching.close()
