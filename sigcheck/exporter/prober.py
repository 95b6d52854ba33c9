"""Scans one target for a scrape: a name of the configuration, a bounded number at once, within the scrape's time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from msgspec import Struct

from sigcheck import clock
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem
from sigcheck.model.report import Report

Scan = Callable[[Wanted, float], Awaitable[Report]]
"""From a target and the seconds that its connection may take to a report. Raises UsageProblem."""


class Unknown(Exception):  # noqa: N818 - it is an answer to a scrape
    """The configuration has no target of this name."""


class Busy(Exception):  # noqa: N818
    """No scan could begin within the time of the scrape: that says nothing of a receiver."""


class Ending(Exception):  # noqa: N818
    """The exporter ends, and the scan with it."""


class Unusable(Exception):  # noqa: N818
    """The target cannot be scanned as it is configured; the text says why."""


class Probed(Struct, frozen=True):
    """What a scan showed, and for how many seconds it waited for its turn and was carried out."""

    report: Report
    queued: float
    seconds: float


class Prober:
    """Scans the targets of the configuration. `probes` counts what came of them, by result."""

    def __init__(self, targets: Mapping[str, Wanted], scan: Scan, at_once: int) -> None:
        self._targets = targets
        self._scan = scan
        self._turns = asyncio.Semaphore(at_once)
        self._bounds: set[asyncio.Timeout] = set()
        self.running = 0
        self.probes = {"well": 0, "not well": 0, "busy": 0, "unusable": 0, "unknown": 0}

    async def probe(self, name: str, limit: float) -> Probed:
        """Scan a target in `limit` seconds, the wait for a turn included; raises Unknown, Busy, Ending, Unusable."""
        target = self._targets.get(name)
        if target is None:
            self.probes["unknown"] += 1
            raise Unknown
        asked = clock.now()
        try:
            async with self._bounded(limit):
                await self._turns.acquire()
        except TimeoutError:
            self.probes["busy"] += 1
            raise Busy from None
        try:
            self.running += 1
            return await self._probed(target, asked, limit)
        finally:
            self.running -= 1
            self._turns.release()

    def end(self) -> None:
        """End what is under way and what waits for its turn: no scrape is to wait for a process that is stopped."""
        for bound in self._bounds:
            bound.reschedule(clock.now())

    @asynccontextmanager
    async def _bounded(self, limit: float | None) -> AsyncIterator[None]:
        async with asyncio.timeout(limit) as bound:
            self._bounds.add(bound)
            try:
                yield
            finally:
                self._bounds.remove(bound)

    async def _probed(self, target: Wanted, asked: float, limit: float) -> Probed:
        began = clock.now()
        try:
            async with self._bounded(None):
                report = await self._scan(target, limit - (began - asked))
        except TimeoutError:
            raise Ending from None
        except UsageProblem as problem:
            self.probes["unusable"] += 1
            raise Unusable(str(problem)) from None
        self.probes["not well" if report.exit_code else "well"] += 1
        return Probed(report, began - asked, clock.now() - began)
