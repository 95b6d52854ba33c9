"""Virtual time jumps to the next timer, and never while a thread or a socket may still say something."""

import asyncio
import socket
import time

from sigcheck.testing.virtual_time import VirtualTimeLoop


def played(work, start=0.0):
    """Run on a virtual loop; give what came of it, the loop, and the real seconds that it took."""
    began = time.monotonic()
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(start)) as runner:
        loop = runner.get_loop()
        found = runner.run(work)
    return found, loop, time.monotonic() - began


def test_hours_pass_at_once():
    """Sleeping takes no real time, to the nanosecond; timers fire in their order."""
    order = []

    async def sleeper(seconds):
        await asyncio.sleep(seconds)
        order.append((seconds, asyncio.get_running_loop().time()))

    async def main():
        await asyncio.gather(sleeper(3600.0), sleeper(0.1), sleeper(60.0))

    _, loop, took = played(main(), 1000.0)
    assert order == [(0.1, 1000.1), (60.0, 1060.0), (3600.0, 4600.0)]
    assert [round(each, 9) for each in loop.jumps] == [0.1, 59.9, 3540.0]
    assert took < 5


def test_a_timeout_is_one():
    """What waits for longer than its limit is cut at the limit."""

    async def main():
        try:
            async with asyncio.timeout(10):
                await asyncio.sleep(11)
        except TimeoutError:
            return asyncio.get_running_loop().time()

    assert played(main())[0] == 10


def test_it_does_not_jump_while_a_thread_runs():
    """A thread that takes a moment is done long before a timer of an hour fires."""

    async def main():
        work = asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.05)
        done, _ = await asyncio.wait({work}, timeout=3600)
        return work in done, asyncio.get_running_loop().time()

    (finished, now), _, _ = played(main())
    assert finished
    assert now < 60


def test_it_does_not_jump_while_a_socket_is_watched():
    """What comes over a real socket a moment later is read before a timer of an hour fires."""

    async def main():
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            reading = asyncio.create_task(loop.sock_recv(ours, 10))
            waiting = asyncio.create_task(asyncio.sleep(3600))
            await asyncio.sleep(0)
            loop.call_later(0.05, theirs.send, b"here")
            done, _ = await asyncio.wait({reading, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            return reading in done and reading.result(), loop.time()

    (heard, now), _, _ = played(main())
    assert heard == b"here"
    assert 0.04 < now < 60


def test_a_moment_that_is_hardly_ahead_is_reached():
    """A wait for less than a nanosecond ends with the clock at that moment, not in front of it for ever."""

    async def main():
        loop = asyncio.get_running_loop()
        moment = loop.time() + 2e-13
        await asyncio.sleep(moment - loop.time())
        return loop.time() >= moment

    assert played(main(), 1025.57)[0]
