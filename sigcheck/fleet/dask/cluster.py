"""A connection to a scheduler of Dask, once all that can be known before anything is sent is known to be right."""

import asyncio
import logging
import ssl
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from sigcheck import clock
from sigcheck.errors import UsageProblem
from sigcheck.fleet.dask.address import MISSING, Scheduler
from sigcheck.redaction.disarm import disarm
from sigcheck.words import shortened

try:
    from distributed import Client
    from distributed.versions import VersionMismatchWarning, required_packages
except ImportError:
    raise MISSING from None

import sigcheck
from sigcheck.fleet.dask import worker
from sigcheck.fleet.dask.worker import RESOURCE, Post, Unfit, python

CONNECT = 10.0
"""Seconds to connect to the scheduler, and to wait for the first workers in each place. Our choice."""

REPLY = 30.0
"""Seconds that the scheduler has for an answer. Our choice: it has thousands of tasks beside it."""

LEAVE = 2.0
"""Seconds to take leave of the scheduler, which may be gone."""

TTL = 60.0
"""Seconds after which a scheduler should take a silent worker for lost; Dask's own default is five minutes."""

SAME = ("dask", "distributed")
"""Packages of which all machines must have one version: they speak with each other."""

Say = Callable[[str], None]
_T = TypeVar("_T")


class Cluster:
    """The scheduler, and the workers as they were last seen. To be closed."""

    def __init__(self, client: Client, post: str) -> None:
        self.client = client
        self.post = post
        self.workers: dict[str, dict[str, Any]] = {}
        """The workers by address, each with its `name`, `nthreads` and `resources`."""

    async def look(self) -> None:
        """See which workers there are; raises OSError or TimeoutError where the scheduler does not say."""
        identity = await asyncio.wait_for(self.client.scheduler.identity(n_workers=-1), REPLY)
        self.workers = dict(identity["workers"])

    def slots(self, place: str, without: AbstractSet[str] = frozenset()) -> int:
        """Give how many targets the workers of a place run at once, "" for all workers."""
        found = 0
        for address, each in self.workers.items():
            if address not in without:
                most = each["resources"].get(RESOURCE + place, 0) if place else each["nthreads"]
                found += int(min(each["nthreads"], most))
        return found

    async def close(self) -> None:
        """Take leave, and let go of all that is left."""
        with suppress(Exception):
            await asyncio.wait_for(self.client.unregister_worker_plugin(self.post), LEAVE)
        await _closed(self.client)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the log of Dask, and what asyncio says of its tasks, from the terminal: what matters is said in a line."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            # Versions are compared by ourselves.
            warnings.simplefilter("ignore", VersionMismatchWarning)
            yield
    finally:
        logging.disable(before)


async def join(scheduler: Scheduler, post: Post, say: Say, patience: float) -> Cluster:
    """Connect, and see that everything is there within `patience` seconds each; raises UsageProblem."""
    client = Client(
        scheduler.address,
        asynchronous=True,
        security=scheduler.security(),
        timeout=patience,
        # In the id of this client; that is how the next coordinator sees whether it is still there.
        name=post.name,
        set_as_default=False,
    )
    cluster = Cluster(client, post.name)
    try:
        await _connected(client, scheduler, patience)
        await _see_scheduler(client, say)
        await _see_workers(cluster, post.places, scheduler, patience)
        await _see_versions(client, say)
        await _clear(client)
        await _take_posts(cluster, post)
    except BaseException as error:
        await cluster.close()
        if isinstance(error, UsageProblem) or not isinstance(error, Exception):
            raise
        raise UsageProblem(
            f"the scheduler {scheduler.address} cannot be used ({line(error)})", "look at its log, and try again"
        ) from None
    return cluster


def line(error: BaseException) -> str:
    """Say an error of Dask in one line."""
    said = disarm(" ".join(str(error).split()))
    return shortened(f"{type(error).__name__}: {said}" if said else type(error).__name__, 200)


async def _connected(client: Client, scheduler: Scheduler, patience: float) -> None:
    try:
        await client
    except (OSError, TimeoutError) as error:
        cause = _cause(error)
        if isinstance(cause, ssl.SSLError):
            raise UsageProblem(
                f"the scheduler {scheduler.address} and this machine do not accept each other's certificates "
                f"({line(cause)})",
                "see that both certificates are valid now, and that the CA of --dask-ca issued both",
            ) from None
        fix = "see that it runs there, and that no firewall is between"
        if not scheduler.ca:
            fix = "see that it runs there: `dask scheduler --host 127.0.0.1`"
        raise UsageProblem(
            f"the scheduler {scheduler.address} cannot be reached within {patience:g} s ({line(cause)})", fix
        ) from None


def _cause(error: BaseException) -> BaseException:
    # That something was given up, which Dask says in the end, is no cause.
    while isinstance(error.__cause__, Exception):
        error = error.__cause__
    return error


async def _see_scheduler(client: Client, say: Say) -> None:
    same = f"install sigcheck {sigcheck.__version__} and Python {python()} there"
    try:
        facts = await asyncio.wait_for(client.run_on_scheduler(worker.scheduler_facts), REPLY)
    except (ImportError, AttributeError) as error:
        raise UsageProblem(f"the scheduler cannot use what this sigcheck sends ({line(error)})", same) from None
    for what, here in worker.versions().items():
        # Another version of sigcheck may say other things of itself.
        if facts.get(what) != here:
            raise UsageProblem(
                f"the scheduler has {what} {facts.get(what, 'of an unknown version')}, and this machine has {here}",
                same if what in {"sigcheck", "Python"} else f"install {what} {here} there",
            )
    loose = []
    if facts["allowed-failures"] is None or int(facts["allowed-failures"]) > 1:
        loose.append(f"allowed-failures is {facts['allowed-failures']} and should be 1")
    if _seconds(facts["worker-ttl"]) > TTL:
        loose.append(f"worker-ttl is {facts['worker-ttl']} and should be 60s")
    if facts["no-workers-timeout"] is None:
        loose.append("no-workers-timeout is not set and should be 10 minutes")
    if loose:
        say(f"settings of the scheduler, under distributed.scheduler: {'; '.join(loose)} (docs/fleet-machines.md)")


def _seconds(value: Any) -> float:
    from dask.utils import parse_timedelta

    return float("inf") if value is None else float(parse_timedelta(value, "s"))


async def _see_workers(cluster: Cluster, places: Iterable[str], scheduler: Scheduler, patience: float) -> None:
    deadline = clock.now() + patience
    while True:
        await cluster.look()
        missing = sorted(place for place in places if not cluster.slots(place))
        if not missing:
            return
        if clock.now() >= deadline:
            break
        await asyncio.sleep(0.2)
    if not cluster.workers:
        raise UsageProblem(
            f"the scheduler {scheduler.address} has no worker", f"start one: dask worker {scheduler.address} …"
        )
    raise UsageProblem(
        f"no worker is in {', '.join(missing)}",
        f'start one there with --resources "{RESOURCE}{missing[0]}=100", or choose other places with --vantage',
    )


async def _see_versions(client: Client, say: Say) -> None:
    """Compare the versions of all that Dask itself compares: those of Dask must be the same.

    What is sigcheck's and Python's the workers compare by themselves, and those that join later compare all four.
    """
    versions = await _of_all(client.get_versions())
    here = versions["client"]["packages"]
    others = {"the scheduler": versions["scheduler"]}
    others |= {f"worker {address}": each for address, each in versions["workers"].items() if each}
    for name, each in others.items():
        for package in SAME:
            if each["packages"].get(package) != here[package]:
                raise UsageProblem(
                    f"{name} has {package} {each['packages'].get(package)}, and this machine has {here[package]}",
                    "install the same version on all machines",
                )
    different = sorted(
        package
        for package in required_packages
        if any(each["packages"].get(package) != here.get(package) for each in others.values())
    )
    if different:
        say(f"not all machines have the same version of {', '.join(different)}, which Dask advises")


async def _of_all(asked: Awaitable[_T]) -> _T:
    """Give what all workers answered; raises UsageProblem where one of them does not."""
    try:
        return await asyncio.wait_for(asked, REPLY)
    except TimeoutError:
        raise UsageProblem(
            f"not all workers answer within {REPLY:g} s",
            "the scheduler's log says which one is silent: start it again, or take it out",
        ) from None


async def _clear(client: Client) -> None:
    """Take away what coordinators that were killed have left on the workers, and end what still runs for them."""
    for name in await asyncio.wait_for(client.run_on_scheduler(worker.left_behind), REPLY):
        # Another coordinator may take it away at the same time, and not every worker may have had it.
        with suppress(Exception):
            await asyncio.wait_for(client.unregister_worker_plugin(name), REPLY)


async def _take_posts(cluster: Cluster, post: Post) -> None:
    fix = "put it right there, or take the worker out; docs/fleet-machines.md says what a worker needs"
    client = cluster.client
    try:
        await _of_all(client.register_plugin(post, name=post.name))
    except Unfit as unfit:
        said = await asyncio.wait_for(client.run(worker.problem, post.name, on_error="ignore"), REPLY)
        found = Counter(each for each in said.values() if each) or Counter([str(unfit.args[-1])])
        more = f"; {len(found) - 3} more workers" if len(found) > 3 else ""
        raise UsageProblem(disarm("; ".join(list(found)[:3]) + more), fix) from None
    except UsageProblem:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the worker could not load or begin it
        raise UsageProblem(
            f"a worker cannot use what this sigcheck sends ({line(error)})",
            f"install sigcheck {sigcheck.__version__} on every worker",
        ) from None


async def _closed(client: Client) -> None:
    with suppress(Exception):
        await asyncio.wait_for(client.close(timeout=LEAVE), 2 * LEAVE)
