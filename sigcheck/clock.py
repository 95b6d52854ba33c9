"""Time as a parameter: everything that waits or measures is given a Clock, so that tests need not sleep."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Seconds on a monotonic scale of its own, the wall time, and a way to wait."""

    name: str

    def now(self) -> float:
        """Give seconds on a scale that never goes back."""
        ...

    def wall(self) -> datetime:
        """Give the time of day, with its zone."""
        ...

    async def sleep_until(self, moment: float) -> None:
        """Return at `moment` of `now`'s scale, at once where it has passed."""
        ...


class SystemClock:
    """The machine's clocks."""

    name = "system"

    def now(self) -> float:
        """Give the monotonic clock's seconds."""
        from time import monotonic

        return monotonic()

    def wall(self) -> datetime:
        """Give the time of day in UTC."""
        return datetime.now(UTC)

    async def sleep_until(self, moment: float) -> None:
        """Sleep on the running event loop."""
        from asyncio import sleep

        await sleep(max(0.0, moment - self.now()))
