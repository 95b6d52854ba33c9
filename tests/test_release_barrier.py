"""The barrier of a race, without sockets: who waits for whom, and for how long."""

import asyncio

import pytest

from sigcheck.scenario.playing.release_barrier import ReleaseBarrier


async def _race(parties, *, failing=0, stuck=0, patience=5.0):
    """Let parties arrive one turn of the loop apart; give the order of what happened."""
    gathering = ReleaseBarrier(parties, patience)
    order = []

    async def copy(number):
        for _ in range(number):
            await asyncio.sleep(0)
        if number >= parties - failing:
            gathering.leave()
            return
        if number < stuck:
            # Not ready before another copy was answered, like a connection behind a busy worker.
            await released.wait()
        order.append(f"{number} ready")
        await gathering.arrive()
        order.append(f"{number} goes")
        released.set()

    released = asyncio.Event()
    async with asyncio.timeout(10):
        await asyncio.gather(*(copy(number) for number in range(parties)))
    return order


@pytest.mark.parametrize("failing", [0, 2], ids=["all", "some-fail"])
def test_nobody_goes_before_the_last_is_ready(failing):
    """Every request that gets ready is held until all are, or have failed."""
    order = asyncio.run(_race(6, failing=failing))
    ready = 6 - failing
    assert [each.split()[1] for each in order] == ["ready"] * ready + ["goes"] * ready


def test_those_that_wait_for_an_answer_do_not_hold_up_the_others():
    """With fewer workers than copies the ready ones go after the patience, the rest when they can."""
    order = asyncio.run(_race(4, stuck=2, patience=0.05))
    assert [each.split()[1] for each in order[:4]] == ["ready", "ready", "goes", "goes"]
    assert len(order) == 8
