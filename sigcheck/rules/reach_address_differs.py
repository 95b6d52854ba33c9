"""reach-address-differs: the addresses behind the name do not behave or present alike."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import Handshake, HandshakeFailure, HandshakeFault, HandshakeOutcome
from sigcheck.model.network import Address
from sigcheck.model.rule import Finding, Level, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._evidence import screened
from sigcheck.rules._tls import fingerprint, version

SILENT = "does not answer"
CONNECTIONS = {"connected": "accepts connections", "refused": "refuses connections", "no answer": SILENT}


def check(evidence: Evidence) -> Iterator[Remark]:
    """Group the addresses by what they do: a client takes one of them, and not always the same."""
    network = evidence.network
    if network is None or not network.addresses:
        yield Skipped("no address is known")
        return
    # "unreachable" is a lack of a route here, most often of IPv6: it says nothing of the server.
    judged = [address for address in network.addresses if address.outcome not in {"unreachable", "local", "not tried"}]
    if len(judged) < 2:
        yield Skipped(
            "there is only one address, so there is nothing to compare"
            if judged
            else "no address could be tried from here"
        )
        return
    outcomes = {outcome.address: outcome for outcome in evidence.tls.handshakes} if evidence.tls else {}
    groups: dict[str, list[str]] = {}
    untried = []
    for address in judged:
        outcome = outcomes.get(address.address)
        if isinstance(outcome, HandshakeFailure) and outcome.fault is HandshakeFault.NOT_TRIED:
            untried.append(address.address)
            continue
        groups.setdefault(_behaviour(address, outcome), []).append(address.address)
    if len(groups) > 1:
        usual = max(groups, key=lambda words: len(groups[words]))
        for words, places in groups.items():
            if words != usual:
                where = ", ".join(places)
                said = f"{_each(places)} {words}; {_each(groups[usual])} {usual}"
                silent = usual if words != SILENT else words
                yield Finding(said, where=where, level=_weight(silent, groups, evidence))
        return
    yield from _certificates(
        [outcome for outcome in map(outcomes.get, sorted(outcomes)) if isinstance(outcome, Handshake)]
    )
    if untried:
        yield Undecided(f"time was used up before {', '.join(untried)} could be tried")
    elif network.untried:
        many = len(network.addresses) + network.untried
        yield Undecided(f"{len(judged)} of {many} addresses were tried, and they behave alike")
    else:
        yield Passed(f"{len(judged)} addresses behave alike: each {next(iter(groups))}", len(judged), "addresses")


def _each(places: list[str]) -> str:
    """Make the subject of a sentence about one place or several, whose verb is in the singular."""
    return places[0] if len(places) == 1 else f"each of {', '.join(places[:-1])} and {places[-1]}"


def _weight(words: str, groups: dict[str, list[str]], evidence: Evidence) -> Level | None:
    """Give the level of a difference: a must where an address of IPv4 is silent and another one is not.

    A client that meets a refusal goes on to the next address; one that meets silence waits too long. The published
    sender range is IPv4, so what an address of IPv6 does does not befall the Cloud.
    """
    fours = [place for place in groups.get(words, ()) if ":" not in place]
    return "must" if words == SILENT and fours and not screened(evidence) else None


def _behaviour(address: Address, outcome: HandshakeOutcome | None) -> str:
    """Say in a few words what an address does; equal words are equal behaviour."""
    match outcome:
        case Handshake():
            words = [f"speaks {version(outcome.protocol)}"]
            if outcome.client_certificate == "demanded":
                words.append("demands a client certificate")
            if outcome.openssl_code:
                words.append(f"presents a chain that OpenSSL refuses ({outcome.openssl_message})")
            elif outcome.openssl_code is None and outcome.openssl_message:
                words.append(f"refuses OpenSSL ({outcome.openssl_message})")
            return " and ".join(words)
        case HandshakeFailure() if outcome.alert:
            return f"fails the TLS handshake (alert {outcome.alert})"
        case HandshakeFailure():
            return f"fails the TLS handshake ({outcome.fault.value})"
        case None:
            return CONNECTIONS[address.outcome]


def _certificates(shown: list[Handshake]) -> Iterator[Remark]:
    """Remark on different leaves that fare alike: a renewal that has not reached all machines, or two issuers."""
    leaves: dict[bytes, list[str]] = {}
    for outcome in shown:
        leaves.setdefault(outcome.chain[0], []).append(outcome.address)
    if len(leaves) > 1:
        each = "; ".join(f"{', '.join(places)} {fingerprint(leaf)}" for leaf, places in leaves.items())
        yield Finding(
            f"{len(leaves)} certificates are presented behind one name, and clients treat them alike: {each}",
            level="note",
            fix="This is fine if it is intended; after a renewal, reload the machines that still present the old "
            "certificate.",
        )


RULE = Rule(
    id="reach-address-differs",
    level="should",
    title="Every address behind the name behaves alike",
    problem="The addresses behind the name behave differently",
    fix="Make the machine that differs behave like the others, or take its address out of DNS.",
    source=OURS,
    check=check,
)
