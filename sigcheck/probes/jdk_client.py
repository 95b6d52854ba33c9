"""One whole connection as a JDK 17 client makes it: the handshake to its end, and a request if there is one."""

import asyncio
import os
from contextlib import suppress
from typing import Final

from msgspec import structs

from sigcheck.model.handshake import Handshake, HandshakeOutcome
from sigcheck.probes.link import Link
from sigcheck.probes.raw_handshake import Attempt, Endpoint
from sigcheck.wire import Client, WireProblem, jdk17_hello
from sigcheck.wire.hello import RANDOM_SIZE

STATUS_LINE_CAP: Final = 4096
"""Bytes in which the first line of an answer must end."""


async def connect_as_jdk(endpoint: Endpoint, server_name: str | None, request: bytes | None = None) -> HandshakeOutcome:
    """Shake hands with one address to the end, send the request, and read the first line of the answer.

    All of it within `door.limit`. Never raises for anything a peer does. No session is ever resumed, and the
    trust in the certificates is not judged here.
    """
    hello = jdk17_hello(os.urandom(RANDOM_SIZE), server_name)
    client = Client(hello, os.urandom)
    with Link(endpoint.address, endpoint.port, stamped=False) as link:
        attempt = Attempt(endpoint, link, client, hello.server_name)
        handshake: Handshake | None = None
        try:
            async with asyncio.timeout(endpoint.limit) as timer:
                await link.open()
                await link.send(client.opening)
                while not client.finished and await _read_on(link, client):
                    pass
                if not client.finished or client.flight is None:
                    return attempt.closed()
                handshake = structs.replace(attempt.shown(client.flight), finished=True)
                if request is None:
                    link.farewell(client.farewell())
                    return handshake
                await _send(link, client.request(request))
                while not _complete(client.answer) and await _read_on(link, client):
                    pass
        except (OSError, OverflowError, WireProblem) as error:
            # What breaks off behind the start of an answer is an answer all the same.
            if not client.answer:
                return attempt.failure(error, expired=timer.expired())
        if handshake is None or not client.answer:
            return attempt.closed()
        link.farewell(client.farewell())
        return structs.replace(handshake, answered=client.answer.startswith(b"HTTP/"))


def _complete(answer: bytes) -> bool:
    return b"\n" in answer or len(answer) >= STATUS_LINE_CAP


async def _read_on(link: Link, client: Client) -> bool:
    """Read what comes and answer it; False when the peer says that nothing more will come."""
    data = await link.receive()
    if not data:
        client.end()
        return False
    if reply := client.receive(data):
        await _send(link, reply)
    return not client.closed


async def _send(link: Link, data: bytes) -> None:
    # A peer that hung up may have said why before: what can still be read tells more than what cannot be sent.
    with suppress(ConnectionError):
        await link.send(data)
