"""Many waiting targets: results are right, nothing is late, what waits is small. All of it in virtual time."""

import gc
import tracemalloc

import pytest

from sigcheck.fleet.collecting import EACH, MOST, NEVER, YOUNG, collecting
from sigcheck.probes.slots import slots
from tests.fleet.many_waiting import fleet
from tests.test_virtual_time import played

NAIVE = frozenset((3, 5))

MOST_HELD = 26.5 * 1024
"""Bytes that a waiting target may hold. Measured: about 21 KB of a fleet of 30."""


def traced() -> float:
    """Give the bytes that Python's objects hold."""
    if not tracemalloc.is_tracing():
        tracemalloc.start()
    gc.collect()
    return float(tracemalloc.get_traced_memory()[0])


def accused(seen) -> set[str]:
    """Give the targets that are said to handle a message twice."""
    return {each.target for each in seen.summaries if any(cause.rule == "dedup-duplicate" for cause in each.causes)}


def ended(tmp_path, count, **given):
    """Run a fleet, and see that all of it is right but for those that are naive."""
    seen = fleet(tmp_path, count, naive=NAIVE, **given)
    assert len(seen.summaries) == count
    assert not [each.problem for each in seen.summaries if each.problem]
    assert accused(seen) == {f"target-{number}" for number in NAIVE if number < count}
    assert max(seen.errors) == pytest.approx(0, abs=1e-6)
    return seen


def test_nothing_is_sent_late_and_nobody_accused_wrongly(tmp_path):
    """Each delivery of each target goes out when it is due, whoever else begins or ends then."""
    ended(tmp_path, 8)


@pytest.mark.slow
def test_two_hundred(tmp_path):
    """So it is with two hundred."""
    ended(tmp_path, 200)


@pytest.mark.slow
def test_what_waits_is_small(tmp_path):
    """In the middle of its longest wait a target with an observer holds no more than it needs."""
    try:
        traced()
        fleet(tmp_path, 30)  # what all runs share
        (tmp_path / "results.jsonl").unlink()
        assert ended(tmp_path, 30, measure=traced).held < MOST_HELD
    finally:
        tracemalloc.stop()


def test_garbage_is_collected_where_nothing_falls_due():
    """Behind so many runs that ended, later where a delivery is due meanwhile, and at the latest behind MOST."""

    async def behind(count, *due):
        seen = []
        with collecting() as behind_them:
            never = gc.get_threshold()[2]
            for moment in due:
                slots().expect(moment)
            gc.callbacks.append(note := lambda phase, info: seen.append((phase, info["generation"])))
            try:
                for _ in range(count):
                    await behind_them.ended()
            finally:
                gc.callbacks.remove(note)
        assert never > 1_000_000
        return ("stop", 2) in seen

    before = gc.get_threshold()
    # Two fleets of one process, of which the first ends first.
    one, other = collecting(), collecting()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert gc.get_threshold()[2] == NEVER
    other.__exit__(None, None, None)
    assert gc.get_threshold() == before
    assert not played(behind(EACH - 1))[0]
    assert played(behind(EACH))[0]
    assert not played(behind(MOST - 1, 0.05))[0]
    assert played(behind(MOST, 0.05))[0]
    assert gc.get_threshold() == before


def test_a_scan_looks_for_young_garbage_less_often():
    """While a scan runs, the young garbage is looked for after more objects; behind it, as before."""
    before = gc.get_threshold()
    with collecting(scan=True):
        young = gc.get_threshold()[0]
    assert (young, gc.get_threshold()) == (YOUNG, before)
