"""Whether a work grows far faster than what it is done on: measured in processor time, at two sizes far apart."""

import gc
import time
from collections.abc import Callable
from contextlib import suppress

from sigcheck.errors import UsageProblem

TIMES = 8
"""How many times the small size the large one is: a work that grows with the square takes 64 times as long."""

RUNS = 3
QUICK = 0.0125
"""Seconds: what is done in them is quick enough, and too quick to be measured against another."""


def seconds(work: Callable[[], object]) -> float:
    """Give the processor time of one run; what refuses its text has done its work too."""
    begun = time.process_time()
    with suppress(UsageProblem, ValueError):
        work()
    return time.process_time() - begun


def grows(small: Callable[[], object], large: Callable[[], object]) -> bool:
    """Tell whether TIMES as much takes far longer than TIMES as long, by the quickest of up to three runs of each."""
    gc.disable()
    try:
        by_large, by_small = [seconds(large)], []
        while min(by_large) >= QUICK:
            by_small.append(seconds(small))
            # What is near the bound is measured again, for a busy machine may be the reason.
            if min(by_large) < 2 * TIMES * min(by_small):
                return False
            if len(by_small) == RUNS:
                return True
            by_large.append(seconds(large))
    finally:
        gc.enable()
    return False
