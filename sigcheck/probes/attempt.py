"""One delivery in progress: its connection, the moments of its phases, and the answer as it is read."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress

from sigcheck import clock
from sigcheck.http1 import AnswerReader, content_encoding, decoded
from sigcheck.http1.request import written
from sigcheck.model.delivery import BODY_KEPT, Answer, BodyEnd, Exchange, Failure, FailureKind, Phase, Phases
from sigcheck.probes.delivery import BODY_GRACE, Delivery
from sigcheck.probes.failures import clip, failure, timed_out
from sigcheck.probes.lateness import STALL
from sigcheck.probes.link import CHUNK, Link, is_address
from sigcheck.probes.network import Resolver
from sigcheck.probes.openssl_client import Session, presented_chain
from sigcheck.probes.route import has_route

TEXT_KEPT = 256
"""Characters of a reason phrase that are kept."""

BANNER = 0.2
"""Seconds that are waited for the rest of a line that is no HTTP, or for the body of a 204. Our choice."""

IN_TIME = (FailureKind.NO_ANSWER, FailureKind.NO_CONNECTION, FailureKind.NOT_SENT, FailureKind.TLS_FAILED)
BY_THE_PEER = (FailureKind.RESET, FailureKind.CLOSED)
STOPPED_SHARE, LONG_STOP = 0.1, 1.0
"""The share of the time to listen, and the seconds, for which this process must have been stopped so that a missing
answer, or a peer that hung up meanwhile, is not booked on the receiver. Our choice."""


class Attempt:
    """One delivery. `run` makes it; whatever goes wrong is the outcome of the exchange that it gives.

    `let_others` is called as soon as all that is left to do is to wait. `named`: the handshake has SNI.
    """

    def __init__(
        self,
        delivery: Delivery,
        resolver: Resolver,
        context: ssl.SSLContext,
        keep: Callable[[tuple[bytes, ...]], str | None],
        let_others: Callable[[], None] = lambda: None,
        *,
        named: bool = True,
    ) -> None:
        self._delivery = delivery
        self._resolver = resolver
        self._context = context
        self._keep = keep
        self._let_others = let_others
        self._named = named
        self._origin = delivery.origin
        self._started = clock.now()
        self._phase = Phase.RESOLVE
        self._spent: dict[Phase, float] = {}
        self._since = self._started
        self._sent: float | None = None
        self._handed = self._started
        self._headers_at: float | None = None
        self._deadline: asyncio.Timeout
        self._address: str | None = None
        self._chain: str | None = None
        self._session: Session | None = None
        self._reader = AnswerReader(delivery.request.method)
        self._heard = self._was_reset = False
        self._heard_at = self._started

    async def run(self, stalled: Callable[[], float]) -> Exchange:
        """Deliver; `stalled` tells for how long this process could not run meanwhile."""
        outcome: Answer | Failure
        # Until the request is sent, the connection has as long as the answer would have.
        self._deadline = asyncio.timeout(self._delivery.limit)
        try:
            async with self._deadline:
                outcome = await self._connected()
        except TimeoutError as error:
            outcome = self._late() if self._deadline.expired() else self._failed(error)
        except (OSError, OverflowError, ValueError, RuntimeError, MemoryError) as error:
            outcome = self._failed(error)
        stopped = stalled()
        if isinstance(outcome, Failure) and self._may_be_ours(outcome, stopped):
            detail = f"this process was held up for {stopped:.1f} s while the delivery was under way ({outcome.detail})"
            outcome = Failure(FailureKind.LOCAL, outcome.phase, clip(detail))
        return self._exchange(outcome, stopped)

    def _may_be_ours(self, outcome: Failure, stopped: float) -> bool:
        """Whether a failure may have come of this process having been stopped, rather than of the peer."""
        if outcome.kind in IN_TIME:
            return stopped >= max(STALL, STOPPED_SHARE * self._delivery.listen)
        return outcome.kind in BY_THE_PEER and stopped >= LONG_STOP

    async def _connected(self) -> Answer | Failure:
        origin = self._delivery.request.origin
        host, port = origin.host, origin.port
        resolution = await self._resolver.resolve(host, port, self._delivery.limit)
        if not resolution.addresses:
            kind = FailureKind.LOCAL if resolution.local else FailureKind.UNRESOLVED
            return Failure(kind, Phase.RESOLVE, resolution.problem or "the name has no address")
        self._address = self._chosen(resolution.addresses)
        self._enter(Phase.CONNECT)
        with Link(self._address, port) as link:
            await link.open()
            if origin.scheme == "https":
                await self._shake_hands(link, host.rstrip("."))
            await self._send(link)
            return await self._answer(link)

    def _chosen(self, found: Sequence[str]) -> str:
        """Give the address that the delivery names, as long as the name still resolves to it."""
        named = self._delivery.address
        return named if named is not None and named in found else found[0]

    async def _shake_hands(self, link: Link, host: str) -> None:
        self._enter(Phase.TLS)
        # SNI carries names only: for an address none is sent.
        session = Session(link, self._context, host if self._named and not is_address(host) else None)
        self._session = session
        try:
            await session.run(session.tls.do_handshake)
        finally:
            self._chain = self._keep(presented_chain(session.tls))

    async def _send(self, link: Link) -> None:
        self._enter(Phase.SEND)
        head, body = written(self._delivery.request)
        gate = self._delivery.gate
        if gate is None:
            await self._write(link, head + body)
        elif body:
            await self._write(link, head)
            self._let_others()
            await gate()
            await self._write(link, body)
        else:
            self._let_others()
            await gate()
            await self._write(link, head)
        self._let_others()
        self._handed = max(self._since, link.handed)
        self._enter(Phase.WAIT)
        self._sent = self._since
        self._deadline.reschedule(asyncio.get_running_loop().time() + self._delivery.listen)

    async def _write(self, link: Link, data: bytes) -> None:
        if self._delivery.begins is not None:
            self._delivery.begins()
        # A server that hung up may have answered before: what can still be read tells more than what cannot be sent.
        with suppress(BrokenPipeError, ConnectionResetError):
            if self._session is None:
                await link.send(data)
            else:
                tls = self._session.tls
                await self._session.run(lambda: tls.write(data))

    async def _answer(self, link: Link) -> Answer | Failure:
        reader = self._reader
        while reader.head is None and not reader.complete:
            if reader.unreadable is None:
                await self._read_on(link)
            elif not await self._more_soon(link):
                break
        if reader.head is None:
            return self._unanswered()
        # The moment at which they came in, not the one at which they were understood: that is our own time.
        self._headers_at = self._heard_at
        self._enter(Phase.BODY, self._headers_at)
        self._deadline.reschedule(None)
        remaining = (self._sent or self._headers_at) + self._delivery.limit - self._headers_at
        cut = False
        try:
            async with asyncio.timeout(max(BODY_GRACE, remaining)):
                while not reader.complete:
                    await self._read_on(link)
            if reader.awaits_forbidden:
                await self._more_soon(link)
        except TimeoutError:
            cut = True
        except (OSError, OverflowError):
            reader.end(reset=True)
        if self._session is not None:
            self._session.part()
        end: BodyEnd = "cut at the limit" if cut or reader.body_end == "open" else reader.body_end
        headers = reader.head.headers
        return Answer(
            status=reader.head.status,
            reason=reader.head.reason[:TEXT_KEPT],
            http_version=reader.head.version,
            headers=headers,
            body=reader.body,
            body_size=reader.body_size,
            body_end=end,
            body_sha256=reader.body_sha256,
            decoded=_decoded(reader.body, content_encoding(headers)),
            oddities=reader.oddities,
            behind=reader.behind,
        )

    async def _more_soon(self, link: Link) -> bool:
        """Read a little more of what is no HTTP, for its words, or of what must not be there, for what is lost with it.

        A banner may come in two pieces, and the body of a 204 behind its head.
        """
        try:
            async with asyncio.timeout(BANNER):
                await self._read_on(link)
        except TimeoutError:
            return False
        return True

    async def _read_on(self, link: Link) -> None:
        """Hand the reader what comes next, or that the peer has hung up."""
        try:
            if self._session is None:
                data = await link.receive()
            else:
                tls = self._session.tls
                data = await self._session.run(lambda: tls.read(CHUNK))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            data = b""
        except (ConnectionResetError, BrokenPipeError):
            self._heard_at = clock.now()
            self._was_reset = True
            self._reader.end(reset=True)
            return
        if data and self._phase is Phase.WAIT and self._handed <= link.arrived < self._since:
            # The answer overtook the moment that was taken behind the last call that sent, so that one is too late.
            self._spent[Phase.SEND] -= self._since - self._handed
            self._sent = self._since = self._handed
        self._heard_at = max(link.arrived, self._since) if data else clock.now()
        if data:
            self._heard = True
            self._reader.feed(data)
        else:
            self._reader.end()

    def _unanswered(self) -> Failure:
        """Say what came in place of an answer."""
        reader = self._reader
        if self._heard:
            return Failure(FailureKind.MALFORMED, Phase.WAIT, clip(reader.unreadable or "the answer is not HTTP"))
        if self._was_reset:
            return Failure(FailureKind.RESET, Phase.WAIT, "the connection was reset")
        return Failure(FailureKind.CLOSED, Phase.WAIT, "the connection was closed without an answer")

    def _failed(self, error: BaseException) -> Failure:
        if isinstance(error, ssl.SSLError) and self._session is not None:
            return Failure(FailureKind.TLS_FAILED, Phase.TLS, clip(self._session.tls.failed(error).detail))
        if isinstance(error, ValueError):
            return Failure(FailureKind.TLS_FAILED, Phase.TLS, "OpenSSL does not accept this host name")
        routed = None if self._address is None else has_route(self._address)
        return failure(error, self._phase, routed=routed)

    def _late(self) -> Failure:
        made = self._delivery
        return timed_out(self._phase, made.limit, made.listen, cut=made.cut)

    def _enter(self, phase: Phase, at: float | None = None) -> None:
        """Begin a phase, now or at the moment when it began."""
        now = clock.now() if at is None else at
        self._spent[self._phase] = self._spent.get(self._phase, 0.0) + now - self._since
        self._phase, self._since = phase, now

    def _exchange(self, outcome: Answer | Failure, stopped: float) -> Exchange:
        self._enter(self._phase)
        ended = self._headers_at if self._headers_at is not None else clock.now()
        answered = self._headers_at - self._sent if self._headers_at is not None and self._sent is not None else None
        return Exchange(
            message=self._delivery.message,
            attempt=self._delivery.attempt,
            due=self._delivery.due,
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
            limit=self._delivery.limit,
            outcome=outcome,
            address=self._address,
            chain=self._chain,
            offered_alpn=self._delivery.offers_alpn and self._session is not None,
            company=self._delivery.company,
            stalled=stopped,
            also=self._delivery.also,
        )


def _decoded(body: bytes, encoding: str | None) -> bytes | None:
    plain = decoded(body, encoding) if encoding is not None else None
    return None if plain is None else plain[:BODY_KEPT]
