"""The FastAPI receiver made naive: it works before it answers, and each retry stores another reading. Do not copy.

Start:  uvicorn examples.fastapi_naive.app:app --port 8002
"""

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI
from pydantic import BaseModel, Field

DATABASE = os.environ.get("RECEIVER_DATABASE", "naive.sqlite3")

# No key: nothing tells a retry from a new message.
SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS readings (
    id INTEGER PRIMARY KEY, device TEXT NOT NULL, time INTEGER NOT NULL, seq_number INTEGER NOT NULL, data TEXT NOT NULL
);
"""


class Uplink(BaseModel):
    """The body template of the callback; numbers may come quoted."""

    device: str = Field(pattern="^[0-9A-Fa-f]{1,8}$")
    time: int = Field(ge=0, lt=2**63)
    seqNumber: int = Field(ge=0, lt=2**31)  # noqa: N815 (the portal's name)
    data: str = Field("", pattern="^[0-9A-Fa-f]{0,24}$")


def connect() -> sqlite3.Connection:
    """Open the database; a connection belongs to the thread that made it."""
    return sqlite3.connect(DATABASE, timeout=5)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Make the table."""
    with closing(connect()) as connection:
        connection.executescript(SCHEMA)
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/sigfox")
def receive(uplink: Uplink) -> dict[str, bool]:
    """Store whatever comes."""
    with closing(connect()) as connection, connection:
        connection.execute(
            "INSERT INTO readings (device, time, seq_number, data) VALUES (?, ?, ?, ?)",
            (uplink.device, uplink.time, uplink.seqNumber, uplink.data),
        )
    return {"ok": True}


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
