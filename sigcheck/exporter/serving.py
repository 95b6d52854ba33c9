"""Serves the application with uvicorn until a signal ends it. Rounds go on beside it."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import uvicorn

from sigcheck import signals
from sigcheck.errors import UsageProblem
from sigcheck.exporter.connections import Connection

GRACE = 5
"""Seconds that answers under way have when a signal ends the process."""

MOST_CONNECTIONS = 500
"""Connections at once. More are answered 503 where each has a scrape that is answered, or waits for its turn."""


class _Server(uvicorn.Server):
    """Leaves the signals to whoever owns them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listening(host: str, port: int) -> socket.socket:
    """Give a socket that listens; raises UsageProblem where the address cannot be used."""
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128
        )
    except OSError as error:
        raise UsageProblem(f"--listen {shown} cannot be used ({_why(error)})", "give another address") from None


def _why(error: OSError) -> str:
    """Give the words of the system: those of asyncio and socket name the address once more."""
    return os.strerror(error.errno) if error.errno and not isinstance(error, socket.gaierror) else str(error.strerror)


async def serve(
    app: Any, opened: socket.socket, beside: Callable[[], Coroutine[Any, Any, None]], end: Callable[[], None]
) -> None:
    """Serve until a signal comes; `beside` runs meanwhile, and `end` makes it come to its end."""
    # Nothing is logged: a scrape is no event, and what goes wrong is a metric or an answer. Without a configuration
    # logging would write warnings of uvicorn to stderr, such as one for each bad request.
    logging.getLogger("uvicorn").addHandler(logging.NullHandler())
    server = _Server(
        uvicorn.Config(
            app,
            lifespan="off",
            http=Connection,
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=GRACE,
        )
    )
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True
        end()

    with signals.heard(lambda: loop.call_soon_threadsafe(stop)):
        work = asyncio.create_task(beside())
        # A bug beside ends the process: one that goes on without its full runs would look well.
        work.add_done_callback(lambda done: stop() if not done.cancelled() and done.exception() else None)
        try:
            await server.serve(sockets=[opened])
        finally:
            end()
            # What is under way tells its partial reports; what only waits is not waited for.
            await asyncio.wait({work}, timeout=GRACE)
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
