"""Handshakes to their end: what a server does after its first flight is seen, named, and judged by both families."""

import asyncio
import itertools
import socket
import threading
import time
from datetime import UTC, datetime
from typing import cast

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from sigcheck.judge import judge_rule
from sigcheck.model.handshake import Handshake, HandshakeFailure, HandshakeFault, HandshakePhase
from sigcheck.probes.jdk_client import connect_as_jdk
from sigcheck.probes.raw_handshake import Endpoint
from sigcheck.rules import tls_handshake_failed, tls_jdk_refuses
from tests import pki
from tests.tls12 import AnyChainServer
from tests.tls13 import Server13
from tests.tls_facts import evidence
from tests.tls_servers import look, reset, shaken

REQUEST = b"GET / HTTP/1.1\r\nHost: callback.example.com\r\n\r\n"
SERVERS = {"1.2": AnyChainServer, "1.3": Server13}
DEADLINE = 5.0


def chain(kind: str = "p256", **leaf) -> pki.Chain:
    """Make a good chain as of now, with a leaf of this kind of key."""
    usage = ("digital_signature", "key_encipherment")
    return pki.chain(leaf={"kind": kind, "usage": usage, **leaf}, now=datetime.now(UTC))


def connect(port: int, request: bytes | None = None, limit: float = DEADLINE) -> Handshake | HandshakeFailure:
    """Connect once as a JDK does."""
    return asyncio.run(connect_as_jdk(Endpoint("127.0.0.1", port, limit), pki.HOST, request))


def examined(port: int, made: pki.Chain, deadline: float = DEADLINE):
    """Examine a server in whole."""
    return look(port, pki.pem(made.roots), host=pki.HOST, deadline=deadline)


def judged(rule, facts):
    """Judge by one rule: status, level and summary."""
    result = judge_rule(rule.RULE, evidence(facts))
    return result.status, result.level, result.summary


@pytest.mark.parametrize("version", SERVERS)
@pytest.mark.parametrize("kind", ["rsa2048", "p256", "p384", "ed25519", "ed448"])
def test_a_good_server_is_finished_with_and_answers(version, kind):
    """Whatever the key, the handshake is completed and the answer read over it."""
    made = chain(kind)
    with SERVERS[version](made.presented, made.private) as server:
        outcome = connect(server.port, REQUEST)
        silent = connect(server.port)
    assert isinstance(outcome, Handshake), outcome
    assert (outcome.protocol, outcome.finished, outcome.answered) == (f"TLSv{version}", True, True)
    assert outcome.chain == made.presented
    assert isinstance(silent, Handshake)
    assert (silent.finished, silent.answered) == (True, None)


@pytest.mark.parametrize(
    ("version", "certificate", "private", "options"),
    [
        pytest.param("1.2", "rsa2048", "rsa2048", {}, id="1.2-rsa"),
        pytest.param("1.2", "p256", "p256", {}, id="1.2-ec"),
        pytest.param("1.2", "rsa2048", "rsa2048", {"transport": True}, id="1.2-rsa-key-transport"),
        pytest.param("1.2", "ed25519", "ed25519", {}, id="1.2-ed25519"),
        pytest.param("1.3", "rsa2048", "rsa2048", {}, id="1.3-rsa"),
        pytest.param("1.3", "p256", "p256", {}, id="1.3-ec"),
        pytest.param("1.3", "p384", "p384", {}, id="1.3-p384"),
        pytest.param("1.3", "ed25519", "ed25519", {}, id="1.3-ed25519"),
    ],
)
def test_a_private_key_of_another_certificate_is_a_must_in_plain_words(version, certificate, private, options):
    """Both families see it, in either version and with any kind of key; each of the three handshakes is told."""
    made, other = chain(certificate), pki.key(private, "another")
    with SERVERS[version](made.presented, other, **options) as server:
        facts = examined(server.port, made)
    assert len(facts.jdk_handshakes) == 3
    for outcome in facts.jdk_handshakes:
        assert isinstance(outcome, HandshakeFailure)
        assert outcome.fault is HandshakeFault.SIGNATURE
        expected = HandshakePhase.FINISHED if options else HandshakePhase.KEY_EXCHANGE
        assert outcome.phase is expected
        assert "the server's private key does not match its certificate" in outcome.detail
    openssl = shaken(facts).openssl_failure
    assert (openssl.fault, openssl.phase) == (HandshakeFault.SIGNATURE, expected)
    assert "the server's private key does not match its certificate" in (shaken(facts).openssl_message or "")
    assert shaken(facts).openssl_code is None
    status, level, summary = judged(tls_handshake_failed, facts)
    assert (status, level) == ("fail", "must")
    assert "private key does not match" in summary
    assert judged(tls_jdk_refuses, facts)[0] != "fail"


@pytest.mark.parametrize("version", SERVERS)
def test_a_private_key_of_another_kind_is_a_mismatch_too(version):
    """A server with an RSA certificate that signs with an EC key shows that they do not belong together."""
    with SERVERS[version](chain("rsa2048").presented, pki.key("p256", "another")) as server:
        outcome = connect(server.port)
    assert isinstance(outcome, HandshakeFailure)
    assert outcome.fault is HandshakeFault.SIGNATURE
    assert "ecdsa_secp256r1_sha256" in outcome.detail


@pytest.mark.parametrize("version", SERVERS)
def test_a_mismatch_behind_a_chain_that_is_not_trusted_is_found_by_both(version):
    """OpenSSL's verification ends its handshake first; without it the key is tried all the same."""
    made, other = chain("p256"), chain("p384")
    with SERVERS[version](made.presented, pki.key("p256", "another")) as server:
        facts = examined(server.port, pki.chain(root={"kind": "p384"}, now=other.at))
    assert shaken(facts).openssl_code
    assert shaken(facts).openssl_failure.fault is HandshakeFault.SIGNATURE
    assert judged(tls_handshake_failed, facts)[:2] == ("fail", "must")


@pytest.mark.parametrize("version", SERVERS)
@pytest.mark.parametrize(
    ("misdeed", "fault", "phase", "words"),
    [
        ("finished", HandshakeFault.FINISHED, HandshakePhase.FINISHED, "Finished message does not belong"),
        ("close-after-hello", HandshakeFault.CLOSED, HandshakePhase.CERTIFICATE, "after its ServerHello and before"),
        ("close-after-flight", HandshakeFault.CLOSED, HandshakePhase.KEY_EXCHANGE, "after its certificate and before"),
        ("alert-after-flight", HandshakeFault.ALERT, HandshakePhase.KEY_EXCHANGE, "the alert internal_error after"),
        ("stall-after-flight", HandshakeFault.STALLED, HandshakePhase.KEY_EXCHANGE, "then nothing more within 0.5 s"),
    ],
)
def test_what_ends_a_handshake_later_is_named_with_its_phase(version, misdeed, fault, phase, words):
    """Each misdeed has its fault, and the words say how far the handshake had come."""
    made = chain()
    if version == "1.2" and misdeed.endswith("-flight"):
        # The ServerHelloDone of TLS 1.2 ends the first flight, and our key exchange is sent at once.
        phase, words = HandshakePhase.FINISHED, words.replace("its certificate", "the key exchange")
    with SERVERS[version](made.presented, made.private, misdeed=misdeed) as server:
        outcome = connect(server.port, limit=0.5 if fault is HandshakeFault.STALLED else DEADLINE)
    assert isinstance(outcome, HandshakeFailure), outcome
    assert (outcome.fault, outcome.phase) == (fault, phase), outcome
    assert words in outcome.detail
    assert outcome.detail.isprintable()
    if phase in (HandshakePhase.KEY_EXCHANGE, HandshakePhase.FINISHED) and fault is not HandshakeFault.FINISHED:
        assert phase.words in outcome.detail


@pytest.mark.parametrize("version", SERVERS)
@pytest.mark.parametrize("misdeed", ["finished", "close-after-flight", "alert-after-flight", "stall-after-flight"])
def test_what_ends_it_for_both_families_is_a_must_with_both_words(version, misdeed):
    """OpenSSL comes as far as our own handshake, and the finding says what each got."""
    made = chain()
    with SERVERS[version](made.presented, made.private, misdeed=misdeed) as server:
        facts = examined(server.port, made, deadline=0.7)
    openssl, ours = shaken(facts).openssl_failure, facts.jdk
    assert (openssl.fault, openssl.phase, openssl.alert) == (ours.fault, ours.phase, ours.alert), openssl
    status, level, summary = judged(tls_handshake_failed, facts)
    assert (status, level) == ("fail", "must")
    assert "a default OpenSSL client fails" in summary


def test_a_server_that_closes_after_its_hello_shows_nothing_and_fails():
    """Without a certificate the first flight already fails, with its phase."""
    made = chain()
    with AnyChainServer(made.presented, made.private, misdeed="close-after-hello") as server:
        facts = examined(server.port, made)
    assert facts.handshakes[0].phase is HandshakePhase.CERTIFICATE
    assert facts.jdk is None
    assert judged(tls_handshake_failed, facts)[:2] == ("fail", "must")


def test_a_downgrade_that_the_server_tells_of_ends_a_jdks_handshake():
    """RFC 8446, 4.1.3: the mark of a server that could do better means that somebody changed the hello."""
    made = chain()
    with AnyChainServer(made.presented, made.private, misdeed="downgrade") as server:
        outcome = connect(server.port)
    assert isinstance(outcome, HandshakeFailure)
    assert "something changed the hello" in outcome.detail


def test_a_server_that_breaks_every_nth_handshake_is_a_warning_with_its_count():
    """One bad machine behind a balancer: OpenSSL met a good one, and one of the JDK's three handshakes fails."""
    made = chain()
    another = cast("ec.EllipticCurvePrivateKey", pki.key("p256", "another"))

    class Balanced(AnyChainServer):
        seen = itertools.count(1)
        mine = threading.local()

        def _handshake(self, session):
            # Of all hellos a JDK's alone has status_request_v2.
            by_jdk = b"\x00\x11\x00\x09\x00\x07\x02" in session.wire.recv(4096, socket.MSG_PEEK)
            self.mine.other = by_jdk and next(self.seen) == 2
            super()._handshake(session)

        def _sign(self, data):
            if self.mine.other:
                return b"\x04\x03", another.sign(data, ec.ECDSA(hashes.SHA256()))
            return super()._sign(data)

    with Balanced(made.presented, made.private) as server:
        facts = examined(server.port, made)
    assert shaken(facts).openssl_code == 0
    assert judged(tls_handshake_failed, facts)[0] == "pass"
    status, level, summary = judged(tls_jdk_refuses, facts)
    assert (status, level) == ("fail", "should")
    assert "in 1 of 3 handshakes" in summary


def test_a_server_of_tls_1_3_that_proves_nothing_is_not_finished_with():
    """Without a CertificateVerify anybody could have sent the certificate, however right the Finished is."""
    made = chain()
    with Server13(made.presented, made.private, misdeed="unproven") as server:
        outcome = connect(server.port)
    assert isinstance(outcome, HandshakeFailure)
    assert (outcome.fault, outcome.phase) == (HandshakeFault.PROTOCOL, HandshakePhase.KEY_EXCHANGE)
    assert "message 20 out of order" in outcome.detail


@pytest.mark.parametrize("options", [{"ask": True}, {"update": True}, {"ask": True, "update": True}], ids=str)
def test_tickets_key_updates_and_requests_for_a_certificate_are_lived_with(options):
    """TLS 1.3: an empty Certificate answers a request, tickets are let fall, and keys are updated both ways."""
    made = chain()
    with Server13(made.presented, made.private, **options) as server:
        outcome = connect(server.port, REQUEST)
    assert isinstance(outcome, Handshake), outcome
    assert outcome.answered
    assert outcome.client_certificate == ("unknown" if "ask" in options else "not asked")


@pytest.mark.parametrize(
    ("kind", "scheme", "words"),
    [
        pytest.param("rsa2048", 0x0401, "rsa_pkcs1_sha256, which TLS 1.3 does not allow", id="pkcs1"),
        pytest.param("p256", 0x0203, "ecdsa_sha1, which TLS 1.3 does not allow", id="sha1"),
    ],
)
def test_a_signature_that_tls_1_3_does_not_know_is_no_mismatch(kind, scheme, words):
    """An algorithm of older versions is the server's fault, and not its key's."""
    made = chain(kind)
    with Server13(made.presented, made.private, scheme=scheme) as server:
        outcome = connect(server.port)
    assert isinstance(outcome, HandshakeFailure)
    assert (outcome.fault, outcome.phase) == (HandshakeFault.PROTOCOL, HandshakePhase.KEY_EXCHANGE)
    assert words in outcome.detail


def test_a_certificate_without_a_usable_key_is_left_to_the_rules_about_the_chain():
    """What is wrong with the certificate itself is no fault of the handshake."""
    made = chain()
    with AnyChainServer((b"no certificate at all", *made.presented[1:]), made.private) as server:
        facts = examined(server.port, made)
    assert facts.jdk.fault is HandshakeFault.CERTIFICATE
    assert judged(tls_handshake_failed, facts)[0] == "skip"


def test_what_comes_after_the_handshake_is_told_from_the_handshake():
    """A request without an answer, one that is answered by something else, and one that is cut off."""
    made = chain()

    class Mute(Server13):
        reply = b""

        def _answer(self, session):
            session.record()
            if self.reply:
                session.send(23, self.reply)
            else:
                reset(session.wire)

    with Mute(made.presented, made.private) as server:
        cut = connect(server.port, REQUEST)
        server.reply = b"SSH-2.0-x\r\n"
        other = connect(server.port, REQUEST)
        server.reply = b"HTTP/1.1 200 OK"
        half = connect(server.port, REQUEST, limit=0.5)
    assert isinstance(cut, HandshakeFailure)
    assert (cut.fault, cut.phase) == (HandshakeFault.RESET, HandshakePhase.REQUEST)
    assert "after the handshake" in cut.detail
    assert (other.finished, other.answered) == (True, False)
    assert (half.finished, half.answered) == (True, True)


def test_an_endless_answer_is_not_read_to_its_end():
    """Without a line end the first bytes are enough, and no more is kept than the cap."""
    made = chain()

    class Endless(Server13):
        def _answer(self, session):
            session.record()
            while True:
                session.send(23, b"HTTP/1.1 " * 1000)

    started = time.monotonic()
    with Endless(made.presented, made.private) as server:
        outcome = connect(server.port, REQUEST)
    assert outcome.answered
    assert time.monotonic() - started < DEADLINE


def test_no_connection_is_its_own_phase():
    """A refused connection never came to a hello."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome = connect(unused.getsockname()[1])
    assert (outcome.fault, outcome.phase) == (HandshakeFault.REFUSED, HandshakePhase.CONNECT)


def test_each_address_gets_a_whole_handshake_and_the_first_gets_three():
    """The order is that of the addresses, and `jdk` is the first of them."""
    made = chain()
    with AnyChainServer(made.presented, made.private) as server:
        facts = look(
            server.port, pki.pem(made.roots), host=pki.HOST, addresses=("127.0.0.1", "127.0.0.1"), deadline=DEADLINE
        )
    assert len(facts.jdk_handshakes) == 4
    assert all(isinstance(outcome, Handshake) and outcome.finished for outcome in facts.jdk_handshakes)
    assert facts.jdk == facts.jdk_handshakes[0]


def test_a_handshake_that_the_total_cut_short_is_no_failure_of_the_servers():
    """Many addresses stall: those that were given the whole deadline stalled, the others were not tried."""
    made = chain()
    with Server13(made.presented, made.private, misdeed="stall-after-flight") as server:
        facts = look(server.port, pki.pem(made.roots), host=pki.HOST, addresses=("127.0.0.1",) * 12, deadline=0.4)
    stalled = [outcome for outcome in facts.jdk_handshakes if outcome.fault is HandshakeFault.STALLED]
    assert {outcome.fault for outcome in facts.jdk_handshakes} == {HandshakeFault.STALLED, HandshakeFault.NOT_TRIED}
    assert all(outcome.seconds >= 0.39 for outcome in stalled)
    assert all(failure.seconds >= 0.39 for each in facts.handshakes if (failure := each.openssl_failure))
