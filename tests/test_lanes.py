"""Which targets are verified beside each other, and that no more are than may be."""

import asyncio
from typing import cast

import pytest

from sigcheck.config import decode
from sigcheck.fleet.lanes import lanes
from sigcheck.fleet.playing import play_all
from sigcheck.planning import make_plan
from sigcheck.progress.several import Course, Overview
from sigcheck.runs import Run
from tests.test_virtual_time import played as virtually

TOTAL = {"observe_command": "count"}
OF_ONE = {"observe_command": "count {device} {time} {seqNumber}"}
RESTARTS = {**OF_ONE, "restart_command": "restart"}


def shared(*targets):
    """Give the lanes of targets, each a host and settings."""
    return lanes([make_plan(decode({"url": f"https://{host}.example/x", **settings})) for host, settings in targets])


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([("a", {}), ("a", {}), ("b", OF_ONE)], [[0], [1], [2]]),
        ([("a", OF_ONE), ("a", OF_ONE)], [[0], [1]]),
        ([("a", {}), ("b", {}), ("a", TOTAL)], [[0, 2], [1]]),
        ([("a", TOTAL), ("b", TOTAL), ("c", {})], [[0, 1], [2]]),
        ([("a", TOTAL), ("b", {"observe_command": "other"})], [[0], [1]]),
        ([("a", TOTAL | {"only": "reach"}), ("a", {})], [[0], [1]]),
        ([("a", RESTARTS), ("b", {}), ("a", {}), ("b", {})], [[0, 2], [1], [3]]),
        ([("a", {}), ("b", TOTAL), ("b", {}), ("a", TOTAL)], [[0, 1, 2, 3]]),
        ([("a", {"device": "51AB"}), ("b", {"device": "51AB"}), ("a", {"device": "51AC"})], [[0, 1], [2]]),
        ([("a", {"devices": "4D2,4D3"}), ("b", {"devices": "4D4"}), ("c", {"device": "04d3"})], [[0, 2], [1]]),
        ([("a", {"device": "20aeab"}), ("b", {"device": "20AEAB"}), ("c", {"device": "0020AeAB"})], [[0, 1, 2]]),
    ],
    ids=[
        "plain", "counted", "total", "one-total", "two-totals", "not-counting", "restarts", "chained", "device",
        "devices", "device-otherwise-written",
    ],
)  # fmt: skip
def test_who_shares_a_lane(targets, expected):
    """Runs that would see each other's effects or faults go one after the other; all others need not wait."""
    assert shared(*targets) == expected


class Sleeper:
    """A run that takes a while, and notes when it began and ended."""

    def __init__(self, log, name, seconds, error=None):
        self.log, self.name, self.seconds, self.error = log, name, seconds, error
        self.dated = None

    def date(self):
        self.dated = asyncio.get_running_loop().time()

    async def play(self):
        loop = asyncio.get_running_loop()
        assert self.dated == loop.time()
        self.log.append((loop.time(), "+", self.name))
        await asyncio.sleep(self.seconds)
        self.log.append((loop.time(), "-", self.name))
        if self.error is not None:
            raise self.error
        return self.name


def played(seconds, in_lanes, jobs, error=None):
    """Play sleepers; gives how many were at work at most, the whole time, and what came of each."""
    log, ended = [], {}

    async def work():
        began = asyncio.get_running_loop().time()
        runs = [Sleeper(log, n, s, error if n == 0 else None) for n, s in enumerate(seconds)]
        await play_all(cast("list[Run]", runs), in_lanes, jobs, lambda number, outcome: ended.update({number: outcome}))
        return asyncio.get_running_loop().time() - began

    took = virtually(work())[0]
    at_work = most = 0
    for _, sign, _ in log:
        at_work += 1 if sign == "+" else -1
        most = max(most, at_work)
    return most, took, ended


def test_no_more_than_the_jobs_at_once():
    """Six runs of a minute, two at once, take three minutes; a lane's runs never overlap."""
    assert played([60] * 6, [[n] for n in range(6)], 2)[:2] == (2, 180)
    assert played([60] * 4, [[0, 1, 2], [3]], 10)[:2] == (2, 180)


def test_a_run_that_breaks_loses_no_other():
    """The others come to their end, and whoever asked is told what broke."""
    error = ValueError("a bug")
    _, _, ended = played([1, 5, 3], [[0, 1], [2]], 2, error)
    assert ended == {0: error, 1: 1, 2: 2}


def test_the_time_left_counts_the_lanes():
    """What is foretold is what the lanes take with these jobs."""

    def left(seconds, in_lanes, jobs):
        async def work():
            courses = [Course(f"t{n}", f"r{n}", s) for n, s in enumerate(seconds)]
            return Overview(courses, in_lanes, jobs).left(asyncio.get_running_loop().time())

        return virtually(work())[0]

    assert left([60] * 6, [[n] for n in range(6)], 2) == 180
    assert left([60, 10, 10], [[0], [1, 2]], 2) == 60
    assert left([60, 50, 40], [[0], [1, 2]], 2) == 90
