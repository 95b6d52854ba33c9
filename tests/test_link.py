"""How a connection is made: to the address that is meant, and given back whatever ends it."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sigcheck.probes.link import Link
from sigcheck.probes.slots import PLACES, slots
from tests.scanned import LOOPS

MANY = 60


def files():
    """Give what this process has open."""
    return list(Path("/proc/self/fd").iterdir())


LINKED = """
import asyncio
from sigcheck.probes.network import connect
print(asyncio.run(connect("fe80::1%lo", 9, 2)).detail, asyncio.run(connect("fe80::1%nowhere", 9, 2)).outcome, sep=", ")
"""


def test_the_interface_of_an_address_is_not_left_out():
    """Without it the system calls the address of a link invalid; with it, it is one that nobody has."""
    # In a process of its own: tests may reach no other address than loopback's.
    done = subprocess.run([sys.executable, "-c", LINKED], capture_output=True, text=True, check=True)
    detail, _, outcome = done.stdout.strip().rpartition(", ")
    assert (detail not in ("", "Invalid argument"), outcome) == (True, "unreachable")


@pytest.mark.parametrize("loop", LOOPS)
def test_connections_that_are_given_up_leave_nothing_behind(loop):
    """However far each of them came, its socket is closed, its place is free, and its loop watches nothing."""
    faults = []

    async def talk(port, steps):
        async with slots().place():
            with Link("127.0.0.1", port, stamped=False) as link:
                for step in (link.open, lambda: link.send(b"x"), link.receive)[:steps]:
                    await step()
                await asyncio.Event().wait()

    async def main(port):
        running = asyncio.get_running_loop()
        running.set_exception_handler(lambda _, context: faults.append(context))
        before = len(files())
        tasks = [asyncio.create_task(talk(port, at % 4)) for at in range(MANY)]
        for turn in range(MANY):
            await asyncio.sleep(0)
            tasks[turn].cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(5):
            await slots().acquire(PLACES, due=False)
        return [type(each) for each in ended], len(files()) - before

    with socket.create_server(("127.0.0.1", 0), backlog=MANY) as server, asyncio.Runner(loop_factory=loop) as runner:
        ended, left = runner.run(main(server.getsockname()[1]))
    assert (set(ended), left, faults) == ({asyncio.CancelledError}, 0, [])
