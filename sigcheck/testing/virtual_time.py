"""Virtual time: an event loop that jumps to its next timer where nothing else can happen before.

It never jumps while something outside of it may still come: a socket or a pipe that is watched, or a thread that was
started through `run_in_executor`. Then time passes as it really does.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

NANOSECOND = 1e-9
"""Seconds. It is the resolution of asyncio's own loops, too."""


class _Jumping(selectors.BaseSelector):
    """A selector that asks its loop whether to wait, or to let the time be over at once."""

    def __init__(self, real: selectors.BaseSelector) -> None:
        self.real = real
        self.wait: Callable[[float | None], list[tuple[selectors.SelectorKey, int]]] = real.select

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self.real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self.real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self.real.modify(fileobj, events, data)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return self.wait(timeout)

    def close(self) -> None:
        self.real.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self.real.get_map()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock begins at `start` seconds. `jumps` are the spans that it passed over, in seconds."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._threads = 0
        self.jumps: list[float] = []
        jumping = _Jumping(selectors.DefaultSelector())
        super().__init__(jumping)
        # The loop watches a pipe of its own, by which threads wake it.
        self._own = len(jumping.get_map())
        self._real = jumping.real
        jumping.wait = self._wait

    def time(self) -> float:
        """Give the virtual seconds."""
        return self._now

    def call_at(
        self, when: float, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call at a moment; one that is less than a nanosecond ahead is now. asyncio would call before it is."""
        if self._now < when < self._now + NANOSECOND:
            self._now = when
        return super().call_at(when, callback, *args, context=context)

    def run_in_executor(self, executor: Executor | None, func: Callable[[*_Ts], _T], *args: *_Ts) -> asyncio.Future[_T]:
        """Run `func` on a thread; virtual time does not jump before it is done."""
        self._threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _future: asyncio.Future[Any]) -> None:
        self._threads -= 1

    def _wait(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        watched = len(self._real.get_map()) > self._own
        if timeout is not None and timeout > 0 and not watched and not self._threads:
            # To the nanosecond: what is due at a full second comes at a full second.
            self._now = round(self._now + timeout, 9)
            self.jumps.append(timeout)
            return self._real.select(0)
        began = time.monotonic()
        events = self._real.select(timeout)
        if timeout is None or timeout > 0:
            took = time.monotonic() - began
            # Never later than what falls due next: the kernel wakes up a little later, and a machine may be busy.
            self._now += took if timeout is None else min(took, timeout) if events else timeout
        return events
