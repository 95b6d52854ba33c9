"""A real receiver that knows few devices, and looks before it inserts: threads, a database, and a narrow window."""

import asyncio
import json
import sqlite3
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import structs

from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.runs import Run
from tests.running import failed, planned

LOOK = "SELECT 1 FROM readings WHERE device = ? AND time = ? AND seq_number = ?"
INSERT = "INSERT INTO readings VALUES (?, ?, ?)"


class Server(ThreadingHTTPServer):
    """Stores readings of registered devices; `window` is how many seconds pass between its look and its insert."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, database, devices, window):
        super().__init__(("127.0.0.1", 0), Handler)
        self.database, self.devices, self.window = database, devices, window
        self.stopping = threading.Event()
        self.refused = 0
        self.lock = threading.Lock()
        with closing(self.connect()) as connection:
            connection.executescript(
                "PRAGMA journal_mode = WAL; CREATE TABLE readings (device TEXT, time INTEGER, seq_number INTEGER)"
            )

    def connect(self):
        """Open the database, each statement a transaction of its own."""
        return sqlite3.connect(self.database, timeout=10, isolation_level=None)

    def store(self, reading):
        """Insert a reading that is not there yet, by two statements; in turns where there is no window."""
        if self.window is None:
            with self.lock:
                self._insert(reading)
        else:
            self._insert(reading)

    def _insert(self, reading):
        with closing(self.connect()) as connection:
            if connection.execute(LOOK, reading).fetchone() is None:
                if self.window:
                    self.stopping.wait(self.window)
                connection.execute(INSERT, reading)


class Handler(BaseHTTPRequestHandler):
    """POST stores a reading, GET counts those of a message, or of a device."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self):
        """Answer 204, or 404 where the device is not registered."""
        fields = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if fields["device"] not in self.server.devices:
            self.server.refused += 1
            self.answer(404)
            return
        self.server.store((fields["device"], fields["time"], fields["seqNumber"]))
        self.answer(204)

    def do_GET(self):
        """Give the number of rows that have these values."""
        given = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        where = " AND ".join(f"{name} = ?" for name in given)
        with closing(self.server.connect()) as connection:
            statement = f"SELECT count(*) FROM readings WHERE {where}"
            (count,) = connection.execute(statement, tuple(given.values())).fetchone()
        self.answer(200, str(count).encode())

    def answer(self, status, body=b""):
        """Answer, and close."""
        self.send_response(status)
        self.send_header("Connection", "close")
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


@contextmanager
def serving(database, devices, window):
    """Serve on a free port while the context lasts."""
    with Server(database, devices, window) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server, f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()


def judged(tmp_path, number, window, asked):
    """Verify such a receiver with the ids of its devices, on a compressed schedule."""
    devices = tuple(f"20AE{place:02X}" for place in range(number))
    with serving(tmp_path / "readings.sqlite3", devices, window) as (server, url):
        plan = planned(
            url,
            policy=structs.replace(SIGFOX_CLOUD, answer_limit=5.0),
            only=("dedup-race",),
            observe_url=f"{url}?{asked}",
            settle=0.1,
            speed=1000.0,
            samples=1,
            effects_within=0.3,
            allow_private=True,
            devices=devices,
        )
        report = asyncio.run(Run(plan.config, plan=plan).play())
        assert server.refused == 0
    return report


MESSAGE = "device={device}&time={time}&seq_number={seqNumber}"


@pytest.mark.slow
def test_a_look_before_an_insert_is_found_with_one_registered_device(tmp_path):
    """A race is found although no foreign device gets in."""
    report = judged(tmp_path, 1, 0.05, MESSAGE)
    assert failed(report) == ["dedup-race"]
