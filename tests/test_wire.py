"""The TLS codec on bytes alone: what it sends, what it reads, and that nothing crashes it."""

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.wire import AlertReceived, Conversation, NotTls, WireProblem, jdk17_hello, wide_hello
from sigcheck.wire.codes import JDK17_GROUPS, JDK17_SIGNATURES, JDK17_SUITES, VERSIONS
from sigcheck.wire.hello import RANDOM_SIZE
from sigcheck.wire.keys import KeyShare
from sigcheck.wire.messages import read_certificate, read_certificate_status, read_server_hello
from sigcheck.wire.records import excerpt

ENTROPY = bytes(range(RANDOM_SIZE))


def chance(size: int) -> bytes:
    """Give bytes that are the same in every run."""
    return hashlib.shake_128(b"chance").digest(size)


def vector(width: int, body: bytes) -> bytes:
    """Encode a vector."""
    return len(body).to_bytes(width) + body


def message(kind: int, body: bytes) -> bytes:
    """Encode a handshake message."""
    return bytes((kind,)) + vector(3, body)


def record(payload: bytes, kind: int = 22) -> bytes:
    """Encode a record."""
    return bytes((kind, 3, 3)) + vector(2, payload)


def server_hello(version: int = 0x0303, suite: int = 0xC02F, extensions: bytes = b"") -> bytes:
    """Encode a ServerHello of TLS 1.2 or older."""
    body = version.to_bytes(2) + bytes(32) + b"\0" + suite.to_bytes(2) + b"\0" + vector(2, extensions)
    return message(2, body)


def certificates(*chain: bytes) -> bytes:
    """Encode a Certificate message of TLS 1.2."""
    return message(11, vector(3, b"".join(vector(3, der) for der in chain)))


DONE = message(14, b"")
CHAIN = (b"leaf", b"intermediate")


def read(*parts: bytes, hello=None):
    """Let a conversation read these bytes, and give what it made of them."""
    conversation = Conversation(hello or wide_hello(ENTROPY, "a.example"), chance)
    conversation.receive(b"".join(parts))
    return conversation.flight


def extensions_of(hello: bytes) -> dict[int, bytes]:
    """Read the extensions off a hello's record."""
    body = hello[9:]
    at = 34
    at += 1 + body[at]
    at += 2 + int.from_bytes(body[at : at + 2])
    at += 1 + body[at]
    block, found = body[at + 2 :], {}
    while block:
        size = int.from_bytes(block[2:4])
        found[int.from_bytes(block[:2])] = block[4 : 4 + size]
        block = block[4 + size :]
    return found


def test_hello_carries_what_was_asked_for():
    """Name, ALPN, status request, versions and key shares stand in the hello."""
    hello = wide_hello(ENTROPY, "a.example", alpn=("h2", "http/1.1"))
    extensions = extensions_of(Conversation(hello, chance).opening)
    assert extensions[0] == bytes.fromhex("000c000009") + b"a.example"
    assert extensions[16] == b"\x00\x0c\x02h2\x08http/1.1"
    assert extensions[5] == b"\x01\0\0\0\0"
    assert extensions[43] == bytes.fromhex("080304030303020301")
    assert extensions[51][2:6] == bytes.fromhex("001d0020")


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1", "TLSv1.2"])
def test_hello_of_one_old_version_offers_that_at_most(version):
    """The version field says the version; TLS 1.3's extensions are absent."""
    opening = Conversation(wide_hello(ENTROPY, None, versions=(version,)), chance).opening
    extensions = extensions_of(opening)
    assert int.from_bytes(opening[9:11]) == VERSIONS[version]
    assert not {0, 51, 45} & extensions.keys()


def test_hello_of_a_jdk_is_that_of_a_jdk_17():
    """Extensions in the order of OpenJDK 17.0.15's own hello, with its suites, groups and algorithms."""
    hello = jdk17_hello(ENTROPY, "a.example")
    extensions = extensions_of(Conversation(hello, chance).opening)
    assert tuple(extensions) == (0, 5, 10, 11, 17, 23, 35, 13, 43, 45, 50, 51)
    assert extensions[10].hex() == "0014001d001700180019001e01000101010201030104"
    assert extensions[13].hex() == (
        "002a040305030603080708080804080508060809080a080b0401050106010402030303010302020302010202"
    )
    assert hello.suites == (*JDK17_SUITES, 0x00FF)
    assert (hello.groups, hello.signatures) == (JDK17_GROUPS, JDK17_SIGNATURES)
    assert 0 not in extensions_of(jdk17_hello(ENTROPY, "localhost").record())


def test_flight_of_old_tls_is_read_whole():
    """Chain, staple, request for a certificate, warning, ALPN and size are read from a flight in the clear."""
    alpn = bytes.fromhex("0010") + vector(2, vector(2, vector(1, b"h2")))
    flight = read(
        record(bytes((1, 112)), kind=21),
        record(server_hello(extensions=alpn)),
        record(certificates(*CHAIN)),
        record(message(22, b"\x01" + vector(3, b"staple")) + message(12, b"?") + message(13, b"?") + DONE),
    )
    assert flight is not None
    assert flight.chain == CHAIN
    assert (flight.protocol, flight.cipher) == ("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
    assert (flight.staple, flight.alpn, flight.certificate_requested) == (b"staple", "h2", True)
    assert flight.warnings == ("unrecognized_name",)
    assert flight.message_size == len(certificates(*CHAIN)) - 4


def test_flight_is_the_same_however_it_is_cut():
    """One byte at a time, and one byte a record, give the same flight."""
    plain = server_hello() + certificates(*CHAIN) + DONE
    conversation = Conversation(wide_hello(ENTROPY, None), chance)
    for byte in b"".join(record(bytes((octet,))) for octet in plain):
        conversation.receive(bytes((byte,)))
    assert conversation.flight == read(record(plain))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param(record(server_hello(version=0x0300)), "0x0300, which was not offered", id="ssl3"),
        pytest.param(record(server_hello(suite=0x0001)), "0x0001, which was not offered", id="foreign-suite"),
        pytest.param(record(server_hello() + DONE), "without a certificate", id="no-certificate"),
        pytest.param(record(server_hello() + certificates() + DONE), "without a certificate", id="empty-list"),
        pytest.param(record(message(2, b"\x03\x03")), "ends too early", id="short-hello"),
        pytest.param(record(server_hello() + message(11, b"\0\0\x09abc")), "ends too early", id="short-list"),
        pytest.param(record(server_hello() + certificates(*[b""] * 1001)), "more than 1000", id="many-certificates"),
        pytest.param(record(server_hello() + message(8, b"\0\0")), "out of order", id="message-of-1.3"),
        pytest.param(record(b""), "empty handshake record", id="empty-record"),
        pytest.param(record(b"", kind=20), "type 20", id="change-before-hello"),
        pytest.param(record(b"\x02", kind=21), "too short", id="short-alert"),
        pytest.param(record(server_hello()) + b"GET / HTTP/1.1", "type 71", id="text-later"),
    ],
)
def test_nonsense_is_named(sent, words):
    """What breaks the protocol is a WireProblem in words, never NotTls or an alert."""
    with pytest.raises(WireProblem, match=words) as caught:
        read(sent)
    assert type(caught.value) is WireProblem


def test_retry_with_a_share_that_was_sent_is_nonsense():
    """A HelloRetryRequest for a group whose key the server already has would go on for ever."""
    body = bytes.fromhex("0303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c00130100")
    body += vector(2, bytes.fromhex("002b0002030400330002001d"))
    with pytest.raises(WireProblem, match="0x001d"):
        read(record(message(2, body)))


def test_fatal_alert_ends_the_conversation():
    """A fatal alert is raised with its name and the warnings before it."""
    with pytest.raises(AlertReceived) as caught:
        read(record(bytes((1, 112)), kind=21), record(bytes((2, 40)), kind=21))
    assert (caught.value.alert, caught.value.warnings) == ("handshake_failure", ("unrecognized_name",))


def test_endless_warnings_end_the_conversation():
    """A peer that only warns is not listened to for ever."""
    with pytest.raises(AlertReceived):
        read(record(bytes((1, 112)), kind=21) * 17)


@pytest.mark.parametrize(
    ("start", "http"),
    [(b"HTTP/1.1 400\r\n", True), (b"<html>", True), (b"SSH-2.0-x\r\n", False), (b"\x05\x00\x00\x00\x00", False)],
    ids=["http", "html", "ssh", "binary"],
)
def test_other_protocols_are_not_tls(start, http):
    """Text on the port is told from TLS, and HTTP from other text."""
    with pytest.raises(NotTls) as caught:
        read(start)
    assert caught.value.http is http
    assert caught.value.excerpt.isprintable()


def test_excerpt_is_short_and_printable():
    """Controls become dots, only the first line counts, and a long one is cut."""
    assert excerpt(b"a\x1b[0m\xc2\x9b\nsecond") == "a.[0m.."
    assert len(excerpt(b"x" * 1000)) == 80
    assert excerpt(b"\r\n\r\n") == "...."


FLIGHT = record(server_hello()) + record(certificates(*CHAIN)) + record(message(22, b"\x01" + vector(3, b"s")) + DONE)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_end_in_words(data):
    """Whatever a peer sends, only WireProblem comes out."""
    with suppress(WireProblem):
        read(data)
    with suppress(WireProblem):
        read(record(message(2, data)))
    with suppress(WireProblem):
        read(record(server_hello()), record(message(11, data)))
    for reader in (read_server_hello, read_certificate_status):
        with suppress(WireProblem):
            reader(data)
    for version in VERSIONS.values():
        with suppress(WireProblem):
            read_certificate(data, version)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(FLIGHT) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_any_change_of_a_good_flight_ends_in_words(changes):
    """A good flight with a few bytes changed gives a flight or a WireProblem."""
    mutated = bytearray(FLIGHT)
    for at, value in changes:
        mutated[at] = value
    with suppress(WireProblem):
        flight = read(bytes(mutated))
        assert flight is None or flight.chain


@pytest.mark.parametrize(
    ("group", "share"),
    [(0x001D, bytes(32)), (0x001D, b"short"), (0x0017, b"\x04" + bytes(64)), (0x0017, b""), (0x0018, bytes(97))],
    ids=["x25519-zero", "x25519-short", "p256-off-curve", "p256-empty", "not-offered"],
)
def test_key_share_that_is_no_key_is_nonsense(group, share):
    """A server's key that is no point of its group ends in words, never in an exception of the crypto library."""
    key = group.to_bytes(2) + vector(2, share)
    body = bytes.fromhex("0303") + bytes(32) + bytes.fromhex("00130100")
    body += vector(2, bytes.fromhex("002b00020304") + b"\x00\x33" + vector(2, key))
    with pytest.raises(WireProblem, match="key"):
        read(record(message(2, body)))


@pytest.mark.parametrize(
    "share", [bytes(256), bytes(255) + b"\x01", b"\xff" * 256, b"\x02"], ids=["zero", "one", "beyond", "short"]
)
def test_value_outside_its_finite_field_is_nonsense(share):
    """RFC 8446, 4.2.8.1: only 2 to p - 2 are keys, in the length of the prime."""
    with pytest.raises(WireProblem, match="not a key of its group"):
        KeyShare(0x0100, lambda size: b"\x05" * size).agree(share)
