"""What a worker does: it runs the targets of a group, one after the other, and tells what came of each."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from functools import partial
from secrets import token_hex

import msgspec
from msgspec import structs

import sigcheck
from sigcheck import clock
from sigcheck.config.wanted import Wanted
from sigcheck.environment import Environment
from sigcheck.errors import UsageProblem
from sigcheck.fleet.collecting import Collecting
from sigcheck.fleet.scanning import plan_scan, scanning
from sigcheck.fleet.target import FleetRun, FleetTarget, HostGroup, Outcome, Started, Told, not_run
from sigcheck.model.fleet import summary_of
from sigcheck.model.report import Report
from sigcheck.planning import plan_wanted
from sigcheck.probes.by_address import at_addresses
from sigcheck.probes.slots import slots
from sigcheck.report.json import document
from sigcheck.runs import Run
from sigcheck.sockets import sockets

Tell = Callable[[Told], None]

APART = 0.01
"""Seconds between the beginnings of two runs: a hundred a second are more than a core can open, and whose deliveries
are due is spread by it. Our choice."""

TOGETHER = 10
"""Runs at the beginning that are not kept apart. Our choice."""

TAKES = 0.005
"""Seconds that a run is planned or its outcome is written in. Measured: 1 to 3 ms, and 7 at the most."""

Surroundings = Callable[[Wanted], Environment]
"""Gives the environment in which a target is run, where that is not this machine's sockets."""


class Worker:
    """Runs groups on the event loop that it is used on; `end` makes what runs end with partial reports."""

    def __init__(
        self, how: FleetRun, surroundings: Surroundings | None = None, collecting: Collecting | None = None
    ) -> None:
        self._how = how
        self._surroundings = surroundings
        self._runs: set[Run] = set()
        self._beginning = asyncio.Lock()
        self._next = float("-inf")
        self._begun = 0
        self._ended: str | None = None
        self._collecting = collecting

    def end(self, reason: str) -> None:
        """Ask all that runs to end now; what has not begun is not begun any more."""
        self._ended = reason if self._ended is None else self._ended
        for run in tuple(self._runs):
            run.end(reason)

    async def run(self, group: HostGroup, tell: Tell) -> None:
        """Run one group; raises nothing that a target or its receiver can cause. A cancellation goes through."""
        for target in group.targets:
            if not await self._turn():
                return
            draw = token_hex(4)
            tell(Started(target.key, target.vantage, draw))
            tell(await self._outcome(target, draw))
            if self._collecting is not None:
                await self._collecting.ended()

    async def _outcome(self, target: FleetTarget, draw: str) -> Outcome:
        """Run one target. Its messages are drawn here, so that a run that is repeated elsewhere sends others."""
        try:
            async with self._calm():
                run = self._planned(target)
        except UsageProblem as problem:
            return not_run(target, draw, problem.message, problem.fix)
        self._runs.add(run)
        if self._ended is not None:
            run.end(self._ended)
        try:
            report = await run.play()
            # Not beside what is measured, nor at once with the judging: deliveries of others may be due in between.
            async with self._calm():
                return outcome_of(target, draw, report)
        except UsageProblem as problem:
            return not_run(target, draw, problem.message, problem.fix)
        except Exception as error:  # noqa: BLE001 - one broken run must not take the others with it
            text = f"{type(error).__name__}: {error}"
            with suppress(Exception):
                text = run.plan.redactor.hidden(text)
            return not_run(target, draw, text, "report it, please", ours=True)
        finally:
            self._runs.discard(run)
            run.forget()

    def _calm(self) -> AbstractAsyncContextManager[None]:
        """Wait for a moment in which nothing is measured or falls due; a scan, which has nothing due, does not wait."""
        return nullcontext() if self._how.scan else slots().quiet(TAKES)

    async def _turn(self) -> bool:
        """Wait until the next run may begin, one after the other; False where none is begun any more."""
        # A scan has nothing that falls due, and a few runs can begin together.
        self._begun += 1
        if self._how.scan or self._begun <= TOGETHER:
            return self._ended is None
        async with self._beginning:
            if self._ended is None:
                await clock.sleep_until(self._next)
            # One at a time waits for quiet: it is then behind the work of all that began before.
            if self._ended is None:
                async with slots().quiet():
                    self._next = clock.now() + APART
            return self._ended is None

    def _planned(self, target: FleetTarget) -> Run:
        """Make the run of a target; raises UsageProblem."""
        if self._surroundings is not None:
            given = self._surroundings(target.wanted)
            plan = plan_wanted(target.wanted, observer=given.observer, wall=given.wall, draw=given.draw)
            return Run(plan.config, given, plan=plan)
        admit, scan = partial(at_addresses, most=self._how.at_address), self._how.scan
        plan = plan_scan(target.wanted) if scan else plan_wanted(target.wanted)
        environment = scanning(plan, admit) if scan else structs.replace(sockets(plan), admit=admit)
        return Run(plan.config, environment, plan=plan)


def outcome_of(target: FleetTarget, draw: str, report: Report) -> Outcome:
    """Give the outcome of a target that has a report."""
    line = msgspec.json.encode(document(report, sigcheck.__version__))
    return Outcome(summary_of(target.key, target.vantage, report), draw, msgspec.Raw(line))
