"""tls-needs-sni: without SNI the handshake fails or shows another certificate."""

from collections.abc import Iterator
from hashlib import sha256

from sigcheck.model.chain import ChainFacts
from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import NOT_CONNECTED, Handshake, HandshakeFailure, HandshakeFault, TlsFacts
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import CUSTOM_CALLBACK
from sigcheck.rules._evidence import quoted
from sigcheck.rules._exchanges import failed
from sigcheck.rules._tls import SEND_SNI, fingerprint, lacks_name, presented, refused_by, unexamined, unshaken

SEVERAL = "several machines seem to answer here"

MOST_NAMES = 3
"""Names of a certificate that a sentence has."""


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
    if evidence.settings.no_sni:
        yield _beside_the_named(evidence, facts, shown)
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


def _beside_the_named(evidence: Evidence, facts: TlsFacts, shown: Handshake) -> Remark:
    """Compare what a run without SNI was shown with what one handshake with it was: the callback sends none."""
    match facts.with_server_name:
        case None:
            return Skipped("the host is an address, for which no client sends SNI")
        case HandshakeFailure(detail=detail):
            return Passed(
                f"a certificate is presented without SNI; with SNI the handshake failed: {detail}", 1, "handshakes"
            )
        case Handshake(chain=chain) if chain[0] == shown.chain[0]:
            return Passed("the same certificate is presented without SNI", 2, "handshakes")
    if lacks_name(evidence):
        both = refused_by(facts.chain) == {"openssl", "jdk"}
        return Finding(
            f"without SNI the server presents {_whose(facts.chain)}, which clients refuse for {evidence.target.host}; "
            "with SNI it presents one that they accept",
            where=shown.address,
            level="must" if both else "should",
            fix=SEND_SNI,
        )
    if refused_by(facts.chain):
        return Skipped("the certificates with SNI and without are both refused: see the rules about the chain")
    return Passed("without SNI another certificate is presented, which is valid for this name too", 2, "handshakes")


def _whose(chain: ChainFacts | None) -> str:
    """Name a certificate by whom it is for."""
    leaf = chain.certificates[0] if chain is not None and chain.certificates else None
    if leaf is None:
        return "another certificate"
    names = ", ".join(quoted(each) for each in leaf.names[:MOST_NAMES]) or quoted(leaf.subject)
    more = " and others" if len(leaf.names) > MOST_NAMES else ""
    return f"the certificate of {names}{more}"


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
