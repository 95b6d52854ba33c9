"""Facts of a TLS examination written down by hand: a good endpoint, and one with something changed."""

from datetime import UTC, datetime
from typing import get_args

import msgspec

from sigcheck.model.chain import TrustSet
from sigcheck.model.delivery import Answer, Exchange, Message, Phases
from sigcheck.model.evidence import CallbackShape, Evidence, Settings, Target
from sigcheck.model.handshake import (
    Handshake,
    HandshakeFailure,
    HandshakeFault,
    HandshakePhase,
    Protocol,
    ProtocolOffer,
    TlsFacts,
)
from sigcheck.model.network import Address, ConnectOutcome, NetworkFacts
from sigcheck.policy import SIGFOX_CLOUD

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TRUST = TrustSet("tests", "1", "0" * 64, 1)
ONE, TWO, THREE = "192.0.2.1", "192.0.2.2", "192.0.2.3"
Outcomes = tuple[tuple[str, ConnectOutcome], ...]
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
SHOWN = Handshake(
    address=ONE,
    server_name="a.example",
    protocol="TLSv1.3",
    cipher="TLS_AES_256_GCM_SHA384",
    alpn=None,
    chain=(b"leaf", b"intermediate"),
    seconds=0.01,
    client_certificate="not asked",
    openssl_code=0,
    openssl_message="ok",
    finished=True,
)


def shown(**changes) -> Handshake:
    """Give a good handshake with these things changed."""
    return msgspec.structs.replace(SHOWN, **changes)


def failure(
    fault: HandshakeFault,
    *,
    alert: str | None = None,
    address: str = ONE,
    phase: HandshakePhase = HandshakePhase.HELLO,
) -> HandshakeFailure:
    """Give a failed handshake."""
    return HandshakeFailure(address, "a.example", fault, f"it was {alert or fault.value}", 0.1, alert, phase)


def offers(*accepted: bool | None) -> tuple[ProtocolOffer, ...]:
    """Give what was found of TLS 1.0, 1.1, 1.2 and 1.3."""
    return tuple(ProtocolOffer(protocol, accepted=each) for protocol, each in zip(PROTOCOLS, accepted, strict=True))


def facts(*handshakes, jdk=(SHOWN,), **changes) -> TlsFacts:
    """Give the facts of a good endpoint with these things changed; each address gets the JDK handshakes of `jdk`."""
    handshakes = handshakes or (SHOWN,)
    base = TlsFacts(
        trust=TRUST,
        handshakes=handshakes,
        chain=None,
        protocols=offers(False, False, True, True),
        without_server_name=shown(server_name=None),
        jdk=next(iter(jdk), None),
        jdk_handshakes=tuple(
            msgspec.structs.replace(each, address=outcome.address)
            for outcome in handshakes
            if isinstance(outcome, Handshake)
            for each in jdk
        ),
    )
    return msgspec.structs.replace(base, **changes)


def failures_only(*handshakes) -> TlsFacts:
    """Give the facts of an endpoint at which no handshake succeeded."""
    return TlsFacts(trust=TRUST, handshakes=handshakes, chain=None)


def evidence(tls: TlsFacts | None, *, scheme="https", network: Outcomes = (), **changes) -> Evidence:
    """Give evidence with these TLS facts; `network` pairs addresses with outcomes, by default those shaken."""
    found: Outcomes = network or tuple((each.address, "connected") for each in (tls.handshakes if tls else (SHOWN,)))
    return Evidence(
        run="run",
        target=Target(f"{scheme}://a.example/x", scheme, "a.example", 443),
        callback=CallbackShape("POST", "application/json", (), authenticated=False, secret_in_url=False),
        policy=SIGFOX_CLOUD,
        settings=Settings(),
        started_at=NOW,
        clock="system",
        network=NetworkFacts(
            "a.example",
            443,
            tuple(Address(each, 4, "public", outcome, 0.01) for each, outcome in found),
            0.01,
        ),
        tls=tls,
        **changes,
    )


def nginx_400() -> Exchange:
    """Give the answer of an nginx that wants a client certificate."""
    body = b"<title>400 No required SSL certificate was sent</title>"
    return Exchange(
        Message("AB", 1, 1, ""),
        1,
        0.0,
        Phases(),
        0.1,
        10.0,
        Answer(400, "Bad Request", "HTTP/1.1", (), body, len(body), "complete", ""),
    )
