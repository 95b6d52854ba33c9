"""What misbehaving servers do with a connection: each behaviour a short script, registered under its name.

`tests.misbehaving` runs them.
"""

import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

# What a hostile server may try to smuggle into a terminal, a log or a CI job.
CONTROL = b"\x1b[31mred\x1b[0m \x07\x08 ::error::owned \xc2\x9b2J \xe2\x80\xae"
GIBIBYTE_IN_MEBIBYTES = 1024

CLOSE = b"Connection: close\r\n\r\n"
EMPTY = b"\r\nContent-Length: 0\r\n" + CLOSE
# Read the request, send this, close.
ANSWERS = {
    "sends-garbage": bytes(range(256)) * 16,
    # A body and nothing in front of it.
    "speaks-http-0-9": b"<html><body>ok</body></html>\n",
    "status-of-four-digits": b"HTTP/1.1 2000 OK" + EMPTY,
    "content-length-too-long": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n" + CLOSE + b"short",
    "content-length-too-short": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + CLOSE + b"longer than two",
    "content-length-negative": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n" + CLOSE,
    "content-length-twice": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 5\r\n" + CLOSE + b"hello",
    # Seen in a public receiver: 204 with a downlink in its body.
    "body-after-204": b"HTTP/1.1 204 No Content\r\nContent-Length: 13\r\n" + CLOSE + b'{"noData":1}\n',
    "huge-reason": b"HTTP/1.1 200 " + b"O" * 1_000_000 + b"K" + EMPTY,
    "huge-header": b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 10_000_000 + EMPTY,
    "control-characters-in-reason": b"HTTP/1.1 500 " + CONTROL + EMPTY,
    # The part of the above that an HTTP parser may let through: no C0 control, but C1 and a bidi override.
    "high-bytes-in-reason": b"HTTP/1.1 500 ::error::owned \xc2\x9b2J \xe2\x80\xae" + EMPTY,
    "control-characters-in-headers": b"HTTP/1.1 500 No\r\nServer: " + CONTROL + EMPTY,
    "control-characters-in-body": b"HTTP/1.1 500 No\r\nContent-Type: text/html\r\n"
    + CLOSE
    + CONTROL
    + b"\n::error::\x00",
    # To itself, so that a client that follows shows up in `requests`.
    "redirects": b"HTTP/1.1 302 Found\r\nLocation: /elsewhere" + EMPTY,
}


class StoppedError(Exception):
    """The test is over, or the peer is gone: the script ends here."""


@dataclass
class Server:
    """A running misbehaving server.

    `requests` holds what it has read so far, whole requests in order of arrival; `connections` how many were
    accepted. `seconds` is the wait of a late answer, `pace` the time between two drips, `lives` how many
    requests are answered before death, `status` the status line of the answers that have a sane one.
    """

    listener: socket.socket
    tls: ssl.SSLContext | None
    seconds: float
    pace: float
    lives: int
    status: bytes
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return self._port

    def __post_init__(self) -> None:
        self._port: int = self.listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._port}/callback"


@dataclass
class Peer:
    """One accepted connection, seen by a script."""

    server: Server
    connection: socket.socket

    def request(self) -> bytes:
        """Read one request, head and body."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._receive()
        head, _, body = received.partition(b"\r\n\r\n")
        lengths = [
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        ]
        while lengths and len(body) < lengths[0]:
            body += self._receive()
        whole = head + b"\r\n\r\n" + body
        self.server.requests.append(whole)
        return whole

    def _receive(self) -> bytes:
        chunk = self.connection.recv(65536)
        if not chunk:
            raise StoppedError
        return chunk

    def send(self, content: bytes) -> None:
        if self.server.stopping.is_set():
            raise StoppedError
        self.connection.sendall(content)

    def wait(self, seconds: float | None) -> None:
        """Do nothing for `seconds`, or until the test is over."""
        if self.server.stopping.wait(seconds):
            raise StoppedError

    def drip(self, content: bytes) -> None:
        for byte in content:
            self.send(bytes([byte]))
            self.wait(self.server.pace)

    def reset(self) -> None:
        """Close with RST: linger on, zero seconds."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Script = Callable[[Peer], None]
BEHAVIOURS: dict[str, Script | None] = {
    "refuses": None,  # a port that is bound, so nobody else gets it, and does not listen
    "never-accepts": None,  # listens; the kernel completes the connection and nobody takes it
}
# These never come as far as a TLS handshake.
BEFORE_TLS = {"accepts-never-reads", "closes-at-once", "resets-at-once"}


def behaviour(script: Script) -> Script:
    """Register a script under its name."""
    BEHAVIOURS[script.__name__.replace("_", "-")] = script
    return script


def canned(answer: bytes) -> Script:
    """Make a script that reads the request, sends `answer` and closes."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(answer)

    return script


BEHAVIOURS |= {name: canned(answer) for name, answer in ANSWERS.items()}


@behaviour
def answers(peer: Peer) -> None:
    """Behave: the control for the others."""
    peer.request()
    peer.send(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % peer.server.status)


@behaviour
def answers_and_keeps_open(peer: Peer) -> None:
    """Answer whole, and never close: the length says where the answer ends."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    peer.wait(None)


@behaviour
def answers_late(peer: Peer) -> None:
    """Answer after `seconds`."""
    peer.request()
    peer.wait(peer.server.seconds)
    peer.send(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % peer.server.status)


@behaviour
def answers_before_the_request(peer: Peer) -> None:
    """Answer, and only then read."""
    peer.send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    peer.request()


@behaviour
def accepts_never_reads(peer: Peer) -> None:
    """Take the connection, not a byte of it."""
    peer.wait(None)


@behaviour
def reads_never_answers(peer: Peer) -> None:
    """Swallow the request."""
    peer.request()
    peer.wait(None)


@behaviour
def closes_at_once(peer: Peer) -> None:
    """Close without reading a byte."""


@behaviour
def resets_at_once(peer: Peer) -> None:
    """Reset without reading a byte."""
    peer.reset()


@behaviour
def closes_after_request(peer: Peer) -> None:
    """Close in order, without an answer."""
    peer.request()


@behaviour
def resets_after_request(peer: Peer) -> None:
    """Reset instead of answering."""
    peer.request()
    peer.reset()


@behaviour
def resets_mid_answer(peer: Peer) -> None:
    """Reset in the middle of the headers."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/pl")
    peer.reset()


@behaviour
def resets_mid_body(peer: Peer) -> None:
    """Reset in the middle of the body."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nten bytes.")
    peer.reset()


@behaviour
def dies_between_retries(peer: Peer) -> None:
    """Answer `lives` requests, then stop listening: later connections are refused."""
    if len(peer.server.requests) + 1 >= peer.server.lives:
        close_listener(peer.server.listener)
    answers(peer)


@behaviour
def drips_status(peer: Peer) -> None:
    """Send a status line that never ends; each byte comes well inside any per-read timeout."""
    peer.request()
    peer.drip(b"HTTP/1.1 200 ")
    while True:
        peer.drip(b"OK")


@behaviour
def drips_headers(peer: Peer) -> None:
    """Send headers that never end, a byte at a time."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        peer.drip(b"X-Slow: 1\r\n")


@behaviour
def drips_body(peer: Peer) -> None:
    """Send a body that would take half a day."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        peer.drip(b"x")


@behaviour
def sends_body_forever(peer: Peer) -> None:
    """Send a body without end, as fast as it is read."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        peer.send(b"x" * 65536)


@behaviour
def sends_chunks_forever(peer: Peer) -> None:
    """Send chunks without end, as fast as they are read."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        peer.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")


@behaviour
def sends_headers_forever(peer: Peer) -> None:
    """Send headers without end, as fast as they are read."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        peer.send(b"X-More: and more\r\n" * 100)


@behaviour
def sends_1xx_forever(peer: Peer) -> None:
    """Promise an answer again and again."""
    peer.request()
    while True:
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 10)
        peer.wait(peer.server.pace)


@behaviour
def gzip_bomb(peer: Peer) -> None:
    """Send a gigabyte in a megabyte, in one gzip member."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n")
    head, mebibyte = bomb()
    peer.send(head)
    for _ in range(GIBIBYTE_IN_MEBIBYTES):
        peer.send(mebibyte)


@cache
def bomb() -> tuple[bytes, bytes]:
    """Make the start of a gzip stream, and a block of a MiB of zeros that may follow any number of times."""
    stream = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    head = stream.compress(b"") + stream.flush(zlib.Z_FULL_FLUSH)
    # After a full flush a block refers to nothing before it.
    return head, stream.compress(bytes(1 << 20)) + stream.flush(zlib.Z_FULL_FLUSH)


def close_listener(listener: socket.socket) -> None:
    """Close a listener that another thread may be waiting on."""
    # Shut down first: a thread that waits in accept would keep the port alive.
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
