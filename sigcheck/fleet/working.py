"""What a worker does: it runs the targets of a group, one after the other, and tells what came of each."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from secrets import token_hex

import msgspec
from msgspec import structs

import sigcheck
from sigcheck.errors import UsageProblem
from sigcheck.fleet.scanning import plan_scan, scanning
from sigcheck.fleet.target import FleetRun, FleetTarget, HostGroup, Outcome, Started, Told, not_run
from sigcheck.model.fleet import summary_of
from sigcheck.model.report import Report
from sigcheck.planning import plan_wanted
from sigcheck.probes.by_address import at_addresses
from sigcheck.report.json import document
from sigcheck.runs import Run
from sigcheck.sockets import sockets

Tell = Callable[[Told], None]


class Worker:
    """Runs groups on the event loop that it is used on; `end` makes what runs end with partial reports."""

    def __init__(self, how: FleetRun) -> None:
        self._how = how
        self._runs: set[Run] = set()
        self._ended: str | None = None

    def end(self, reason: str) -> None:
        """Ask all that runs to end now; what has not begun is not begun any more."""
        self._ended = reason if self._ended is None else self._ended
        for run in tuple(self._runs):
            run.end(reason)

    async def run(self, group: HostGroup, tell: Tell) -> None:
        """Run one group; raises nothing that a target or its receiver can cause. A cancellation goes through."""
        for target in group.targets:
            if self._ended is not None:
                return
            draw = token_hex(4)
            tell(Started(target.key, target.vantage, draw))
            tell(await self._outcome(target, draw))

    async def _outcome(self, target: FleetTarget, draw: str) -> Outcome:
        """Run one target. Its messages are drawn here, so that a run that is repeated elsewhere sends others."""
        try:
            plan = plan_scan(target.wanted) if self._how.scan else plan_wanted(target.wanted)
            admit = partial(at_addresses, most=self._how.at_address)
            scan = self._how.scan
            environment = scanning(plan, admit) if scan else structs.replace(sockets(plan), admit=admit)
            run = Run(plan.config, environment, plan=plan)
        except UsageProblem as problem:
            return not_run(target, draw, problem.message, problem.fix)
        self._runs.add(run)
        try:
            report = await run.play()
        except UsageProblem as problem:
            return not_run(target, draw, problem.message, problem.fix)
        except Exception as error:  # noqa: BLE001 - one broken run must not take the others with it
            text = f"{type(error).__name__}: {error}"
            with suppress(Exception):
                text = plan.redactor.hidden(text)
            return not_run(target, draw, text, "report it, please", ours=True)
        finally:
            self._runs.discard(run)
        return outcome_of(target, draw, report)


def outcome_of(target: FleetTarget, draw: str, report: Report) -> Outcome:
    """Give the outcome of a target that has a report."""
    line = msgspec.json.encode(document(report, sigcheck.__version__))
    return Outcome(summary_of(target.key, target.vantage, report), draw, msgspec.Raw(line))
