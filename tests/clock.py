"""A clock that moves when somebody sleeps. For scripted transports only, never for real sockets."""

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class FakeClock:
    """Starts at `at` seconds; `sleeps` are the waits that were asked for, in order, those of no length left out."""

    name = "fake"

    def __init__(self, at: float = 1000.0) -> None:
        self._origin = at
        self._now = at
        self.sleeps: list[float] = []

    def now(self) -> float:
        return self._now

    def wall(self) -> datetime:
        return START + timedelta(seconds=self._now - self._origin)

    async def sleep_until(self, moment: float) -> None:
        # One turn of the loop, as a real sleep gives: others run, and a cancellation arrives.
        await asyncio.sleep(0)
        if moment > self._now:
            self.sleeps.append(moment - self._now)
            self._now = moment

    def spend(self, seconds: float) -> None:
        """Let time pass that nobody sleeps through: what a delivery takes."""
        self._now += seconds
