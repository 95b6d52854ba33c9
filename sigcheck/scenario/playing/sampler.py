"""Takes samples one after the other: enough to see a rare fault, and no faster than the receiver allows."""

from collections.abc import Callable
from typing import Protocol

from sigcheck import clock
from sigcheck.model.delivery import Answer, Exchange, Message
from sigcheck.model.pacing import asked_to_wait

DEFAULT_SAMPLES = 20
"""A fault on one connection in four is missed by 20 in a row less than once in 100 runs: 0.75 ** 20 is 0.0032."""

ENOUGH = 52
"""Deliveries of a full run, one at a time or nearly so: 0.9 ** 52 is 0.0042, for a fault on one connection in ten."""

FEWEST, LONGEST = 5, 20.0
"""Samples that are taken in any case, and the seconds after which no more than these are: slow answers cost time."""

GIVE_UP_AFTER = 2
"""Samples without an answer at the very start after which no more are taken: each costs the whole patience."""

MOST_LIMITED = 3
"""Samples in a row that a rate limit may refuse, each after the wait that it asked for, before no more are taken."""

MOST_DISTURBED = 5
"""Samples that are taken again because this process was stopped meanwhile."""

LONGEST_WAIT = 10.0
"""Seconds that are waited for a rate limit before the next sample, at the most."""


class TakeSample(Protocol):
    """Delivers a message as sample `number` of `of`."""

    async def __call__(self, message: Message, number: int, of: int) -> Exchange:
        """Deliver, and note what came of it."""
        ...


class Sampler:
    """Takes samples by `deliver`, of the messages that `message` gives for 1, 2 and so on.

    `apart` is how many seconds lie between two of them at the least: one device sends no faster.
    """

    def __init__(self, deliver: TakeSample, message: Callable[[int], Message], apart: float = 0.0) -> None:
        self._deliver = deliver
        self._message = message
        self._apart = apart

    async def take(self, wanted: int, fewest: int = FEWEST) -> None:
        """Take up to `wanted`, at least `fewest` of them however long that takes."""
        began = clock.now()
        taken = disturbed = silent = limited = 0
        pace = 0.0
        while taken < wanted and (taken < fewest or clock.now() - began < LONGEST):
            started = clock.now()
            # A message that met a stopped process has been sent all the same: it is not sent again.
            exchange = await self._deliver(self._message(taken + disturbed + 1), taken + 1, wanted)
            if exchange.stalled and disturbed < MOST_DISTURBED:
                disturbed += 1
                continue
            taken += 1
            silent = silent + 1 if not isinstance(exchange.outcome, Answer) else 0
            if silent == GIVE_UP_AFTER and taken == silent:
                return
            asked = asked_to_wait(exchange)
            limited = limited + 1 if asked else 0
            if limited == MOST_LIMITED:
                return
            # Once it was too fast, it stays slow.
            pace = max(pace, min(asked, LONGEST_WAIT))
            due = max(clock.now() + pace if pace else 0.0, started + self._apart)
            if taken < wanted or self._apart:
                await clock.sleep_until(due)
