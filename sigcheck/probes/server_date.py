"""The time of day as a server has it: one GET, and the Date header of whatever answers it."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct

from sigcheck import clock
from sigcheck.callback import filled_target, of_message, origin_of
from sigcheck.model.delivery import Answer, Message, Request
from sigcheck.model.evidence import Target
from sigcheck.probes.delivery import Delivery, HttpTransport
from sigcheck.probes.network import Resolver

LONGEST_DATE = 64
"""Characters of a Date header: the longest form that is allowed has 33."""

_NOBODY = Message("0", 0, 0, "")


class ServerDate(Struct, frozen=True):
    """What a server said. `ahead` is by how many seconds its clock is ahead of this machine's, `within` how sure.

    `problem` says why there is none; it may hold text of the server's.
    """

    ahead: float = 0.0
    within: float = 0.0
    problem: str | None = None


async def server_date(target: Target, limit: float) -> ServerDate:
    """Ask once, within `limit` seconds. The certificate is not verified: with a wrong clock it could not be."""
    headers = (("User-Agent", "sigcheck"), ("Accept", "*/*"))
    request = Request("GET", origin_of(target), filled_target(target, of_message(_NOBODY)), headers, b"")
    before = clock.wall()
    try:
        async with asyncio.timeout(limit):
            exchange = await HttpTransport(Resolver())(Delivery(_NOBODY, request, limit, limit, lenient=True))
    except TimeoutError:
        return ServerDate(problem=f"there was no whole answer within {limit:g} s")
    if not isinstance(exchange.outcome, Answer):
        return ServerDate(problem=exchange.outcome.words)
    text = exchange.outcome.header("date")
    if text is None:
        return ServerDate(problem="its answer has no Date header")
    date = _read(text)
    if date is None:
        return ServerDate(problem=f"its Date header cannot be read: {text[:LONGEST_DATE]}")
    # The date has whole seconds and was written at some time between the two: in the middle, give or take.
    took = exchange.total
    middle = before.timestamp() + took / 2
    return ServerDate(ahead=date.timestamp() + 0.5 - middle, within=took / 2 + 0.5)


def _read(text: str) -> datetime | None:
    """Read a date of HTTP, which is UTC; None for anything else."""
    if len(text) > LONGEST_DATE:
        return None
    try:
        date = parsedate_to_datetime(text)
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date
        date.timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return date
