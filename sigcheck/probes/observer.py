"""Reads how many effects messages had: by URL or by command, polled until the count stands still.

An observer is the user's own, but it may err or lie: whatever it does becomes a fault of the reading,
never an accusation of the receiver.
"""

import asyncio
import json
import re
from typing import Any, Protocol

import httpx
from msgspec import Struct

from sigcheck.callback import address, check_placeholders, fill, has_placeholder, login, parse_header
from sigcheck.clock import Clock
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Header, Message, Request
from sigcheck.model.effects import Observer
from sigcheck.probes.http import BODY_CAP, HTTP_ERRORS, addressed, close, read_body, verified_context
from sigcheck.probes.network import Resolver
from sigcheck.redact import redact_url, secrets_of_header, secrets_of_url
from sigcheck.target import parse_target, peer

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


class UrlCount:
    """Asks a URL. The certificate is verified against `roots` (PEM text): credentials may go there."""

    def __init__(
        self,
        template: str,
        headers: tuple[str, ...],
        pointer: str | None,
        wait: float,
        *,
        resolver: Resolver,
        roots: str | None,
    ) -> None:
        self._target = parse_target(template)
        self.asks = f"GET {redact_url(template)}"
        self._headers: tuple[Header, ...] = tuple(parse_header(header) for header in headers)
        # A mistyped one would be sent as it stands, and a receiver that counts nothing for it stand accused.
        check_placeholders("--observe-url", template)
        for name, value in self._headers:
            check_placeholders(f"the header {name!r} of --observe-header", value)
        self._pointer = pointer
        self._resolver = resolver
        self._roots = roots
        self._context: Any = None
        values = [value for _, value in self._headers]
        per_message = any(has_placeholder(template) for template in (template, *values))
        self.observer = Observer("url", per_message, wait)
        self.secrets = (*secrets_of_url(template), *(secret for value in values for secret in secrets_of_header(value)))

    async def __call__(self, message: Message) -> int:
        """Ask once."""
        try:
            async with asyncio.timeout(ASK_LIMIT):
                status, body = await self._get(message)
        except TimeoutError:
            raise ObserverFault(f"the observer did not answer within {ASK_LIMIT:g} s") from None
        except HTTP_ERRORS as error:
            raise ObserverFault(f"the observer could not be asked: {_cause(error)}") from None
        if not 200 <= status <= 299:
            raise ObserverFault(f"the observer answered {status}")
        return read_answer(body.decode("utf-8", "replace"), self._pointer)

    async def _get(self, message: Message) -> tuple[int, bytes]:
        url = address(self._target, message)
        headers = tuple((name.lower(), fill(value, message)) for name, value in self._headers)
        if authorization := login(self._target.url):
            headers = (("authorization", authorization), *headers)
        if self._context is None:
            # One context for all polls: making one costs more than asking. Plain http never uses it.
            self._context = verified_context(self._roots if self._target.scheme == "https" else None)
        resolution = await self._resolver.resolve(*peer(url), ASK_LIMIT)
        if not resolution.addresses:
            raise ObserverFault(f"the observer's name does not resolve: {resolution.problem}")
        transport = httpx.AsyncHTTPTransport(verify=self._context, trust_env=False)
        opened: list[Any] = []

        async def trace(event: str, info: dict[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                opened.append(info["return_value"])

        try:
            request = Request("GET", url, (*headers, ("accept", "application/json, text/plain")), b"")
            response = await transport.handle_async_request(addressed(request, resolution.addresses[0], trace))
            kept, _, _, _ = await read_body(response.stream, ASK_LIMIT, keep=BODY_CAP)
            return response.status_code, kept
        finally:
            await close(transport, *opened)


def _cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    text = str(error) or type(error).__name__
    return text[: 2 * SHOWN]
