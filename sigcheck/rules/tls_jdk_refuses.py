"""tls-jdk-refuses: OpenSSL clients get through and a JDK does not, for the chain or in the handshake."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import Handshake, HandshakeFault, TlsFacts
from sigcheck.model.rule import Finding, Remark, Rule, Undecided
from sigcheck.rules._chain import CLIENTS, checks, whose_refusal
from sigcheck.rules._tls import by_jdk, by_openssl, counted, usual

_of_chain = checks(
    "tls-jdk-refuses", "should", lambda facts: f"a JDK 17 client {whose_refusal(facts, 'jdk', 'OpenSSL clients')}"
)


def check(evidence: Evidence) -> Iterator[Remark]:
    """Warn for a handshake that a JDK 17 client would not finish, and for what it alone refuses in the chain."""
    if evidence.tls is not None:
        yield from _of_handshake(evidence.tls)
    yield from _of_chain(evidence)


def _of_handshake(facts: TlsFacts) -> Iterator[Remark]:
    """Say what stops a JDK in the handshake where OpenSSL gets through; else tls-handshake-failed speaks of it."""
    for shown in usual(facts):
        if shown.openssl_code is None or by_openssl(shown) is not None:
            continue
        finished, failures = by_jdk(facts, shown.address)
        if any(failure.fault is HandshakeFault.CERTIFICATE for failure in failures):
            continue  # what is wrong with the certificate is said of the chain
        if failures:
            yield Finding(
                f"a JDK 17 client does not finish its handshake: {counted(finished, failures)}", where=shown.address
            )
        elif not finished:
            yield Undecided(f"{shown.address} showed a certificate, but a JDK's handshake could not be made")
        elif any("unrecognized_name" in outcome.warnings for outcome in _shown(facts, shown.address)):
            yield Finding(
                "the server sends the warning unrecognized_name, and a JDK then ends the handshake",
                where=shown.address,
                fix="Give the server this name (nginx: server_name, Apache: ServerName or ServerAlias).",
            )


def _shown(facts: TlsFacts, address: str) -> Iterator[Handshake]:
    for outcome in facts.jdk_handshakes:
        if isinstance(outcome, Handshake) and outcome.address == address:
            yield outcome


RULE = Rule(
    id="tls-jdk-refuses",
    level="should",
    title="A JDK client can connect",
    problem="A JDK client cannot connect",
    fix="Fix the cause that is named above: the Cloud's client is probably Java (an inference).",
    source=CLIENTS,
    check=check,
)
