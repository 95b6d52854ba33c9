"""Counts effects by asking a URL. Loaded where an observer is one: httpx costs a tenth of a second."""

import asyncio
from typing import Any

import httpx

from sigcheck.callback import address, check_placeholders, fill, has_placeholder, login, parse_header
from sigcheck.model.delivery import Header, Message, Request
from sigcheck.model.effects import Observer
from sigcheck.probes.http import HTTP_ERRORS, addressed, close, read_body, verified_context
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer import ASK_LIMIT, SHOWN, ObserverFault, read_answer
from sigcheck.redact import redact_url, secrets_of_header, secrets_of_url
from sigcheck.target import parse_target, peer


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
            return response.status_code, await read_body(response.stream, ASK_LIMIT)
        finally:
            await close(transport, *opened)


def _cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    text = str(error) or type(error).__name__
    return text[: 2 * SHOWN]
