"""A server of http.server's on loopback, for the handler of a test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Quiet:
    """What lets a handler write no log; it stands before BaseHTTPRequestHandler."""

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], before: Callable[[], None] = lambda: None) -> Iterator[str]:
    """Serve on a free port while the context lasts; gives the origin. `before` is called before it is closed."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            before()
            server.shutdown()
            thread.join()
