"""One process of a fleet's run: it runs the groups that its parent sends, and tells what came of them.

It ends when its parent is gone, however that came, and sends nothing more then. Signals that end the parent are the
parent's to answer: it says what is to be ended, and this process tells its partial reports.
"""

import asyncio
import gc
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Timer
from traceback import extract_tb
from typing import BinaryIO

from sigcheck.fleet.collecting import collecting
from sigcheck.fleet.event_loops import loop_factory
from sigcheck.fleet.frames import (
    BUFFER,
    Answer,
    Begin,
    Done,
    End,
    Failed,
    Ready,
    Said,
    Take,
    answer_frame,
    read_command,
)
from sigcheck.fleet.target import HostGroup
from sigcheck.fleet.working import Worker

LEFT_AFTER = 1.0
"""Seconds that what runs has to close its connections when the parent is gone."""


def main(*, scan: bool) -> None:
    """Be a child: commands come on standard input, answers go to standard output. `scan`: all that runs are scans."""
    _pass_over_signals()
    commands, answers = _own_pipes()
    with asyncio.Runner(loop_factory=loop_factory(scan=scan)) as runner:
        runner.run(_serve(commands, answers))


def _pass_over_signals() -> None:
    """Take the signals that a terminal or a service manager sends to all, and do nothing; the parent takes them too.

    They are not ignored: a program that this process runs would inherit that. The parent has blocked them until now.
    """
    ending = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    for number in ending:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda _number, _frame: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ending)


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take both pipes to the parent away from standard input and output: no program that is run here gets them."""
    commands, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # What is printed by accident is no answer.
    os.dup2(2, 1)
    return os.fdopen(commands, "rb", 0), os.fdopen(answers, "wb", 0)


class _Mouth(asyncio.BaseProtocol):
    """Writes answers. It may lose the parent, too, but the pipe of the commands says so as well."""


async def _serve(commands: BinaryIO, answers: BinaryIO) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=BUFFER)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), commands)
    mouth, _ = await loop.connect_write_pipe(_Mouth, answers)

    def say(answer: Answer) -> None:
        mouth.write(answer_frame(answer))

    begin = await read_command(reader)
    if not isinstance(begin, Begin):
        return
    gc.set_threshold(begin.garbage_after)
    with collecting() as behind_them:
        worker = Worker(begin.how, collecting=behind_them)
        tasks: set[asyncio.Task[None]] = set()
        say(Ready())
        while (command := await read_command(reader)) is not None:
            match command:
                case Take(number, group):
                    task = asyncio.create_task(_run(worker, number, group, say))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                case End(reason):
                    worker.end(reason)
    _leave_soon()
    mouth.abort()
    for task in tuple(tasks):
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


async def _run(worker: Worker, number: int, group: HostGroup, say: Callable[[Answer], None]) -> None:
    """Run one group, and say so when it came to its end, by whatever way: nobody waits for it in vain."""
    answer: Answer = Failed(number, "its run was cancelled")
    try:
        await worker.run(group, lambda told: say(Said(number, told)))
        answer = Done(number)
    except Exception as error:  # noqa: BLE001 - the parent is told
        answer = Failed(number, _described(error))
    finally:
        with suppress(Exception):
            say(answer)


def _described(error: Exception) -> str:
    """Say which error it was and where it was raised; its own words may quote a secret."""
    frames = extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def _leave_soon() -> None:
    """End this process even where something cannot be closed; the interpreter's end does not wait for it."""
    timer = Timer(LEFT_AFTER, os._exit, (1,))
    timer.daemon = True
    timer.start()
