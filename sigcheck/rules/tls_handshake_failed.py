"""tls-handshake-failed: no TLS handshake gets as far as a certificate, or no usual client completes one."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import (
    NOT_CONNECTED,
    Handshake,
    HandshakeFailure,
    HandshakeFault,
    HandshakePhase,
    TlsFacts,
)
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._evidence import seconds, wants_client_certificate
from sigcheck.rules._exchanges import by_detail, every, failed, grouped
from sigcheck.rules._scan import DECIDE, ended_at_chain, meets_all
from sigcheck.rules._share import share
from sigcheck.rules._tls import MODERN, SEND_SNI, by_jdk, by_openssl, counted, presented, unexamined, usual, version

FIXES = {
    HandshakeFault.STALLED: "The port accepts connections, but nothing answers TLS on it: look for a proxy without a "
    "backend, a listener that waits for PROXY protocol, or a process that hangs.",
    HandshakeFault.DRIPPING: "The handshake comes too slowly: look for traffic shaping, a tarpit or an exhausted "
    "machine in front of the port.",
    HandshakeFault.RESET: "Something resets the connection at the ClientHello: look at firewalls that inspect TLS and "
    "at load balancers whose listener has no certificate or no healthy target.",
    HandshakeFault.CLOSED: "The server closes the connection at the ClientHello: its log says why; often no "
    "certificate is set, or "
    "the listener forwards to a closed port.",
    HandshakeFault.PLAIN_HTTP: "The port speaks plain HTTP: switch TLS on there (nginx: listen 443 ssl;), or give "
    "the port that speaks TLS.",
    HandshakeFault.NOT_TLS: "This port speaks another protocol: check the port in the URL and the forwarding rule.",
    HandshakeFault.PROTOCOL: "The answer is not TLS as the RFC defines it: look at what is between this port and the "
    "web server.",
    HandshakeFault.CERTIFICATE: "Have the server certificate issued again: no client can use its key.",
    HandshakeFault.SIGNATURE: "Give the server the private key that belongs to its certificate: openssl x509 -noout "
    "-pubkey -in fullchain.pem and openssl pkey -pubout -in privkey.pem must print the same. Then restart the server.",
    HandshakeFault.FINISHED: "Something changes the handshake on its way, or the server's TLS library is broken: look "
    "at what is in front of the web server.",
}
FIX_LATER = "The server shows its certificate and then breaks off: its log says why."
EARLY = (HandshakePhase.CONNECT, HandshakePhase.HELLO)
ALERT_FIXES = {
    "unrecognized_name": "The server has no site of this name: add it to server_name (nginx) or ServerName (Apache).",
    "handshake_failure": "The server found no common ground: it has no certificate for this name, or only cipher "
    "suites that no client offers; set ssl_protocols TLSv1.2 TLSv1.3 with the default ciphers.",
    "protocol_version": "The server accepts none of TLS 1.0 to 1.3: switch on TLS 1.2 and 1.3.",
    "no_application_protocol": "The server insists on ALPN, which HttpURLConnection and many other clients do not "
    "send: let it speak HTTP/1.1 with those.",
    "internal_error": "The server broke off because of an error of its own: its log says why; often the certificate "
    "for this name is missing or cannot be read.",
}
NO_COMMON_GROUND = ("handshake_failure", "insufficient_security", "protocol_version")
FIX_ALERT = "The server's log says why it sent this alert."


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where no address shakes hands; where one does, fail only if both families of clients are refused.

    A connection that does not open belongs to the reach rules, an old protocol to tls-protocol-old, a
    demanded client certificate to tls-client-certificate, a refusal of the JDK alone to tls-jdk-refuses.
    """
    facts = evidence.tls
    if facts is None:
        yield from _in_deliveries(evidence)
        yield unexamined(evidence)
        return
    shown = presented(facts)
    if shown is None:
        yield from _never(facts, evidence)
        return
    if evidence.settings.scan:
        yield _scanned(evidence, shown)
        return
    if shown.protocol not in MODERN:
        yield Skipped(f"the server speaks {version(shown.protocol)} at best: see tls-protocol-old")
        return
    refusals = [refusal for each in usual(facts) if (refusal := _refused(facts, each)) is not None]
    everybody = any(isinstance(each, Finding) and each.level is None for each in refusals)
    lost = [] if everybody else list(_in_deliveries(evidence))
    # Where some deliveries fail and others do not, what one diagnostic handshake met was one of several machines.
    yield from lost or refusals
    if refusals or lost:
        return
    completed = sum(by_jdk(facts, each.address)[0] + (each.openssl_code is not None) for each in usual(facts))
    if completed:
        yield _completed(shown, completed)
    elif shown.client_certificate == "demanded":
        yield Skipped("the server demands a client certificate: see tls-client-certificate")
    elif any(each.fault is HandshakeFault.CERTIFICATE for each in by_jdk(facts, shown.address)[1]):
        yield Skipped("clients cannot use the server certificate: see the rules about it")
    else:
        yield Undecided("only the server's first flight was read: no usual client's handshake could be completed")


def _completed(shown: Handshake, count: int) -> Passed:
    return Passed(
        f"{count} handshake{'s were' if count > 1 else ' was'} completed; {shown.address} chose "
        f"{version(shown.protocol)} with {shown.cipher} in {seconds(shown.seconds)}",
        count,
        "handshakes",
    )


def _scanned(evidence: Evidence, shown: Handshake) -> Remark:
    """Say what came of the only handshake of a scan, which showed a certificate."""
    if shown.client_certificate == "demanded":
        return Skipped("the server demands a client certificate: see tls-client-certificate")
    if (ended := ended_at_chain(evidence, shown)) is not None:
        return ended
    failure = shown.openssl_failure
    if failure is None:
        return _completed(shown, 1)
    if meets_all(failure):
        return Finding(f"{shown.address}: {failure.detail}", where=shown.address, fix=_fix(failure))
    return _not_by_openssl(shown.address, failure)


def _not_by_openssl(address: str, failure: HandshakeFailure) -> Undecided:
    """Leave open what a scan meets with a hello of OpenSSL's: another client's may fare otherwise."""
    return Undecided(
        f"{address}: a default OpenSSL client cannot complete a handshake ({failure.detail}); a scan tries no other "
        "client",
        fix=DECIDE,
    )


def _in_deliveries(evidence: Evidence) -> Iterator[Finding]:
    """Say in which deliveries the handshake failed, although one was completed."""
    told = every(evidence)
    for detail, cases in grouped(failed(evidence, RULE.id), by_detail).items():
        if wants_client_certificate(evidence):
            return  # tls-client-certificate names the cause
        found = share(cases, told)
        yield Finding(
            f"the handshake failed in {found.words}: {detail}",
            where=found.where,
            level=found.level,
            fix="Several machines or processes seem to answer here: look at each one's certificate, key and protocol "
            "versions, and at the error log of the one that refuses.",
        )


def _never(facts: TlsFacts, evidence: Evidence) -> Iterator[Remark]:
    """Say how each address that accepted a connection failed, once where they failed alike."""
    scan, asks_for = evidence.settings.scan, evidence.settings.asks_for
    failures = [outcome for outcome in facts.handshakes if isinstance(outcome, HandshakeFailure)]
    met = [failure for failure in failures if failure.fault not in {*NOT_CONNECTED, HandshakeFault.NOT_TRIED}]
    if not met:
        untried = [failure for failure in failures if failure.fault is HandshakeFault.NOT_TRIED]
        if untried:
            yield Undecided(f"no handshake could be tried: {untried[0].detail}")
        else:
            yield Skipped("no connection was available for TLS: see reach-refused and reach-no-answer")
        return
    alike: dict[tuple[HandshakeFault, str | None], list[HandshakeFailure]] = {}
    for failure in met:
        alike.setdefault((failure.fault, failure.alert), []).append(failure)
    for (fault, alert), group in alike.items():
        fix = FIXES.get(fault) or ALERT_FIXES.get(alert or "", FIX_ALERT)
        places = ", ".join(failure.address for failure in group)
        if scan and alert == "protocol_version" and asks_for("tls-protocol-old"):
            yield Skipped("the server refuses the versions of today: see tls-protocol-old")
            continue
        if scan and not meets_all(group[0]):
            yield _not_by_openssl(places, group[0])
            continue
        by_name = isinstance(facts.with_server_name, Handshake)
        yield Finding(
            f"{places}: {'without SNI, ' if by_name else ''}{group[0].detail}"
            f"{'; with SNI the server presents a certificate' if by_name else ''}",
            where=places,
            fix=SEND_SNI if by_name else fix,
        )


def _refused(facts: TlsFacts, shown: Handshake) -> Finding | Undecided | None:
    """Tell whether usual clients are refused by an address, although our own hello, which offers all, was not.

    Only a finished handshake counts for a client. What the JDK alone is refused belongs to tls-jdk-refuses.
    """
    finished, failures = by_jdk(facts, shown.address)
    openssl = by_openssl(shown)
    if any(failure.fault is HandshakeFault.CERTIFICATE for failure in failures):
        return None  # the rules about the chain name what is wrong with it
    if openssl is None:
        if finished or shown.openssl_code is not None:
            return None
        seen = f"; a JDK 17 client fails: {counted(finished, failures)}" if failures else ""
        return Undecided(f"{shown.address} showed a certificate, but OpenSSL's handshake could not be made{seen}")
    if failures:
        return _by_both(shown, openssl, finished, failures)
    if not finished:
        return Undecided(
            f"{shown.address}: a default OpenSSL client cannot complete a handshake ({openssl}); a JDK's could not "
            "be tried"
        )
    fix = "See the message of OpenSSL: weak Diffie-Hellman parameters and missing secure renegotiation are common."
    if (failure := shown.openssl_failure) is not None:
        fix = _fix(failure) or fix
    return Finding(
        f"a default OpenSSL client cannot complete a handshake ({openssl}), though a JDK 17 client finishes its "
        "handshake",
        where=shown.address,
        level="should",
        fix=fix,
    )


def _by_both(shown: Handshake, openssl: str, finished: int, failures: list[HandshakeFailure]) -> Finding:
    """Say what both families of clients get."""
    first = failures[0]
    jdk = counted(finished, failures)
    if first.fault is HandshakeFault.SIGNATURE:
        message = f"{jdk}; a default OpenSSL client fails: {openssl}"
    else:
        suites = first.phase in EARLY and (first.alert or "handshake_failure") in NO_COMMON_GROUND
        agreed = f"only {shown.cipher} was agreed on; " if suites else ""
        message = f"{agreed}a JDK 17 client fails: {jdk}; a default OpenSSL client fails: {openssl}"
    fix = "Offer current cipher suites: leave ssl_ciphers at its default, with TLS 1.2 and 1.3."
    return Finding(message, where=shown.address, fix=_fix(first) or fix)


def _fix(failure: HandshakeFailure) -> str | None:
    """Say what to do about a client that is refused where another was not; None where the cipher suites may be it."""
    if failure.fault in (HandshakeFault.SIGNATURE, HandshakeFault.FINISHED):
        return FIXES[failure.fault]
    if failure.fault is HandshakeFault.PROTOCOL:
        return None  # OpenSSL's own message says more than we know
    if failure.phase in EARLY:
        common = failure.alert is None or failure.alert in NO_COMMON_GROUND
        return None if common else ALERT_FIXES.get(failure.alert or "", FIX_ALERT)
    return FIX_LATER


RULE = Rule(
    id="tls-handshake-failed",
    level="must",
    title="A TLS handshake completes",
    problem="A TLS handshake failed",
    fix="Run openssl s_client against the port, and read the server's error log for the same moment.",
    source=OURS,
    check=check,
)
