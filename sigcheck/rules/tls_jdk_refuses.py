"""tls-jdk-refuses: OpenSSL clients get through and a JDK does not, for the chain or in the handshake."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import NOT_CONNECTED, Handshake, HandshakeFailure, HandshakeFault, TlsFacts
from sigcheck.model.report import Finding, Remark, Rule
from sigcheck.rules._chain import CLIENTS, checks, whose_refusal
from sigcheck.rules._tls import MODERN, presented

UNTRIED = (*NOT_CONNECTED, HandshakeFault.NOT_TRIED)

_of_chain = checks(
    "tls-jdk-refuses", "should", lambda facts: f"a JDK 17 client {whose_refusal(facts, 'jdk', 'OpenSSL clients')}"
)


def check(evidence: Evidence) -> Iterator[Remark]:
    """Warn for a handshake that a JDK 17 client would not finish, and for what it alone refuses in the chain."""
    if evidence.tls is not None:
        yield from _of_handshake(evidence.tls)
    yield from _of_chain(evidence)


def _of_handshake(facts: TlsFacts) -> Iterator[Finding]:
    """Say what stops a JDK in the handshake where OpenSSL gets through; else tls-handshake-failed speaks of it."""
    shown = presented(facts)
    if shown is None or shown.protocol not in MODERN or shown.openssl_code is None:
        return
    match facts.jdk:
        case HandshakeFailure(fault=fault, detail=detail) if fault not in UNTRIED:
            yield Finding(f"a hello like a JDK 17 client's is refused: {detail}", where=shown.address)
        case Handshake(warnings=warnings) if "unrecognized_name" in warnings:
            yield Finding(
                "the server sends the warning unrecognized_name, at which a JDK ends the handshake",
                where=shown.address,
                mend="Give the server this name (nginx: server_name, Apache: ServerName or ServerAlias).",
            )


RULE = Rule(
    id="tls-jdk-refuses",
    level="should",
    title="A JDK client gets through",
    hint="Mend the cause that is named: the Cloud's client is probably Java (an inference).",
    source=CLIENTS,
    check=check,
)
