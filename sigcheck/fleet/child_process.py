"""A child as its parent sees it: how it is started, what it says, and how it is ended."""

import asyncio
import gc
import json
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from sigcheck.errors import UsageProblem
from sigcheck.fleet.frames import BUFFER, Answer, Begin, Command, command_frame, read_answer
from sigcheck.fleet.target import FleetRun
from sigcheck.probes.blocking import on_a_thread
from sigcheck.redaction.disarm import disarm

PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from sigcheck.fleet.child import main; main(scan=len(sys.argv) > 2)"
)
"""Finds the same modules as its parent, also where that was started from a source tree. Nothing else is inherited: a
fork would have the parent's event loop, its locks and its connections."""

LEAVES_WITHIN = 2.0
"""Seconds that a child has to end when it is no longer needed, before it is killed: it has told everything. Shorter
than the last patience of the signals (`sigcheck.signals`)."""

LAST_WORDS = 2000
"""Bytes of its standard error that are kept."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if hasattr(signal, "SIGHUP") else ()


class Child:
    """A process of this run. `ready`: it has begun to take groups. To be closed."""

    def __init__(self, *, scan: bool) -> None:
        """Start it; raises UsageProblem where this machine does not let it."""
        self._process = _started(scan=scan)
        self._answers = asyncio.StreamReader(limit=BUFFER)
        self._errors = asyncio.StreamReader()
        self._commands: asyncio.WriteTransport | None = None
        self._transports: list[asyncio.BaseTransport] = []
        self._words = b""
        self._listening: asyncio.Task[None] | None = None
        self.ready = False

    async def begin(self, how: FleetRun) -> None:
        """Say how it runs its share."""
        loop, process = asyncio.get_running_loop(), self._process
        for reader, pipe in ((self._answers, process.stdout), (self._errors, process.stderr)):
            transport, _ = await loop.connect_read_pipe(partial(asyncio.StreamReaderProtocol, reader), pipe)
            self._transports.append(transport)
        self._commands, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, process.stdin)
        self._listening = asyncio.create_task(self._listen())
        self.send(Begin(how, gc.get_threshold()[0]))

    def send(self, command: Command) -> None:
        """Say something to it; one that is gone hears nothing, and its answers end."""
        if self._commands is not None and not self._commands.is_closing():
            self._commands.write(command_frame(command))

    async def answer(self) -> Answer | None:
        """Give what it says next, None where it is gone."""
        return await read_answer(self._answers)

    async def close(self) -> None:
        """Tell it that it is no longer needed, and wait until it is gone; after a while it is killed."""
        if self._commands is not None:
            self._commands.close()
        gone = asyncio.ensure_future(on_a_thread(self._process.wait, "child"))
        try:
            await asyncio.wait({gone}, timeout=LEAVES_WITHIN)
        finally:
            self._process.kill()
            with suppress(TimeoutError):
                # What it wrote last is still in the pipe; whoever inherited the pipe may keep it open.
                async with asyncio.timeout(0.2):
                    await gone
                    if self._listening is not None:
                        await self._listening
            for transport in self._transports:
                transport.close()
            self._process.poll()

    @property
    def how_it_ended(self) -> str:
        """Say how it ended, once it is closed."""
        code = self._process.returncode
        if code is None:
            return "it did not end"
        return f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    @property
    def last_words(self) -> list[str]:
        """Give the lines that it wrote to its standard error, the last of them, without what a terminal obeys."""
        return [disarm(line) for line in self._words.decode(errors="replace").splitlines() if line.strip()]

    async def _listen(self) -> None:
        while data := await self._errors.read(4096):
            self._words = (self._words + data)[-LAST_WORDS:]


def _started(*, scan: bool) -> "subprocess.Popen[bytes]":
    """Start the program. What ends the parent does not end it, from its first moment on."""
    path = json.dumps([str(Path.cwd()) if each == "" else each for each in sys.path])
    command = [sys.executable, *(f"-W{each}" for each in sys.warnoptions), "-P", "-c", PROGRAM, path]
    command += ["scan"] if scan else []
    pipe = subprocess.PIPE
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        return subprocess.Popen(command, bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S603
    except OSError as error:
        raise UsageProblem(
            f"a process of this run could not be started ({error.strerror})", "use --jobs 1, or free some memory"
        ) from None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
