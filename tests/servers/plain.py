"""A right and a broken receiver on Python's own HTTP server, without TLS: behind the proxies, and for the pages."""

import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sigcheck.demo.receiver import SCHEMA, Handler, Uplink

DATABASE, LOG = "receiver.sqlite3", "receiver.log"


class Sqlite:
    """Stores a reading before the answer, and logs it: the right one under its key, the broken one each time."""

    def __init__(self, database: Path, log: Path, *, right: bool) -> None:
        self._database = database
        self._log = log
        self._right = right

    def accept(self, uplink: Uplink) -> None:
        with closing(sqlite3.connect(self._database, timeout=10)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            new = connection.execute(
                "INSERT OR IGNORE INTO inbox (device, time, seq_number, data) VALUES (?, ?, ?, ?)", uplink
            ).rowcount
            if new or not self._right:
                connection.execute("INSERT INTO readings (device, time, seq_number, data) VALUES (?, ?, ?, ?)", uplink)
                with self._log.open("a") as log:
                    log.write(f"stored device={uplink.device} time={uplink.time} seqNumber={uplink.seq_number}\n")

    def close(self) -> None:
        """Have nothing in hand."""


class QuietServer(ThreadingHTTPServer):
    """Says nothing of connections that are cut on purpose; takes a race of many at once."""

    request_queue_size = 64
    daemon_threads = False

    def handle_error(self, request: Any, client_address: object) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def plain(folder: Path, *, right: bool) -> Iterator[int]:
    """Serve on a free port; gives the port. In the folder are its DATABASE and its LOG."""
    database, log = folder / DATABASE, folder / LOG
    log.touch()
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(SCHEMA)
    bound = {"receiver": Sqlite(database, log, right=right), "database": database}
    with QuietServer(("127.0.0.1", 0), type("Bound", (Handler,), bound)) as server:
        loop = threading.Thread(target=server.serve_forever, args=(0.05,))
        loop.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            loop.join()
