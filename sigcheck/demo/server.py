"""An HTTPS server on loopback, one thread a connection, that stops at once and leaves nothing open."""

import socket
import ssl
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import Any, Self

# How long `close` may wait for the accepting loop to notice, seconds.
POLL_SECONDS = 0.05
# How long a peer may take over its handshake, seconds: less than anyone waits for an answer.
HANDSHAKE_SECONDS = 8.0


class Server(ThreadingMixIn, HTTPServer):
    """Serves `handler` over TLS on a free port of 127.0.0.1 from `__enter__` to `__exit__`."""

    # Threads are joined at the end, so that a run under -W error leaves no socket behind.
    daemon_threads = False
    block_on_close = True
    # The race scenario opens many connections at one instant.
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._context = context
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self._loop = threading.Thread(target=self.serve_forever, args=(POLL_SECONDS,), name="demo-server")

    @property
    def origin(self) -> str:
        """`https://127.0.0.1:<port>`: not `localhost`, which may mean ::1 too, where nobody listens."""
        return f"https://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self._loop.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self._loop.join()
        with self._open_lock:
            for connection in self._open:
                # Wakes a thread that reads from a silent peer. The plain method: SSLSocket's own would pull
                # the TLS object from under that thread.
                with suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
        self.server_close()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept, and leave the handshake to the connection's own thread: a slow one holds up no other."""
        connection, address = super().get_request()
        try:
            wrapped = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        except BaseException:
            connection.close()
            raise
        with self._open_lock:
            self._open.add(wrapped)
        return wrapped, address

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands, serve one connection, say goodbye."""
        request.settimeout(HANDSHAKE_SECONDS)
        request.do_handshake()
        super().finish_request(request, client_address)
        # close_notify is sent and the peer's not waited for.
        request.settimeout(0)
        with suppress(OSError, ValueError):
            request.unwrap()

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection, then close it."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about a peer that leaves or refuses our certificate; show anything else."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
