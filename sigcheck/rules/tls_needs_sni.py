"""tls-needs-sni: without SNI the handshake fails or shows another certificate."""

from collections.abc import Iterator
from hashlib import sha256

from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import NOT_CONNECTED, Handshake, HandshakeFailure, HandshakeFault, TlsFacts
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import CUSTOM_CALLBACK
from sigcheck.rules._exchanges import failed
from sigcheck.rules._tls import fingerprint, presented, unexamined, unshaken

SEVERAL = "several machines seem to answer here"


def check(evidence: Evidence) -> Iterator[Remark]:
    """Compare a handshake without SNI with the usual one: "Send SNI" is a switch of each callback."""
    facts = evidence.tls
    if facts is None:
        yield unexamined(evidence)
        return
    shown = presented(facts)
    if shown is None:
        yield unshaken(facts) or Skipped("no handshake showed a certificate")
        return
    match facts.without_server_name:
        case None:
            yield Skipped("the host is an address, for which no client sends SNI")
        case HandshakeFailure(fault=fault) if fault in {*NOT_CONNECTED, HandshakeFault.NOT_TRIED}:
            yield Undecided("the handshake without SNI could not be made")
        case HandshakeFailure(detail=detail) if failed(evidence, "tls-handshake-failed"):
            yield Undecided(f"without SNI the handshake failed ({detail}), but so did some with it: {SEVERAL}")
        case HandshakeFailure(detail=detail):
            yield Finding(f"without SNI the handshake fails: {detail}", where=shown.address)
        case Handshake(chain=chain) if chain[0] == shown.chain[0]:
            yield Passed("the same certificate is presented without SNI", 2, "handshakes")
        case Handshake(chain=chain) if sha256(chain[0]).hexdigest() in _leaves(facts):
            yield Undecided(
                f"without SNI another certificate was presented ({fingerprint(chain[0])}), "
                f"but some connections with SNI were shown it too: {SEVERAL}"
            )
        case Handshake(chain=chain):
            other = facts.chain_without_server_name
            pair = f"{fingerprint(chain[0])} instead of {fingerprint(shown.chain[0])}"
            if other is not None and other.verdicts and all(verdict.accepts for verdict in other.verdicts):
                yield Passed(
                    f"without SNI another certificate is presented ({pair}), which is valid for this name too",
                    2,
                    "handshakes",
                )
            else:
                yield Finding(f"without SNI another certificate is presented: {pair}", where=shown.address)


def _leaves(facts: TlsFacts) -> set[str]:
    """Give the SHA-256 of the server certificates that other connections with SNI were shown."""
    return {each.sha256 for other in facts.others for each in other.facts.certificates[:1]}


RULE = Rule(
    id="tls-needs-sni",
    level="should",
    title="The right certificate is presented without SNI",
    problem="Another certificate is presented without SNI",
    fix="Make the callback's site the default of its address, or make sure that Send SNI is checked in the callback.",
    source=CUSTOM_CALLBACK,
    check=check,
)
