"""What a server presents to one hello of ours: the diagnostic handshake, read in the clear and never finished."""

import asyncio
import os
from collections.abc import Callable

from msgspec import Struct

from sigcheck.model.handshake import Handshake, HandshakeFailure, HandshakeFault, HandshakeOutcome, HandshakePhase
from sigcheck.probes.link import Link, connection_fault
from sigcheck.wire import (
    AlertReceived,
    BadFinished,
    CertificateUnusable,
    ClientHello,
    Conversation,
    Flight,
    KeyMismatch,
    NotTls,
    WireProblem,
)
from sigcheck.wire.conversation import CLOSE_NOTIFY
from sigcheck.wire.hello import RANDOM_SIZE


class Endpoint(Struct, frozen=True):
    """Where one handshake goes: an address, a port, and the seconds that it may take."""

    address: str
    port: int
    limit: float


HelloMaker = Callable[[bytes], ClientHello]
"""Takes the entropy of one hello (RANDOM_SIZE bytes)."""


class Attempt:
    """One handshake over one connection: it knows how to name its own end."""

    def __init__(self, endpoint: Endpoint, link: Link, conversation: Conversation, server_name: str | None) -> None:
        self._door = endpoint
        self._link = link
        self._conversation = conversation
        self._server_name = server_name
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()

    @property
    def phase(self) -> HandshakePhase:
        """How far it came."""
        return self._conversation.phase if self._link.connected else HandshakePhase.CONNECT

    def failure(self, error: Exception, *, expired: bool) -> HandshakeFailure:
        """Name what ended it; `expired` says that it was our own deadline."""
        when = later(self.phase)
        match error:
            case TimeoutError() if expired:
                fault, words = self._link.overdue(self._door.limit)
                return self._failed(fault, words + (f", {when}" if when else ""))
            case AlertReceived():
                return self._failed(
                    HandshakeFault.ALERT, f"the server sent the alert {error.alert} {when}", error.alert
                )
            case KeyMismatch():
                return self._failed(HandshakeFault.SIGNATURE, str(error), error.alert)
            case BadFinished():
                return self._failed(HandshakeFault.FINISHED, str(error))
            case CertificateUnusable():
                return self._failed(HandshakeFault.CERTIFICATE, str(error))
            case NotTls() if error.http:
                return self._failed(HandshakeFault.PLAIN_HTTP, f'the server answered in plain HTTP: "{error.excerpt}"')
            case NotTls():
                return self._failed(HandshakeFault.NOT_TLS, f'the server answered "{error.excerpt}", which is not TLS')
            case OSError():
                fault, words = connection_fault(error, connected=self._link.connected)
                if when and fault is HandshakeFault.RESET:
                    words = f"the connection was reset {when}"
                return self._failed(fault, words)
            case OverflowError():
                return self._failed(HandshakeFault.PROTOCOL, f"{self._link.received} bytes without a whole handshake")
            case _:
                return self._failed(HandshakeFault.PROTOCOL, str(error))

    def closed(self) -> HandshakeFailure:
        """Say that the peer closed before the end."""
        came = f"after {self._link.received} bytes" if self._link.received else "without sending anything"
        return self._failed(HandshakeFault.CLOSED, f"the server closed the connection {later(self.phase) or came}")

    def _failed(self, fault: HandshakeFault, detail: str, alert: str | None = None) -> HandshakeFailure:
        return HandshakeFailure(
            address=self._door.address,
            server_name=self._server_name,
            fault=fault,
            detail=detail.rstrip(),
            seconds=self._loop.time() - self._started,
            alert=alert,
            phase=self.phase,
        )

    def shown(self, flight: Flight) -> Handshake:
        """Say what was presented."""
        return Handshake(
            address=self._door.address,
            server_name=self._server_name,
            protocol=flight.protocol,
            cipher=flight.cipher,
            alpn=flight.alpn,
            chain=flight.chain,
            seconds=self._loop.time() - self._started,
            client_certificate="unknown" if flight.certificate_requested else "not asked",
            staple=flight.staple,
            message_size=flight.message_size,
            warnings=flight.warnings,
        )


def later(phase: HandshakePhase) -> str:
    """Say when something happened, where it did not happen at once: "" before the ServerHello."""
    return "" if phase in (HandshakePhase.CONNECT, HandshakePhase.HELLO) else phase.words


async def present(endpoint: Endpoint, make: HelloMaker) -> HandshakeOutcome:
    """Send one hello to one address and read what is presented. Never raises for anything a peer does."""
    hello = make(os.urandom(RANDOM_SIZE))
    conversation = Conversation(hello, os.urandom)
    with Link(endpoint.address, endpoint.port, stamped=False) as link:
        attempt = Attempt(endpoint, link, conversation, hello.server_name)
        try:
            async with asyncio.timeout(endpoint.limit) as timer:
                flight = await _converse(link, conversation)
        except (OSError, OverflowError, WireProblem) as error:
            return attempt.failure(error, expired=timer.expired())
        return attempt.closed() if flight is None else attempt.shown(flight)


async def _converse(link: Link, conversation: Conversation) -> Flight | None:
    """Talk until the certificates are there; None when the peer closed before."""
    await link.open()
    await link.send(conversation.opening)
    while conversation.flight is None:
        data = await link.receive()
        if not data:
            conversation.end()
            return None
        if reply := conversation.receive(data):
            await link.send(reply)
    link.farewell(CLOSE_NOTIFY)
    return conversation.flight
