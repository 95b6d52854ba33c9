"""The misbehaving servers misbehave as named, and never outlive their test."""

import socket
import ssl
import threading
import time
import zlib
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from sigcheck.demo.authority import create_authority
from tests.misbehaving import BEHAVIOURS, misbehaving

REQUEST = b"POST /callback HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Make one throw-away authority for all tests here."""
    return create_authority(tmp_path_factory.mktemp("authority"), datetime.now(UTC))


def connect(server, authority=None):
    """Connect, and shake hands where an authority is given."""
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    if authority is None:
        return plain
    context = ssl.create_default_context(cafile=authority.ca_file)
    try:
        return context.wrap_socket(plain, server_hostname="localhost")
    except BaseException:
        plain.close()
        raise


def exchange(server, most=1 << 16, authority=None):
    """Send one request and read until the end, or `most` bytes."""
    with connect(server, authority) as peer:
        peer.sendall(REQUEST)
        answer = b""
        while len(answer) < most and (chunk := peer.recv(65536)):
            answer += chunk
        return answer


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("name", BEHAVIOURS)
def test_every_server_ends_while_a_peer_is_waiting(name, secured, authority):
    """Leaving the context ends all threads at once, also with a peer in the middle of an exchange."""
    before = threading.active_count()
    context = authority.server_context() if secured else None
    with misbehaving(name, tls=context) as server:
        try:
            peer = connect(server)
        except (ConnectionRefusedError, ConnectionResetError):
            # A reset may overtake the end of our own connect.
            assert name in {"refuses", "resets-at-once"}
            peer = socket.socket()
        with peer:
            if not secured and name != "refuses":
                with suppress(ConnectionResetError, BrokenPipeError):
                    peer.sendall(REQUEST)
            leaving = time.monotonic()
            server.stopping.wait(0.01)
    assert time.monotonic() - leaving < 2
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("answers", b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        ("speaks-http-0-9", b"<html><body>ok</body></html>\n"),
        ("closes-after-request", b""),
        (
            "content-length-too-long",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nshort",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("secured", [False, True], ids=["plain", "tls"])
def test_finite_answers_arrive_as_written(name, expected, secured, authority):
    """What a script sends reaches the peer to the byte, plain and behind TLS."""
    context = authority.server_context() if secured else None
    with misbehaving(name, tls=context) as server:
        assert exchange(server, authority=authority if secured else None) == expected
        assert server.requests == [REQUEST]


@pytest.mark.parametrize(
    "name", ["sends-body-forever", "sends-chunks-forever", "sends-headers-forever", "sends-1xx-forever"]
)
def test_endless_answers_go_on(name):
    """More bytes come than any cap allows for."""
    most = 2_000 if name == "sends-1xx-forever" else 2_000_000
    with misbehaving(name, pace=0.001) as server:
        assert len(exchange(server, most)) >= most


@pytest.mark.parametrize("name", ["drips-status", "drips-headers", "drips-body"])
def test_drips_come_one_byte_at_a_time(name):
    """Bytes keep coming, slowly: no single read waits long."""
    with misbehaving(name, pace=0.005) as server, connect(server) as peer:
        peer.sendall(REQUEST)
        chunks = [peer.recv(65536) for _ in range(12)]
    assert all(chunks)
    assert min(map(len, chunks[1:])) == 1


def test_refused_port():
    """Nobody listens, and nobody else can take the port."""
    with misbehaving("refuses") as server, pytest.raises(ConnectionRefusedError):
        connect(server)


@pytest.mark.parametrize("name", ["resets-at-once", "resets-after-request", "resets-mid-answer", "resets-mid-body"])
def test_resets_reset(name):
    """The peer sees a reset, not an orderly end."""
    with misbehaving(name) as server, pytest.raises((ConnectionResetError, BrokenPipeError)):
        # Loopback may deliver the RST while we still send, or after the first bytes of the answer.
        exchange(server)


def test_death_between_retries_refuses_the_next():
    """After `lives` answers the port is closed."""
    with misbehaving("dies-between-retries", lives=2) as server:
        assert exchange(server).startswith(b"HTTP/1.1 204")
        assert exchange(server).startswith(b"HTTP/1.1 204")
        with pytest.raises(ConnectionRefusedError):
            exchange(server)


def test_late_answer_is_late_by_its_seconds():
    """The answer comes after the wait, and not before."""
    with misbehaving("answers-late", seconds=0.2) as server:
        started = time.monotonic()
        assert exchange(server).startswith(b"HTTP/1.1 204")
        assert 0.2 <= time.monotonic() - started < 2


def test_bomb_inflates_a_thousandfold():
    """One gzip stream of about a megabyte inflates to a gigabyte."""
    with misbehaving("gzip-bomb") as server:
        head, _, body = exchange(server, 4 << 20).partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    inflated = len(inflater.decompress(body, 1 << 20))
    while inflater.unconsumed_tail:
        inflated += len(inflater.decompress(inflater.unconsumed_tail, 1 << 24))
    assert inflated >= 1 << 30
    assert len(body) < 4 << 20


def test_redirect_points_at_itself():
    """A client that follows would be seen in `requests`."""
    with misbehaving("redirects") as server:
        assert b"\r\nLocation: /elsewhere\r\n" in exchange(server)
        assert len(server.requests) == 1
