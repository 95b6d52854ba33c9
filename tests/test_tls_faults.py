"""Servers on which a handshake goes wrong: each gets its own words, inside one deadline, and never a crash."""

import asyncio
import socket
import threading
import time

import pytest

from sigcheck.model.handshake import HandshakeFault as Fault
from sigcheck.probes.tls import examine
from tests.tls_servers import TRUST, authority, context_of, failed, listening, look, reset, scripted, tls_server

LIMIT = 0.5
ALERT_HANDSHAKE_FAILURE = bytes.fromhex("15030300020228")


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Give an authority with a good leaf."""
    return authority(tmp_path_factory.mktemp("good"))


def silent(server, connection):
    """Say nothing until the test is over."""
    server.stopping.wait(10)


def drip(server, connection):
    """Announce a record of 16384 bytes and send it one at a time."""
    connection.sendall(b"\x16\x03\x03\x40\x00")
    while not server.stopping.wait(0.01):
        connection.sendall(b"\x02")


def half(server, connection):
    """Send the start of a record and no more."""
    connection.sendall(b"\x16\x03\x03\x00\x40\x02")
    server.stopping.wait(10)


def saying(content: bytes):
    """Make a script that sends this and closes."""

    def script(server, connection):
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(65536)

    return script


def flood(server, connection):
    """Send a handshake message without end, one byte in a record."""
    while not server.stopping.is_set():
        connection.sendall(b"\x16\x03\x03\x00\x01\x02" * 1000)


def garbage(server, connection):
    """Send whole records of zeros in the name of a ServerHello."""
    while not server.stopping.is_set():
        connection.sendall(b"\x16\x03\x03\x40\x00" + b"\x02\x10\x00\x00" + bytes(16380))


CASES = [
    pytest.param(silent, Fault.STALLED, "sent nothing for 0.5 s", id="stalls"),
    pytest.param(drip, Fault.DRIPPING, "sent only", id="drips"),
    pytest.param(half, Fault.STALLED, "sent 6 bytes, then nothing more", id="stops-half-way"),
    pytest.param(lambda _, connection: reset(connection), Fault.RESET, "reset", id="resets"),
    pytest.param(lambda _, connection: None, Fault.CLOSED, "without sending anything", id="closes"),
    pytest.param(saying(b"\x16\x03\x03\x00\x40\x02"), Fault.CLOSED, "after 6 bytes", id="closes-half-way"),
    pytest.param(
        saying(b"SSH-2.0-OpenSSH_9.2\r\n"), Fault.NOT_TLS, 'answered "SSH-2.0-OpenSSH_9.2", which is not TLS', id="ssh"
    ),
    pytest.param(saying(b"220 mail \x1b[31mESMTP\r\n"), Fault.NOT_TLS, '"220 mail .[31mESMTP"', id="controls"),
    pytest.param(saying(b"OK"), Fault.NOT_TLS, 'answered "OK"', id="short-text"),
    pytest.param(
        saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Fault.PLAIN_HTTP, '"HTTP/1.1 400 Bad Request"', id="plain-http"
    ),
    pytest.param(saying(b"<!DOCTYPE HTML>\n<html>"), Fault.PLAIN_HTTP, "<!DOCTYPE HTML>", id="http-0.9"),
    pytest.param(saying(ALERT_HANDSHAKE_FAILURE), Fault.ALERT, "handshake_failure", id="alert"),
    pytest.param(saying(bytes.fromhex("150301000202ee")), Fault.ALERT, "alert 238", id="unknown-alert"),
    pytest.param(saying(b"\x16\x03\x03\xff\xff" + bytes(100)), Fault.PROTOCOL, "65535 bytes", id="huge-record"),
    pytest.param(saying(b"\x16\x03\x03\x00\x04\x02\xff\xff\xff"), Fault.PROTOCOL, "16777215", id="huge-message"),
    pytest.param(saying(b"\x16\x03\x03\x00\x04\x0b\x00\x00\x00"), Fault.PROTOCOL, "ServerHello", id="wrong-message"),
    pytest.param(saying(b"\x17\x03\x03\x00\x04abcd"), Fault.PROTOCOL, "encrypted data", id="encrypted-first"),
    pytest.param(flood, Fault.PROTOCOL, "more than 4096 records", id="floods"),
    pytest.param(garbage, Fault.PROTOCOL, "version 0x0000, which was not offered", id="megabyte-of-zeros"),
    pytest.param(saying(b"\xff" * 5000), Fault.NOT_TLS, "....", id="binary"),
]


@pytest.mark.parametrize(("script", "fault", "words"), CASES)
def test_every_way_to_fail_has_its_words(good, script, fault, words):
    """The fault is named, its detail says what was seen, and no more than a few deadlines pass."""
    started = time.monotonic()
    with scripted(script) as server:
        facts = look(server.port, str(good.ca_file), deadline=LIMIT)
    outcome = failed(facts)
    assert outcome.fault is fault, outcome
    assert words in outcome.detail
    assert outcome.detail.isprintable()
    assert len(outcome.detail) < 150
    assert time.monotonic() - started < 4 * LIMIT
    assert facts.protocols == ()
    assert facts.jdk is None


def test_a_closed_port_is_refused(good):
    """Nothing listens: refused, and no second try."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        facts = look(unused.getsockname()[1], str(good.ca_file))
    assert failed(facts).fault is Fault.REFUSED


def test_an_http_server_is_recognised_although_it_waits_for_a_line(good):
    """A server that reads lines gets the end of one, and so answers instead of stalling."""

    def answer(server, connection):
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        connection.sendall(b"HTTP/1.0 400 Bad request\r\n\r\n")

    with listening(answer) as server:
        facts = look(server.port, str(good.ca_file), deadline=LIMIT)
    assert failed(facts).fault is Fault.PLAIN_HTTP


def test_many_silent_addresses_end_with_the_total(good):
    """Twenty silent addresses do not cost twenty deadlines; those not reached are called not tried."""
    with listening(silent) as server:
        addresses = ("127.0.0.1",) * 20
        started = time.monotonic()
        facts = look(server.port, str(good.ca_file), addresses=addresses, deadline=0.3)
    assert time.monotonic() - started < 0.3 * 3 + 0.5
    faults = [failed(facts, index).fault for index in range(20)]
    assert faults.count(Fault.STALLED) >= 6
    assert set(faults) <= {Fault.STALLED, Fault.NOT_TRIED}
    assert faults[-1] is Fault.NOT_TRIED


def test_a_firewall_that_drops_old_hellos_leaves_them_undecided(good):
    """Silence towards TLS 1.0 alone: that version is undecided, the rest is known, and it costs no full deadline."""
    context = context_of(good)

    def serve(server, connection):
        # The version field of a hello that offers at most TLS 1.0.
        if connection.recv(11, socket.MSG_PEEK)[9:11] == b"\x03\x01":
            server.stopping.wait(10)
            return
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(1024)

    started = time.monotonic()
    with listening(serve) as server:
        facts = look(server.port, str(good.ca_file), deadline=20)
    assert time.monotonic() - started < 5
    assert [offer.accepted for offer in facts.protocols] == [None, False, True, True]


def test_an_intolerant_server_is_asked_again_as_a_jdk(good):
    """A server that chokes on our wide hello but takes a JDK's is not called unreachable."""
    context = context_of(good)

    def serve(server, connection):
        # The wide hellos alone offer RC4.
        if b"\x00\x05\x00\x04" in connection.recv(4096, socket.MSG_PEEK):
            reset(connection)
            return
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(1024)

    with listening(serve) as server:
        facts = look(server.port, str(good.ca_file))
    assert facts.handshakes[0].chain
    assert facts.handshakes[0].openssl_code == 0
    assert facts.without_server_name.chain == facts.handshakes[0].chain


def test_a_warning_alert_before_the_certificate_is_recorded(good):
    """The warning unrecognized_name, which a JDK refuses, stands in the facts, and the chain is still read."""
    context = context_of(good)

    def serve(server, connection):
        connection.sendall(bytes.fromhex("15030300020170"))
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(1024)

    with listening(serve) as server:
        facts = look(server.port, str(good.ca_file))
    assert facts.handshakes[0].warnings == ("unrecognized_name",)


def test_cancelling_an_examination_closes_its_sockets(good):
    """A run that is interrupted leaves no socket behind: the server sees its peer go."""

    async def interrupted(port: int) -> None:
        task = asyncio.create_task(examine("localhost", port, ["127.0.0.1"], str(good.ca_file), trust=TRUST))
        await asyncio.to_thread(accepted.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    gone = []
    accepted = threading.Event()

    def serve(server, connection):
        accepted.set()
        while data := connection.recv(65536):
            del data
        gone.append(True)

    with listening(serve) as server:
        asyncio.run(interrupted(server.port))
    assert gone[0]


def test_a_reset_after_the_handshake_is_no_fault(good):
    """Once the chain was shown, what the server does next changes nothing of it."""
    context = context_of(good)

    def serve(server, connection):
        tls = context.wrap_socket(connection, server_side=True)
        reset(tls)

    with listening(serve) as server:
        facts = look(server.port, str(good.ca_file))
    assert facts.handshakes[0].openssl_code == 0
    with tls_server(context) as server:
        assert look(server.port, str(good.ca_file)).handshakes[0].chain == facts.handshakes[0].chain
