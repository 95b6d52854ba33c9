"""Turns of what is measured: how many at once, who goes first, and that no wait is booked on a receiver."""

import asyncio
import socket

import pytest

from sigcheck.probes.link import Link
from sigcheck.probes.slots import BEGUN, HOLD, LONGEST, Slots, slots
from sigcheck.runs import Run
from tests.misbehaving import misbehaving
from tests.running import planned
from tests.test_lateness import block
from tests.test_virtual_time import played


def watched(*parties, places=2):
    """Play parties, each seconds and whether it is due, on virtual time; gives who began when."""
    began = {}

    async def party(turns, number, seconds, due):
        async with turns.place(due=due):
            began[number] = asyncio.get_running_loop().time()
            await asyncio.sleep(seconds)

    async def main():
        turns = Slots(places)
        await asyncio.gather(*(party(turns, n, *each) for n, each in enumerate(parties)))

    played(main())
    return began


def test_no_more_than_the_places():
    """Two at once, in the order in which they came."""
    assert watched((0.02, False), (0.03, False), (0.01, False), (0.01, False)) == {0: 0, 1: 0, 2: 0.02, 3: 0.03}


def test_what_is_due_goes_first():
    """A delivery whose moment has come does not stand behind samples that have none."""
    assert watched((0.02, False), (0.01, False), (0.01, True), places=1) == {0: 0, 2: 0.02, 1: 0.03}


def test_who_waits_long_holds_up_nobody():
    """After HOLD seconds its place is somebody else's; it is not given back twice."""
    began = watched(*[(10.0, False)] * 3, (0.01, False), (0.01, False), places=1)
    assert began == pytest.approx({0: 0, 1: HOLD, 2: 2 * HOLD, 3: 3 * HOLD, 4: 3 * HOLD + 0.01})


def test_who_gives_up_leaves_no_place_behind():
    """A turn that is cancelled while it is waited for, or in the moment it is given, goes to the next."""

    async def main():
        turns = Slots(1)
        order = []

        async def party(name):
            async with turns.place():
                order.append(name)
                await asyncio.sleep(0.01)

        first, second, third = (asyncio.create_task(party(name)) for name in "abc")
        await asyncio.sleep(0.005)
        second.cancel()
        await asyncio.gather(first, third)
        holder = asyncio.create_task(party("d"))
        late = asyncio.create_task(party("e"))
        await asyncio.sleep(0.005)
        holder.cancel()
        # It gives its place to the late one, which is cancelled before it could take it.
        await asyncio.sleep(0)
        late.cancel()
        await asyncio.gather(holder, late, return_exceptions=True)
        await party("f")
        return order

    assert played(main())[0] == ["a", "c", "d", "f"]


def test_quiet_waits_until_nothing_is_measured():
    """What computes long has all places; who comes meanwhile waits behind it."""
    log = []

    async def measured(turns, name, seconds):
        async with turns.place():
            log.append(name)
            await asyncio.sleep(seconds)
            log.append(name.upper())

    async def computing(turns):
        await asyncio.sleep(0.001)
        async with turns.quiet():
            log.append("quiet")

    async def late(turns):
        await asyncio.sleep(0.002)
        await measured(turns, "c", 0.01)

    async def main():
        turns = Slots(3)
        await asyncio.gather(measured(turns, "a", 0.02), measured(turns, "b", 0.01), computing(turns), late(turns))

    played(main())
    assert log == ["a", "b", "B", "A", "quiet", "c", "C"]


def test_one_for_all_runs_of_a_loop():
    """Runs on one event loop share their turns, those on another have their own."""

    async def both():
        return slots(), slots()

    one, same = asyncio.run(both())
    other, _ = asyncio.run(both())
    assert one is same
    assert one is not other


@pytest.mark.skipif(not hasattr(socket, "CMSG_SPACE"), reason="the system has no ancillary data")
def test_an_answer_is_dated_by_its_arrival():
    """A loop that is busy when the answer comes in measures the answer, not its own work."""

    async def main(port):
        with Link("127.0.0.1", port) as link:
            await link.open()
            await link.send(b"GET / HTTP/1.1\r\n\r\n")
            sent = asyncio.get_running_loop().time()
            reading = asyncio.create_task(link.receive())
            await asyncio.sleep(0)
            block(0.15)  # this process computes; the answer is there after a moment
            data = await reading
            return data, link.arrived - sent, asyncio.get_running_loop().time() - sent

    with misbehaving("answers") as server:
        data, arrived, read = asyncio.run(main(int(server.url.split(":")[2].split("/")[0])))
    assert data.startswith(b"HTTP/1.1 204")
    assert read > 0.15
    # The answer may have been here before this process came to look at the clock.
    assert abs(arrived) < 0.1


def test_the_wait_for_a_turn_is_no_part_of_a_delivery():
    """As long as others have all places, a run does not even connect; what it then measures begins with its turn."""
    held = 0.05

    async def main(server):
        async with slots().quiet():
            plan = planned(server.url, only=("response", "deadline"), samples=2, allow_private=True)
            run = asyncio.create_task(Run(plan.config, plan=plan).play())
            await asyncio.sleep(held)
            before = server.connections
        return before, await run

    with misbehaving("answers") as server:
        before, report = asyncio.run(main(server))
    assert (before, report.verdict) == (0, "compliant")
    assert [each.started >= held for each in report.evidence.samples] == [True, True]
    assert [each.stalled for each in report.evidence.samples] == [0, 0]


def test_many_runs_at_once_come_to_their_ends():
    """Thirty runs share their turns, whoever hangs: every delivery is made, and no verdict differs."""

    async def main(*urls):
        plans = [planned(url, only=("response",), samples=2, patience=0.0, allow_private=True) for url in urls]
        return await asyncio.gather(*(Run(plan.config, plan=plan).play() for plan in plans))

    with misbehaving("answers") as good, misbehaving("closes-at-once") as bad:
        reports = asyncio.run(main(*[good.url] * 20, *[bad.url] * 10))
    assert [report.verdict for report in reports] == ["compliant"] * 20 + ["non-compliant"] * 10
    assert [len(report.evidence.samples) for report in reports] == [2] * 30


def computed_at(*due, takes=0.1):
    """Give when something that computes for `takes` seconds begins on virtual time, where these moments are due."""

    async def main():
        turns = Slots(1)
        for moment in due:
            turns.expect(moment)
        async with turns.quiet(takes):
            return asyncio.get_running_loop().time()

    return played(main())[0]


def test_what_computes_keeps_clear_of_what_falls_due():
    """It begins in a gap that it fits in, at once where there is none that it would have to wait for."""
    assert computed_at(0.2) == computed_at() == 0
    assert computed_at(0.05) == pytest.approx(0.05 + BEGUN)
    assert computed_at(0.05, 0.1, 0.3) == pytest.approx(0.1 + BEGUN)


def test_what_computes_does_not_wait_for_ever():
    """Where something is due all the time, it begins nevertheless."""
    assert computed_at(*(number / 50 for number in range(100))) == pytest.approx(LONGEST, abs=0.03)
