"""What a server presents to one hello of ours: the diagnostic handshake, read in the clear and never finished."""

import asyncio
import os
from collections.abc import Callable

from msgspec import Struct

from sigcheck.model.handshake import Handshake, HandshakeFailure, HandshakeFault, HandshakeOutcome
from sigcheck.probes.link import Link, connection_fault
from sigcheck.wire import AlertReceived, ClientHello, Conversation, Flight, NotTls, WireProblem
from sigcheck.wire.conversation import CLOSE_NOTIFY
from sigcheck.wire.hello import RANDOM_SIZE


class Door(Struct, frozen=True):
    """Where one handshake goes: an address, a port, and the seconds that it may take."""

    address: str
    port: int
    limit: float


HelloMaker = Callable[[bytes], ClientHello]
"""Takes the entropy of one hello (RANDOM_SIZE bytes)."""


async def present(door: Door, make: HelloMaker) -> HandshakeOutcome:
    """Send one hello to one address and read what is presented. Never raises for anything a peer does."""
    hello = make(os.urandom(RANDOM_SIZE))
    loop = asyncio.get_running_loop()
    started = loop.time()

    def failure(fault: HandshakeFault, detail: str, alert: str | None = None) -> HandshakeFailure:
        return HandshakeFailure(door.address, hello.server_name, fault, detail, loop.time() - started, alert)

    with Link(door.address, door.port) as link:
        try:
            async with asyncio.timeout(door.limit) as timer:
                flight = await _converse(link, Conversation(hello, os.urandom))
        except TimeoutError as error:
            fault = link.overdue(door.limit) if timer.expired() else connection_fault(error, connected=link.connected)
            return failure(*fault)
        except AlertReceived as problem:
            return failure(HandshakeFault.ALERT, f"the server sent the alert {problem.alert}", problem.alert)
        except NotTls as problem:
            if problem.http:
                return failure(HandshakeFault.PLAIN_HTTP, f'answered plain HTTP: "{problem.excerpt}"')
            return failure(HandshakeFault.NOT_TLS, f'answered "{problem.excerpt}", which is not TLS')
        except WireProblem as problem:
            return failure(HandshakeFault.PROTOCOL, str(problem))
        except OverflowError:
            return failure(HandshakeFault.PROTOCOL, f"{link.received} bytes without a whole handshake")
        except OSError as error:
            return failure(*connection_fault(error, connected=link.connected))
        if flight is None:
            came = f"after {link.received} bytes" if link.received else "without a word"
            return failure(HandshakeFault.CLOSED, f"closed the connection {came}")
        return Handshake(
            address=door.address,
            server_name=hello.server_name,
            protocol=flight.protocol,
            cipher=flight.cipher,
            alpn=flight.alpn,
            chain=flight.chain,
            seconds=loop.time() - started,
            client_certificate="unknown" if flight.certificate_requested else "not asked",
            staple=flight.staple,
            message_size=flight.message_size,
            warnings=flight.warnings,
        )


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
