"""What several TLS rules read off the evidence."""

from hashlib import sha256

from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import Handshake, Protocol, TlsFacts
from sigcheck.model.report import Inconclusive, Skipped

MODERN: tuple[Protocol, ...] = ("TLSv1.2", "TLSv1.3")
"""What a default JDK 17 and a default OpenSSL 3 client speak; neither offers anything older."""


def unexamined(evidence: Evidence) -> Skipped | Inconclusive:
    """Say why there are no TLS facts."""
    if evidence.target.scheme == "http":
        return Skipped("the URL is http://, so there is no TLS")
    if evidence.interrupted:
        return Inconclusive("the run was interrupted before TLS was examined")
    return Skipped("no connection was open to TLS, or it was not asked for")


def presented(facts: TlsFacts) -> Handshake | None:
    """Give the first handshake that showed a chain."""
    return next((outcome for outcome in facts.handshakes if isinstance(outcome, Handshake)), None)


def unshaken(facts: TlsFacts) -> Skipped | None:
    """Say that nothing can be judged where no handshake showed a chain; another rule names the cause."""
    if presented(facts) is None:
        return Skipped("no handshake showed a certificate: see tls-handshake-failed")
    return None


def version(protocol: str) -> str:
    """Write a protocol version as people do: TLS 1.2."""
    number = protocol.removeprefix("TLSv")
    return f"TLS {number if '.' in number else number + '.0'}"


def fingerprint(leaf: bytes) -> str:
    """Name a certificate by the start of its SHA-256, as `openssl x509 -fingerprint -sha256` prints it."""
    return sha256(leaf).digest()[:4].hex(":").upper() + "…"
