"""Which machines and processes run a fleet: this one, several processes of it, or the workers of a Dask scheduler."""

from collections.abc import Callable

from msgspec import Struct

from sigcheck.errors import UsageProblem
from sigcheck.fleet.executor import Executor, LocalExecutor
from sigcheck.fleet.processes import ProcessExecutor, jobs_for


class Machines(Struct, frozen=True):
    """What the command line says of them: the scheduler's address, files of PEM, and the processes on this machine."""

    dask: str | None = None
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    jobs: int | None = None

    @property
    def many(self) -> bool:
        """Whether others than this machine run the targets."""
        return self.dask is not None

    def see(self) -> None:
        """See that what is said of them goes together; raises UsageProblem."""
        if self.dask is None:
            if self.ca or self.cert or self.key:
                raise UsageProblem("--dask-ca, --dask-cert and --dask-key go with --dask", "give --dask ADDRESS, too")
            return
        from sigcheck.fleet.dask.address import scheduler_of

        scheduler_of(self.dask, self.ca, self.cert, self.key)

    def executor(self, groups: int, at_once: int, notice: Callable[[str], None]) -> tuple[Executor, str]:
        """Give whoever runs so many groups, and say who that is; `notice` is told what a user should know.

        Raises UsageProblem where the scheduler may not be used so.
        """
        if self.dask is None:
            jobs = jobs_for(groups, at_once, self.jobs)
            said = f"{jobs} process{'' if jobs == 1 else 'es'}"
            return (LocalExecutor() if jobs == 1 else ProcessExecutor(jobs, notice)), said
        from sigcheck.fleet.dask.address import scheduler_of

        scheduler = scheduler_of(self.dask, self.ca, self.cert, self.key)
        # It takes half a second to be loaded, and is there with the extra alone.
        from sigcheck.fleet.dask.executor import DaskExecutor

        return DaskExecutor(scheduler, notice), "workers of Dask"
