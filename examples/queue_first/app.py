"""A Sigfox callback receiver that queues first: any body is kept at once, a consumer makes sense of it.

The answer never depends on the work, nor on what is in the message: a format that nobody foresaw waits in
the table `rejected` and is not lost.

Start:  waitress-serve --listen=127.0.0.1:8005 examples.queue_first.app:app
"""

import hmac
import json
import os
import sqlite3
import threading
from contextlib import closing

from flask import Flask, abort, request

DATABASE = os.environ.get("RECEIVER_DATABASE", "queue.sqlite3")
TOKEN = os.environ.get("RECEIVER_TOKEN", "")

# The queue takes retries too; the key of `readings` is where they end.
SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS queue (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS rejected (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS readings (
    device TEXT NOT NULL, time INTEGER NOT NULL, seq_number INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (device, time, seq_number)
);
"""


def connect() -> sqlite3.Connection:
    """Open the database; a connection belongs to the thread that made it."""
    return sqlite3.connect(DATABASE, timeout=5)


with closing(connect()) as schema_connection:
    schema_connection.executescript(SCHEMA)

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
queued = threading.Event()


@app.before_request
def authorize() -> None:
    """Ask for `Authorization: Bearer <RECEIVER_TOKEN>`, where a token is set."""
    given = request.headers.get("Authorization", "")
    if TOKEN and not hmac.compare_digest(given.encode(), f"Bearer {TOKEN}".encode()):
        abort(401)


@app.post("/sigfox")
def receive() -> tuple[str, int]:
    """Queue the body as it is, then say 204: once the commit is through, a crash cannot lose it."""
    with closing(connect()) as connection, connection:
        connection.execute("INSERT INTO queue (body) VALUES (?)", (request.get_data(),))
    queued.set()
    return "", 204


def consume() -> None:
    """Empty the queue, whenever there is something in it; what was left over at the last stop comes first."""
    while True:
        queued.clear()  # before looking: what is queued while we look wakes us again
        while process_next():
            pass
        queued.wait()


def process_next() -> bool:
    """Turn the head of the queue into a reading, unless there is one: one transaction, so a crash repeats nothing."""
    with closing(connect()) as connection, connection:
        # Locks before it reads: of several consumers only one gets the head.
        connection.execute("BEGIN IMMEDIATE")
        head = connection.execute("SELECT id, body FROM queue ORDER BY id LIMIT 1").fetchone()
        if head is None:
            return False
        number, body = head
        try:
            fields = json.loads(body)
            uplink = str(fields["device"]), int(fields["time"]), int(fields["seqNumber"]), str(fields.get("data", ""))
            connection.execute("INSERT OR IGNORE INTO readings VALUES (?, ?, ?, ?)", uplink)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            # Out of the way: one such message must not stop those behind it.
            connection.execute("INSERT INTO rejected (body) VALUES (?)", (body,))
        connection.execute("DELETE FROM queue WHERE id = ?", (number,))
    return True


# A daemon: it may be cut off anywhere, the transaction sees to that.
threading.Thread(target=consume, daemon=True).start()


# For the observer of sigcheck. In production: behind the token, or not at all.
@app.get("/effects")
def effects() -> dict[str, int]:
    """Count the readings, of one message where the query names it."""
    with closing(connect()) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM readings WHERE device = coalesce(?, device) AND time = coalesce(?, time)"
            " AND seq_number = coalesce(?, seq_number)",
            tuple(request.args.get(name) for name in ("device", "time", "seqNumber")),
        ).fetchone()
    return {"count": count}
