"""Servers that do each wrong thing a server can do, on real sockets.

    with misbehaving("drips-status") as server:
        verify(server.url)

Each runs one script of `BEHAVIOURS`: a listener on port 0 of 127.0.0.1, one thread a connection. All threads have
ended when the context is left, whatever the peer does.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from tests.behaviours import BEFORE_TLS, BEHAVIOURS, Peer, Server, StoppedError, close_listener

__all__ = ["BEHAVIOURS", "Server", "misbehaving"]


@contextmanager
def misbehaving(
    name: str,
    *,
    tls: ssl.SSLContext | None = None,
    seconds: float = 12.0,
    pace: float = 0.05,
    lives: int = 1,
    status: str = "204 No Content",
) -> Iterator[Server]:
    """Run the behaviour `name`, behind TLS where a server context is given; it listens on entry."""
    script = BEHAVIOURS[name]
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = Server(listener, tls, seconds, pace, lives, status.encode())
    threads: list[threading.Thread] = []
    open_connections: list[socket.socket] = []

    def behave(peer: Peer) -> None:
        assert script is not None
        script(peer)

    def serve_one(connection: socket.socket) -> None:
        with suppress(OSError, StoppedError, ValueError), closing(connection):
            if tls and name not in BEFORE_TLS:
                with closing(tls.wrap_socket(connection, server_side=True)) as wrapped:
                    open_connections.append(wrapped)
                    behave(Peer(server, wrapped))
            else:
                behave(Peer(server, connection))

    def accept_all() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            open_connections.append(connection)
            thread = threading.Thread(target=serve_one, args=(connection,), name=f"misbehaving-{name}")
            threads.append(thread)
            thread.start()

    if name != "refuses":
        listener.listen(128)
    if script:
        threads.append(threading.Thread(target=accept_all, name=f"misbehaving-{name}"))
        threads[0].start()
    try:
        yield server
    finally:
        server.stopping.set()
        close_listener(listener)
        if script:
            # First: afterwards nobody adds to the lists below.
            threads[0].join()
        for connection in open_connections:
            # The plain method: SSLSocket's own pulls the TLS object from under its thread.
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
