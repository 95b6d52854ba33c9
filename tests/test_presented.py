"""Every connection of a run counts: a chain, a certificate or a protocol that only some of them show is a fault."""

import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from msgspec import structs

from sigcheck.chain import describe
from sigcheck.errors import UsageProblem
from sigcheck.model.events import ProbeStarted
from sigcheck.model.handshake import MOST_OTHERS
from sigcheck.model.rule import Status
from sigcheck.overrides import parse_override, parse_overrides
from sigcheck.presented import chain_name, with_other_chains
from sigcheck.probes.delivery import MOST_CHAINS, HttpTransport
from sigcheck.probes.network import Resolver
from tests import pki
from tests.chains import evidence_of, roots_of
from tests.changing import GOOD, changing, context_of, verify_tls
from tests.evidence import exchange
from tests.running import failed, result

NOW = datetime.now(UTC)
TWO = ("127.0.0.1", "127.0.0.2")
QUICK = 17
SETTINGS_FRAME = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
DIAGNOSTIC = 5
"""Handshakes with the first address that show a chain before anything is delivered: ours, OpenSSL's, a JDK's three."""
BAD = {
    "tls-self-signed": lambda: pki.served({"leaf": pki.leaf(None, now=NOW)}, serve=["leaf"], trust=(), now=NOW),
    "tls-expired": lambda: pki.chain(now=NOW, leaf={"start": -90, "days": 80}),
    "tls-not-yet-valid": lambda: pki.chain(now=NOW, leaf={"start": 2, "days": 80}),
    "tls-name-mismatch": lambda: pki.chain(now=NOW, leaf={"names": pki.dns("other.example.com")}),
    "tls-chain-incomplete": lambda: pki.chain(now=NOW, serve=["leaf"]),
    "tls-untrusted-root": lambda: pki.chain(
        now=NOW,
        root={"subject": "Another Root"},
        intermediate={"subject": "Another Intermediate"},
        serve=["leaf", "intermediate", "root"],
    ),
}
"""A chain that the rule of that name refuses, for the same host as the good one."""


@pytest.fixture(scope="module")
def good():
    """Give the good chain."""
    return pki.chain(now=NOW)


@pytest.fixture(scope="module")
def fine(good, tmp_path_factory):
    """Give a server context that presents the good chain."""
    return context_of(good, tmp_path_factory.mktemp("good"))


def test_a_good_receiver_is_compliant(good, fine):
    """The control: one chain on every connection, and every pass on certificates says how many connections."""
    with changing(lambda served: fine) as server:
        report = verify_tls(server, good, samples=3)
    assert failed(report) == []
    tls = report.evidence.tls
    assert (tls.others, tls.connections) == ((), DIAGNOSTIC + 4)
    assert result(report, "tls-expired").examined.count == DIAGNOSTIC + 4


@pytest.mark.parametrize("rule", BAD)
def test_another_chain_on_every_fourth_delivery_is_a_must(rule, good, fine, tmp_path):
    """One machine of four that shows another chain, to deliveries alone, is named by its rule with its share."""
    other = context_of(BAD[rule](), tmp_path)
    chosen = {"bad": False}

    def tell(event):
        if isinstance(event, ProbeStarted) and event.probe == "delivery":
            chosen["bad"] = True
            server.restart()

    with changing(lambda served: other if chosen["bad"] and served.number % 4 == 0 else fine) as server:
        report = verify_tls(server, good, tell=tell)
    assert failed(report) == [rule]
    (finding,) = result(report, rule).findings
    assert finding.measured == f"4 of {DIAGNOSTIC + 18} connections were shown this other chain, first in sample 4"
    assert report.verdict == "non-compliant"


@pytest.mark.parametrize("every", [2, 3, 4])
@pytest.mark.parametrize("rule", ["tls-self-signed", "tls-expired", "tls-name-mismatch"])
def test_another_chain_on_every_nth_connection_is_a_must(rule, every, good, fine, tmp_path):
    """Whatever connection of the run meets it first, a handshake or a delivery, the rule fails as `must`."""
    other = context_of(BAD[rule](), tmp_path)
    with changing(lambda served: fine if served.number % every else other) as server:
        report = verify_tls(server, good)
    assert rule in failed(report)
    assert set(failed(report)) <= {rule}
    others = report.evidence.tls.others
    assert len(others) == 1
    assert 0 < others[0].shown < others[0].of == report.evidence.tls.connections
    assert "for all 2 chains" in result(report, "tls-weak-key").summary


def test_another_chain_that_is_good_accuses_nobody(good, fine, tmp_path):
    """A renewal that has not reached all machines is in order: both chains are judged, and both pass."""
    renewed = context_of(pki.chain(now=NOW, leaf={"days": 85, "owner": "renewed"}), tmp_path)
    with changing(lambda served: fine if served.number % 2 else renewed) as server:
        report = verify_tls(server, good)
    assert failed(report) == []
    assert len(report.evidence.tls.others) == 1
    assert re.search(
        r"this holds for all 2 chains that \d+ connections were shown", result(report, "tls-expired").summary
    )


@pytest.mark.parametrize("rule", ["tls-self-signed", "tls-expired", "tls-name-mismatch"])
def test_a_second_address_with_another_certificate_is_a_must(rule, good, fine, tmp_path):
    """Half of the messages go to the second address, so what is wrong there fails the rule that names it."""
    other = context_of(BAD[rule](), tmp_path)
    with changing(lambda served: fine if served.host == TWO[0] else other, hosts=TWO) as server:
        report = verify_tls(server, good, hosts=TWO)
    assert failed(report) == [rule]
    measured = [each.measured for each in result(report, rule).findings]
    assert measured == ["12 of 26 connections were shown this other chain, first in the handshake with 127.0.0.2"]


def test_a_second_address_that_answers_500_is_a_must(good, fine):
    """An error at one address of two is told with its share: half of the messages would fail."""

    def reply(served, tls):
        return GOOD if served.host == TWO[0] else b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"

    with changing(lambda served: fine, hosts=TWO, reply=reply) as server:
        report = verify_tls(server, good, hosts=TWO)
    assert failed(report) == ["response-not-2xx"]
    assert "8 of 17 samples (all at 127.0.0.2) were answered 500 'Oops'" in result(report, "response-not-2xx").summary


def test_every_address_gets_a_sample_however_few_were_asked_for(good, fine):
    """With one sample and two addresses the second is asked too: from it, nothing would be known else."""

    def reply(served, tls):
        return GOOD if served.host == TWO[0] else b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"

    with changing(lambda served: fine, hosts=TWO, reply=reply) as server:
        report = verify_tls(server, good, hosts=TWO, samples=1)
    assert failed(report) == ["response-not-2xx"]


def test_deliveries_go_round_all_addresses(good, fine):
    """Each address gets every second delivery, and each of them both with ALPN and without."""
    with changing(lambda served: fine, hosts=TWO) as server:
        report = verify_tls(server, good, hosts=TWO, families=("reach", "response"))
    seen = report.evidence.samples
    assert Counter(each.address for each in seen) == {TWO[0]: 9, TWO[1]: 8}
    assert Counter(each.host for each in server.requests) == {TWO[0]: 9, TWO[1]: 9}
    assert {(each.address, each.offered_alpn) for each in seen} == {
        (host, alpn) for host in TWO for alpn in (True, False)
    }


def test_deliveries_go_only_where_a_connection_was_accepted(good, fine):
    """An address that refused is the matter of the reach rules: no delivery is wasted on it."""
    with changing(lambda served: fine) as server:
        report = verify_tls(server, good, hosts=TWO, families=("reach", "response"), samples=5)
    assert {each.address for each in report.evidence.samples} == {TWO[0]}
    assert result(report, "reach-address-differs").status is Status.FAIL
    assert failed(report) == []


@pytest.mark.parametrize(
    ("asked", "reply"),
    [
        ("needs-alpn", lambda served, tls: GOOD if tls.selected_alpn_protocol() else b""),
        ("h2-without-alpn", lambda served, tls: GOOD if tls.selected_alpn_protocol() else SETTINGS_FRAME),
        ("breaks-with-alpn", lambda served, tls: b"" if tls.selected_alpn_protocol() else GOOD),
    ],
)
def test_a_server_that_serves_only_some_clients_is_a_must(asked, reply, good, tmp_path):
    """Some clients offer ALPN and some do not: a server that answers only one kind fails, with its share."""
    context = context_of(good, tmp_path)
    context.set_alpn_protocols(["http/1.1"])
    with changing(lambda served: context, reply=reply) as server:
        report = verify_tls(server, good)
    assert failed(report) == ["response-malformed"]
    lost = 8 if asked == "breaks-with-alpn" else 9
    assert [each.measured for each in result(report, "response-malformed").findings] == [f"{lost} of 17 samples"]


def shown(count):
    """Give so many chains of one self-signed certificate each."""
    return [(pki.leaf(None, now=NOW, serial=number + 1).der,) for number in range(count)]


def test_more_chains_than_are_kept():
    """A receiver that shows a new chain each time fills no memory: so many are kept, and what came later is named."""
    deliver = HttpTransport(Resolver())
    chains = shown(MOST_CHAINS + 6)
    names = [deliver._keep(chain) for chain in chains]
    assert names == [chain_name(chain) for chain in chains]
    assert list(deliver.chains) == names[:MOST_CHAINS]
    assert deliver._keep(chains[0]) == names[0]
    assert deliver._keep(()) is None


def test_more_chains_than_are_judged(good):
    """Of many chains the first are judged; all connections count."""
    chains = {chain_name(chain): chain for chain in shown(MOST_OTHERS + 4)}
    seen = evidence_of(describe(good.presented, roots_of(good), good.host, NOW))
    samples = tuple(map(sample_with, chains))
    seen = with_chains(seen, samples, chains, good)
    assert (len(seen.tls.others), seen.tls.connections) == (MOST_OTHERS, MOST_OTHERS + 4)
    assert [each.where for each in seen.tls.others] == [f"sample {number}" for number in range(1, MOST_OTHERS + 1)]


def test_a_chain_that_was_not_kept_is_counted_and_not_judged(good):
    """What came after the last chain that is kept has a name and no certificates: it counts, and is not judged."""
    seen = evidence_of(describe(good.presented, roots_of(good), good.host, NOW))
    seen = with_chains(seen, (sample_with("0123456789abcdef"),), {}, good)
    assert (seen.tls.others, seen.tls.connections) == ((), 1)


def sample_with(name):
    """Give a sample whose connection showed a chain."""
    return structs.replace(exchange(), chain=name)


def with_chains(seen, samples, chains, trust):
    """Add samples and what their connections showed to evidence."""
    return with_other_chains(
        structs.replace(seen, samples=samples), chains, lambda chain: describe(chain, roots_of(trust), trust.host, NOW)
    )


def test_a_new_certificate_on_every_connection(good, tmp_path):
    """Over real sockets: a run in which no two connections show the same chain ends, and is refused."""
    contexts = []
    for place in range(60):
        chain = pki.served({"leaf": pki.leaf(None, now=NOW)}, serve=["leaf"], trust=(), now=NOW)
        contexts.append(context_of(chain, tmp_path / str(place)))
    with changing(lambda served: contexts[served.number % len(contexts)]) as server:
        report = verify_tls(server, good)
    assert "tls-self-signed" in failed(report)
    assert len({each.chain for each in report.evidence.samples}) == QUICK
    assert len(report.evidence.tls.others) == MOST_OTHERS


def test_a_delivery_may_show_the_only_chain(good):
    """Where no diagnostic handshake got as far as a chain, that of a delivery is judged."""
    chains = {chain_name(good.presented): good.presented}
    seen = with_chains(evidence_of(None), (sample_with(*chains),), chains, good)
    assert seen.tls.chain is not None
    assert seen.tls.connections == 1


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["a.example:443:192.0.2.1"], {("a.example", 443): ("192.0.2.1",)}),
        (["a.example:443:192.0.2.1,192.0.2.2"], {("a.example", 443): ("192.0.2.1", "192.0.2.2")}),
        (["a.example:443:192.0.2.1", "A.example:443:[2001:db8::1],192.0.2.1"],
         {("a.example", 443): ("192.0.2.1", "2001:db8::1")}),
        (["a.example:443:192.0.2.1, 192.0.2.2", "a.example:80:192.0.2.3"],
         {("a.example", 443): ("192.0.2.1", "192.0.2.2"), ("a.example", 80): ("192.0.2.3",)}),
    ],
    ids=["one", "a-list", "twice-and-ipv6", "two-ports"],
)  # fmt: skip
def test_several_addresses_can_be_given_for_a_name(texts, found):
    """Addresses for one host and port are all used, in order and each once."""
    assert parse_overrides(texts) == found


@pytest.mark.parametrize("text", ["a.example:443:", "a.example:443:192.0.2.1,", "a.example:x:192.0.2.1", "a.example"])
def test_an_override_that_cannot_be_read(text):
    """An empty or mistyped address is a usage error, which says how one is written."""
    with pytest.raises(UsageProblem, match="--resolve cannot be read: write HOST:PORT:ADDRESS"):
        parse_override(text)
