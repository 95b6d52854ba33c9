"""Runs the groups of a fleet in several processes of this machine: an event loop keeps one processor busy.

Each process has a share of what may run at once, and gets a group as soon as it has room for one. One that dies costs
time and no result: what it had not told is run again elsewhere.
"""

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterable

from msgspec import structs

from sigcheck.errors import UsageProblem
from sigcheck.fleet.child_process import Child
from sigcheck.fleet.executor import Lost
from sigcheck.fleet.frames import Done, End, Failed, Ready, Said, Take
from sigcheck.fleet.target import FleetRun, HostGroup, Outcome, Told, not_run
from sigcheck.fleet.working import Tell

MOST_BEGUN = 3
"""How often a group is begun, where the process that ran it died each time. Our choice: two deaths, whatever caused
them, cost no result, and a target that brings a process down does so three times and no more."""

STILLBORN = 2
"""Processes in a row that die before they take a group, after which no more are started."""

FEW = 50
"""Groups below which one process is enough: the start of another costs as much as they do. Our choice."""


def processors() -> int:
    """Give how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def jobs_for(groups: int, at_once: int, wanted: int | None) -> int:
    """Give how many processes run so many groups: those that are wanted, or one for each processor."""
    jobs = wanted if wanted is not None else processors() if groups >= FEW else 1
    return max(1, min(jobs, groups, at_once))


def shares(how: FleetRun, jobs: int) -> list[FleetRun]:
    """Divide what may run at once among processes; at each address each has one place at the least."""
    at_once, more = divmod(how.at_once, jobs)
    at_address, better = divmod(how.at_address, jobs)
    return [
        structs.replace(how, at_once=at_once + (place < more), at_address=max(1, at_address + (place < better)))
        for place in range(jobs)
    ]


class _Work:
    """A group that has a number: its targets without an outcome, and how often it was begun."""

    def __init__(self, number: int, group: HostGroup) -> None:
        self.number = number
        self.left = list(group.targets)
        self.begun = 0

    def told(self, told: Told) -> None:
        """Take that a target has its outcome."""
        if isinstance(told, Outcome):
            self.left = [each for each in self.left if each.ledger_key != told.summary.key]


class ProcessExecutor:
    """Runs groups in `jobs` processes. `notice` is told what a person should know of them, a line at a time."""

    def __init__(self, jobs: int, notice: Callable[[str], None]) -> None:
        self._jobs = jobs
        self._notice = notice
        self._children: set[Child] = set()
        self._waiting: deque[_Work] = deque()
        self._ended: str | None = None
        self._began = False
        self._trouble: UsageProblem | None = None
        """Why a lane has no process any more, and starts none."""
        self._trouble_told = False

    async def carry_out(self, groups: Iterable[HostGroup], how: FleetRun, tell: Tell) -> None:
        """Run all of them; raises UsageProblem where no process can be started, and Lost where none is left."""
        self._waiting = deque(_Work(number, group) for number, group in enumerate(groups))
        async with asyncio.TaskGroup() as lanes:
            for share in shares(how, min(self._jobs, how.at_once)):
                lanes.create_task(self._lane(share, tell))
        problem = self._trouble
        if problem is None or not self._waiting:
            return
        if self._began:
            raise Lost(problem.message, f"{problem.fix}, and go on with --resume")
        raise problem

    def end(self, reason: str) -> None:
        """Ask all that runs to end now; what was not begun is not begun any more."""
        self._ended = reason if self._ended is None else self._ended
        self._waiting.clear()
        for child in self._children:
            child.send(End(reason))

    async def _lane(self, how: FleetRun, tell: Tell) -> None:
        """Keep one process running as long as there is something to run: where it dies, another takes its place."""
        stillborn = 0
        while self._waiting and self._ended is None:
            try:
                child = Child(scan=how.scan)
            except UsageProblem as problem:
                self._leave_to_others(problem)
                return
            self._children.add(child)
            held: dict[int, _Work] = {}
            try:
                await child.begin(how)
                await self._feed(child, how.at_once, held, tell)
            finally:
                self._children.discard(child)
                await child.close()
            for line in child.last_words:
                self._notice(f"a process of this run wrote: {line}")
            stillborn = 0 if child.ready else stillborn + 1
            if stillborn == STILLBORN and self._ended is None:
                self._leave_to_others(
                    UsageProblem(
                        f"the processes of this run end before they begin ({child.how_it_ended})", "use --jobs 1"
                    )
                )
                return
            self._again(held, child, tell)

    def _leave_to_others(self, problem: UsageProblem) -> None:
        """Start no more processes: those that work, or are still being started, do the rest if they can."""
        self._trouble = problem
        self._tell_trouble()

    def _tell_trouble(self) -> None:
        """Say once that others do the rest, as soon as one of them works."""
        if self._trouble is not None and not self._trouble_told and any(each.ready for each in self._children):
            self._trouble_told = True
            self._notice(f"{self._trouble.message}: the processes that are left do the rest")

    async def _feed(self, child: Child, room: int, held: dict[int, _Work], tell: Tell) -> None:
        """Give a process groups as it has room for them; `held` has what it did not bring to its end."""
        while (answer := await child.answer()) is not None:
            match answer:
                case Ready():
                    child.ready = True
                    self._tell_trouble()
                    if self._ended is not None:
                        return
                case Said(number, told):
                    held[number].told(told)
                    tell(told)
                case Done(number):
                    del held[number]
                case Failed(number, problem):
                    for target in held.pop(number).left:
                        tell(not_run(target, "", problem, "report it, please", ours=True))
            while self._waiting and len(held) < room:
                work = self._waiting.popleft()
                work.begun += 1
                held[work.number] = work
                self._began = True
                child.send(Take(work.number, HostGroup(tuple(work.left))))
            if not held:
                return

    def _again(self, held: dict[int, _Work], child: Child, tell: Tell) -> None:
        """Put what a dead process left behind the others, but for what was begun often enough."""
        left = [work for work in held.values() if work.left]
        if not left or self._ended is not None:
            return
        self._notice(f"a process of this run died ({child.how_it_ended}): what it had not reported is run again")
        for work in left:
            if work.begun < MOST_BEGUN:
                self._waiting.append(work)
                continue
            for target in work.left:
                problem = f"the process that examined it died {MOST_BEGUN} times ({child.how_it_ended})"
                outcome = not_run(target, "", problem, "see whether memory was short, and lower --at-once")
                # Nothing was found out about it: a run that is resumed examines it.
                tell(structs.replace(outcome, summary=structs.replace(outcome.summary, partial=True)))
