"""A Sigfox callback receiver with Flask and SQLite, in its shortest form: the stored row is the whole effect.

Where more than a row is to be done (mail, another service), see fastapi_sqlite or queue_first.

Start:  waitress-serve --listen=127.0.0.1:8003 examples.flask_sqlite.app:app
"""

import hmac
import os
import re
import sqlite3
from contextlib import closing
from typing import Any

from flask import Flask, abort, request

DATABASE = os.environ.get("RECEIVER_DATABASE", "flask.sqlite3")
TOKEN = os.environ.get("RECEIVER_TOKEN", "")
HEX = re.compile("[0-9A-Fa-f]{0,24}")

# The key is (device, time, seqNumber): the counter alone comes round again.
SCHEMA = """
PRAGMA journal_mode = WAL;
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


@app.before_request
def authorize() -> None:
    """Ask for `Authorization: Bearer <RECEIVER_TOKEN>`, where a token is set."""
    given = request.headers.get("Authorization", "")
    if TOKEN and not hmac.compare_digest(given.encode(), f"Bearer {TOKEN}".encode()):
        abort(401)


@app.post("/sigfox")
def receive() -> tuple[str, int]:
    """Store the message unless it is known, and say 204 either way: an error would only bring it back."""
    uplink = read_uplink(request.get_json(silent=True))
    if uplink is None:
        abort(400)
    # The key decides, not a question asked beforehand: two retries at one instant cannot both win.
    with closing(connect()) as connection, connection:
        connection.execute("INSERT OR IGNORE INTO readings VALUES (?, ?, ?, ?)", uplink)
    return "", 204


def read_uplink(body: Any) -> tuple[str, int, int, str] | None:
    """Find (device, time, seqNumber, data) in a decoded body, or None; numbers may come quoted."""
    try:
        device, data = str(body["device"]), str(body.get("data", ""))
        time, seq_number = int(body["time"]), int(body["seqNumber"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    fits = HEX.fullmatch(device) and HEX.fullmatch(data) and 0 <= time < 2**63 and 0 <= seq_number < 2**31
    return (device, time, seq_number, data) if fits else None


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
