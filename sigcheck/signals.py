"""The signals that end a run: noted from its first moment on, and taken up where the run can end with a report.

A handler that raised would leave half-imported modules behind, and a run without its report. So a signal is a note,
which whoever waits looks at. Only what is still busy long after it is stopped where it stands.
"""

import atexit
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

PATIENCE = 10.0
"""Seconds that a run has after a signal to end with its report."""

LAST_PATIENCE = 3.0
"""Seconds that it has after a second signal, and again when it was stopped where it stood."""

INTERRUPTED = 130

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
_IGNORABLE = ("SIGINT", "SIGHUP")
"""Those that a parent may have switched off on purpose: `nohup`, or a shell for what runs in the background."""

_noted: list[str] = []
_stopped: list[str] = []
_listeners: list[Callable[[], object]] = []


class Stopped(KeyboardInterrupt):
    """A signal asked for the end while something was waited for; asyncio and click let it through."""


def own() -> None:
    """Take the ending signals, from now to the end of the process; those that are ignored stay ignored."""
    _take(_note)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _stop)


def finish(code: int) -> None:
    """Let a signal that comes from now on end the process at once with `code`: all that is left is tidying up.

    For a process that owns its signals; any other is left alone.
    """

    def leave(_number: int, _frame: FrameType | None) -> NoReturn:
        os._exit(code)

    if signal.getsignal(signal.SIGTERM) is _note:
        _take(leave)
        _alarm(0)
        # Python gives the signals back to the system last of all, which would still kill: it leaves ignored ones alone.
        atexit.register(_take, signal.SIG_IGN)


def noted() -> str | None:
    """Give the name of the first signal that asked for the end, None where none did."""
    return _noted[0] if _noted else None


def look() -> None:
    """Raise Stopped where a signal asked for the end: for whoever waits."""
    if _noted:
        raise Stopped(_noted[0])


@contextmanager
def heard(listener: Callable[[], object]) -> Iterator[None]:
    """Call `listener` at each signal while the block runs, and at once for one that came before it."""
    _listeners.append(listener)
    try:
        if _noted:
            listener()
        yield
    finally:
        _listeners.remove(listener)


def _take(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is None or (name in _IGNORABLE and signal.getsignal(number) is signal.SIG_IGN):
            continue
        signal.signal(number, handler)


def _note(number: int, _frame: FrameType | None) -> None:
    _noted.append(signal.Signals(number).name)
    # A third and a fourth put nothing off.
    if len(_noted) <= 2:
        _alarm(PATIENCE if len(_noted) == 1 else LAST_PATIENCE)
    for listener in _listeners:
        listener()


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """End what still runs when the patience is over: the report is worth more than what it is busy with."""
    if _stopped:
        os._exit(INTERRUPTED)
    _stopped.append(_noted[0] if _noted else "SIGALRM")
    _alarm(LAST_PATIENCE)
    raise Stopped(_stopped[0])


def _alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
