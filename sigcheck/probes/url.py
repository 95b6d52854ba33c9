"""Counts effects by asking a URL. Loaded where an observer is one: httpx costs a tenth of a second."""

import asyncio
import re
import ssl
from typing import Any

import httpx

from sigcheck.callback import (
    check_placeholders,
    fill,
    filled_target,
    has_placeholder,
    login,
    of_message,
    origin_of,
    parse_header,
    tells_messages,
)
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Header, Message, Request
from sigcheck.model.effects import ObserverCause, ObserverFacts
from sigcheck.model.pacing import LIMITED, UNAVAILABLE, seconds_to_wait
from sigcheck.probes.http import HTTP_ERRORS, addressed, close, read_body, verified_context
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer import ASK_LIMIT, ObserverFault, Old, Throttled
from sigcheck.probes.observer_answer import SHOWN, Shape, read_answer, shown
from sigcheck.probes.pace import Pace
from sigcheck.redaction.hide import hide
from sigcheck.redaction.redact import redact_url
from sigcheck.redaction.secrets_of import secrets_of_headers, secrets_of_url
from sigcheck.target import parse_target
from sigcheck.words import shortened

ANSWER_CAP = 4_000_000
"""Bytes of an answer: a page of metrics has some hundred thousand."""

OWN_HEADERS: tuple[Header, ...] = (("accept", "application/json, text/plain"), ("cache-control", "no-cache"))
"""What every question says, where the user did not say otherwise: a count out of a cache may be an old one."""

NOT_FOUND = 404
DENIED = frozenset((401, 403))
_INTERNAL = re.compile(r"\s*\(_ssl\.c:\d+\)|^\[SSL[^\]]*\]\s*")
"""What Python writes around OpenSSL's words: the line of its source, and the reason once more, as a name."""

UNTRUSTED = frozenset((2, 18, 19, 20, 21))
"""OpenSSL's codes (X509_V_ERR_...) of a chain that ends at no known root: self-signed, or without its issuer."""

UNSAID = 10.0
"""Seconds of the pause after a 429 that names none. Our choice."""


class UrlObserver:
    """Asks a URL. The certificate is verified against `roots` (PEM text): credentials may go there."""

    def __init__(
        self,
        template: str,
        headers: tuple[str, ...],
        shape: Shape,
        wait: float,
        *,
        resolver: Resolver,
        roots: str | None,
        pace: Pace | None = None,
    ) -> None:
        try:
            self._target = parse_target(template)
        except UsageProblem as problem:
            raise UsageProblem(f"--observe-url: {problem.message}", problem.fix) from None
        self.asks = f"GET {redact_url(hide(template))}"
        self._headers: tuple[Header, ...] = tuple(parse_header(header) for header in headers)
        # A mistyped one would be sent as it stands, and a receiver that counts nothing for it stand accused.
        check_placeholders("--observe-url", template)
        for name, value in self._headers:
            check_placeholders(f"the header {name!r} of --observe-header", value)
        self._shape = shape
        self.pace = pace or Pace()
        self._resolver = resolver
        self._roots = roots
        self._context: Any = None
        values = [value for _, value in self._headers]
        per_message = any(has_placeholder(each) for each in (template, *values)) or shape.per_message
        told = any(tells_messages(each) for each in (template, *values)) or shape.tells_messages
        self.facts = ObserverFacts("url", per_message, wait, of_device=per_message and not told)
        self.secrets = (*secrets_of_url(template), *secrets_of_headers(self._headers))

    async def __call__(self, message: Message) -> int:
        """Ask once."""
        try:
            async with asyncio.timeout(ASK_LIMIT):
                status, answered, body = await self._get(message)
        except TimeoutError:
            raise ObserverFault(f"the observer did not answer within {ASK_LIMIT:g} s") from None
        except HTTP_ERRORS as error:
            raise _fault(error) from None
        if not 200 <= status <= 299:
            return self._refused(status, answered)
        if body is None:
            raise ObserverFault(f"the observer answered more than {ANSWER_CAP // 1_000_000} MB")
        if (coding := answered.get("content-encoding", "identity").lower()) != "identity":
            raise ObserverFault(f"the observer's answer is compressed ({shown(coding)}), which was not asked for")
        number = read_answer(body.decode("utf-8", "replace"), self._shape.filled(message))
        age = answered.get("age", "").strip()
        if age.isascii() and age.isdigit() and int(age[:9]) > 0:
            seconds = int(age[:9])
            raise Old(
                f"the observer's answer is {seconds} s old: it came out of a cache, although it was asked for with "
                "Cache-Control: no-cache; leave this path out of the cache",
                number,
                float(seconds),
            )
        return number

    def _refused(self, status: int, answered: httpx.Headers) -> int:
        pause = seconds_to_wait(answered.get("retry-after", ""), answered.get("date", ""))
        if status == LIMITED or (status == UNAVAILABLE and pause is not None):
            text = f"the observer answered {status}: it was asked too often; give --observe-interval"
            raise Throttled(text, UNSAID if pause is None else pause)
        if status == NOT_FOUND:
            return self._shape.absent("the observer answered 404")
        raise ObserverFault(f"the observer answered {status}", ObserverCause.DENIED if status in DENIED else None)

    async def _get(self, message: Message) -> tuple[int, httpx.Headers, bytes | None]:
        origin = origin_of(self._target)
        headers = tuple((name.lower(), fill(value, message)) for name, value in self._headers)
        if authorization := login(self._target.url):
            headers = (("authorization", authorization), *headers)
        if self._context is None:
            # One context for all polls: making one costs more than asking. Plain http never uses it.
            self._context = verified_context(self._roots if self._target.scheme == "https" else None)
        resolution = await self._resolver.resolve(origin.host, origin.port, ASK_LIMIT)
        if not resolution.addresses:
            raise ObserverFault(f"the observer's name does not resolve: {resolution.problem}")
        transport = httpx.AsyncHTTPTransport(verify=self._context, trust_env=False)
        opened: list[Any] = []

        async def trace(event: str, info: dict[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                opened.append(info["return_value"])

        try:
            asked = {name for name, _ in headers}
            own = tuple(header for header in OWN_HEADERS if header[0] not in asked)
            request = Request("GET", origin, filled_target(self._target, of_message(message)), (*headers, *own), b"")
            response = await transport.handle_async_request(addressed(request, resolution.addresses[0], trace))
            return response.status_code, response.headers, await read_body(response.stream, ANSWER_CAP)
        finally:
            await close(transport, *opened)


def _fault(error: BaseException) -> ObserverFault:
    """Say what an observer failed for that gave no answer."""
    while (inner := _inner(error)) is not None:
        error = inner
    if isinstance(error, ssl.SSLCertVerificationError):
        cause = ObserverCause.UNTRUSTED if error.verify_code in UNTRUSTED else ObserverCause.CERTIFICATE
        return ObserverFault(f"the observer's certificate was not accepted: {_worded(error.verify_message)}", cause)
    text = _worded(str(error)) or type(error).__name__
    if isinstance(error, ssl.SSLError):
        return ObserverFault(f"the observer could not be reached by TLS: {text}", ObserverCause.TLS)
    if isinstance(error, ConnectionRefusedError):
        return ObserverFault("the observer's host refused the connection", ObserverCause.REFUSED)
    return ObserverFault(f"the observer gave no usable answer: {text}")


def _inner(error: BaseException) -> BaseException | None:
    """Give the error that another one stands for: httpcore wraps what it catches, and does not chain it."""
    wrapped = error.args[0] if error.args else None
    return error.__cause__ or (wrapped if isinstance(wrapped, BaseException) else None)


def _worded(text: str) -> str:
    """Give the words of an error, shortened at a blank, without secrets and places in Python's source."""
    return shortened(hide(_INTERNAL.sub("", text)).rstrip(" .?!;"), 2 * SHOWN)
