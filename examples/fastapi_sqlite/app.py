"""A Sigfox callback receiver with FastAPI and SQLite: acknowledge first, work afterwards, once per message.

Start:  uvicorn examples.fastapi_sqlite.app:app --port 8001
"""

import hmac
import os
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

DATABASE = os.environ.get("RECEIVER_DATABASE", "receiver.sqlite3")
TOKEN = os.environ.get("RECEIVER_TOKEN", "")

# The key is (device, time, seqNumber). The counter alone comes round again, after 4096 messages or as few as
# 128; `time` is when the radio message was received, so a retry repeats it.
SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS inbox (
    device TEXT NOT NULL, time INTEGER NOT NULL, seq_number INTEGER NOT NULL, data TEXT NOT NULL,
    processed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (device, time, seq_number)
);
CREATE TABLE IF NOT EXISTS readings (
    device TEXT NOT NULL, time INTEGER NOT NULL, seq_number INTEGER NOT NULL, data TEXT NOT NULL
);
"""

arrived = threading.Event()
stopping = threading.Event()


class Uplink(BaseModel):
    """The body template of the callback; numbers may come quoted."""

    device: str = Field(pattern="^[0-9A-Fa-f]{1,8}$")
    time: int = Field(ge=0, lt=2**63)
    seqNumber: int = Field(ge=0, lt=2**31)  # noqa: N815 (the portal's name)
    data: str = Field("", pattern="^[0-9A-Fa-f]{0,24}$")


def connect() -> sqlite3.Connection:
    """Open the database; a connection belongs to the thread that made it."""
    return sqlite3.connect(DATABASE, timeout=5)


def work() -> None:
    """Take message after message from the inbox; what was left over at the last stop comes first."""
    arrived.set()
    while True:
        arrived.wait()
        arrived.clear()  # before looking: what arrives while we look wakes us again
        while process_next():
            pass
        if stopping.is_set():
            return


def process_next() -> bool:
    """Process one message. The effect and its mark are one transaction: a crash repeats neither."""
    with closing(connect()) as connection, connection:
        # Locks before it reads: of several workers only one gets the message.
        connection.execute("BEGIN IMMEDIATE")
        row = connection.execute(
            "SELECT device, time, seq_number, data FROM inbox WHERE NOT processed ORDER BY rowid LIMIT 1"
        ).fetchone()
        if row is None:
            return False
        connection.execute("INSERT INTO readings VALUES (?, ?, ?, ?)", row)
        connection.execute("UPDATE inbox SET processed = 1 WHERE (device, time, seq_number) = (?, ?, ?)", row[:3])
    return True


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Run the worker as long as the server."""
    with closing(connect()) as connection:
        connection.executescript(SCHEMA)
    worker = threading.Thread(target=work)
    worker.start()
    yield
    stopping.set()
    arrived.set()
    worker.join()


def authorize(authorization: Annotated[str, Header()] = "") -> None:
    """Ask for `Authorization: Bearer <RECEIVER_TOKEN>`, where a token is set."""
    if TOKEN and not hmac.compare_digest(authorization.encode(), f"Bearer {TOKEN}".encode()):
        raise HTTPException(401)


app = FastAPI(lifespan=lifespan, dependencies=[Depends(authorize)])


@app.exception_handler(RequestValidationError)
def refuse(_: Request, __: RequestValidationError) -> Response:
    """Say 422, and no more: the usual answer repeats what came, and fails itself where that is Infinity."""
    return Response(status_code=422)


# `def`, not `async def`: it runs in a thread, to its end, also where the Cloud hangs up.
@app.post("/sigfox", status_code=204)
def receive(uplink: Uplink) -> None:
    """Store the message durably, then say 204; a message that is known already gets the same answer."""
    with closing(connect()) as connection, connection:
        connection.execute(
            "INSERT OR IGNORE INTO inbox (device, time, seq_number, data) VALUES (?, ?, ?, ?)",
            (uplink.device, uplink.time, uplink.seqNumber, uplink.data),
        )
    arrived.set()


# For the observer of sigcheck. In production: behind the token, or not at all.
@app.get("/effects")
def effects(device: str | None = None, time: int | None = None, seqNumber: int | None = None) -> dict[str, int]:  # noqa: N803
    """Count the readings, of one message where the query names it."""
    with closing(connect()) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM readings WHERE device = coalesce(?, device) AND time = coalesce(?, time)"
            " AND seq_number = coalesce(?, seq_number)",
            (device, time, seqNumber),
        ).fetchone()
    return {"count": count}
