"""What several TLS rules read off the evidence."""

from collections.abc import Iterator
from hashlib import sha256

from sigcheck.model.chain import ChainFacts, Family
from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import (
    NOT_CONNECTED,
    Handshake,
    HandshakeFailure,
    HandshakeFault,
    Protocol,
    TlsFacts,
)
from sigcheck.model.rule import Skipped, Undecided

MODERN: tuple[Protocol, ...] = ("TLSv1.2", "TLSv1.3")
"""What a default JDK 17 and a default OpenSSL 3 client speak; neither offers anything older."""


def unexamined(evidence: Evidence) -> Skipped | Undecided:
    """Say why there are no TLS facts."""
    if evidence.target.scheme == "http":
        return Skipped("the URL begins with http://, so there is no TLS")
    if evidence.interrupted:
        return Undecided("the run was interrupted before TLS was examined")
    return Skipped("no connection was available for TLS, or TLS was not asked for")


def presented(facts: TlsFacts) -> Handshake | None:
    """Give the first handshake that showed a chain."""
    return next((outcome for outcome in facts.handshakes if isinstance(outcome, Handshake)), None)


def usual(facts: TlsFacts) -> Iterator[Handshake]:
    """Give the handshakes that a usual client could make: no old protocol, no demand that it cannot meet."""
    for outcome in facts.handshakes:
        if isinstance(outcome, Handshake) and outcome.protocol in MODERN and outcome.client_certificate != "demanded":
            yield outcome


def by_jdk(facts: TlsFacts, address: str) -> tuple[int, list[HandshakeFailure]]:
    """Count the handshakes that a JDK finished with an address, and give those that failed.

    One that could not be tried, or that read no more than the first flight, is neither.
    """
    outcomes = [outcome for outcome in facts.jdk_handshakes if outcome.address == address]
    finished = sum(isinstance(outcome, Handshake) and outcome.finished for outcome in outcomes)
    untried = (*NOT_CONNECTED, HandshakeFault.NOT_TRIED)
    return finished, [
        outcome for outcome in outcomes if isinstance(outcome, HandshakeFailure) and outcome.fault not in untried
    ]


def counted(finished: int, failures: list[HandshakeFailure]) -> str:
    """Say how a JDK's handshakes failed, and how many of them."""
    tried = finished + len(failures)
    often = f" in {len(failures)} of {tried} handshakes" if finished else ""
    return f"{failures[0].detail}{often}"


def by_openssl(shown: Handshake) -> str | None:
    """Say how OpenSSL's handshake failed but for the trust in the chain; None where it did not, or was not made."""
    if shown.openssl_failure is not None:
        return shown.openssl_failure.detail
    return shown.openssl_message if shown.openssl_code is None else None


def unshaken(facts: TlsFacts) -> Skipped | None:
    """Say that nothing can be judged where no handshake showed a chain; another rule names the cause."""
    if presented(facts) is None:
        return Skipped("no handshake showed a certificate: see tls-handshake-failed")
    return None


SEND_SNI = (
    "Switch 'Send SNI' on in the portal (sendSni in the API), or make this host the default of the server at its "
    "address."
)


def refused_by(chain: ChainFacts | None) -> set[Family]:
    """Give the families of real clients that refuse a chain; of one that was not judged, both."""
    if chain is None or not chain.verdicts:
        return {"openssl", "jdk"}
    return {each.family for each in chain.verdicts if not each.accepts and each.family != "strict"}


def lacks_name(evidence: Evidence) -> bool:
    """Whether a run without SNI was shown a certificate that clients refuse, and with SNI one that none refuses."""
    facts = evidence.tls
    if facts is None or not evidence.settings.no_sni or not isinstance(facts.with_server_name, Handshake):
        return False
    return bool(refused_by(facts.chain)) and not refused_by(facts.chain_with_server_name)


def version(protocol: str) -> str:
    """Write a protocol version as people do: TLS 1.2."""
    number = protocol.removeprefix("TLSv")
    return f"TLS {number if '.' in number else number + '.0'}"


def fingerprint(leaf: bytes) -> str:
    """Name a certificate by the start of its SHA-256, as `openssl x509 -fingerprint -sha256` prints it."""
    return sha256(leaf).digest()[:4].hex(":").upper() + "…"
