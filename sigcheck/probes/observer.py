"""Polls an observer until its count stands still. What it answers is read beside, and so are the ways to ask it.

An observer is the user's own, but it may err or lie: whatever it does becomes a fault of the count,
never an accusation of the receiver.
"""

from typing import Protocol

from msgspec import Struct

from sigcheck import clock
from sigcheck.model.delivery import Message
from sigcheck.model.effects import ObserverCause, ObserverFacts
from sigcheck.probes.pace import Pace
from sigcheck.scenario import Counting

ASK_LIMIT = 10.0
"""Seconds that an observer has for one answer: our choice, the answer limit of the contract is the receiver's."""

RESTLESS = 10
LEAST_REST = 5.0
"""Settle times, and seconds at the least, after which a count that keeps rising is given up: a busy machine polls
seldom."""

SECOND_CHANCES = 2
QUICK = 0.5
"""How often an observer that has just failed is asked again at once, where that took it less than so many seconds."""

LEAST_POLLS = 10
"""Polls after which a count that keeps rising is given up, at the least: many messages may be counted in turns."""

HOLDS = 3
LONGEST_HOLD = 120.0
"""How often an observer that asks for a pause is given one, and of how many seconds at the most."""


class ObserverFault(Exception):  # noqa: N818 - a fault of the user's observer, not an error of ours
    """The observer gave no count; the text says why, and `cause` is that as a kind, where it is one of these."""

    def __init__(self, text: str, cause: ObserverCause | None = None) -> None:
        super().__init__(text)
        self.cause = cause


class Throttled(ObserverFault):
    """The observer was asked too often, and wants a pause of `pause` seconds."""

    def __init__(self, text: str, pause: float) -> None:
        super().__init__(text)
        self.pause = pause


class Old(ObserverFault):
    """The observer's count comes out of a cache: it is `number`, as it was `age` seconds ago."""

    def __init__(self, text: str, number: int, age: float) -> None:
        super().__init__(text)
        self.number = number
        self.age = age


def never_sent(count: int) -> str:
    """Say what is wrong with a count that should be 0."""
    return f"the observer counts {count} for a message that was never sent"


class Observer(Protocol):
    """Counts effects, of one message or of all. `asks` says what it asks whom, its secrets hidden."""

    asks: str
    facts: ObserverFacts
    pace: Pace
    secrets: tuple[str, ...]

    async def __call__(self, message: Message) -> int:
        """Give the count; raises ObserverFault."""
        ...


def counting(observer: Observer | None) -> Counting:
    """Give what counting by an observer costs; nothing where there is none."""
    if observer is None:
        return Counting()
    return Counting(observer.facts.settle, observer.pace.spacing, observer.facts.per_message)


class Settled(Struct, frozen=True):
    """A count that stood still, or why there is none.

    `polls` is how often the observer was asked, `since` the moment (clock scale) at which it first said so,
    `moved` how far the count rose between the first poll and the last, `cause` the kind of the fault. Without a count
    and a fault, its turn did not come in time.
    """

    count: int | None
    polls: int
    since: float
    moved: int = 0
    fault: str | None = None
    cause: ObserverCause | None = None


async def settle(observer: Observer, message: Message, latest: float | None = None, *, once: bool = False) -> Settled:
    """Poll until the count has stood still for the observer's settle time; `latest` (clock scale) ends it early.

    `once` takes the first answer. One failed poll is passed over, since the next may succeed; a fault that stands at
    the end, and twice more when the observer is asked again, is the outcome. A count that never stands still is one,
    too, and one that is older than the question.
    """
    patience, pace = observer.facts.settle, observer.pace
    polls = 0
    chances, holds = SECOND_CHANCES, HOLDS
    first: int | None = None
    last: int | None = None
    began = unchanged_since = clock.now()
    following = began
    while True:
        following = pace.turn(following)
        if latest is not None and following > latest and not polls:
            return Settled(None, 0, began)
        pace.take(following)
        await clock.sleep_until(following)
        polls += 1
        fault: str | None = None
        cause: ObserverCause | None = None
        held = False
        asked = clock.now()
        try:
            try:
                seen = await observer(message)
            except Old as old:
                if old.age > max(asked - began, patience if once else 0.0):
                    raise
                seen = old.number
        except ObserverFault as error:
            fault, cause = str(error), error.cause
            if isinstance(error, Throttled) and holds and error.pause <= LONGEST_HOLD:
                holds, held = holds - 1, True
                pace.hold(clock.now() + error.pause)
                began += error.pause
        else:
            if last is not None and seen < last:
                return Settled(seen, polls, asked, fault=f"the count went back from {last} to {seen}")
            if seen != last:
                last, unchanged_since = seen, clock.now()
                first = seen if first is None else first
        now = clock.now()
        # A slow observer is asked less often: it must not be kept busy by being asked.
        pause = max(0.05, min(1.0, patience / 2), 3 * (now - asked))
        end = unchanged_since + (0.0 if once else patience)
        following = pace.turn(now if held else min(now + pause, max(end, now)))
        if (now >= end and not held) or (latest is not None and following > latest):
            again = pace.turn(now)
            in_time = latest is None or again <= latest
            if fault and chances and not held and in_time and now - asked < QUICK:
                chances, following = chances - 1, again
                continue
            moved = 0 if last is None or first is None else last - first
            return Settled(None if fault else last, polls, unchanged_since, moved, fault, cause)
        if now - began > max(RESTLESS * patience, LEAST_REST) and polls >= LEAST_POLLS:
            fault = f"the count did not stay unchanged for {patience:g} s within {now - began:.0f} s"
            return Settled(None, polls, unchanged_since, fault=fault)
