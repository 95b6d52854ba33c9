"""One TCP connection to one address: opened, counted, capped, and closed whatever happens."""

import asyncio
import errno
import ipaddress
import os
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from types import TracebackType
from typing import Self

from sigcheck.machine import local_fault
from sigcheck.model.handshake import HandshakeFault
from sigcheck.probes.failures import in_words

CHUNK = 65536
RECEIVE_CAP = 2 << 20
"""Bytes that are read of one handshake: twice the largest message that the codec takes."""
DRIP_PIECES = 5

_STAMPS = 35 if sys.platform.startswith("linux") else None
"""SO_TIMESTAMPNS, which the module socket does not name: with each piece, the kernel says when it came in."""

_STAMP = struct.Struct("@ll")

_UNDER_WAY = (errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK, errno.EINTR)
"""What the system says of a connection that it is still making."""


class Link:
    """A connection as a context manager. `connected` and the counts say how far it came.

    `arrived` is the moment (clock scale) at which the last piece came in at this machine, however late it was read;
    `handed` the one just before the system was given the last piece to be sent.

    Where it is not `stamped`, `arrived` is when the piece was read: enough where nothing is measured.

    Raises OSError from `open`, `send` and `receive`; the caller sets the deadline.
    """

    def __init__(self, address: str, port: int, *, stamped: bool = True) -> None:
        self._stamped = stamped and _STAMPS is not None
        self._peer = (address, port)
        self._family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._opened: socket.socket | None = None
        self.arrived = self.handed = 0.0
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
        code = self._opened.connect_ex(_numbered(self._peer))
        if code in _UNDER_WAY:
            loop = asyncio.get_running_loop()
            await _once(loop.add_writer, loop.remove_writer, self._socket)
            code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        self.connected = True
        with suppress(OSError):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._stamped:
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, _STAMPS or 0, 1)

    async def send(self, data: bytes) -> None:
        """Send all of it."""
        loop, left = asyncio.get_running_loop(), memoryview(data)
        while left:
            handed = loop.time()
            try:
                sent = self._socket.send(left)
            except (BlockingIOError, InterruptedError):
                await _once(loop.add_writer, loop.remove_writer, self._socket)
                continue
            self.handed, left = handed, left[sent:]

    def farewell(self, data: bytes) -> None:
        """Send a last word, if it can go out at once."""
        with suppress(OSError):
            self._socket.send(data)

    async def receive(self) -> bytes:
        """Give what came, b"" at the end of the stream. Raises OverflowError past RECEIVE_CAP."""
        data, stamp = await self._piece()
        self.received += len(data)
        self.pieces += 1
        # A stamp is of the time of day. What has gone since then is subtracted; a clock that was set is not believed.
        # It is read first: a pause between the two must not date a piece back to before what it answers.
        since = 0.0 if stamp is None else time.time() - stamp
        now = asyncio.get_running_loop().time()
        self.arrived = now - since if 0 <= since <= now - self.arrived else now
        if self.received > RECEIVE_CAP:
            raise OverflowError
        return data

    async def _piece(self) -> tuple[bytes, float | None]:
        """Give what is next, and the time of day at which it came in, where the kernel tells."""
        while True:
            try:
                if not self._stamped:
                    return self._socket.recv(CHUNK), None
                data, more, _, _ = self._socket.recvmsg(CHUNK, socket.CMSG_SPACE(_STAMP.size))
            except (BlockingIOError, InterruptedError):
                loop = asyncio.get_running_loop()
                await _once(loop.add_reader, loop.remove_reader, self._socket)
                continue
            for level, kind, content in more:
                if level == socket.SOL_SOCKET and kind == _STAMPS and len(content) == _STAMP.size:
                    seconds, nanoseconds = _STAMP.unpack(content)
                    return data, seconds + nanoseconds / 1e9
            return data, None

    def overdue(self, limit: float, *, waiting_for: str = "its part of the handshake") -> tuple[HandshakeFault, str]:
        """Say what the peer was doing when the deadline of `limit` seconds passed."""
        if not self.connected:
            return HandshakeFault.TIMEOUT, f"no connection within {limit:g} s"
        if not self.received:
            return HandshakeFault.STALLED, f"the server accepted the connection, then sent nothing for {limit:g} s"
        silence = asyncio.get_running_loop().time() - self.arrived
        count = f"{self.received} byte{'s' if self.received > 1 else ''}"
        if self.pieces >= DRIP_PIECES and silence < limit / 4:
            pace = f"{count} in {self.pieces} pieces"
            unfinished = f"without completing {waiting_for}"
            return HandshakeFault.DRIPPING, f"the server sent only {pace} in {limit:g} s, {unfinished}"
        return HandshakeFault.STALLED, f"the server sent {count}, then nothing more within {limit:g} s"


def _numbered(peer: tuple[str, int]) -> tuple[str, int] | tuple[str, int, int, int]:
    """Give a peer as the system takes it: an address of a link (fe80::1%eth0) with the number of its interface.

    Raises OSError where there is no such interface.
    """
    address, port = peer
    if "%" not in address:
        return peer
    ((*_, found), *_) = socket.getaddrinfo(address, port, socket.AF_INET6, flags=socket.AI_NUMERICHOST)
    return address, port, 0, int(found[-1])


async def _once(add: Callable[..., object], remove: Callable[..., object], to_watch: socket.socket) -> None:
    """Return when a socket is ready for what the loop was told to watch it for."""
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    # By its number: for a socket that it does not watch yet, the loop of Python 3.11 asks the system for both ends of
    # it, to name them in an error that nobody sees.
    number = to_watch.fileno()
    add(number, _tell, ready)
    try:
        await ready
    finally:
        remove(number)


def _tell(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def connection_fault(error: OSError, *, connected: bool) -> tuple[HandshakeFault, str]:
    """Name what the operating system said of a connection; what this machine lacks counts as not having tried."""
    if (ours := local_fault(error)) is not None:
        return HandshakeFault.NOT_TRIED, ours
    match error:
        case ConnectionRefusedError():
            return HandshakeFault.REFUSED, "the connection was refused"
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return HandshakeFault.RESET, "the connection was reset during the handshake"
        case TimeoutError():
            return HandshakeFault.TIMEOUT, "the operating system gave up connecting"
        case _:
            fault = HandshakeFault.RESET if connected else HandshakeFault.UNREACHABLE
            return fault, in_words(error).lower()


@lru_cache(maxsize=1024)
def is_address(host: str) -> bool:
    """Say whether a host is an IP address, for which no client sends SNI (RFC 6066, 3)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
