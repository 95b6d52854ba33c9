"""A restart is believed where it was seen: a connection went away. One that restarted nothing proves no memory."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from sigcheck.model.rule import Status
from sigcheck.probes.restart import NOT_SEEN, NOT_WATCHED, restarted
from tests.clock import FakeClock
from tests.fleet.in_virtual_time import Receiver, said, verified
from tests.test_replay import status

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    timeout = float(sys.argv[2]) or None
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


class Served:
    """A real server process on a port of its own. `patience` is how long it waits for a request; 0 for ever."""

    def __init__(self, patience=0.0):
        self._patience = patience
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]
        self.start()

    def start(self):
        arguments = [sys.executable, "-c", SERVER, str(self.port), str(self._patience)]
        self._process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
        self._wait()

    def _wait(self):
        for _ in range(1000):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert self._process.poll() is None
                time.sleep(0.01)
            else:
                return
        raise AssertionError("the server never listened")

    def stop(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    async def restart(self):
        await asyncio.to_thread(self.stop)
        # As real ones, it takes a moment to start.
        await asyncio.sleep(0.3)
        await asyncio.to_thread(self.start)


@contextmanager
def served(patience=0.0):
    """Run a server while the context lasts."""
    server = Served(patience)
    try:
        yield server
    finally:
        server.stop()


async def nothing():
    """Restart nothing."""


async def watched(server, command, grace=30.0):
    """Hold connections for a moment only; the grace is for a machine that is busy."""
    return await restarted("127.0.0.1", server.port, 5.0, command, held=0.3, grace=grace)


def seen(server, command, grace=30.0):
    """Say what was seen of a command, None for a restart."""
    return asyncio.run(watched(server, command, grace))


def seen_soon(server, command):
    """Give up soon: what restarts nothing does so for ever."""
    return seen(server, command, 0.3)


@pytest.mark.parametrize("patience", [0.0, 0.1], ids=["patient", "closes-idle-connections"])
def test_a_restart_is_seen(patience):
    """The process went away, and with it the connection, or its port for a moment."""
    with served(patience) as server:
        assert seen(server, server.restart) is None


@pytest.mark.parametrize("patience", [0.0, 0.1], ids=["patient", "closes-idle-connections"])
def test_a_command_that_restarts_nothing_is_seen(patience):
    """No connection went away; one that the server closes for want of a request is none."""
    with served(patience) as server:
        assert seen_soon(server, nothing) == NOT_SEEN


def test_a_restart_in_the_background_is_waited_for():
    """A supervisor answers before it has begun."""

    async def later():
        background.append(asyncio.create_task(again()))

    async def again():
        await asyncio.sleep(0.1)
        await server.restart()

    background = []
    with served() as server:

        async def both():
            doubt = await watched(server, later)
            await background[0]
            return doubt

        assert asyncio.run(both()) is None


def test_a_proxy_that_keeps_its_connections_hides_a_restart():
    """What is behind it may have been restarted: nobody can tell from in front."""
    with served() as proxy, served() as behind:
        assert seen_soon(proxy, behind.restart) == NOT_SEEN


def test_a_receiver_that_was_down_before_shows_nothing():
    """The refused connection is not the command's doing."""
    with served() as server:
        server.stop()
        assert seen(server, nothing) == NOT_WATCHED
        server.start()


def test_what_the_command_raises_goes_through():
    """Its failure is told as such, and no connection is left open."""

    async def fails():
        raise ValueError("no")

    with served() as server, pytest.raises(ValueError, match="no"):
        seen(server, fails)


@pytest.mark.parametrize("doubt", [None, NOT_SEEN])
def test_a_doubtful_restart_passes_nothing(doubt):
    """The message sent again had no second effect, but whether the receiver forgot anything in between is not known."""

    async def hook(_message):
        return doubt

    report = verified(Receiver(FakeClock()), hooks={"restart": hook})
    assert status(report, "dedup-restart") is (Status.PASS if doubt is None else Status.UNDECIDED)
    if doubt is not None:
        assert said(report, "dedup-restart") == doubt


def test_a_second_effect_after_a_doubtful_restart_is_one():
    """A restart that nobody saw, and a receiver that forgot all the same."""

    class Forgetful(Receiver):
        async def forget(self, _message):
            self._seen.clear()
            return NOT_SEEN

    receiver = Forgetful(FakeClock())
    report = verified(receiver, hooks={"restart": receiver.forget})
    assert status(report, "dedup-restart") is Status.FAIL
