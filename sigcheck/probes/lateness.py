"""How late this process itself is: what it missed while it was stopped or starved is booked on no receiver."""

import asyncio
import time
from weakref import WeakKeyDictionary

PULSE = 0.05
"""Seconds between two looks at the clock while anything is measured."""

STALL = 0.25
"""Seconds by which a look must be late to count: a busy machine is late by less. Our choice."""

KEPT = 256
"""Stalls that are remembered."""


class Lateness:
    """Watches the running event loop from `begin` to `end`, which may nest.

    A stop of the whole process (SIGSTOP, a laptop's lid, a busy host) shows as one look that comes too late. The
    clock includes the time in which the machine was suspended, where the system has such a clock.
    """

    def __init__(self) -> None:
        self._users = 0
        self._expected = 0.0
        self._handle: asyncio.TimerHandle | None = None
        self._stalls: list[tuple[float, float]] = []

    def begin(self) -> float:
        """Watch from now on; gives the moment for `since`."""
        self._users += 1
        if self._handle is None:
            self._schedule()
        else:
            # What was missed up to here is nothing to whoever begins now.
            self._look()
        return now()

    def since(self, moment: float) -> float:
        """Give the longest stall, in seconds, that ended after `moment`; 0 for none."""
        self._look()
        return max((length for ended, length in self._stalls if ended >= moment), default=0.0)

    def end(self) -> None:
        """Watch no more, if nobody else does."""
        self._users -= 1
        if self._users == 0 and self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _schedule(self) -> None:
        self._expected = now() + PULSE
        self._handle = asyncio.get_running_loop().call_later(PULSE, self._pulse)

    def _pulse(self) -> None:
        self._look()
        self._schedule()

    def _look(self) -> None:
        moment = now()
        late = moment - self._expected
        if late >= STALL:
            self._stalls = [*self._stalls[-KEPT:], (moment, late)]
            self._expected = moment + PULSE


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Lateness] = WeakKeyDictionary()


def lateness() -> Lateness:
    """Give that of the running event loop, which all runs on it share: a hundred of them need one look at a time."""
    return _of_loops.setdefault(asyncio.get_running_loop(), Lateness())


def now() -> float:
    """Give seconds that go on while the machine is suspended, where the system can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)
