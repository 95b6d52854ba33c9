"""Where the targets of a fleet are run: the port, and the executor of this process."""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from sigcheck.fleet.collecting import collecting
from sigcheck.fleet.target import FleetRun, HostGroup
from sigcheck.fleet.working import Surroundings, Tell, Worker


class Lost(Exception):  # noqa: N818 - what has a result keeps it
    """Those that run the groups are gone in the middle. `message` says who, and `fix` what to do, in one line each."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(f"{message}: {fix}")
        self.message = message
        self.fix = fix


class Executor(Protocol):
    """Runs groups somewhere, a bounded number at once, and tells what began and what came of each target.

    A target may be started more often than once, and have more than one outcome, where a worker was lost: whoever is
    told keeps the first one. `carry_out` takes groups as it has room for them, and returns when all have come to their
    end; after `end`, when what ran has told its partial reports. Raises UsageProblem where there is nobody to run them,
    and Lost where those that ran them are gone.
    """

    async def carry_out(self, groups: Iterable[HostGroup], how: FleetRun, tell: Tell) -> None:
        """Run all of them."""
        ...

    def end(self, reason: str) -> None:
        """Ask all that runs to end now. Called on the event loop, also before anything runs."""
        ...


class LocalExecutor:
    """Runs groups on this event loop: over its sockets, or in the surroundings that are given for each target."""

    def __init__(self, surroundings: Surroundings | None = None) -> None:
        self._surroundings = surroundings
        self._worker: Worker | None = None
        self._ended: str | None = None

    async def carry_out(self, groups: Iterable[HostGroup], how: FleetRun, tell: Tell) -> None:
        """Run all of them, `how.at_once` at once."""
        with collecting(scan=how.scan) as behind_them:
            self._worker = Worker(how, self._surroundings, behind_them)
            await self._with(self._worker, groups, how, tell)

    async def _with(self, worker: Worker, groups: Iterable[HostGroup], how: FleetRun, tell: Tell) -> None:
        if self._ended is not None:
            worker.end(self._ended)
        left = iter(groups)

        async def lane() -> None:
            for group in left:
                if self._ended is not None:
                    return
                await worker.run(group, tell)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(how.at_once):
                tasks.create_task(lane())

    def end(self, reason: str) -> None:
        """Ask all that runs to end now."""
        self._ended = reason if self._ended is None else self._ended
        if self._worker is not None:
            self._worker.end(reason)
