"""Delivers one message over one new connection, and measures every phase of it.

The limit is one absolute deadline from the moment the request was wholly sent, not a timeout a read: a server
that drips a byte at a time runs into it like one that says nothing. Redirects are not followed, proxies of the
environment are not asked, bodies are read up to a cap and never decompressed. The certificate is not verified
here: the TLS probe does that, and a refused certificate shall not hide the receiver's other faults.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import httpx
from msgspec import Struct

from sigcheck.clock import Clock
from sigcheck.model.delivery import (
    Answer,
    Exchange,
    Failure,
    FailureKind,
    Header,
    Message,
    Phase,
    Phases,
    Request,
)
from sigcheck.probes.failures import failure
from sigcheck.probes.http import BODY_GRACE, HTTP_ERRORS, addressed, close, peer, read_body, warm_up
from sigcheck.probes.network import Resolver
from sigcheck.probes.verification import accepting_context

HEADERS_KEPT = 64
TEXT_KEPT = 256
"""Headers, and characters of a header value or of a reason phrase, that are kept."""

Gate = Callable[[], Awaitable[None]]


class Dispatch(Struct, frozen=True):
    """One delivery to be made. Times are seconds.

    `limit` is the Cloud's deadline; `listen` how long to listen from the request being sent: longer where a late
    answer shall be measured, shorter together with `cut` where the connection shall be cut on purpose.
    `company` is how many requests go out at the same time, this one included.
    `gate` is awaited when the connection stands and all but the last part of the request is sent.
    """

    message: Message
    request: Request
    limit: float
    listen: float
    attempt: int = 1
    due: float | None = None
    cut: bool = False
    company: int = 1
    gate: Gate | None = None


class Deliver(Protocol):
    """Makes a delivery. The replay and the scenarios know no more of the network than this."""

    async def __call__(self, dispatch: Dispatch) -> Exchange:
        """Deliver once; whatever goes wrong is the exchange's outcome, never an exception."""
        ...


class HttpDelivery:
    """Delivers over real sockets. Offsets are reckoned from `origin`, a moment on the clock's scale."""

    def __init__(self, resolver: Resolver, clock: Clock, origin: float) -> None:
        self._resolver = resolver
        self._clock = clock
        self._origin = origin
        self._context = accepting_context()
        self.prefer: str | None = None
        """The address to use where the name has several: one that answered the network probe."""

    async def __call__(self, dispatch: Dispatch) -> Exchange:
        """Deliver once."""
        await warm_up()
        return await _Attempt(dispatch, self._clock, self._origin).run(self._resolver, self._context, self.prefer)


class _Attempt:
    """One delivery in progress: the moments of its phases, and the phase it is in."""

    def __init__(self, dispatch: Dispatch, clock: Clock, origin: float) -> None:
        self._dispatch = dispatch
        self._clock = clock
        self._origin = origin
        self._started = clock.now()
        self._phase = Phase.RESOLVE
        self._spent: dict[Phase, float] = {}
        self._since = self._started
        self._sent: float | None = None
        self._headers_at: float | None = None
        self._deadline: asyncio.Timeout
        self._address: str | None = None
        self._stream: Any = None

    async def run(self, resolver: Resolver, context: ssl.SSLContext, prefer: str | None) -> Exchange:
        dispatch = self._dispatch
        outcome: Answer | Failure
        # Until the request is sent, the connection has as long as the answer would have.
        self._deadline = asyncio.timeout(dispatch.limit)
        transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False, retries=0)
        try:
            async with self._deadline:
                resolution = await resolver.resolve(*peer(dispatch.request.url), dispatch.limit)
                if not resolution.addresses:
                    detail = resolution.problem or "the name has no address"
                    return self._exchange(Failure(FailureKind.UNRESOLVED, Phase.RESOLVE, detail))
                address = prefer if prefer in resolution.addresses else resolution.addresses[0]
                self._address = address
                self._enter(Phase.CONNECT)
                outcome = await self._send(transport, address)
        except TimeoutError:
            outcome = self._timed_out()
        except HTTP_ERRORS as error:
            outcome = failure(error, self._phase)
        finally:
            # The connection is never used again. Its own farewell must not outlast the deadline either.
            await close(transport, self._stream)
        return self._exchange(outcome)

    async def _send(self, transport: httpx.AsyncHTTPTransport, address: str) -> Answer:
        response = await transport.handle_async_request(addressed(self._dispatch.request, address, self._trace))
        self._headers_at = self._clock.now()
        self._enter(Phase.BODY)
        self._deadline.reschedule(None)
        remaining = (self._sent or self._headers_at) + self._dispatch.limit - self._headers_at
        kept, size, digest, end = await read_body(response.stream, max(BODY_GRACE, remaining))
        return Answer(
            status=response.status_code,
            reason=_text(response.extensions.get("reason_phrase", b"")),
            http_version=_text(response.extensions.get("http_version", b"")),
            headers=_headers(response),
            body=kept,
            body_size=size,
            body_end=end,
            body_sha256=digest,
        )

    async def _trace(self, event: str, info: dict[str, Any]) -> None:
        match event:
            case "connection.connect_tcp.complete":
                self._stream = info["return_value"]
            case "connection.start_tls.started":
                self._enter(Phase.TLS)
            case "http11.send_request_headers.started":
                self._enter(Phase.SEND)
                if self._dispatch.gate is not None and not self._dispatch.request.body:
                    await self._dispatch.gate()
            case "http11.send_request_body.started":
                if self._dispatch.gate is not None and self._dispatch.request.body:
                    await self._dispatch.gate()
            case "http11.send_request_body.complete":
                self._enter(Phase.WAIT)
                self._sent = self._since
                self._deadline.reschedule(asyncio.get_running_loop().time() + self._dispatch.listen)

    def _enter(self, phase: Phase) -> None:
        now = self._clock.now()
        self._spent[self._phase] = self._spent.get(self._phase, 0.0) + now - self._since
        self._phase, self._since = phase, now

    def _timed_out(self) -> Failure:
        match self._phase:
            case Phase.WAIT if self._dispatch.cut:
                return Failure(FailureKind.CUT, self._phase, "the connection was cut before the answer")
            case Phase.WAIT:
                detail = f"no status line and headers within {self._dispatch.listen:g} s of the request being sent"
                return Failure(FailureKind.NO_ANSWER, self._phase, detail)
            case Phase.SEND:
                detail = f"the request could not be sent within {self._dispatch.limit:g} s"
                return Failure(FailureKind.NOT_SENT, self._phase, detail)
            case Phase.TLS:
                detail = f"the TLS handshake was not done within {self._dispatch.limit:g} s"
                return Failure(FailureKind.TLS_FAILED, self._phase, detail)
            case phase:
                detail = f"no connection within {self._dispatch.limit:g} s"
                return Failure(FailureKind.NO_CONNECTION, phase, detail)

    def _exchange(self, outcome: Answer | Failure) -> Exchange:
        self._enter(self._phase)
        ended = self._headers_at if self._headers_at is not None else self._clock.now()
        answered = self._headers_at - self._sent if self._headers_at is not None and self._sent is not None else None
        return Exchange(
            message=self._dispatch.message,
            attempt=self._dispatch.attempt,
            due=self._dispatch.due,
            started=self._started - self._origin,
            sent=None if self._sent is None else self._sent - self._origin,
            phases=Phases(
                resolve=self._spent.get(Phase.RESOLVE),
                connect=self._spent.get(Phase.CONNECT),
                tls=self._spent.get(Phase.TLS),
                send=self._spent.get(Phase.SEND),
                wait=self._spent.get(Phase.WAIT),
                body=self._spent.get(Phase.BODY),
            ),
            total=ended - self._started,
            answered_after=answered,
            limit=self._dispatch.limit,
            outcome=outcome,
            address=self._address,
            company=self._dispatch.company,
        )


def _text(raw: bytes) -> str:
    return raw[:TEXT_KEPT].decode("latin-1")


def _headers(response: httpx.Response) -> tuple[Header, ...]:
    return tuple((_text(name), _text(value)) for name, value in response.headers.raw[:HEADERS_KEPT])
