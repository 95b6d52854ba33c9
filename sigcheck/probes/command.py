"""Runs the user's commands: to count effects, to restart the receiver, to make it fail once. Never a shell."""

import asyncio
import os
import re
import shlex
import signal
from contextlib import suppress

from sigcheck.callback import check_spelling, fill, has_placeholder, tells_messages
from sigcheck.errors import UsageProblem
from sigcheck.http1.body import BODY_CAP
from sigcheck.model.delivery import Message
from sigcheck.model.effects import ObserverFacts
from sigcheck.probes.observer import ASK_LIMIT, ObserverFault
from sigcheck.probes.observer_answer import Shape, read_answer, shown
from sigcheck.probes.pace import Pace
from sigcheck.redaction.disarm import disarm
from sigcheck.redaction.hide import hide
from sigcheck.redaction.secrets_of_command import redact_command, secrets_of_command


class CommandFault(Exception):  # noqa: N818 - a fault of the user's command, not an error of ours
    """A command could not be run, failed, or did not end; the text says which."""


OF_A_SHELL = frozenset(("|", "||", "&&", ";", ">", "<", "2>&1", "2>/dev/null"))
"""Words that a command gets as they are, and that most who write them mean for a shell."""


class CommandObserver:
    """Runs a command without a shell; what it prints is the answer.

    It finds the message in SIGCHECK_DEVICE, SIGCHECK_TIME, SIGCHECK_SEQNUMBER and SIGCHECK_DATA; placeholders
    in its arguments are filled after splitting, so nothing in a message can add an argument.
    """

    def __init__(self, command: str, shape: Shape, wait: float, pace: Pace | None = None, folder: str = "") -> None:
        self._folder = folder
        self._arguments = split_command(command, "--observe-command")
        self._shape = shape
        self.pace = pace or Pace()
        per_message = any(has_placeholder(part) for part in self._arguments) or shape.per_message
        told = any(tells_messages(part) for part in self._arguments) or shape.tells_messages
        self.facts = ObserverFacts("command", per_message, wait, of_device=per_message and not told)
        self.secrets = secrets_of_command(self._arguments)
        self.asks = disarm(shlex.join(redact_command([hide(each) for each in self._arguments])))

    async def __call__(self, message: Message) -> int:
        """Run it once."""
        try:
            return await self._count(message)
        except CommandFault as fault:
            raise ObserverFault(f"the observer cannot count: {fault}{self._without_shell()}") from None
        except ObserverFault as fault:
            raise ObserverFault(f"{fault}{self._without_shell()}") from None

    async def _count(self, message: Message) -> int:
        printed = await run_command(self._arguments, message, folder=self._folder)
        if len(printed.encode()) >= BODY_CAP:
            raise ObserverFault(f"the observer printed {BODY_CAP // 1024} KB or more; let it print only the count")
        return read_answer(printed, self._shape.filled(message))

    def _without_shell(self) -> str:
        """Say that there is no shell, where words of the command look as if they were meant for one."""
        meant = next((word for word in self._arguments if word in OF_A_SHELL), None)
        return (
            "" if meant is None else f"; there is no shell to read the {meant} in it: put sh -c '…' around the command"
        )


def split_command(command: str, option: str) -> tuple[str, ...]:
    """Split a command line as a shell would, without running one; raises UsageProblem."""
    try:
        arguments = tuple(shlex.split(command))
    except ValueError as error:
        raise UsageProblem(f"{option} cannot be split into words ({error})", "check its quotes") from None
    # A misspelt one would be passed on as it stands, and the command count for a message that nobody sent.
    check_spelling(option, command)
    if arguments and "://" in arguments[0]:
        raise UsageProblem(f"{option} is a URL, not a command", "put curl -sS before it, or give it as --observe-url")
    if arguments and re.match(r"[A-Za-z_][A-Za-z0-9_]*=", arguments[0]):
        raise UsageProblem(f"{option} begins with a variable, which only a shell sets", "put env before it")
    if not arguments or not arguments[0].strip():
        example = "such as 'sqlite3 readings.db \"select count(*)…\"'"
        raise UsageProblem(
            f"{option} is empty", f"give a command, {example if option == '--observe-command' else 'or leave it out'}"
        )
    return arguments


async def run_command(
    arguments: tuple[str, ...], message: Message, limit: float = ASK_LIMIT, *, folder: str = ""
) -> str:
    """Run a command for one message and give what it printed, capped; raises CommandFault.

    `folder` is where it runs, "" for where this process does.
    """
    environment = os.environ | {
        "SIGCHECK_DEVICE": message.device,
        "SIGCHECK_TIME": str(message.time),
        "SIGCHECK_SEQNUMBER": str(message.seq_number),
        "SIGCHECK_DATA": message.data,
    }
    name = hide(os.path.basename(arguments[0]))  # noqa: PTH119 - a word to show, not a path to use
    try:
        process = await asyncio.create_subprocess_exec(
            *(fill(argument, message) for argument in arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            cwd=folder or None,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CommandFault(f"the command {name!r} cannot be run: {reason}") from None
    assert process.stdout is not None  # noqa: S101 - for the type checker: both are pipes
    assert process.stderr is not None  # noqa: S101
    try:
        async with asyncio.timeout(limit):
            output, complaint = await asyncio.gather(_capped(process.stdout), _capped(process.stderr))
            code = await process.wait()
    except TimeoutError:
        raise CommandFault(f"the command {name!r} did not end within {limit:g} s") from None
    finally:
        await _end(process)
    if code != 0:
        last = hide(complaint.decode("utf-8", "replace")).strip().splitlines()[-1:]
        raise CommandFault(f"the command {name!r} {_ended(code)}" + (f": {shown(last[0])}" if last else ""))
    return output.decode("utf-8", "replace")


def _ended(code: int) -> str:
    if code > 0:
        return f"exited with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


async def _capped(stream: asyncio.StreamReader) -> bytes:
    """Read to the end, keep the first part: a chatty command must not fill the memory, nor block on its pipe."""
    kept = b""
    while chunk := await stream.read(BODY_CAP):
        kept += chunk[: BODY_CAP - len(kept)]
    return kept


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the whole process group: a command that left children behind must not outlive the run."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    # A child that left the group may hold our end of the pipes open, and one that nobody reads from any more keeps
    # `wait` from seeing the end, for ever: asyncio has no public way to let go of them.
    process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001
    await process.wait()
    # The transport closes its pipes on the next turn of the loop only.
    await asyncio.sleep(0)
