"""One TCP connection to one address: opened, counted, capped, and closed whatever happens."""

import asyncio
import ipaddress
import socket
from contextlib import suppress
from types import TracebackType
from typing import Self

from sigcheck.machine import local_fault
from sigcheck.model.handshake import HandshakeFault
from sigcheck.probes.failures import in_words

CHUNK = 65536
RECEIVE_CAP = 2 << 20
"""Bytes that are read of one handshake: twice the largest message that the codec takes."""
DRIP_PIECES = 5


class Link:
    """A connection as a context manager. `connected` and the counts say how far it came.

    Raises OSError from `open`, `send` and `receive`; the caller sets the deadline.
    """

    def __init__(self, address: str, port: int) -> None:
        self._peer = (address, port)
        self._family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._opened: socket.socket | None = None
        self._last = 0.0
        self.connected = False
        self.received = 0
        self.pieces = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            self._opened.close()

    @property
    def _socket(self) -> socket.socket:
        assert self._opened is not None  # noqa: S101 - for the type checker: `open` came first
        return self._opened

    async def open(self) -> None:
        """Connect. Only here is a socket made: this machine may have none left."""
        self._opened = socket.socket(self._family, socket.SOCK_STREAM)
        self._opened.setblocking(False)
        await asyncio.get_running_loop().sock_connect(self._socket, self._peer)
        self.connected = True
        with suppress(OSError):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def send(self, data: bytes) -> None:
        """Send all of it."""
        await asyncio.get_running_loop().sock_sendall(self._socket, data)

    def farewell(self, data: bytes) -> None:
        """Send a last word, if it can go out at once."""
        with suppress(OSError):
            self._socket.send(data)

    async def receive(self) -> bytes:
        """Give what came, b"" at the end of the stream. Raises OverflowError past RECEIVE_CAP."""
        loop = asyncio.get_running_loop()
        data = await loop.sock_recv(self._socket, CHUNK)
        self.received += len(data)
        self.pieces += 1
        self._last = loop.time()
        if self.received > RECEIVE_CAP:
            raise OverflowError
        return data

    def overdue(self, limit: float, *, waiting_for: str = "its part of the handshake") -> tuple[HandshakeFault, str]:
        """Say what the peer was doing when the deadline of `limit` seconds passed."""
        if not self.connected:
            return HandshakeFault.TIMEOUT, f"no connection within {limit:g} s"
        if not self.received:
            return HandshakeFault.STALLED, f"accepted the connection, then sent nothing for {limit:g} s"
        silence = asyncio.get_running_loop().time() - self._last
        count = f"{self.received} byte{'s' if self.received > 1 else ''}"
        if self.pieces >= DRIP_PIECES and silence < limit / 4:
            pace = f"{count} in {self.pieces} pieces"
            return HandshakeFault.DRIPPING, f"dripped {pace} in {limit:g} s without completing {waiting_for}"
        return HandshakeFault.STALLED, f"sent {count}, then nothing more within {limit:g} s"


def connection_fault(error: OSError, *, connected: bool) -> tuple[HandshakeFault, str]:
    """Name what the operating system said of a connection; what this machine lacks counts as not having tried."""
    if (ours := local_fault(error)) is not None:
        return HandshakeFault.NOT_TRIED, ours
    match error:
        case ConnectionRefusedError():
            return HandshakeFault.REFUSED, "connection refused"
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return HandshakeFault.RESET, "connection reset during the handshake"
        case TimeoutError():
            return HandshakeFault.TIMEOUT, "the operating system gave up connecting"
        case _:
            fault = HandshakeFault.RESET if connected else HandshakeFault.UNREACHABLE
            return fault, in_words(error).lower()


def is_address(host: str) -> bool:
    """Say whether a host is an IP address, for which no client sends SNI (RFC 6066, 3)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
