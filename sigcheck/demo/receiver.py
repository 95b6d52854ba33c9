"""Two small callback receivers on the standard library, good and bad: what `sigcheck demo` verifies.

Both store readings in SQLite and tell how many they stored. The good one acknowledges first and works
afterwards, once per message; the bad one works first, every time it is told to.
"""

import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import parse_qs, urlsplit

from sigcheck.demo.authority import Authority
from sigcheck.demo.server import Server

# What the work on one reading costs, seconds: visible in the report, far below the limit.
WORK_SECONDS = 0.05
# A Sigfox message has 12 bytes; a callback with every variable stays below 2 kB.
LARGEST_BODY = 64 * 1024
HEX = re.compile("[0-9A-Fa-f]*")

# (device, time, seqNumber) is what makes a message: the counter alone wraps, some after 128 messages.
SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS inbox (
    device TEXT NOT NULL, time INTEGER NOT NULL, seq_number INTEGER NOT NULL, data TEXT NOT NULL,
    processed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (device, time, seq_number)
);
CREATE TABLE IF NOT EXISTS readings (
    id INTEGER PRIMARY KEY,
    device TEXT NOT NULL, time INTEGER NOT NULL, seq_number INTEGER NOT NULL, data TEXT NOT NULL
);
"""

Kind = Literal["good", "bad"]


class Uplink(NamedTuple):
    """One uplink as the callback carries it; `time` is Unix seconds."""

    device: str
    time: int
    seq_number: int
    data: str


class Receiver(Protocol):
    """What a receiver does with an uplink before it is acknowledged, and what it does when it stops."""

    def accept(self, uplink: Uplink) -> None:
        """Do what must be done before the answer; raises sqlite3.Error where that fails."""

    def close(self) -> None:
        """Finish the work in hand."""


class GoodReceiver:
    """Acknowledges first: one insert under a unique key; a worker then takes the message, once."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._arrived = threading.Event()
        self._closing = threading.Event()
        self._worker = threading.Thread(target=self._work, name="demo-worker")
        self._worker.start()

    def accept(self, uplink: Uplink) -> None:
        """Put the uplink into the inbox, durably."""
        # A retry meets the key and changes nothing; it is acknowledged like the first.
        with closing(_connect(self._database)) as connection, connection:
            connection.execute(
                "INSERT OR IGNORE INTO inbox (device, time, seq_number, data) VALUES (?, ?, ?, ?)", uplink
            )
        self._arrived.set()

    def close(self) -> None:
        """Work the inbox off, without the pauses, and end the worker."""
        self._closing.set()
        self._arrived.set()
        self._worker.join()

    def _work(self) -> None:
        while not self._closing.is_set():
            self._arrived.wait()
            # Cleared before looking: a message that comes while we look wakes us again.
            self._arrived.clear()
            while self._process_next():
                pass

    def _process_next(self) -> bool:
        with closing(_connect(self._database)) as connection:
            row = connection.execute(
                "SELECT device, time, seq_number, data FROM inbox WHERE NOT processed ORDER BY rowid LIMIT 1"
            ).fetchone()
            if row is None:
                return False
            self._closing.wait(WORK_SECONDS)
            # The effect and its mark in one transaction: a crash between the two cannot repeat the effect.
            with connection:
                connection.execute(
                    "UPDATE inbox SET processed = 1 WHERE (device, time, seq_number) = (?, ?, ?)", row[:3]
                )
                _store(connection, Uplink(*row))
        return True


class BadReceiver:
    """Works before it answers, and knows no message again: each retry stores another reading."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._closing = threading.Event()

    def accept(self, uplink: Uplink) -> None:
        """Do the whole work, however often it was done before."""
        self._closing.wait(WORK_SECONDS)
        with closing(_connect(self._database)) as connection, connection:
            _store(connection, uplink)

    def close(self) -> None:
        """Hurry the work in hand."""
        self._closing.set()


@dataclass(frozen=True)
class Serving:
    """Where a running demo receiver is found.

    `effects_url` is a template for `--observe-url`: with its placeholders filled it counts one message,
    without a query it counts them all. `ca_file` is for `--ca-file`, `database` for a look by SQL
    (table `readings`).
    """

    kind: Kind
    url: str
    effects_url: str
    ca_file: Path
    database: Path


@contextmanager
def serve(kind: Kind, authority: Authority, directory: Path) -> Iterator[Serving]:
    """Serve the receiver of `kind` over TLS on a free port of 127.0.0.1 while the context lasts.

    Its database `<kind>.sqlite3` is made in `directory`. Raises OSError where no port can be opened.
    """
    database = directory / f"{kind}.sqlite3"
    with closing(_connect(database)) as connection:
        connection.executescript(SCHEMA)
    receiver: Receiver = GoodReceiver(database) if kind == "good" else BadReceiver(database)
    try:
        handler = type("BoundHandler", (Handler,), {"receiver": receiver, "database": database})
        with Server(handler, authority.server_context()) as server:
            effects = f"{server.origin}/effects?device={{device}}&time={{time}}&seqNumber={{seqNumber}}"
            yield Serving(kind, f"{server.origin}/sigfox", effects, authority.ca_file, database)
    finally:
        receiver.close()


class Handler(BaseHTTPRequestHandler):
    """POST /sigfox takes an uplink, GET /effects counts readings; one request a connection."""

    receiver: Receiver
    database: Path
    protocol_version = "HTTP/1.1"
    server_version = "sigcheck-demo"
    sys_version = ""
    # A peer that connects and says nothing must not hold a thread for ever, seconds.
    timeout = 15

    def do_POST(self) -> None:
        """Answer 204 to an uplink, new or not; 4xx to what is none; 503 when it cannot be stored."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            self._answer(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > LARGEST_BODY:
            # Read, up to a point: closing on a peer that still sends would lose it the answer.
            self.rfile.read(min(int(length), 16 * LARGEST_BODY))
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif (uplink := read_uplink(self.rfile.read(int(length)))) is None:
            self._answer(HTTPStatus.BAD_REQUEST)
        else:
            try:
                self.receiver.accept(uplink)
            except sqlite3.Error:
                # Not stored is not acknowledged: the Cloud will come again.
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE)
            else:
                self._answer(HTTPStatus.NO_CONTENT)

    def do_GET(self) -> None:
        """Count the readings, of one message where the query names it."""
        address = urlsplit(self.path)
        if address.path != "/effects":
            self._answer(HTTPStatus.NOT_FOUND)
            return
        query = parse_qs(address.query)
        given = {column: query[name][0] for name, column in _COLUMNS.items() if name in query}
        where = " AND ".join(f"{column} = ?" for column in given) or "1"
        with closing(_connect(self.database)) as connection:
            # The columns come from the table below, only values come from outside.
            statement = f"SELECT count(*) FROM readings WHERE {where}"  # noqa: S608
            (count,) = connection.execute(statement, tuple(given.values())).fetchone()
        self._answer(HTTPStatus.OK, json.dumps({"count": count}).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the standard library's)
        """Say nothing: standard error belongs to the progress of the demo."""

    def _answer(self, status: HTTPStatus, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Connection", "close")
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_COLUMNS = {"device": "device", "time": "time", "seqNumber": "seq_number"}


def read_uplink(body: bytes) -> Uplink | None:
    """Find the uplink in a JSON body, or None; numbers may come quoted, as many portals are set up."""
    try:
        fields = json.loads(body)
        device, data = str(fields["device"]), str(fields.get("data", ""))
        time, seq_number = int(fields["time"]), int(fields["seqNumber"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None
    # SQLite takes no larger number, and no lone surrogate.
    fits = HEX.fullmatch(device) and HEX.fullmatch(data) and 0 <= time < 2**63 and 0 <= seq_number < 2**63
    return Uplink(device, time, seq_number, data) if fits else None


def _connect(database: Path) -> sqlite3.Connection:
    # A connection a use: SQLite connections stay in the thread that made them.
    return sqlite3.connect(database, timeout=10)


def _store(connection: sqlite3.Connection, uplink: Uplink) -> None:
    connection.execute("INSERT INTO readings (device, time, seq_number, data) VALUES (?, ?, ?, ?)", uplink)
