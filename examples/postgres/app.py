"""A Sigfox callback receiver with PostgreSQL under several gunicorn workers: the database decides what is new.

Start:  RECEIVER_DATABASE=postgresql:///sigfox gunicorn --workers 4 --bind 127.0.0.1:8004 examples.postgres.app:app
"""

import hmac
import os
import re
from typing import Any

import psycopg
from flask import Flask, abort, request

DATABASE = os.environ.get("RECEIVER_DATABASE", "postgresql:///sigfox")
TOKEN = os.environ.get("RECEIVER_TOKEN", "")
HEX = re.compile("[0-9A-Fa-f]{0,24}")

# The key is (device, time, seqNumber): the counter alone comes round again. It stands in the database, because
# no memory of a process is shared between workers.
SCHEMA = """
CREATE TABLE IF NOT EXISTS readings (
    device text NOT NULL, time bigint NOT NULL, seq_number integer NOT NULL, data text NOT NULL,
    PRIMARY KEY (device, time, seq_number)
);
CREATE TABLE IF NOT EXISTS devices (
    device text PRIMARY KEY, readings integer NOT NULL, latest_time bigint NOT NULL, latest_data text NOT NULL
);
"""

# What else a message does: a counter, and the latest value, which an older message that comes late must not
# overwrite.
EFFECT = """
INSERT INTO devices AS known (device, readings, latest_time, latest_data) VALUES (%(device)s, 1, %(time)s, %(data)s)
ON CONFLICT (device) DO UPDATE SET
    readings = known.readings + 1,
    latest_data = CASE WHEN excluded.latest_time > known.latest_time
        THEN excluded.latest_data ELSE known.latest_data END,
    latest_time = greatest(known.latest_time, excluded.latest_time)
"""


def connect() -> psycopg.Connection[Any]:
    """Open a connection; under load, take it from psycopg_pool."""
    return psycopg.connect(DATABASE, connect_timeout=5)


with connect() as schema_connection:
    # One worker at a time: CREATE TABLE IF NOT EXISTS may fail where two run it at one instant.
    schema_connection.execute("SELECT pg_advisory_xact_lock(5198)")
    schema_connection.execute(SCHEMA)

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
    """Store the message and do its effect, both or neither; a message that is known is acknowledged like a new one."""
    uplink = read_uplink(request.get_json(silent=True))
    if uplink is None:
        abort(400)
    # Leaving the block commits. Of two workers with one message the second waits here for the first.
    with connect() as connection:
        stored = connection.execute(
            "INSERT INTO readings VALUES (%(device)s, %(time)s, %(seq_number)s, %(data)s) ON CONFLICT DO NOTHING",
            uplink,
        )
        if stored.rowcount == 1:
            connection.execute(EFFECT, uplink)
    return "", 204


def read_uplink(body: Any) -> dict[str, str | int] | None:
    """Find the parameters of the statements in a decoded body, or None; numbers may come quoted."""
    try:
        device, data = str(body["device"]), str(body.get("data", ""))
        time, seq_number = int(body["time"]), int(body["seqNumber"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    fits = HEX.fullmatch(device) and HEX.fullmatch(data) and 0 <= time < 2**63 and 0 <= seq_number < 2**31
    return {"device": device, "time": time, "seq_number": seq_number, "data": data} if fits else None


# For the observer of sigcheck. In production: behind the token, or not at all.
@app.get("/effects")
def effects() -> dict[str, int]:
    """Count the effects: of one message where the query names it, else what the counters of all devices say."""
    names = ("device", "time", "seqNumber")
    if not any(name in request.args for name in names):
        query = "SELECT coalesce(sum(readings), 0)::bigint FROM devices"
    else:
        query = (
            "SELECT count(*) FROM readings WHERE device = coalesce(%(device)s, device)"
            " AND time = coalesce(%(time)s::bigint, time) AND seq_number = coalesce(%(seqNumber)s::integer, seq_number)"
        )
    with connect() as connection:
        row = connection.execute(query, {name: request.args.get(name) for name in names}).fetchone()
    return {"count": row[0] if row else 0}
