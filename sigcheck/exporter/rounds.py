"""Full runs of all targets in the background, and what the last ones found: read from the ledger, and kept in it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import randbelow, token_hex

import sigcheck
from sigcheck import clock
from sigcheck.errors import UsageProblem
from sigcheck.exporter.following import Followed
from sigcheck.fleet.coordinator import Coordinator
from sigcheck.fleet.executor import LocalExecutor
from sigcheck.fleet.ledger import SCHEMA_VERSION, Ledger, ResultLine, RunLine
from sigcheck.fleet.target import FleetRun, HostGroup
from sigcheck.model.fleet import SEEDS, TargetSummary
from sigcheck.report.fleet.metrics import labels_of, of_targets
from sigcheck.report.metrics import Family, Sample

Grouped = Callable[[int], Sequence[HostGroup]]
"""From a seed to the targets, those together that are never run at once, in the order that the seed draws."""

LOOK = 5.0
"""Seconds between two looks at a ledger that others write. Our choice."""

SCANS = 1000
"""Runs that are known to be scans, the newest ones: the lines of a run come behind the one that begins it."""


class Rounds:
    """What full runs found: `known` has the last whole result of each target. `counts` is of rounds, by how they went.

    `complain` is told in a line what kept a round from being carried out.
    """

    def __init__(self, ledger: Path | None, complain: Callable[[str], None]) -> None:
        self._path = ledger
        self._complain = complain
        self._followed = None if ledger is None else Followed(ledger)
        self._scans: dict[str, None] = {}
        self._coordinator: Coordinator | None = None
        self._ended = asyncio.Event()
        self.known: dict[tuple[str, str], TargetSummary] = {}
        self.counts = {"done": 0, "broke off": 0, "unreadable": 0}

    def look(self) -> None:
        """Read what is new in the ledger: the last whole result of each target, of whichever run that was no scan.

        Raises UsageProblem for what is no ledger, once: it is read again when it has changed.
        """
        if self._followed is None:
            return
        found: dict[tuple[str, str], TargetSummary] = {}
        try:
            for line in self._followed.new_lines():
                if isinstance(line, RunLine) and line.scan:
                    self._scans.pop(line.run, None)
                    self._scans[line.run] = None
                    if len(self._scans) > SCANS:
                        del self._scans[next(iter(self._scans))]
                if isinstance(line, ResultLine) and line.run not in self._scans and not line.summary.partial:
                    found[line.summary.key] = line.summary
        finally:
            if found:
                self.known = {**self.known, **found}

    async def follow(self) -> None:
        """Look at the ledger from time to time, for as long as others write it."""
        while not self._ended.is_set():
            try:
                await asyncio.to_thread(self.look)
            except UsageProblem as problem:
                self.counts["unreadable"] += 1
                self._complain(str(problem))
            await self._pause(clock.now() + LOOK)

    async def repeat(self, grouped: Grouped, every: float, at_once: int) -> None:
        """Run all targets, again and again, `every` seconds after the last round began, until `end` is called.

        A round that takes longer than that is followed by the next one at once.
        """
        while not self._ended.is_set():
            began = clock.now()
            try:
                await self._round(grouped, at_once)
            except (UsageProblem, OSError) as problem:
                self.counts["broke off"] += 1
                self._complain(f"a full run broke off: {problem}")
            else:
                self.counts["done"] += 1
            await self._pause(began + every)

    async def _pause(self, until: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._ended.wait()

    async def _round(self, grouped: Grouped, at_once: int) -> None:
        assert self._path is not None  # noqa: S101 - rounds need a ledger
        run, seed = token_hex(4), randbelow(SEEDS)
        together = grouped(seed)
        count = sum(len(each.targets) for each in together)
        with Ledger(self._path) as ledger:
            version, now = sigcheck.__version__, clock.wall()
            ledger.append(RunLine(run, SCHEMA_VERSION, version, now, seed, scan=False, targets=count))
            how = FleetRun(run, at_once=at_once)
            self._coordinator = Coordinator(together, how, LocalExecutor(), ledger, self)
            try:
                await self._coordinator.run()
            finally:
                self._coordinator = None

    def end(self, reason: str) -> None:
        """Let the round that is under way end with partial reports, and begin no other."""
        self._ended.set()
        if self._coordinator is not None:
            self._coordinator.end(reason)

    def began(self, target: str, vantage: str) -> None:
        """Take that a target's run begins."""

    def ended(self, summary: TargetSummary) -> None:
        """Keep what came of a target; a partial report says less than the whole one before it."""
        if not summary.partial or summary.key not in self.known:
            self.known[summary.key] = summary

    def tick(self) -> None:
        """Let time show: it does not, here."""

    def close(self) -> None:
        """Nothing to end."""


def of_rounds(counts: Mapping[str, int]) -> Family:
    """Give how the rounds of this process went, and how often a ledger that others write could not be read."""
    samples = tuple(Sample({"result": result}, count) for result, count in counts.items())
    return Family("sigcheck_exporter_rounds", "Full runs, and readings of a ledger that failed.", samples, "counter")


def families(known: Iterable[TargetSummary]) -> list[Family]:
    """Give the last verdict of each target as metrics, with its age, by the names of the targets."""
    now = clock.wall()
    order = sorted(known, key=lambda each: each.key)
    ended: list[Sample] = []
    ages: list[Sample] = []
    causes: list[Sample] = []
    for each in order:
        if each.ended_at is not None:
            ended.append(Sample(labels_of(each), each.ended_at.timestamp()))
            ages.append(Sample(labels_of(each), (now - each.ended_at).total_seconds()))
        causes += (
            Sample({**labels_of(each), "rule": cause.rule, "level": cause.level, "status": cause.status}, 1)
            for cause in each.causes
        )
    name = "sigcheck_fleet_target"
    about = "What the verdict on each target rests on. Always 1."
    return [
        *of_targets(order),
        Family(f"{name}_last_run_timestamp_seconds", "When the last full run was over.", tuple(ended)),
        Family(f"{name}_last_run_age_seconds", "How long ago the last full run was over.", tuple(ages)),
        Family(f"{name}_cause", about, tuple(causes)),
    ]
