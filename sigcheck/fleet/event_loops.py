"""The event loop of a scan: uvloop's, where it is installed (the extra `fast`)."""

import asyncio
import time
from collections.abc import Callable
from importlib.util import find_spec

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def loop_factory(*, scan: bool) -> LoopFactory | None:
    """Give what makes the event loop of a fleet's run, for `asyncio.Runner`; None for asyncio's own.

    Full runs measure times to the millisecond, and stay with asyncio's.
    """
    return fast_loop if scan and find_spec("uvloop") is not None else None


def fast_loop() -> asyncio.AbstractEventLoop:
    """Make an event loop of uvloop's whose clock is exact: its own goes by whole milliseconds, and in steps."""
    import uvloop

    class Loop(uvloop.Loop):
        def time(self) -> float:
            return time.monotonic()

    return Loop()
