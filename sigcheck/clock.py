"""Time: the running event loop is the only clock of a run. The time of day is for certificates and messages alone."""

from collections.abc import Coroutine
from datetime import UTC, datetime


def now() -> float:
    """Give the running event loop's seconds, which never go back."""
    from asyncio import get_running_loop

    return get_running_loop().time()


def sleep_until(moment: float) -> Coroutine[None, None, None]:
    """Give what returns at `moment` of `now`'s scale, at once where it has passed. To be awaited at once."""
    from asyncio import sleep

    # A coroutine of its own around it would be held by everybody who waits.
    return sleep(max(0.0, moment - now()))


def wall() -> datetime:
    """Give the time of day in UTC."""
    return datetime.now(UTC)
