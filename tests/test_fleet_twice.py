"""A target that a fleet runs twice, because a worker was thought to be lost: each run sends messages of its own."""

import asyncio
from datetime import UTC, datetime

import msgspec

from sigcheck.demo import receiver as demo
from sigcheck.demo.authority import create_authority
from sigcheck.fleet.target import FleetRun, HostGroup, Outcome, Started
from sigcheck.fleet.working import Worker
from tests.dask_cluster import target


def test_a_receiver_is_not_accused_by_a_second_run(tmp_path):
    """Two workers run one group at the same time against a receiver that deduplicates: no rule fails, in either."""
    authority = create_authority(tmp_path, datetime.now(UTC))
    with demo.serve("good", authority, tmp_path) as serving:
        chosen = target(
            "twice",
            serving.url,
            ca_file=str(serving.ca_file),
            allow_private=True,
            observe_url=serving.effects_url,
            observe_pointer="/count",
            only=("dedup-duplicate", "retry-rejected"),
            samples=2,
            speed=600.0,
            settle=0.2,
            effects_within=1.0,
        )
        told = []

        async def both():
            workers = [Worker(FleetRun("0badcafe")) for _ in range(2)]
            await asyncio.gather(*(each.run(HostGroup((chosen,)), told.append) for each in workers))

        asyncio.run(both())
    outcomes = [each for each in told if isinstance(each, Outcome)]
    assert len({each.draw for each in told if isinstance(each, Started)}) == 2
    assert len(outcomes) == 2
    devices = []
    for each in outcomes:
        report = msgspec.json.decode(each.report)
        played = [one["rule"] for one in report["results"] if one["status"] == "pass"]
        assert [one["summary"] for one in report["results"] if one["status"] == "fail"] == []
        assert {"dedup-duplicate", "retry-rejected"} <= set(played), report["results"]
        devices.append(report["evidence"]["settings"]["device"])
    assert devices[0] != devices[1]
