"""When garbage is collected while thousands of runs wait: the more there are, the longer it stops the event loop."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from sigcheck import clock
from sigcheck.probes.slots import slots

EACH, MOST = 250, 1_000
"""Runs that ended after which their garbage is collected: where nothing falls due meanwhile, and at the latest. It is
about 0.2 MB of each. Our choice."""

TAKES = 0.5
"""Seconds without a delivery that a collection looks for, at the least. Measured: a thousand waiting runs took 0.14 s
of a processor, and 0.44 s where other programs wanted it, too."""

NEVER = 1 << 30

YOUNG = 10_000
"""Objects after which a scan looks for garbage among the youngest, in place of Python's 700: its runs free nearly all
that they make by themselves, and nothing is measured to the millisecond. They are a few MB. Our choice."""


class Collecting:
    """Counts the runs that end on an event loop, and collects behind them."""

    def __init__(self) -> None:
        self._ended = 0
        self._takes = TAKES

    async def ended(self) -> None:
        """Say that a run ended; what nobody needs any more may be collected before this returns."""
        self._ended += 1
        if self._ended < EACH or (self._ended < MOST and slots().calm < self._takes):
            return
        self._ended = 0
        async with slots().quiet(self._takes):
            began = clock.now()
            gc.collect()
            self._takes = max(TAKES, 2 * (clock.now() - began))


_before: list[tuple[int, int, int]] = []
"""What held before each block that is open: the process has one threshold, however many fleets it works for."""


@contextmanager
def collecting(*, scan: bool = False) -> Iterator[Collecting]:
    """While the block runs, old garbage is collected behind runs that ended, and not whenever Python thinks fit.

    Blocks may overlap: when the last of them ends, Python goes its own way again.
    """
    _before.append(gc.get_threshold())
    first = _before[0]
    gc.set_threshold(max(first[0], YOUNG) if scan else first[0], first[1], NEVER)
    try:
        yield Collecting()
    finally:
        _before.pop()
        if not _before:
            gc.set_threshold(*first)
