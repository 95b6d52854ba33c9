"""What of a run is with the scheduler: a window of tasks, each result taken once, and what is done when workers die."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from secrets import token_hex
from typing import Any

from distributed import Future, KilledWorker, as_completed
from distributed.scheduler import NoValidWorkerError
from msgspec import structs

from sigcheck import clock
from sigcheck.fleet.dask import worker
from sigcheck.fleet.dask.cluster import Cluster, Say, line
from sigcheck.fleet.dask.worker import RESOURCE, TOPIC, Batch, Unfit, outcomes_of
from sigcheck.fleet.executor import Lost
from sigcheck.fleet.target import FleetRun, HostGroup, Outcome, Started, not_run
from sigcheck.fleet.working import Tell

BATCH = 50
"""Targets of a task of a scan, at most: a target alone takes less time than the scheduler for its task."""

AHEAD = 2
"""Tasks that are handed on for each that can run: what is with the scheduler is lost with it."""

LOOK = 1.0
"""Seconds between two looks at the workers."""

LET_END = 5.0
"""Seconds that workers have for the partial reports of what they were asked to end."""


def batches(groups: Iterable[HostGroup], workers: int, *, scan: bool) -> Iterator[tuple[HostGroup, ...]]:
    """Give the groups of each task: one, or of a scan those of one place with BATCH targets together."""
    if not scan:
        yield from ((group,) for group in groups)
        return
    places: dict[str, list[HostGroup]] = {}
    for group in groups:
        places.setdefault(group.vantage, []).append(group)
    for found in places.values():
        # A small scan is shared by all workers.
        most = min(BATCH, -(-sum(len(each.targets) for each in found) // (AHEAD * max(1, workers))))
        batch: list[HostGroup] = []
        for group in found:
            batch.append(group)
            if sum(len(each.targets) for each in batch) >= most:
                yield tuple(batch)
                batch = []
        if batch:
            yield tuple(batch)


class Session:
    """What is with the scheduler, and what is not yet."""

    def __init__(self, cluster: Cluster, how: FleetRun, tell: Tell, say: Say, nobody: float) -> None:
        self._cluster, self._client = cluster, cluster.client
        self._how, self._tell, self._say = how, tell, say
        self._nobody = nobody
        self._waiting: dict[str, deque[Batch]] = {}
        self._running: dict[Future, Batch] = {}
        self._only: dict[Future, frozenset[str]] = {}
        """The addresses of the workers that may run a task, where not all may."""
        self._at: Counter[str] = Counter()
        self._blamed: list[HostGroup] = []
        """Those that ran when workers died: once nothing else runs, they are run again."""
        self._suspects: deque[list[HostGroup]] = deque()
        """Those that were blamed again: ever fewer of them run together, until the one that kills is alone."""
        self._together = 0
        self._begun: set[str] = set()
        self._unfit: set[str] = set()
        self._alone_since: dict[str, float] = {}
        self._numbers = 0
        self._left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ending: asyncio.Task[None] | None = None
        self._ready = as_completed(loop=self._client.loop, with_results=True, raise_errors=False)

    async def play(self, groups: list[HostGroup]) -> None:
        """Hand all of it on, and tell what comes back."""
        self._client.subscribe_topic(TOPIC, self._heard)
        for each in batches(groups, len(self._cluster.workers), scan=self._how.scan):
            batch = Batch(self._cluster.post, each)
            self._waiting.setdefault(batch.groups[0].vantage, deque()).append(batch)
        watching = asyncio.create_task(self._watch())
        try:
            self._fill()
            while self._running or any(self._waiting.values()) or self._suspected():
                await self._one()
        finally:
            watching.cancel()
            if self._ending is not None:
                self._ending.cancel()
            for future in self._running:
                future.release()

    def end(self, reason: str, *, now: bool) -> None:
        """Begin nothing more, and ask what runs to end; `now`: leave it."""
        self._waiting.clear()
        self._suspects.clear()
        self._blamed.clear()
        if now:
            self._leave()
        elif self._ending is None:
            self._ending = asyncio.create_task(self._end(reason))

    async def _end(self, reason: str) -> None:
        try:
            async with asyncio.timeout(LET_END):
                await self._client.run(worker.end, self._cluster.post, reason, on_error="ignore")
                await asyncio.shield(self._left)
        except Exception:  # noqa: BLE001 - who does not hear it, or takes too long, is left
            self._leave()

    def _leave(self, lost: Lost | None = None) -> None:
        if not self._left.done():
            if lost is None:
                self._left.set_result(None)
            else:
                self._left.set_exception(lost)

    async def _one(self) -> None:
        """Wait for one task's result, and take it; raises Lost."""
        if not self._running:
            await asyncio.wait({self._left}, timeout=LOOK)
        else:
            coming = asyncio.ensure_future(anext(self._ready))
            await asyncio.wait({coming, self._left}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                coming.cancel()
            elif coming.exception() is None:
                self._take(*coming.result())
            else:
                self._leave(_scheduler_lost())
        if self._left.done():
            self._waiting.clear()
            for future in self._running:
                future.release()
            self._running.clear()
            self._left.result()
        self._fill()

    def _fill(self) -> None:
        """Hand on as much as the workers of each place can run, and as much again."""
        for place, waiting in self._waiting.items():
            slots = self._cluster.slots(place, self._unfit)
            room = AHEAD * (slots if not self._how.scan else max(len(self._cluster.workers), -(-slots // BATCH)))
            while waiting and self._at[place] < room:
                self._submit(waiting.popleft(), place)

    def _submit(self, batch: Batch, place: str) -> None:
        self._numbers += 1
        fit = [each for each in self._cluster.workers if each not in self._unfit] if self._unfit else None
        future = self._client.submit(
            worker.examine,
            batch,
            key=f"{self._cluster.post}-{self._numbers}",
            pure=False,
            retries=0,
            resources={RESOURCE + place: 1} if place else None,
            workers=fit,
        )
        self._running[future] = batch
        if fit is not None:
            self._only[future] = frozenset(fit)
        self._at[place] += 1
        self._ready.add(future)

    def _take(self, future: Future, result: Any) -> None:
        status = future.status
        batch = self._let_go(future)
        if batch is None:
            return
        if isinstance(result, bytes):
            for outcome in outcomes_of(result):
                self._told(outcome)
        elif isinstance(result, CancelledError) or status != "error":
            if self._ending is None:
                self._leave(_scheduler_lost())
        else:
            self._failed(batch, result[1])

    def _let_go(self, future: Future) -> Batch | None:
        """Have the scheduler forget a task; gives what it was, None where that was done before."""
        batch = self._running.pop(future, None)
        if batch is not None:
            self._only.pop(future, None)
            self._at[batch.groups[0].vantage] -= 1
            future.release()
        return batch

    def _told(self, outcome: Outcome) -> None:
        # A worker's word of the beginning may be late, or lost with it.
        self._began(Started(outcome.summary.target, outcome.summary.vantage, outcome.draw))
        self._tell(outcome)

    def _began(self, started: Started) -> None:
        if started.draw not in self._begun:
            self._begun.add(started.draw)
            self._tell(started)

    def _heard(self, event: tuple[float, Any]) -> None:
        told = event[1]
        if isinstance(told, dict) and told.get("post") == self._cluster.post:
            self._began(Started(str(told["target"]), str(told["vantage"]), str(told["draw"])))

    def _failed(self, batch: Batch, error: BaseException) -> None:
        """Hand on anew what a worker's death or fault kept from running; the rest is not examined."""
        if self._ending is not None:
            return
        if isinstance(error, Unfit):
            address, problem = (str(each) for each in error.args)
            if address not in self._unfit:
                self._unfit.add(address)
                self._say(f"{problem}; it is not used")
            self._again(batch)
            return
        if isinstance(error, NoValidWorkerError):
            # It never ran: it waits for a worker here, as long as others do.
            self._again(batch)
            return
        died = isinstance(error, KilledWorker)
        if died and self._together != 1:
            self._blamed += batch.groups
            return
        problem = "its worker died each time while it was examined" if died else line(error)
        fix = "look at the workers' logs, and go on with --resume" if died else "report it, please"
        for target in (target for group in batch.groups for target in group.targets):
            outcome = not_run(target, token_hex(4), problem, fix, ours=not died)
            self._tell(Outcome(structs.replace(outcome.summary, partial=died), outcome.draw, fix=fix))

    def _again(self, batch: Batch) -> None:
        self._waiting.setdefault(batch.groups[0].vantage, deque()).append(batch)

    def _suspected(self) -> bool:
        """Hand on those that were blamed for deaths, when nothing else runs; False where there are none."""
        blamed, self._blamed = self._blamed, []
        if blamed and not self._together:
            self._suspects.append(blamed)
        elif blamed:
            half = -(-len(blamed) // 2)
            self._suspects.extendleft(each for each in (blamed[half:], blamed[:half]) if each)
        if not self._suspects:
            return False
        chosen = self._suspects.popleft()
        self._together = len(chosen)
        for group in chosen:
            self._waiting.setdefault(group.vantage, deque()).append(Batch(self._cluster.post, (group,)))
        self._fill()
        return True

    async def _watch(self) -> None:
        """See which workers come and go, and when nobody is there any more."""
        while True:
            await asyncio.sleep(LOOK)
            before = self._cluster.workers
            if self._client.status != "running":
                self._leave(_scheduler_lost())
                return
            try:
                await self._cluster.look()
            except Exception:  # noqa: BLE001, S112 - it is asked again, and its loss shows by the connection
                continue
            self._tell_changes(before, self._cluster.workers)
            self._free()
            self._see_places()
            self._fill()

    def _free(self) -> None:
        """Hand on anew what only workers that are gone might run: the scheduler would wait for them."""
        for future, fit in list(self._only.items()):
            if fit.isdisjoint(self._cluster.workers) and self._ending is None:
                batch = self._let_go(future)
                if batch is not None:
                    self._again(batch)

    def _tell_changes(self, before: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> None:
        for address in before.keys() - now.keys():
            self._say(f"worker {before[address]['name']} is lost; {len(now)} left, which run what it had")
        for address in now.keys() - before.keys():
            self._say(f"worker {now[address]['name']} has joined; {len(now)} now")

    def _see_places(self) -> None:
        now = clock.now()
        for place in {*self._waiting, *self._at}:
            wanted = self._at[place] or self._waiting.get(place)
            if not wanted or self._cluster.slots(place, self._unfit):
                self._alone_since.pop(place, None)
            elif now - self._alone_since.setdefault(place, now) >= self._nobody:
                where = f" in {place}" if place else ""
                self._leave(
                    Lost(f"there has been no worker{where} for {self._nobody:g} s", "start some, and give --resume")
                )


def _scheduler_lost() -> Lost:
    return Lost("the connection to the scheduler is lost", "start it again, and give --resume")
