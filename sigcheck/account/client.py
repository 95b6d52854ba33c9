"""Asks the Sigfox API: GET alone, at a pace of its own, each answer bounded in size and in time.

    async with SigfoxApi(access, roots) as api:
        async for kind in api.items("/device-types"):
            ...

Credentials go to the API's own origin and nowhere else: no redirect is followed, and no next page elsewhere.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec

from sigcheck import clock
from sigcheck.account.access import API, Access, is_loopback, origin
from sigcheck.account.problems import (
    ApiProblem,
    not_json,
    not_readable,
    refused,
    timed_out,
    unreachable,
    waits_too_long,
)
from sigcheck.http1.encoding import decode
from sigcheck.model.pacing import LIMITED, UNAVAILABLE, seconds_to_wait
from sigcheck.probes.http import HTTP_ERRORS, read_body, verified_context
from sigcheck.redaction.redact import Redactor

import httpx  # isort: skip - after sigcheck.probes, which keeps it from loading a third of itself

LIMIT = 30.0
"""Seconds that an answer may take. Our choice."""

LARGEST = 16 << 20
"""Bytes of an answer, decompressed: a page has a hundred records at most."""

PACE = 1.0
"""Seconds between two requests: as the strictest rate that Sigfox publishes (device messages, one a second). There is
no figure for the callbacks' own endpoints (support.sigfox.com/docs/api-rate-limiting)."""

LONGEST_WAIT = 60.0
"""Seconds that one 429 is waited for."""

UNSAID = 10.0
"""Seconds to wait after a 429 that names none."""

MOST_WAITS = 3
"""How often one request is repeated for a 429. These three are our choices."""

PAGE = 100
"""Items of a page: the largest that the API gives, and its default."""

MOST_PAGES = 1000
"""Pages of one list: a hundred thousand items."""

Query = Mapping[str, str | int]


class SigfoxApi:
    """The API as one API user sees it. `roots` is PEM text; `told` hears of waits, as sentences.

    `transport` takes the place of sockets, `pace` that of the default, which is none for a server on this machine.
    """

    def __init__(
        self,
        access: Access,
        roots: str | None = None,
        *,
        told: Callable[[str], None] = lambda _: None,
        transport: httpx.AsyncBaseTransport | None = None,
        pace: float | None = None,
    ) -> None:
        self._base = urlsplit(access.url)
        self._origin = origin(self._base)
        local = self._origin is not None and is_loopback(self._origin[1])
        self._pace = (0.0 if local else PACE) if pace is None else pace
        self._authorization = access.authorization
        self._hidden = Redactor(access.secrets).hidden
        self._told = told
        self._next = 0.0
        # Plain http, which only this machine may be asked by, never uses it.
        context = verified_context(roots if self._base.scheme == "https" else None)
        self._transport = transport or httpx.AsyncHTTPTransport(verify=context, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: type[BaseException] | None, _error: BaseException | None,
                        _trace: TracebackType | None) -> None:  # fmt: skip
        await self._transport.aclose()

    async def get(self, path: str, query: Query | None = None) -> Any:
        """Give the JSON that a path answers with; raises ApiProblem for everything else."""
        for _ in range(MOST_WAITS):
            pause, answer = await self._once(path, query or {})
            if pause is None:
                return answer
            if pause > LONGEST_WAIT:
                raise waits_too_long(path, pause, LONGEST_WAIT)
            self._told(f"the Sigfox API asks to wait {pause:g} s before GET {path}")
            self._next = max(self._next, clock.now() + pause)
        pause, answer = await self._once(path, query or {})
        if pause is not None:
            raise refused(path, LIMITED, None)
        return answer

    async def items(self, path: str, query: Query | None = None, *, most: int | None = None) -> AsyncIterator[Any]:
        """Give the items of a list, page by page; `most` ends it early. Raises as `get`, and for pages without end."""
        size = PAGE if most is None else min(PAGE, most)
        asked: dict[str, str | int] = {"limit": size, **(query or {})}
        seen: set[tuple[tuple[str, str], ...]] = set()
        given, before = 0, None
        for _ in range(MOST_PAGES):
            seen.add(_key(asked))
            answer = await self.get(path, asked)
            data = answer.get("data") if isinstance(answer, dict) else answer
            if not isinstance(data, list):
                raise not_readable(path, "has no list of data")
            if data == before and "paging" not in answer:
                return  # it gives everything whatever the offset
            for item in data:
                yield item
                given += 1
                if given == most:
                    return
            following = self._following(path, answer)
            if following is None and isinstance(answer, dict) and "paging" not in answer and len(data) == size:
                # The API says where there is more; a full page without a word on it may be followed by others.
                following = {**asked, "offset": given}
            if following is None:
                return
            if _key(following) in seen:
                raise not_readable(path, "names a next page that was read before")
            asked, before = following, data
        raise not_readable(path, f"has more than {MOST_PAGES} pages")

    def _following(self, path: str, answer: Any) -> dict[str, str | int] | None:
        """Give the query of the next page; None where none is named. Of a next URL, only the query is ever taken."""
        paging = answer.get("paging") if isinstance(answer, dict) else None
        url = paging.get("next") if isinstance(paging, dict) else None
        if not isinstance(url, str) or not url:
            return None
        try:
            parts = urlsplit(url)
        except ValueError:
            raise not_readable(path, "names a next page that is not a URL") from None
        # A proxy hands on what the API itself says, so that its own origin is as good.
        if (parts.netloc or parts.scheme) and origin(parts) not in {self._origin, origin(urlsplit(API))}:
            raise not_readable(
                path, "names a next page on another server, which sigcheck does not ask: it would get the password"
            )
        return dict(parse_qsl(parts.query, keep_blank_values=True))

    async def _once(self, path: str, query: Query) -> tuple[float | None, Any]:
        """Ask once: seconds to wait for a 429, or None and the answer."""
        await clock.sleep_until(self._next)
        self._next = clock.now() + self._pace
        request = httpx.Request(
            "GET",
            f"{self._base.geturl()}{quote(path, safe='/%')}",
            params=dict(query) or None,
            headers={
                "accept": "application/json",
                "accept-encoding": "gzip",
                "authorization": self._authorization,
                "user-agent": "sigcheck",
            },
        )
        try:
            async with asyncio.timeout(LIMIT):
                status, headers, body = await self._exchange(request)
        except TimeoutError:
            raise timed_out(path, LIMIT) from None
        except HTTP_ERRORS as error:
            raise self._concealed(unreachable(path, error)) from None
        if status in {LIMITED, UNAVAILABLE}:
            pause = seconds_to_wait(headers.get("retry-after", ""), headers.get("date", ""))
            if status == LIMITED or pause is not None:
                return (UNSAID if pause is None else pause), None
        try:
            return None, self._read(path, status, headers, body)
        except ApiProblem as problem:
            raise self._concealed(problem) from None

    async def _exchange(self, request: httpx.Request) -> tuple[int, httpx.Headers, bytes | None]:
        response = await self._transport.handle_async_request(request)
        async with aclosing(response):
            return response.status_code, response.headers, await read_body(response.stream, LARGEST)

    def _read(self, path: str, status: int, headers: httpx.Headers, body: bytes | None) -> Any:
        """Give the JSON of an answer; raises ApiProblem."""
        plain = None if body is None else decode(body, headers.get("content-encoding"), LARGEST)
        answer, problem = None, None
        if plain is None or (plain.body is not None and not plain.whole and len(plain.body) >= LARGEST):
            problem = not_readable(path, f"is larger than {LARGEST >> 20} MiB")
        elif plain.body is None or not plain.whole:
            problem = not_readable(path, "is compressed in a way that cannot be undone")
        else:
            try:
                answer = msgspec.json.decode(plain.body.removeprefix(b"\xef\xbb\xbf"))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                problem = not_json(path, headers.get("content-type", ""))
        if status != httpx.codes.OK:
            raise refused(path, status, answer)
        if problem is not None:
            raise problem
        return answer

    def _concealed(self, problem: ApiProblem) -> ApiProblem:
        """Hide the credentials in what may quote the server."""
        return ApiProblem(self._hidden(problem.message), problem.fix, problem.status)


def _key(query: Query) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in query.items()))
