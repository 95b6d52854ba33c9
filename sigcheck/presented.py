"""Which chains the connections of a run presented beside the one that was judged first, and how many of them did."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from msgspec import structs

from sigcheck.chain import Roots, describe
from sigcheck.model.chain import ChainFacts
from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import MOST_OTHERS, Handshake, OtherChain, TlsFacts

Describe = Callable[[Sequence[bytes]], ChainFacts]


def chain_name(chain: Sequence[bytes]) -> str:
    """Name a presented chain: the start of the SHA-256 over its certificates."""
    return sha256(b"".join(chain)).hexdigest()[:16]


def described(facts: TlsFacts, roots: Roots, host: str, at: datetime) -> TlsFacts:
    """Add to TLS facts what is true, for `host` and at a moment, of the chain that was presented first.

    So it is done for the chain that was presented without a server name, or with one, where that is another one.
    """
    shown = [each for each in facts.handshakes if isinstance(each, Handshake)]
    if not shown:
        return facts
    without = facts.without_server_name
    if isinstance(without, Handshake) and without.chain != shown[0].chain:
        facts = structs.replace(facts, chain_without_server_name=described_at(at, without, roots, host))
    named = facts.with_server_name
    if isinstance(named, Handshake) and named.chain != shown[0].chain:
        facts = structs.replace(facts, chain_with_server_name=described_at(at, named, roots, host))
    return structs.replace(facts, chain=described_at(at, shown[0], roots, host))


def described_at(moment: datetime, seen: Handshake, roots: Roots, host: str) -> ChainFacts:
    """Say what is true of the chain of a handshake."""
    # Where OpenSSL had to read the chain, nobody saw whether a staple came with it: its absence means nothing then.
    live = seen.read_by == "sigcheck"
    return describe(seen.chain, roots, host, moment, staple=seen.staple, message_size=seen.message_size, live=live)


def with_other_chains(evidence: Evidence, chains: Mapping[str, tuple[bytes, ...]], tells: Describe) -> Evidence:
    """Add to the TLS facts what connections presented that nobody has judged yet.

    `chains` are those of the deliveries, DER by name; `tells` says what is true of one.
    """
    facts = evidence.tls
    if facts is None:
        return evidence
    known = dict(chains)
    presented = list(_presented(evidence, facts, known))
    first = next((chain_name(each.chain) for each in facts.handshakes if isinstance(each, Handshake)), None)
    by_name: dict[str, list[str]] = {}
    for name, where in presented:
        by_name.setdefault(name, []).append(where)
    others = [name for name in by_name if name != first and name in known][:MOST_OTHERS]
    judged = tuple(
        OtherChain(name, tells(known[name]), len(by_name[name]), len(presented), by_name[name][0]) for name in others
    )
    # Where no diagnostic handshake got as far as a chain, a delivery may have.
    chain = facts.chain if facts.chain is not None or not judged else judged[0].facts
    tls = structs.replace(facts, connections=len(presented), others=judged, chain=chain)
    return structs.replace(evidence, tls=tls)


def _presented(evidence: Evidence, facts: TlsFacts, known: dict[str, tuple[bytes, ...]]) -> Iterator[tuple[str, str]]:
    """Give the name of each presented chain and where it was presented, and note chains that are new."""
    for handshake in facts.handshakes:
        if isinstance(handshake, Handshake):
            yield _noted(handshake.chain, known), f"the handshake with {handshake.address}"
            if handshake.openssl_code is not None:
                chain = handshake.openssl_chain or handshake.chain
                yield _noted(chain, known), f"OpenSSL's handshake with {handshake.address}"
    for handshake in facts.jdk_handshakes:
        if isinstance(handshake, Handshake):
            yield _noted(handshake.chain, known), "a handshake as a JDK 17 client makes it"
    for number, exchange in enumerate((*evidence.samples, *evidence.disturbed), 1):
        if exchange.chain is not None:
            yield exchange.chain, f"sample {number}"
    if evidence.http10 is not None and evidence.http10.chain is not None:
        yield evidence.http10.chain, "the delivery by HTTP/1.0"
    if evidence.unauthenticated is not None and evidence.unauthenticated.chain is not None:
        yield evidence.unauthenticated.chain, "the delivery without credentials"
    if evidence.moved is not None and evidence.moved.chain is not None:
        yield evidence.moved.chain, "the delivery with the query in its body"
    for scenario in evidence.scenarios:
        for number, exchange in enumerate(scenario.exchanges, 1):
            if exchange.chain is not None:
                name = "replay" if scenario.scenario == "retry" else scenario.scenario
                yield exchange.chain, f"request {number} of the {name}"


def _noted(chain: tuple[bytes, ...], known: dict[str, tuple[bytes, ...]]) -> str:
    name = chain_name(chain)
    known.setdefault(name, chain)
    return name
