"""The listeners of one process: each reads who is asked for, counts it, and does what its way of being broken says."""

import asyncio
import socket
import ssl
import struct
import threading
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests import pki
from tests.many.certificates import chain_file, key_file
from tests.many.plan import Endpoint
from tests.many.receiver import Receiver
from tests.tls12 import AnyChainServer
from tests.tls13 import Server13

BACKLOG = 1024
LIMIT = 20.0
"""Seconds that a thread waits for a client."""
PLAIN = b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
REFUSAL = b"\x15\x03\x03\x00\x02\x02\x28"
"""An alert: handshake_failure."""
TLS10, TLS11, TLS12, TLS13 = (
    ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3,
)  # fmt: skip
RANGES = {"both": (TLS12, TLS13), "1.2": (TLS12, TLS12), "1.3": (TLS13, TLS13)}


class Listener:
    """Serves one endpoint on its address, until its task is cancelled."""

    def __init__(self, endpoint: Endpoint, port: int, folder: Path, receiver: Receiver) -> None:
        self._endpoint = endpoint
        self._receiver = receiver
        self._context = (
            None if endpoint.way in {"silent", "plain-http", "handshake-refused"} else _context(endpoint, folder)
        )
        self._wrong = _with_wrong_key(endpoint, folder) if endpoint.way == "wrong-key" else None
        self._listener = socket.create_server((endpoint.address, port), backlog=BACKLOG)
        self._listener.setblocking(False)
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Accept connections."""
        loop = asyncio.get_running_loop()
        with self._listener:
            while True:
                connection, _ = await loop.sock_accept(self._listener)
                task = loop.create_task(self._one(connection))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _one(self, connection: socket.socket) -> None:
        with suppress(OSError, TimeoutError):
            hello = await _peek(connection)
            if not hello:
                connection.close()
                return
            self._receiver.hellos[server_name(hello)] += 1
            await self._behave(connection)
            return
        connection.close()

    async def _behave(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        way, style = self._endpoint.way, self._endpoint.style
        if self._wrong is not None or way == "old-protocol":
            connection.setblocking(True)
            work = self._shake_hands if self._wrong is None else self._wrong._serve
            threading.Thread(target=work, args=(connection,), daemon=True).start()
        elif self._context is None:
            said = {"plain-http": PLAIN, "handshake-refused": REFUSAL}.get(way, b"")
            with connection:
                await loop.sock_recv(connection, 65536)
                await loop.sock_sendall(connection, said)
                while way == "silent" and await loop.sock_recv(connection, 65536):
                    pass
        else:
            reader = asyncio.StreamReader()

            def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> "asyncio.Task[None]":
                return loop.create_task(self._receiver.serve(reader, writer, way, style))

            await loop.connect_accepted_socket(
                lambda: asyncio.StreamReaderProtocol(reader, converse), connection, ssl=self._context
            )

    def _shake_hands(self, connection: socket.socket) -> None:
        """Do nothing more than that; a refusal reaches the client, as it does from a real server, not from asyncio."""
        assert self._context is not None
        with connection, suppress(OSError):
            connection.settimeout(LIMIT)
            with self._context.wrap_socket(connection, server_side=True) as tls:
                tls.recv(1024)


async def _peek(connection: socket.socket) -> bytes:
    """Wait for the first bytes, and leave them where they are."""
    loop = asyncio.get_running_loop()
    connection.setblocking(False)
    readable: asyncio.Future[None] = loop.create_future()
    number = connection.fileno()

    def seen() -> None:
        if not readable.done():
            readable.set_result(None)

    loop.add_reader(number, seen)
    try:
        await readable
    finally:
        loop.remove_reader(number)
    return connection.recv(4096, socket.MSG_PEEK)


def server_name(hello: bytes) -> str:
    """Give the name that a ClientHello asks for, as far as its first record is there; "" where there is none."""
    with suppress(IndexError, struct.error):
        at = 5 + 4 + 34
        at += 1 + hello[at]
        at += 2 + int.from_bytes(hello[at : at + 2])
        at += 1 + hello[at] + 2
        while at + 4 <= len(hello):
            kind, size = struct.unpack("!HH", hello[at : at + 4])
            if kind == 0:
                return hello[at + 9 : at + 4 + size].decode("ascii", "replace")
            at += 4 + size
    return ""


def _context(endpoint: Endpoint, folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain_file(folder, endpoint), key_file(folder, endpoint))
    lowest, highest = RANGES[endpoint.versions]
    if endpoint.way == "old-protocol":
        context.set_ciphers("ALL:@SECLEVEL=0")
        lowest, highest = TLS10, TLS11
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = lowest, highest
    return context


def _with_wrong_key(endpoint: Endpoint, folder: Path) -> AnyChainServer:
    """Make a server that signs with a key that its certificate does not have; OpenSSL would not start with it."""
    found = x509.load_pem_x509_certificates(chain_file(folder, endpoint).read_bytes())
    chain: Sequence[bytes] = [each.public_bytes(serialization.Encoding.DER) for each in found]
    kind = Server13 if endpoint.versions == "1.3" else AnyChainServer
    return kind(chain, pki.key(endpoint.kind, "somebody else"))
