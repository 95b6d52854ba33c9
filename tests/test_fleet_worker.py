"""What a worker does with a run that is ended at an odd moment, that breaks, or that is over."""

import asyncio
import gc
from datetime import UTC, datetime

import msgspec

from sigcheck.environment import Environment
from sigcheck.fleet.target import FleetRun, HostGroup, Outcome
from sigcheck.fleet.working import Worker
from sigcheck.model.network import NetworkFacts
from sigcheck.runs import Run
from tests.dask_cluster import target

FACTS = NetworkFacts(host="receiver.example", port=443, addresses=(), resolve_seconds=0.0)
CHOSEN = target("a", "https://receiver.example/sigfox?key=hunter2-secret", only=("reach",))


def outcome(worker):
    """Run the target, and give what came of it."""
    told = []
    asyncio.run(worker.run(HostGroup((CHOSEN,)), told.append))
    (one,) = [each for each in told if isinstance(each, Outcome)]
    return one


def test_an_end_while_a_run_is_planned_ends_that_run():
    """It is none of those that run yet, and would be carried out whole after everybody was told that all ends."""
    looked = []

    async def look():
        looked.append(True)
        return FACTS

    def surroundings(_wanted):
        worker.end("the fleet was stopped")
        return Environment(examine_network=look)

    worker = Worker(FleetRun("0badcafe"), surroundings)
    summary = outcome(worker).summary
    assert (summary.partial, looked) == (True, [])


def test_a_run_that_breaks_shows_no_secret():
    """Our error quotes the URL, and the ledger must not."""

    def surroundings(_wanted):
        times = iter([datetime(2026, 11, 28, tzinfo=UTC)])

        def wall():
            if (time := next(times, None)) is None:
                raise RuntimeError("no time at https://receiver.example/sigfox?key=hunter2-secret")
            return time

        return Environment(wall=wall)

    summary = outcome(Worker(FleetRun("0badcafe"), surroundings)).summary
    assert summary.exit_code == 4
    assert summary.problem is not None
    assert summary.problem.startswith("RuntimeError: no time at https://receiver.example/sigfox?key=")
    assert "hunter2" not in summary.problem


async def report_of(run):
    """Give what a run reports now."""
    return run.report()


def test_nothing_that_a_run_saw_is_left_behind():
    """A run that is over may be held for a while, by a cycle that is not collected yet: what it saw is not."""

    def runs():
        return [each for each in gc.get_objects() if isinstance(each, Run)]

    before, held = runs(), []

    async def look():
        held.extend(each for each in runs() if not any(each is other for other in before))
        return FACTS

    report = msgspec.json.decode(
        outcome(Worker(FleetRun("0badcafe"), lambda _wanted: Environment(examine_network=look))).report
    )
    assert report["evidence"]["network"]["host"] == FACTS.host
    (run,) = held
    assert asyncio.run(report_of(run)).evidence.network is None
