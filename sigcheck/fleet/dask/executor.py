"""Runs groups on the workers of a Dask scheduler, each target's result once, whatever dies."""

import asyncio
from collections.abc import Coroutine, Iterable
from secrets import token_hex
from typing import Any, TypeVar

from msgspec import structs

from sigcheck.config.needs import files_of, holds_a_secret, variables_of
from sigcheck.fleet.dask.address import Scheduler
from sigcheck.fleet.dask.cluster import CONNECT, Say, join, quiet
from sigcheck.fleet.dask.session import Session
from sigcheck.fleet.dask.worker import POST, Needs, Post
from sigcheck.fleet.scanning import scan_settings
from sigcheck.fleet.target import FleetRun, HostGroup
from sigcheck.fleet.working import Tell

NOBODY = 600.0
"""Seconds without any worker in a place until the run is given up. Our choice: a machine is started again in that."""

_T = TypeVar("_T")


class DaskExecutor:
    """Hands groups to workers. `say` prints a line; `nobody` is in place of NOBODY, `patience` in that of CONNECT."""

    def __init__(self, scheduler: Scheduler, say: Say, nobody: float = NOBODY, patience: float = CONNECT) -> None:
        self._scheduler = scheduler
        self._say = say
        self._nobody = nobody
        self._patience = patience
        self._ended = asyncio.Event()
        self._reason = ""
        self._session: Session | None = None

    async def carry_out(self, groups: Iterable[HostGroup], how: FleetRun, tell: Tell) -> None:
        """Run all of them; raises UsageProblem before anything is sent, Lost where the scheduler goes meanwhile."""
        # What a scan has no use for is neither sent nor asked of a worker.
        groups = [_for_scan(each) for each in groups] if how.scan else list(groups)
        if not groups:
            return
        secrets = len({each.key for group in groups for each in group.targets if holds_a_secret(each.wanted.settings)})
        if secrets:
            self._say(
                f"{secrets} target{'s have' if secrets > 1 else ' has'} a credential written out, which is sent to the "
                "scheduler and its workers: write ${NAME}, and set the variable on the workers"
            )
        post = f"{POST}{how.run}-{token_hex(3)}"
        with quiet():
            joining = join(self._scheduler, Post(post, how, needs_of(groups)), self._say, self._patience)
            cluster = await self._unless_ended(joining)
            if cluster is None:
                return
            try:
                self._session = Session(cluster, how, tell, self._say, self._nobody)
                await self._session.play(groups)
            finally:
                self._session = None
                await cluster.close()

    def end(self, reason: str) -> None:
        """Ask all that runs to end; a second time, leave what has not."""
        again, self._reason = self._ended.is_set(), reason
        self._ended.set()
        if self._session is not None:
            self._session.end(reason, now=again)

    async def _unless_ended(self, work: Coroutine[Any, Any, _T]) -> _T | None:
        working, ended = asyncio.ensure_future(work), asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({working, ended}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
        finally:
            for task in (working, ended):
                task.cancel()
            await asyncio.gather(working, ended, return_exceptions=True)
        return None


def _for_scan(group: HostGroup) -> HostGroup:
    return HostGroup(
        tuple(
            structs.replace(each, wanted=structs.replace(each.wanted, settings=scan_settings(each.wanted.settings)))
            for each in group.targets
        )
    )


def needs_of(groups: Iterable[HostGroup]) -> dict[str, Needs]:
    """Give what the targets of each place need of a worker there."""
    variables: dict[str, set[str]] = {}
    files: dict[str, set[str]] = {}
    for group in groups:
        for target in group.targets:
            variables.setdefault(target.vantage, set()).update(variables_of(target.wanted.settings))
            files.setdefault(target.vantage, set()).update(files_of(target.wanted.settings))
    return {place: Needs(tuple(sorted(found)), tuple(sorted(files[place]))) for place, found in variables.items()}
