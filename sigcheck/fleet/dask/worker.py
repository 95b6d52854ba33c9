"""What happens on a worker of Dask: it is seen to be fit for the fleet's run, and runs the groups that it is given."""

import asyncio
import os
import platform
import sys
from collections.abc import Mapping
from typing import Any

import dask
import distributed
import msgspec
from distributed import Scheduler, WorkerPlugin, get_worker
from distributed.worker import Worker as DaskWorker
from msgspec import Struct

import sigcheck
from sigcheck.fleet.collecting import Collecting, collecting
from sigcheck.fleet.target import FleetRun, HostGroup, Outcome, Started, Told
from sigcheck.fleet.working import Worker

TOPIC = "sigcheck"
"""Where workers tell the coordinator that a target's run begins."""

POST = "sigcheck-"
"""How the names of plugins begin that runs of a fleet have on the workers."""

RESOURCE = "vantage-"
"""What the resource of workers in a place is called, before its name."""

_OUTCOMES = msgspec.json.Decoder(list[Outcome])


class Batch(Struct, frozen=True):
    """The groups of one task, and the name of the run's plugin on the worker."""

    post: str
    groups: tuple[HostGroup, ...]


class Needs(Struct, frozen=True):
    """What targets need of a worker: the names of environment variables, and the paths of files."""

    variables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Unfit(Exception):  # noqa: N818 - a worker is that, and the run goes on without it
    """A worker cannot be used. The arguments are its address, and one line that says why."""


class Post(WorkerPlugin):  # type: ignore[misc]  # distributed's own types are not followed
    """What a run of the fleet has on each worker: also on one that joins later."""

    def __init__(self, name: str, how: FleetRun, needs: Mapping[str, Needs]) -> None:
        self.name = name
        self.problem = ""
        self._how = how
        self._needs = dict(needs)
        self._versions = versions()

    @property
    def places(self) -> tuple[str, ...]:
        """The places that targets name, "" where some name none."""
        return tuple(self._needs)

    def setup(self, worker: DaskWorker) -> None:
        """See that the worker can be used; raises Unfit."""
        # It counts the runs of all tasks. Between them Python collects as it does elsewhere.
        self._worker = Worker(self._how, collecting=Collecting())
        # A task of a scan has many targets: together they run no more at once than the worker has threads.
        self._places = asyncio.Semaphore(worker.state.nthreads)
        self.problem = self._problem(worker)
        if self.problem:
            raise Unfit(worker.address, self.problem)

    def teardown(self, worker: DaskWorker) -> None:  # noqa: ARG002 - Dask gives it
        """Ask all that runs here to end: nobody waits for it any more."""
        self.end("the run of the fleet is over")

    def _problem(self, worker: DaskWorker) -> str:
        called = f"worker {worker.name}" if worker.name == worker.address else f"worker {worker.name} {worker.address}"
        for what, here in versions().items():
            if here != self._versions[what]:
                return f"{called} has {what} {here}, and this machine has {self._versions[what]}"
        places = {each.removeprefix(RESOURCE) for each in worker.state.total_resources if each.startswith(RESOURCE)}
        needed = [needs for place, needs in self._needs.items() if place == "" or place in places]
        variables = sorted({name for needs in needed for name in needs.variables})
        unset = [name for name in variables if not os.environ.get(name, "").strip()]
        if unset:
            return f"{called} has no value for the environment variable{'s' * (len(unset) > 1)} {', '.join(unset)}"
        unread = [path for path in sorted({path for needs in needed for path in needs.files}) if not _readable(path)]
        if unread:
            return f"{called} cannot read the file{'s' * (len(unread) > 1)} {', '.join(unread)}"
        return ""

    def end(self, reason: str) -> None:
        """Ask all that runs here to end now."""
        self._worker.end(reason)

    async def examine(self, groups: tuple[HostGroup, ...], worker: DaskWorker) -> bytes:
        """Run groups, several of them beside each other; gives their outcomes as JSON."""
        if self.problem:
            raise Unfit(worker.address, self.problem)
        outcomes: list[Outcome] = []

        def tell(told: Told) -> None:
            if isinstance(told, Started):
                begun = {"post": self.name, "target": told.target, "vantage": told.vantage, "draw": told.draw}
                worker.log_event(TOPIC, begun)
            else:
                outcomes.append(told)

        async def one(group: HostGroup) -> None:
            async with self._places:
                await self._worker.run(group, tell)

        with collecting():
            async with asyncio.TaskGroup() as tasks:
                for group in groups:
                    tasks.create_task(one(group))
        return msgspec.json.encode(outcomes)


async def examine(batch: Batch) -> bytes:
    """Be one task."""
    worker = get_worker()
    post = worker.plugins.get(batch.post)
    if not isinstance(post, Post):
        raise Unfit(worker.address, f"worker {worker.name} does not know this run")
    return await post.examine(batch.groups, worker)


def outcomes_of(data: bytes) -> list[Outcome]:
    """Read what `examine` gave."""
    return _OUTCOMES.decode(data)


def problem(post: str, dask_worker: DaskWorker) -> str:
    """Say why a worker cannot be used, "" if it can."""
    found = dask_worker.plugins.get(post)
    return found.problem if isinstance(found, Post) else ""


def end(post: str, reason: str, dask_worker: DaskWorker) -> None:
    """Ask all that a worker runs for a run of a fleet to end now."""
    found = dask_worker.plugins.get(post)
    if isinstance(found, Post):
        found.end(reason)


def scheduler_facts() -> dict[str, Any]:
    """Give what of a scheduler must be right, from inside of it."""
    names = ("allowed-failures", "worker-ttl", "no-workers-timeout")
    settings = {name: dask.config.get(f"distributed.scheduler.{name}", None) for name in names}
    return {**versions(), **settings}


def left_behind(dask_scheduler: Scheduler) -> list[str]:
    """Name the plugins of coordinators that were killed: the id of a client has the name of its plugin in it."""
    return [
        name
        for name in dask_scheduler.worker_plugins
        if name.startswith(POST) and not any(f"-{name}-" in client for client in dask_scheduler.clients)
    ]


def versions() -> dict[str, str]:
    """Give the versions that are the same on all machines."""
    return {
        "sigcheck": sigcheck.__version__,
        "Python": python(),
        "dask": dask.__version__,
        "distributed": distributed.__version__,
    }


def python() -> str:
    """Give the version of Python, as far as what is pickled depends on it."""
    return f"{sys.version_info.major}.{sys.version_info.minor} ({platform.python_implementation()})"


def _readable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.R_OK)  # noqa: PTH113 - a text, as it was given
