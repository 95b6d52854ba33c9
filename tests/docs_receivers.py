"""The servers that blocks of the documentation need, by the name in `<!-- needs: NAME -->`.

Each is a context manager over a folder that gives the variables of its blocks: URL, HOST, PORT, EFFECTS (how
many readings there are), EFFECTS_URL (how many of one message, with placeholders), DATABASE (table readings),
CA where it speaks TLS, LOG where it writes one.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sigcheck.demo import receiver as demo
from sigcheck.demo.authority import create_authority

Variables = dict[str, str]


class Prompt:
    """A right receiver whose effect is done before the answer: one row and one line of the log a message."""

    def __init__(self, database: Path, log: Path) -> None:
        self._database = database
        self._log = log
        self._lock = threading.Lock()

    def accept(self, uplink: demo.Uplink) -> None:
        with self._lock, closing(demo._connect(self._database)) as connection, connection:
            known = "SELECT 1 FROM readings WHERE (device, time, seq_number) = (?, ?, ?)"
            if connection.execute(known, uplink[:3]).fetchone() is not None:
                return
            demo._store(connection, uplink)
            with self._log.open("a") as log:
                log.write(f"stored device={uplink.device} time={uplink.time} seqNumber={uplink.seq_number}\n")

    def close(self) -> None:
        pass


class QuietServer(ThreadingHTTPServer):
    """Says nothing of connections that are cut on purpose."""

    def handle_error(self, request: Any, client_address: object) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def plain(folder: Path) -> Iterator[Variables]:
    """Serve a right receiver over plain HTTP, with a log."""
    database, log = folder / "receiver.sqlite3", folder / "receiver.log"
    log.touch()
    with closing(demo._connect(database)) as connection:
        connection.executescript(demo.SCHEMA)
    handler = type("Bound", (demo.Handler,), {"receiver": Prompt(database, log), "database": database})
    with QuietServer(("127.0.0.1", 0), handler) as server:
        loop = threading.Thread(target=server.serve_forever, args=(0.05,))
        loop.start()
        try:
            origin = f"http://127.0.0.1:{server.server_address[1]}"
            yield variables(f"{origin}/sigfox", database) | {"LOG": str(log)}
        finally:
            server.shutdown()
            loop.join()


@contextmanager
def tls(folder: Path) -> Iterator[Variables]:
    """Serve the demo's good receiver over TLS; curl and openssl trust its authority."""
    authority = create_authority(folder, datetime.now(UTC))
    with demo.serve("good", authority, folder) as serving:
        ca = str(serving.ca_file)
        chain = {"CHAIN": str(authority.chain_file)}
        yield variables(serving.url, serving.database) | chain | {"CA": ca, "CURL_CA_BUNDLE": ca, "SSL_CERT_FILE": ca}


def variables(url: str, database: Path) -> Variables:
    """Give what every receiver's blocks may use."""
    parts = urlsplit(url)
    effects = f"{parts.scheme}://{parts.netloc}/effects"
    return {
        "URL": url,
        "HOST": str(parts.hostname),
        "PORT": str(parts.port),
        "EFFECTS": effects,
        "EFFECTS_URL": effects + "?device={device}&time={time}&seqNumber={seqNumber}",
        "DATABASE": str(database),
    }


RECEIVERS: dict[str, Callable[[Path], AbstractContextManager[Variables]]] = {"receiver": plain, "tls-receiver": tls}
