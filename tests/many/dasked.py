"""The test bed run by workers of Dask, of which some are killed: one result for each target, and executions counted."""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from distributed import LocalCluster, Security

from tests.bench.figure import Figure
from tests.dask_cluster import certificates, configured, processes
from tests.many.trial import Fleet, executions, lines_of

SLOTS = 50
"""Targets that a worker runs at once."""
Kill = Callable[[], None]


@contextmanager
def local_cluster(folder: Path) -> Iterator[tuple[str, tuple[str, ...], Kill]]:
    """Run a LocalCluster of two processes; gives its address, the options for it, and what kills a worker."""
    files = certificates(folder)
    roles = ("scheduler", "worker", "client")
    both = {f"tls_{role}_{what}": getattr(files, what) for role in roles for what in ("cert", "key")}
    security = Security(tls_ca_file=files.ca, require_encryption=True, **both)
    settings: dict[str, Any] = {"n_workers": 2, "threads_per_worker": SLOTS, "silence_logs": 60}
    with LocalCluster(
        host="127.0.0.1", dashboard_address="127.0.0.1:0", protocol="tls://", security=security, **settings
    ) as cluster:

        def kill() -> None:
            # Its nanny begins another one. A cluster forgets one whose nanny takes long, and begins one by itself.
            os.kill(next(each.pid for each in list(cluster.workers.values()) if each.pid), signal.SIGKILL)

        yield cluster.scheduler_address, files.options, kill


@contextmanager
def real_scheduler(folder: Path) -> Iterator[tuple[str, tuple[str, ...], Kill]]:
    """Run `dask scheduler` and two `dask worker`; what kills one begins another one in its place."""
    files = certificates(folder)
    config = configured(folder / "dask", files)
    with processes() as begin:
        arguments = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"]
        address = begin(folder / "scheduler.log", config, arguments).begun("Scheduler at:")

        def worker(name: str) -> Any:
            arguments = ["worker", address, "--name", name, "--nthreads", str(SLOTS), "--nworkers", "1"]
            arguments += ["--no-dashboard", "--dashboard-address", "127.0.0.1:0", "--local-directory", str(folder)]
            process = begin(folder / f"{name}.log", config, arguments)
            process.begun("Registered to:")
            return process

        # The scheduler may still know one that was killed: no name is given twice.
        names = map("w{}".format, count(1))
        workers = [worker(next(names)), worker(next(names))]

        def kill() -> None:
            workers.pop(0).kill()
            workers.append(worker(next(names)))

        yield address, files.options, kill


def on(cluster: Callable[[Path], Any]) -> Callable[[Any], Iterator[Figure]]:
    """Give what proves a fleet on such a cluster, of which two workers are killed on the way."""

    def prove(trials: Any) -> Iterator[Figure]:
        places = trials.bed.plan.places
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sigcheck-dask-")))
            address, options, kill = stack.enter_context(cluster(folder))
            fleet: Fleet = trials.begin("--dask", address, *options)
            for share in (4, 2):
                enough = len(places) // share
                fleet.until(partial(_has_more, trials.ledger, enough))
                kill()
            done = fleet.wait()
        yield trials.judged(f"{len(places)} targets, workers killed twice")
        begun, again = executions(trials.ledger)
        yield Figure("runs begun are those of all targets and those begun again", f"{begun}, {again} again",
                     f"{len(places)} and more", begun == len(places) + again)  # fmt: skip
        seen = trials.bed.counts()["connections"]
        several = sum(times > 1 for host, times in seen.items() if host)
        yield Figure("targets that the endpoints saw more than once", str(several))
        yield from trials.cost(done)

    return prove


def _has_more(ledger: Path, lines: int) -> bool:
    return lines_of(ledger) > lines
