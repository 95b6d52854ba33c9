"""What rules say of a scan: of one handshake, made by OpenSSL alone, which ends at a chain that OpenSSL refuses."""

from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import Handshake, HandshakeFailure, HandshakeFault
from sigcheck.model.rule import Skipped, Undecided
from sigcheck.rules._chain import home

DECIDE = "Run `sigcheck verify` on this target: it shakes hands in other ways, too, as a JDK does among them."

_FOR_ALL = (
    HandshakeFault.STALLED,
    HandshakeFault.DRIPPING,
    HandshakeFault.PLAIN_HTTP,
    HandshakeFault.NOT_TLS,
    HandshakeFault.SIGNATURE,
)
"""How a handshake fails for every client, whatever its hello is."""

_ALERTS_FOR_ALL = ("unrecognized_name", "protocol_version")
"""Alerts that a JDK 17 client would be sent, too: it asks for the same name, and offers the same versions."""


def meets_all(failure: HandshakeFailure) -> bool:
    """Whether what OpenSSL's handshake failed for would have met every other client as well."""
    return failure.fault in _FOR_ALL or failure.alert in _ALERTS_FOR_ALL


def ended_at_chain(evidence: Evidence, shown: Handshake) -> Skipped | Undecided | None:
    """Say that nothing behind the chain was seen, since OpenSSL refused that and so ended a scan's only handshake."""
    if not evidence.settings.scan or shown.finished or not shown.openssl_code:
        return None
    facts = None if evidence.tls is None else evidence.tls.chain
    homes = [] if facts is None else [home(each, facts) for each in facts.defects if "openssl" in each.refused_by]
    for rule, level in homes:
        # A failure of that weight decides the verdict; behind a lighter one, nothing may look as if it were seen.
        if level == "must" and evidence.settings.asks_for(rule):
            return Skipped(f"OpenSSL refused the chain, which ended the handshake: see {rule}")
    return Undecided(
        f"OpenSSL refused the chain ({shown.openssl_message}), which ended the handshake, so the rest of it was not "
        "seen",
        fix=DECIDE,
    )
