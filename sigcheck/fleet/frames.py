"""What a fleet's process and its parent say to each other: length-prefixed frames over a pipe.

The parent's are pickles, since they carry settings of any type, and the child's JSON, in which a report stands as it
will stand in the ledger. Both ends are the same program, and nobody else has the pipe.
"""

import asyncio
import pickle

import msgspec
from msgspec import Struct

from sigcheck.fleet.target import FleetRun, HostGroup, Told

LENGTH = 4
"""Bytes of the length in front of each frame."""

BUFFER = 1 << 20
"""Bytes that a reader takes in at once: a report has about 100 KB."""


class Begin(Struct, frozen=True):
    """The first frame to a child: how its share of the fleet is run. `garbage_after` is the parent's threshold."""

    how: FleetRun
    garbage_after: int


class Take(Struct, frozen=True):
    """A group to be run, and the number that it is called by."""

    number: int
    group: HostGroup


class End(Struct, frozen=True):
    """All that runs ends now, with partial reports; said again, what takes long to be closed is left."""

    reason: str


Command = Begin | Take | End


class Ready(Struct, frozen=True, tag="ready"):
    """The child has all its imports, and takes groups."""


class Said(Struct, frozen=True, tag="said"):
    """What is told of a target of group `number`."""

    number: int
    told: Told


class Done(Struct, frozen=True, tag="done"):
    """A group came to its end."""

    number: int


class Failed(Struct, frozen=True, tag="failed"):
    """A group came to its end by a bug of ours; `problem` says which and where, without any data."""

    number: int
    problem: str


Answer = Ready | Said | Done | Failed

_ANSWERS = msgspec.json.Decoder(Answer)


def command_frame(command: Command) -> bytes:
    """Give the bytes of a frame to a child."""
    return _frame(pickle.dumps(command, pickle.HIGHEST_PROTOCOL))


def answer_frame(answer: Answer) -> bytes:
    """Give the bytes of a frame to the parent."""
    return _frame(msgspec.json.encode(answer))


async def read_command(reader: asyncio.StreamReader) -> Command | None:
    """Give the next command, None where the parent is gone."""
    data = await _read(reader)
    if data is None:
        return None
    command: Command = pickle.loads(data)  # noqa: S301 - from the process that started this one, over its own pipe
    return command


async def read_answer(reader: asyncio.StreamReader) -> Answer | None:
    """Give the next answer, None where the child is gone; a frame that it left unfinished is none."""
    data = await _read(reader)
    return None if data is None else _ANSWERS.decode(data)


def _frame(data: bytes) -> bytes:
    return len(data).to_bytes(LENGTH, "big") + data


async def _read(reader: asyncio.StreamReader) -> bytes | None:
    try:
        length = int.from_bytes(await reader.readexactly(LENGTH), "big")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
