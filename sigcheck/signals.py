"""The signals that end a run: noted from its first moment on, and taken up where the run can end with a report.

A handler that raised would leave half-imported modules behind, and a run without its report. So a signal is a note,
which whoever waits looks at. Only a run that is still busy long after it is stopped where it stands.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

PATIENCE = 10.0
"""Seconds that a run has after a signal to end with its report."""

LAST_PATIENCE = 3.0
"""Seconds that it has after a second signal, or when the first have passed."""

INTERRUPTED = 130

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
_IGNORABLE = ("SIGINT", "SIGHUP")
"""Those that a parent may have switched off on purpose: `nohup`, or a shell for what runs in the background."""

_noted: list[str] = []
_listeners: list[Callable[[str], None]] = []


class Stopped(KeyboardInterrupt):
    """A signal asked for the end while something was waited for; asyncio and click let it through."""


def own() -> None:
    """Take the ending signals, from now to the end of the process; those that are ignored stay ignored."""
    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is None or (name in _IGNORABLE and signal.getsignal(number) is signal.SIG_IGN):
            continue
        signal.signal(number, _note)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _stop)


def noted() -> str | None:
    """Give the name of the first signal that asked for the end, None where none did."""
    return _noted[0] if _noted else None


def look() -> None:
    """Raise Stopped where a signal asked for the end: for whoever waits."""
    if _noted:
        raise Stopped(_noted[0])


@contextmanager
def heard(listener: Callable[[str], None]) -> Iterator[None]:
    """Call `listener` with each signal's name while the block runs, at once with those that came before it."""
    _listeners.append(listener)
    try:
        for name in _noted[:]:
            listener(name)
        yield
    finally:
        _listeners.remove(listener)


def _note(number: int, _frame: FrameType | None) -> None:
    name = signal.Signals(number).name
    _noted.append(name)
    _alarm(PATIENCE if len(_noted) == 1 else LAST_PATIENCE)
    for listener in _listeners:
        listener(name)


def _stop(_number: int, _frame: FrameType | None) -> None:
    """End what still runs when the patience is over: its report is worth more than what it is busy with."""
    if not _noted:
        return
    if _noted[-1] == "SIGALRM":
        import os

        os._exit(INTERRUPTED)
    _noted.append("SIGALRM")
    _alarm(LAST_PATIENCE)
    raise Stopped(_noted[0])


def _alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
