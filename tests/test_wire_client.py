"""A whole handshake on bytes alone: recorded once, played again, and changed in every place."""

import hashlib
import socket
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.model.handshake import HandshakePhase
from sigcheck.wire import AlertReceived, BadFinished, CertificateUnusable, Client, KeyMismatch, WireProblem, jdk17_hello
from sigcheck.wire.codes import JDK17_SIGNATURES, JDK17_SUITES
from sigcheck.wire.hello import RANDOM_SIZE
from sigcheck.wire.protection import ModernProtection
from sigcheck.wire.schedule import Traffic
from sigcheck.wire.signatures import SCHEMES, LeafKey
from sigcheck.wire.tls12 import Suite, prf
from tests import pki
from tests.test_wire import DONE, certificates, message, record, server_hello, vector
from tests.tls12 import AnyChainServer
from tests.tls13 import Server13

REQUEST = b"GET / HTTP/1.1\r\n\r\n"
FLIGHTS = ("1.2", "1.3", "1.3-asking")


def chance(size: int) -> bytes:
    """Give bytes that are the same in every run, so that a server's answers to them can be played again."""
    return hashlib.shake_128(b"chance").digest(size)


def client(kind: type[Client] = Client) -> Client:
    """Make a client that says the same in every run."""
    return kind(jdk17_hello(chance(RANDOM_SIZE), "a.example"), chance)


@cache
def flights(name: str) -> tuple[bytes, ...]:
    """Record all that a server says to that client, cut into records."""
    made = pki.chain(leaf={"kind": "rsa2048"}, now=datetime.now(UTC))
    servers = {
        "1.2": AnyChainServer(made.presented, made.private),
        "1.3": Server13(made.presented, made.private),
        "1.3-asking": Server13(made.presented, made.private, ask=True, update=True),
    }
    told, asked, received = client(), False, b""
    with servers[name] as server, socket.create_connection(("127.0.0.1", server.port), timeout=10) as wire:
        wire.sendall(told.opening)
        while not told.closed:
            data = wire.recv(65536)
            assert data, "the server closed without a word"
            received += data
            wire.sendall(told.receive(data))
            if told.finished and not asked:
                asked = True
                wire.sendall(told.request(REQUEST))
            if told.answer and name == "1.3-asking":
                wire.sendall(told.farewell())  # what the server waits for, sealed with the next key
    parts = []
    while received:
        size = 5 + int.from_bytes(received[3:5])
        parts.append(received[:size])
        received = received[size:]
    return tuple(parts)


def play(parts, kind: type[Client] = Client) -> Client:
    """Let a client read these records."""
    told = client(kind)
    for part in parts:
        told.receive(part)
    return told


@pytest.mark.parametrize("name", FLIGHTS)
def test_a_recorded_handshake_plays_to_its_end(name):
    """The recording is whole: finished, answered and closed, in whatever pieces it comes."""
    for parts in (flights(name), (b"".join(flights(name)),), [bytes((byte,)) for byte in b"".join(flights(name))]):
        told = play(parts)
        assert (told.finished, told.closed, told.phase) == (True, True, HandshakePhase.REQUEST)
        assert told.answer.startswith(b"HTTP/1.1 200")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FLIGHTS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=3))
def test_any_change_on_the_wire_ends_in_words(name, changes):
    """A few bytes changed anywhere give a WireProblem, or the handshake that would have been made anyway."""
    whole = bytearray(b"".join(flights(name)))
    for place, value in changes:
        whole[int(place * (len(whole) - 1))] = value
    with suppress(WireProblem):
        told = play([bytes(whole)])
        assert not told.finished or told.flight == play(flights(name)).flight


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FLIGHTS), st.integers(0, 20), st.floats(0, 1), st.binary(min_size=1, max_size=40))
def test_any_change_behind_the_encryption_ends_in_words(name, at, place, instead):
    """What a server can seal by itself is read as carefully as what stands in the clear."""

    class Changed(Client):
        opened = 0

        def _open(self, record):
            kind, payload = super()._open(record)
            self.opened += 1
            if self.opened == at + 1:
                start = int(place * len(payload))
                payload = payload[:start] + instead + payload[start + len(instead) :]
            return kind, payload

    with suppress(WireProblem):
        play(flights(name), Changed)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FLIGHTS), st.integers(0, 20), st.integers(0, 255), st.binary(max_size=60))
def test_any_other_message_in_any_place_ends_in_words(name, at, kind, body):
    """A message of any type and content, after any record, never breaks the client."""
    parts = list(flights(name))
    parts.insert(min(at, len(parts)), record(message(kind, body)))

    class Opened(Client):
        def _open(self, taken):
            return (taken.kind, taken.payload) if taken.payload == message(kind, body) else super()._open(taken)

    for reader in (Client, Opened):
        with suppress(WireProblem):
            play(parts, reader)


@pytest.mark.parametrize("name", FLIGHTS)
def test_a_handshake_that_lacks_a_record_never_finishes(name):
    """Each record of the handshake is needed."""
    parts = flights(name)
    last = next(count for count in range(len(parts)) if play(parts[: count + 1]).finished)
    for left_out in range(last + 1):
        if parts[left_out][0] == 20 and name.startswith("1.3"):
            continue  # a ChangeCipherSpec of TLS 1.3 says nothing
        told = client()
        with suppress(WireProblem):
            for part in parts[:left_out] + parts[left_out + 1 : last + 1]:
                told.receive(part)
        assert not told.finished, left_out


def test_nothing_is_sent_that_would_resume_a_session():
    """Neither a pre-shared key nor a ticket stands in the hello."""
    opening = client().opening
    at = opening.index(bytes.fromhex("00170000")) + 4
    assert opening[at : at + 4] == bytes.fromhex("00230000"), "the session ticket is an empty one"
    assert bytes.fromhex("0029") not in (opening[at:][place : place + 2] for place in range(0, 8, 4))


def test_a_request_before_the_end_is_refused():
    """No request leaves in the clear."""
    with pytest.raises(WireProblem, match="before the handshake is finished"):
        client().request(REQUEST)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param(message(12, b"\x03\0\x16\x01x" + bytes(8)), "0x0016, which was not offered", id="curve"),
        pytest.param(message(12, b"\x01"), "a curve of type 1", id="explicit-curve"),
        pytest.param(message(12, b"\x03\0\x1d\x20short"), "ends too early", id="short"),
        pytest.param(b"", "no ServerKeyExchange", id="absent"),
    ],
)
def test_a_key_exchange_that_cannot_be_is_named(sent, words):
    """What a ServerKeyExchange may not say is a WireProblem in words."""
    made = pki.chain(leaf={"kind": "rsa2048"})
    with pytest.raises(WireProblem, match=words):
        client().receive(record(server_hello() + certificates(*made.presented) + sent + DONE))


def field_of(prime: int, generator: int = 2, peer: int = 5) -> bytes:
    """Encode the parameters of a Diffie-Hellman key exchange, unsigned."""
    parts = [number.to_bytes(max(1, (number.bit_length() + 7) // 8)) for number in (prime, generator, peer)]
    return b"".join(vector(2, part) for part in parts) + b"\x04\x01" + vector(2, b"signature")


@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        pytest.param(field_of((1 << 768) - 1), "parameters of 768 bits", id="768"),
        pytest.param(field_of((1 << 1032) - 1), "parameters of 1032 bits", id="no-multiple-of-64"),
        pytest.param(field_of((1 << 8256) - 1), "parameters of 8256 bits", id="8256"),
        pytest.param(field_of(0), "parameters of 0 bits", id="zero"),
        pytest.param(field_of((1 << 2048) - 1, generator=1), "not one of its group", id="generator"),
        pytest.param(field_of((1 << 2048) - 1, peer=1), "not one of its group", id="key"),
        pytest.param(field_of((1 << 2048) - 1), "does not verify", id="signature"),
    ],
)
def test_diffie_hellman_is_taken_as_a_jdk_takes_it(exchange, words):
    """Sizes that a JDK 17 refuses, and values outside the group, are named; then the signature counts."""
    made = pki.chain(leaf={"kind": "rsa2048"})
    hello = server_hello(suite=0x009E)
    with pytest.raises(WireProblem, match=words):
        client().receive(record(hello + certificates(*made.presented) + message(12, exchange) + DONE))


@pytest.mark.parametrize(
    ("hello", "words"),
    [
        pytest.param(server_hello()[:-3] + b"\x01\0\0", "compression method 1", id="compression"),
        pytest.param(server_hello(extensions=bytes.fromhex("ff01000201ff")), "renegotiation_info", id="renegotiation"),
        pytest.param(server_hello(suite=0x1301), "cipher suite TLS_AES_128_GCM_SHA256", id="suite-of-1.3"),
        pytest.param(server_hello(suite=0x00FF), "cipher suite 0x00ff", id="no-suite"),
    ],
)
def test_a_server_hello_that_a_jdk_refuses_is_named(hello, words):
    """What no library would go on with ends here too."""
    with pytest.raises(WireProblem, match=words):
        client().receive(record(hello))


def test_every_suite_of_the_jdk_is_taken_apart():
    """The parts of each suite of TLS 1.2 follow from its name."""
    suites = {name: Suite.of(code) for code, name in JDK17_SUITES.items() if code >> 8 != 0x13}
    assert suites["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"] == ("ECDHE", "GCM", 32, "", "sha384")
    assert suites["TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"] == ("DHE", "CHACHA20", 32, "", "sha256")
    assert suites["TLS_RSA_WITH_AES_128_CBC_SHA"] == ("RSA", "CBC", 16, "sha1", "sha256")
    assert suites["TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"] == ("ECDHE", "CBC", 32, "sha384", "sha384")
    assert suites["TLS_DHE_DSS_WITH_AES_256_CBC_SHA256"] == ("DHE", "CBC", 32, "sha256", "sha256")


def test_every_signature_of_the_hello_is_known():
    """What is offered can be checked."""
    assert set(SCHEMES) == set(JDK17_SIGNATURES)


def test_the_pseudorandom_function_gives_the_published_values():
    """The test vector of the TLS working group's list for P_SHA256."""
    secret = bytes.fromhex("9bbe436ba940f017b17652849a71db35")
    seed = bytes.fromhex("a0ba9f936cda311827a6f796ffd5198c")
    assert prf("sha256", secret, b"test label", seed, 100).hex().startswith("e3f229ba727be17b8d122620557cd453c2aab21d")


def test_the_schedule_of_tls_1_3_gives_the_published_values():
    """RFC 8448, 3: the server's Finished of the simple handshake there follows from its traffic secret."""
    secret = bytes.fromhex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38")
    key = bytes.fromhex("3fce516009c21727d0f2e4e86ee403bc")
    iv = bytes.fromhex("5d313eb2671276ee13000b30")
    assert Traffic(0x1301, secret).seal(22, b"any") == ModernProtection(AESGCM(key), iv).seal(22, b"any")


def test_a_leaf_without_a_key_is_the_certificates_fault():
    """Bytes that are no certificate, and a key that cannot sign, are told from a mismatch."""
    for leaf in (b"", b"nothing", pki.chain().presented[0][:200]):
        with pytest.raises(CertificateUnusable):
            LeafKey(leaf)


def test_a_signature_is_checked_with_the_key_and_the_algorithm():
    """Not offered is the server's choice, another kind of key or a wrong signature is a mismatch."""
    key = LeafKey(pki.chain(leaf={"kind": "p256"}).presented[0])
    for code, offered in ((0x0101, JDK17_SIGNATURES), (0x0403, (0x0401,))):
        with pytest.raises(WireProblem, match="not offered") as caught:
            key.check(code, b"", b"", offered=offered, modern=False)
        assert not isinstance(caught.value, KeyMismatch)
    for code in (0x0401, 0x0807, 0x0402, 0x0403, 0x0203):
        with pytest.raises(KeyMismatch):
            key.check(code, b"signature", b"signed", offered=JDK17_SIGNATURES, modern=False)


def test_a_finished_that_is_wrong_is_no_mismatch():
    """The last word of a server of TLS 1.2, changed after its opening, is a bad Finished."""

    class Changed(Client):
        def _open(self, taken):
            kind, payload = super()._open(taken)
            return kind, payload[:-1] + b"?" if payload[:1] == b"\x14" and kind == 22 else payload

    with pytest.raises(BadFinished, match="does not belong to this handshake"):
        play(flights("1.2"), Changed)


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_change_of_keys_before_its_time_is_refused(place):
    """TLS 1.2: no ChangeCipherSpec counts before our key exchange, and none twice (CVE-2014-0224)."""
    parts = list(flights("1.2"))
    change = next(part for part in parts if part[0] == 20)
    with pytest.raises(WireProblem, match="ChangeCipherSpec out of order"):
        play([*parts[:place], change, *parts[place:]])
    at = parts.index(change)
    with pytest.raises(WireProblem):
        play([*parts[: at + 1], change])


def test_a_message_in_the_clear_does_not_count_once_there_are_keys():
    """TLS 1.3: what anybody on the way could have sent is no part of the handshake."""
    hello, *rest = flights("1.3")
    with pytest.raises(WireProblem, match="in the clear"):
        play([hello, record(message(8, bytes(2))), *rest])


def test_an_alert_at_the_finished_means_another_key_with_key_transport_alone():
    """With a signature that was verified the private key is right, whatever the server cannot open."""
    at = next(place for place, part in enumerate(flights("1.2")) if part[0] == 20)
    with pytest.raises(AlertReceived) as caught:
        play([*flights("1.2")[:at], record(b"\x02\x14", kind=21)])
    assert caught.value.alert == "bad_record_mac"
