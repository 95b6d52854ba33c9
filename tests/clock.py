"""A clock that moves when somebody sleeps: virtual time, for scripted transports only, never for real sockets."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sigcheck.testing.virtual_time import VirtualTimeLoop

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LONGEST_TURN = 1e-6
"""Seconds that a timer's own arithmetic may leave over; a jump as short is none."""

_T = TypeVar("_T")


class FakeClock:
    """Starts at `at` seconds; `sleeps` are the spans that passed while nothing happened, in order."""

    def __init__(self, at: float = 1000.0) -> None:
        self._origin = at
        self._now = at
        self._loop: VirtualTimeLoop | None = None
        self._before: list[float] = []

    @property
    def sleeps(self) -> list[float]:
        """Give the spans, those of all runs."""
        jumps = self._before + ([] if self._loop is None else self._loop.jumps)
        return [jump for jump in jumps if jump > LONGEST_TURN]

    def now(self) -> float:
        return self._now if self._loop is None else self._loop.time()

    def wall(self) -> datetime:
        return START + timedelta(seconds=self.now() - self._origin)

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run on a loop whose time is this clock's; a later run goes on where this one ended."""
        assert self._loop is None
        with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(self._now)) as runner:
            loop = runner.get_loop()
            assert isinstance(loop, VirtualTimeLoop)
            self._loop = loop
            try:
                return runner.run(work)
            finally:
                self._now = loop.time()
                self._before += loop.jumps
                self._loop = None
