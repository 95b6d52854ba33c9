"""At one address a few runs of a fleet are examined at once; whoever waits is neither slower nor older for it."""

import asyncio
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler

import pytest

from sigcheck import Environment, decode
from sigcheck.config.given import Given
from sigcheck.config.wanted import Wanted
from sigcheck.fleet.executor import LocalExecutor
from sigcheck.fleet.target import FleetRun, FleetTarget, HostGroup, Outcome
from sigcheck.probes.by_address import _of_loops, at_addresses
from sigcheck.runs import Run
from tests import evidence
from tests.clock import FakeClock
from tests.scripted import ScriptedDelivery
from tests.serving import Quiet, serving
from tests.test_virtual_time import played

TOOK = 0.5
HELD = 3 * TOOK
"""How long a run holds its place: two samples, and one more by HTTP/1.0."""


def plays(clock, *, runs, most, only="response,retry", samples=2):
    """Play runs at one address, whose receiver takes TOOK seconds; gives reports, and when each message was sent."""
    transport = ScriptedDelivery(clock, took=TOOK)

    async def examine_network():
        return evidence.network()

    environment = Environment(
        transport=transport,
        examine_network=examine_network,
        admit=partial(at_addresses, most=most),
        wall=clock.wall,
        time="virtual",
    )
    settings = {"url": "http://receiver.example/", "only": only, "samples": samples, "speed": 60.0}
    made = [Run(decode(settings), environment) for _ in range(runs)]

    async def main():
        return await asyncio.gather(*(run.play() for run in made))

    return clock.run(main()), transport


def test_no_more_than_the_places_are_held():
    """Two of five at a time, in the order in which they came; another address is not waited for."""
    began = []

    async def party(name, *addresses):
        async with at_addresses(addresses, 2):
            began.append((name, asyncio.get_running_loop().time()))
            await asyncio.sleep(1)

    async def main():
        await asyncio.gather(*(party(name, "a") for name in "12345"), party("6", "b"))
        assert _of_loops[asyncio.get_running_loop()] == {}

    played(main())
    assert began == [("1", 0), ("2", 0), ("6", 0), ("3", 1), ("4", 1), ("5", 2)]


def test_several_addresses_lead_to_no_deadlock():
    """Runs that name the same addresses in different orders wait for each other, never in a circle."""

    async def party(*addresses):
        async with at_addresses(addresses, 1):
            await asyncio.sleep(1)

    async def main():
        await asyncio.gather(party("a", "b"), party("b", "a"), party("b", "c", "b"), party("c", "a"))
        return asyncio.get_running_loop().time()

    assert played(main())[0] <= 4


def test_who_gives_up_leaves_no_place_behind():
    """A run that ends while it waits takes no place with it, and is forgotten."""

    async def party():
        async with at_addresses(("a",), 1):
            await asyncio.sleep(1)

    async def main():
        parties = [asyncio.create_task(party()) for _ in range(3)]
        await asyncio.sleep(0.5)
        parties[1].cancel()
        await asyncio.wait(parties)
        assert _of_loops[asyncio.get_running_loop()] == {}
        return asyncio.get_running_loop().time()

    assert played(main())[0] == 2


def test_a_wait_is_booked_on_nobody():
    """Each run is as long as one alone, its messages are dated when they are sent, and its replay is on time."""
    (alone,), _ = plays(FakeClock(), runs=1, most=1)
    reports, transport = plays(FakeClock(), runs=4, most=1)
    assert [each.seconds for each in reports] == pytest.approx([alone.seconds] * 4)
    assert [[s.started for s in each.evidence.samples] for each in reports] == [[0, TOOK]] * 4
    for report in reports:
        begins = report.evidence.started_at.timestamp()
        for sent in report.evidence.exchanges:
            assert sent.attempt > 1 or -5 <= sent.message.time - (begins + sent.started) <= 0
        assert [each.status for each in report.results] == [each.status for each in alone.results]
    starts = sorted(each.evidence.started_at.timestamp() for each in reports)
    assert [each - starts[0] for each in starts] == pytest.approx([0, HELD, 2 * HELD, 3 * HELD])
    assert len(transport.arrived) == sum(each.evidence.requests for each in reports)


def test_a_run_that_waits_for_its_retry_makes_room():
    """Many replays wait at one address at once: a place is held until a replay begins, and not longer."""
    (alone,), _ = plays(FakeClock(), runs=1, most=1)
    clock = FakeClock()
    plays(clock, runs=10, most=1)
    assert clock.now() - 1000 == pytest.approx(alone.seconds + 9 * HELD)


def test_a_run_that_is_ended_while_it_waits_took_no_time():
    """Its partial report says so, and nothing was sent."""
    clock = FakeClock()

    async def examine_network():
        return evidence.network()

    async def main():
        async with at_addresses(("198.51.100.7", evidence.network().connected[0]), 1):
            environment = Environment(
                transport=ScriptedDelivery(clock),
                examine_network=examine_network,
                admit=partial(at_addresses, most=1),
                wall=clock.wall,
                time="virtual",
            )
            run = Run(decode({"url": "http://receiver.example/", "only": "response"}), environment)
            playing = asyncio.create_task(run.play())
            await asyncio.sleep(100)
            run.end("interrupted")
            return await playing

    report = clock.run(main())
    assert (report.seconds, report.evidence.requests, report.evidence.interrupted) == (0, 0, "interrupted")


class Counting(Quiet, BaseHTTPRequestHandler):
    """Answers after a moment, and counts the requests that are in work at once."""

    lock = threading.Lock()
    now = most = 0

    def do_POST(self):
        with self.lock:
            Counting.now += 1
            Counting.most = max(Counting.most, Counting.now)
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(0.01)
        with self.lock:
            Counting.now -= 1
        self.send_response(204)
        self.end_headers()


def test_a_receiver_is_hit_by_a_few_at_once():
    """Forty names at one address, all of them examined at once otherwise: three are at a time."""
    Counting.now = Counting.most = 0
    told = []
    with serving(Counting) as origin:
        port = int(origin.rpartition(":")[2])

        def group(number):
            settings = {
                "url": f"http://r{number}.example:{port}/",
                "resolve": f"r{number}.example:{port}:127.0.0.1",
                "allow_private": True,
                "only": "reach,response",
                "samples": 2,
            }
            given = {name: (Given(value, name, name),) for name, value in settings.items()}
            return HostGroup((FleetTarget(f"r{number}", Wanted("", given), f"r{number}"),))

        how = FleetRun("0badcafe", at_once=100, at_address=3)
        asyncio.run(LocalExecutor().carry_out([group(number) for number in range(40)], how, told.append))
    outcomes = [each for each in told if isinstance(each, Outcome)]
    assert len(outcomes) == 40
    assert all(each.summary.problem is None for each in outcomes), outcomes[0].summary
    assert Counting.most == 3
