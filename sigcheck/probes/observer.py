"""Reads how many effects messages had, polled until the count stands still; by URL, command or SQL stand beside.

An observer is the user's own, but it may err or lie: whatever it does becomes a fault of the reading,
never an accusation of the receiver.
"""

import json
import re
from typing import Any, Protocol

from msgspec import Struct

from sigcheck.clock import Clock
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message
from sigcheck.model.effects import Observer

ASK_LIMIT = 10.0
"""Seconds that an observer has for one answer: our choice, the answer limit of the contract is the receiver's."""

RESTLESS = 10
LEAST_REST = 5.0
"""Settle times, and seconds at the least, after which a count that keeps rising is given up: a busy machine polls
seldom."""

SECOND_CHANCES = 2
QUICK = 0.5
"""How often an observer that has just failed is asked again at once, where that took it less than so many seconds."""

SHOWN = 60
"""Characters of a wrong answer that are shown."""


class ObserverFault(Exception):  # noqa: N818 - a fault of the user's observer, not an error of ours
    """The observer gave no count; the text says why."""


class Count(Protocol):
    """Counts effects, of one message or of all. `asks` says what it asks whom, its secrets hidden."""

    asks: str
    observer: Observer
    secrets: tuple[str, ...]

    async def __call__(self, message: Message) -> int:
        """Give the count; raises ObserverFault."""
        ...


class Settled(Struct, frozen=True):
    """A count that stood still, or why there is none.

    `polls` is how often the observer was asked, `since` the moment (clock scale) at which it first said so,
    `moved` how far the count rose between the first poll and the last.
    """

    count: int | None
    polls: int
    since: float
    moved: int = 0
    fault: str | None = None


async def settle(count: Count, message: Message, clock: Clock, latest: float | None = None) -> Settled:
    """Poll until the count has stood still for the observer's settle time; `latest` (clock scale) ends it early.

    One failed poll is passed over, since the next may succeed; a fault that stands at the end, and twice more
    when the observer is asked again, is the outcome. A count that never stands still is one, too.
    """
    patience = count.observer.settle
    polls = 0
    chances = SECOND_CHANCES
    first: int | None = None
    last: int | None = None
    began = unchanged_since = clock.now()
    while True:
        polls += 1
        fault: str | None = None
        asked = clock.now()
        try:
            seen = await count(message)
        except ObserverFault as error:
            fault = str(error)
        else:
            if last is not None and seen < last:
                return Settled(seen, polls, asked, fault=f"the count went back from {last} to {seen}")
            if seen != last:
                last, unchanged_since = seen, clock.now()
                first = seen if first is None else first
        now = clock.now()
        # A slow observer is asked less often: it must not be kept busy by being asked.
        pause = max(0.05, min(1.0, patience / 8), 3 * (now - asked))
        end = unchanged_since + patience if latest is None else min(unchanged_since + patience, latest)
        if now >= end or (latest is not None and now + pause > latest):
            if fault and chances and now - asked < QUICK:
                chances -= 1
                continue
            moved = 0 if last is None or first is None else last - first
            return Settled(None if fault else last, polls, unchanged_since, moved, fault)
        if now - began > max(RESTLESS * patience, LEAST_REST):
            fault = f"the count did not stay unchanged for {patience:g} s within {now - began:.0f} s"
            return Settled(None, polls, unchanged_since, fault=fault)
        await clock.sleep_until(min(now + pause, end))


def read_answer(text: str, pointer: str | None) -> int:
    """Read an observer's answer: an integer, or JSON in which `pointer` names one; raises ObserverFault."""
    stripped = text.strip()
    if not stripped:
        raise ObserverFault("the observer answered nothing, not a count")
    if pointer is None and not re.fullmatch(r"-?[0-9]{1,18}", stripped):
        hint = "; name the count with --observe-pointer" if stripped[:1] in "{[" else ""
        raise ObserverFault(f"the observer answered {shown(stripped)}, not an integer{hint}")
    try:
        value = json.loads(stripped)
    except (ValueError, RecursionError):
        if pointer is None:  # an integer with leading zeros
            value = int(stripped)
        else:
            raise ObserverFault(f"the observer answered {shown(stripped)}, which is not JSON") from None
    if pointer is not None:
        value = _point(value, pointer)
    return as_count(value)


def as_count(value: Any) -> int:
    """Give a value that can be a count; raises ObserverFault."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ObserverFault(f"the observer's count is {shown(json.dumps(value, default=str))}, not an integer")
    if value < 0:
        raise ObserverFault(f"the observer answered {value}: a count cannot be negative")
    return value


def shown(text: str) -> str:
    """Quote a wrong answer, shortened."""
    return repr(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")


def check_pointer(pointer: str) -> str:
    """Give a JSON pointer (RFC 6901) back; raises UsageProblem."""
    if pointer and not pointer.startswith("/"):
        raise UsageProblem(f"JSON pointer {pointer!r} does not begin with a slash", f"write /{pointer}")
    return pointer


def _index(key: str) -> int:
    """Give the index that a token names (RFC 6901: no sign, no leading zero); raises ValueError."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,17}", key):
        raise ValueError(key)
    return int(key)


def _point(value: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        try:
            value = value[_index(key)] if isinstance(value, list) else value[key]
        except (KeyError, IndexError, ValueError, TypeError):
            raise ObserverFault(f"the observer's answer has nothing at {pointer}") from None
    return value
