"""The one way to read a file that a user names: once, and bounded in size and in time, whatever it turns out to be."""

import os
import stat
import sys
from pathlib import Path
from select import POLLIN, poll
from time import monotonic

from sigcheck import signals
from sigcheck.errors import UsageProblem

SILENCE = 5.0
"""Seconds that a pipe or a device may give nothing; who types into a terminal has more."""

TYPING = 60.0
WHOLE = 6
"""All of an input may take this many times the silence: a pipe that drips is not waited for without end."""

_SLICE = 0.1
_CHUNK = 1 << 20


def read_input(
    path: str | Path, *, what: str, fix: str, limit: int, seconds: float = SILENCE, shown: str | None = None
) -> bytes:
    """Give what a file, pipe or device holds, read once. `what` is how messages call it: an option, or its purpose.

    Raises UsageProblem, with `fix`, for what cannot be read, holds more than `limit` bytes, gives nothing for
    `seconds`, or does not end in six times that; Stopped where a signal ends the wait. `shown` is how the file is
    written in messages, if not as it is given.
    """
    name = f"{what} {shown or path}".lstrip()
    try:
        # A pipe that nobody writes to would keep even the opening waiting; a terminal must not become ours.
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError) as problem:  # ValueError: a name that no file can have
        raise UsageProblem(f"{name} cannot be read ({_reason(path, problem)})", fix) from None
    try:
        return _drain(opened, name, fix, limit, seconds)
    finally:
        os.close(opened)


def read_stdin(*, fix: str, limit: int, what: str = "standard input", seconds: float = SILENCE) -> bytes:
    """Give what standard input holds, b"" where it is closed; raises as `read_input` does."""
    if sys.stdin is None:  # the shell closed it (<&-), as some service managers do
        return b""
    try:
        opened = sys.stdin.fileno()
    except OSError:  # a stream in memory, that a program put in its place
        data = sys.stdin.buffer.read(limit + 1)
        if len(data) > limit:
            raise UsageProblem(f"{what} is larger than {_size(limit)}", fix) from None
        return data
    return _drain(opened, what, fix, limit, seconds)


def _drain(opened: int, name: str, fix: str, limit: int, seconds: float) -> bytes:
    """Read to the end. Only what is ready is read, so that standard input need not be switched for its other owners."""
    kind = _kind(opened)
    silence = max(seconds, TYPING) if kind == "terminal" else seconds
    waiting = poll()
    waiting.register(opened, POLLIN)
    data = bytearray()
    began = heard = monotonic()
    while len(data) <= limit:
        now = monotonic()
        if now - heard > silence:
            written = (
                f"nothing was written to it for {silence:g} s" if not data else f"nothing more came for {silence:g} s"
            )
            problem = f"{name} is a {kind}, and {written}"
            raise UsageProblem(problem, f"make sure that its writer runs and closes it, or {fix}")
        if now - began > WHOLE * silence:
            problem = f"{name} is a {kind} that did not end within {WHOLE * silence:g} s"
            raise UsageProblem(problem, f"make sure that its writer closes it, or {fix}")
        if not waiting.poll(1000 * min(_SLICE, silence)):
            signals.look()
            continue
        try:
            chunk = os.read(opened, min(_CHUNK, limit + 1 - len(data)))
        except BlockingIOError:
            continue
        except OSError as problem:
            raise UsageProblem(f"{name} cannot be read ({problem.strerror})", fix) from None
        if not chunk:
            return bytes(data)
        data += chunk
        heard = monotonic()
    raise UsageProblem(f"{name} is larger than {_size(limit)}", fix)


def _kind(opened: int) -> str:
    if os.isatty(opened):
        return "terminal"
    mode = os.fstat(opened).st_mode
    kinds = ((stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"), (stat.S_ISREG, "file"))
    return next((kind for matches, kind in kinds if matches(mode)), "device")


def _reason(path: str | Path, problem: OSError | ValueError) -> str:
    if isinstance(problem, ValueError):
        return "no file can have this name"
    try:
        if stat.S_ISSOCK(os.stat(path).st_mode):  # noqa: PTH116 - a Path refuses names that os.stat knows how to refuse
            return "it is a socket"
    except OSError:
        pass
    return problem.strerror or str(problem)


def _size(limit: int) -> str:
    return f"{limit >> 20} MiB" if limit >= 1 << 20 and not limit % (1 << 20) else f"{limit} bytes"
