"""The exporter's connections, over real sockets: those that ask nothing keep nobody out, and end."""

import asyncio
import contextlib
import socket
import time

import pytest

from sigcheck.exporter import connections, serving

REQUEST = b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n"


class OverError(Exception):
    """The test is over."""


class App:
    """Answers at once, with as many bytes as the path says, or waits for `let` at /wait."""

    def __init__(self):
        self.let = asyncio.Event()
        self.waiting = asyncio.Semaphore(0)

    async def __call__(self, scope, _receive, send):
        """Answer one request."""
        path = scope["path"].strip("/")
        if path == "wait":
            self.waiting.release()
            await self.let.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"transfer-encoding", b"chunked")]})
        await send({"type": "http.response.body", "body": b"x" * (int(path) if path.isdigit() else 1)})


@contextlib.asynccontextmanager
async def serving_app():
    """Serve the application on a free port; give both."""
    over, app = asyncio.Event(), App()

    async def beside():
        await over.wait()
        raise OverError

    with serving.listening("127.0.0.1", 0) as opened:
        # The kernel keeps little of an answer for the application.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        task = asyncio.create_task(serving.serve(app, opened, beside, app.let.set))
        try:
            yield app, opened.getsockname()[1]
        finally:
            over.set()
            with pytest.raises(OverError):
                await task


@contextlib.asynccontextmanager
async def connected(port, asking=b""):
    """Connect, and send something."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(asking)
        yield reader, writer
    finally:
        writer.transport.abort()


async def answer(reader):
    """Give the first line of what comes; nothing where the connection ends."""
    with contextlib.suppress(ConnectionError):
        return await asyncio.wait_for(reader.readline(), 5)
    return b""


async def for_a_while(seconds):
    """Let the server go on."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


def test_five_hundred_silent_connections_keep_nobody_out():
    """With the limits that the exporter has."""

    async def many():
        async with serving_app() as (_, port), contextlib.AsyncExitStack() as stack:
            for _ in range(serving.MOST_CONNECTIONS + 5):
                await stack.enter_async_context(connected(port))
            for _ in range(2):
                reader, _ = await stack.enter_async_context(connected(port, REQUEST % b""))
                assert (await answer(reader)).startswith(b"HTTP/1.1 200")

    asyncio.run(many())


def test_connections_that_ask_nothing_give_way(monkeypatch):
    """The oldest of them, however many there are; one that is being answered stays, and one that asks is answered."""
    monkeypatch.setattr(serving, "MOST_CONNECTIONS", 5)

    async def many():
        async with serving_app() as (app, port), contextlib.AsyncExitStack() as stack:
            asked, _ = await stack.enter_async_context(connected(port, REQUEST % b"wait"))
            await app.waiting.acquire()
            silent = [(await stack.enter_async_context(connected(port, b"GET")))[0] for _ in range(20)]
            reader, _ = await stack.enter_async_context(connected(port, REQUEST % b""))
            assert (await answer(reader)).startswith(b"HTTP/1.1 200")
            assert [await answer(each) for each in silent[:16]] == [b""] * 16
            app.let.set()
            assert (await answer(asked)).startswith(b"HTTP/1.1 200")
            assert [each.at_eof() for each in silent[-2:]] == [False, False]

    asyncio.run(many())


def test_where_all_are_being_answered_a_new_one_is_refused(monkeypatch):
    """None of them gives way, and the answer says what is the matter."""
    monkeypatch.setattr(serving, "MOST_CONNECTIONS", 3)

    async def many():
        async with serving_app() as (app, port), contextlib.AsyncExitStack() as stack:
            asked = []
            for _ in range(2):
                asked.append((await stack.enter_async_context(connected(port, REQUEST % b"wait")))[0])
                await app.waiting.acquire()
            reader, _ = await stack.enter_async_context(connected(port, REQUEST % b""))
            assert (await answer(reader)).startswith(b"HTTP/1.1 503")
            app.let.set()
            assert [(await answer(each))[:12] for each in asked] == [b"HTTP/1.1 200"] * 2

    asyncio.run(many())


@pytest.mark.parametrize("before", [b"", REQUEST % b""], ids=["the first request", "the second request"])
def test_a_byte_now_and_then_is_no_request(before, monkeypatch):
    """A head has a time limit from the connection, or the last answer on, whatever drips in."""
    monkeypatch.setattr(connections, "ASKING", 0.3)

    async def dripping():
        async with serving_app() as (_, port), connected(port, before) as (reader, writer):
            if before:
                assert (await answer(reader)).startswith(b"HTTP/1.1 200")
                await reader.readuntil(b"0\r\n\r\n")
            began = time.monotonic()
            writer.write(b"GET / HTTP/1.1\r\nX: ")
            while True:
                writer.write(b"x")
                with contextlib.suppress(TimeoutError):
                    with contextlib.suppress(ConnectionError):
                        assert await asyncio.wait_for(reader.read(1), 0.05) == b""
                    break
                assert time.monotonic() - began < 2
            assert time.monotonic() - began > 0.2

    asyncio.run(dripping())


def test_a_request_that_is_answered_late_is_no_silence(monkeypatch):
    """The limit of a head is none for a scan."""
    monkeypatch.setattr(connections, "ASKING", 0.1)

    async def late():
        async with serving_app() as (app, port), connected(port, REQUEST % b"wait") as (reader, _):
            await app.waiting.acquire()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.3)
            app.let.set()
            assert (await answer(reader)).startswith(b"HTTP/1.1 200")

    asyncio.run(late())


@pytest.mark.parametrize(
    "asking",
    [REQUEST % b"30000000", REQUEST % b"30000000" * 3, REQUEST % b"50000"],
    ids=["a large one", "several, one behind the other", "a small one"],
)
def test_an_answer_that_nobody_takes_ends(asking, monkeypatch):
    """It would hold its bytes, and its connection, for as long as the other side likes."""
    monkeypatch.setattr(connections, "ASKING", 0.1)
    monkeypatch.setattr(connections, "TAKING", 0.3)

    async def stuck():
        async with serving_app() as (_, port):
            with socket.socket() as deaf:
                deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                deaf.connect(("127.0.0.1", port))
                deaf.sendall(asking)
                deaf.setblocking(False)
                # What is sent to a connection that was aborted is refused, one that is open takes it or is full.
                async with asyncio.timeout(5):
                    with contextlib.suppress(ConnectionError):
                        while True:
                            with contextlib.suppress(BlockingIOError):
                                deaf.send(b"\r\n")
                            await for_a_while(0.05)

    began = time.monotonic()
    asyncio.run(stuck())
    assert time.monotonic() - began < 4


def test_a_large_answer_is_taken_whole(monkeypatch):
    """The limit of the next head cuts nothing off that is on its way."""
    monkeypatch.setattr(connections, "ASKING", 0.1)

    async def large():
        async with serving_app() as (_, port), connected(port, REQUEST % b"30000000") as (reader, _):
            await answer(reader)
            await for_a_while(0.3)
            return (await reader.read()).count(b"x")

    assert asyncio.run(large()) == 30_000_000
