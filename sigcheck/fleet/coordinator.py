"""Runs a fleet: groups go to an executor, and what comes back goes into the ledger, once for each target."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from sigcheck import clock
from sigcheck.errors import UsageProblem
from sigcheck.fleet.executor import Executor, Lost
from sigcheck.fleet.ledger import EndLine, Ledger, ResultLine, RunLine
from sigcheck.fleet.target import FleetRun, HostGroup, Outcome, Started, Told
from sigcheck.model.fleet import TargetSummary

SYNC_EVERY = 0.5
"""Seconds after which lines that were written are on the disk. Our choice: a machine that loses its power loses the
results of half a second."""


class Watch(Protocol):
    """Shows a person how far a fleet is."""

    def began(self, target: str, vantage: str) -> None:
        """Take that a target's run begins."""
        ...

    def ended(self, summary: TargetSummary) -> None:
        """Take what came of a target."""
        ...

    def tick(self) -> None:
        """Let time show; called several times a second."""
        ...

    def close(self) -> None:
        """End the display."""
        ...


class Coordinator:
    """One run of a fleet. `summaries` has what came of each target, by its key; those that were resumed are in it."""

    def __init__(
        self,
        groups: Sequence[HostGroup],
        how: FleetRun,
        executor: Executor,
        ledger: Ledger,
        watch: Watch,
        known: Sequence[TargetSummary] = (),
        first: RunLine | None = None,
    ) -> None:
        self._first = first
        self._groups = groups
        self._how = how
        self._executor = executor
        self._ledger = ledger
        self._watch = watch
        self._started: Counter[tuple[str, str]] = Counter()
        self._reason: str | None = None
        self._failed: Exception | None = None
        self.lost: Lost | None = None
        """Who was lost in the middle: the run is not whole then."""
        self._lost = False
        self._dirty = False
        self.summaries = {each.key: each for each in known}

    def end(self, reason: str) -> None:
        """Ask the run to end now, with partial reports. Called on its event loop."""
        self._reason = reason if self._reason is None else self._reason
        self._executor.end(reason)

    async def run(self) -> None:
        """Run all groups; raises UsageProblem where the ledger cannot be written, or nobody can run them.

        `first` is in the ledger once something was begun.
        """
        syncing = asyncio.create_task(self._sync())
        begun = True
        try:
            await self._executor.carry_out(self._groups, self._how, self._tell)
        except UsageProblem:
            # Nobody could begin: nothing was sent, and there was no run. In the middle it is Lost.
            begun = False
            raise
        except Lost as lost:
            self.lost = lost
            # Where somebody had asked for the end before, that is why it ended.
            self._lost, self._reason = self._reason is None, self._reason or lost.message
        finally:
            syncing.cancel()
            if begun and self._failed is None:
                self._begin()
        if self._failed is not None:
            raise self._failed
        self._ledger.append(
            EndLine(
                self._how.run,
                clock.wall(),
                self._started.total(),
                {" ".join(key).strip(): count for key, count in self._started.items() if count > 1},
                self._reason,
                self._lost,
            )
        )

    def _tell(self, told: Told) -> None:
        if self._failed is None:
            try:
                self._begin()
            except UsageProblem as problem:
                self._fail(problem)
        if isinstance(told, Started):
            self._started[told.target, told.vantage] += 1
            self._watch.began(told.target, told.vantage)
            return
        self._keep(told)

    def _begin(self) -> None:
        """Write the line of the run, once somebody began or there is nothing to begin."""
        if self._first is not None:
            first, self._first = self._first, None
            self._ledger.append(first)

    def _keep(self, outcome: Outcome) -> None:
        """Write what came of a target, where nothing whole was known of it."""
        before = self.summaries.get(outcome.summary.key)
        if (before is not None and not before.partial) or self._failed is not None:
            return
        try:
            self._ledger.append(ResultLine(self._how.run, outcome.summary, outcome.draw, outcome.report, outcome.fix))
        except Exception as error:  # noqa: BLE001 - raised where the run was called, once all has ended
            self._fail(error)
            return
        self._dirty = True
        self.summaries[outcome.summary.key] = outcome.summary
        self._watch.ended(outcome.summary)

    def _fail(self, error: Exception) -> None:
        self._failed = error
        self._executor.end("the ledger cannot be written")

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(SYNC_EVERY)
            if self._dirty:
                self._dirty = False
                try:
                    await asyncio.to_thread(self._ledger.sync)
                except UsageProblem as problem:
                    self._fail(problem)
                    return
