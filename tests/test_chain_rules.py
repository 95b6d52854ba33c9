"""The rules about certificates where there is no chain, or where the handshake's own verdict says otherwise."""

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from sigcheck.chain import describe
from sigcheck.judge import judge_rule
from sigcheck.model.handshake import Handshake, HandshakeFailure, HandshakeFault, OtherChain, TlsFacts
from sigcheck.rules import RULES
from sigcheck.rules._chain import CHAIN_RULES, HOMES, span
from tests import pki
from tests.chains import TRUST, evidence_of, roots_of, tls_results


def _handshake(chain: pki.Chain, code: int | None, message: str = "") -> Handshake:
    return Handshake(
        address="127.0.0.1", server_name=chain.host, protocol="TLSv1.3", cipher="TLS_AES_128_GCM_SHA256", alpn=None,
        chain=chain.presented, seconds=0.01, openssl_code=code, openssl_message=message,
    )  # fmt: skip


def _facts(chain: pki.Chain):
    return describe(chain.presented, roots_of(chain), chain.host, chain.at)


def test_every_kind_of_defect_has_a_rule_that_is_registered() -> None:
    """No defect can go unnamed."""
    assert {rule.id for rule in RULES} >= CHAIN_RULES
    assert set(HOMES.values()) <= CHAIN_RULES


def test_plain_http_is_skipped() -> None:
    """There is no certificate to judge."""
    assert {result.status for result in tls_results(None, scheme="http")} == {"skip"}


def test_no_handshake_leaves_everything_open() -> None:
    """What was not seen is never a pass."""
    assert {result.status for result in tls_results(None)} == {"undecided"}
    nothing = msgspec.structs.replace(evidence_of(None), tls=None)
    assert {judge_rule(rule, nothing).status for rule in RULES if rule.id in CHAIN_RULES} == {"undecided"}


def test_a_failed_handshake_is_named_as_the_reason() -> None:
    """The fault of the handshake stands in the reason."""
    failure = HandshakeFailure("127.0.0.1", pki.HOST, HandshakeFault.RESET, "", 0.1)
    tls = TlsFacts(trust=TRUST, handshakes=(failure,), chain=None)
    evidence = msgspec.structs.replace(evidence_of(None), tls=tls)
    result = judge_rule(next(rule for rule in RULES if rule.id == "tls-expired"), evidence)
    assert "reset" in result.summary


def test_a_verdict_of_openssl_against_our_model_is_inconclusive_not_an_accusation() -> None:
    """OpenSSL accepted in the handshake what we would call expired."""
    chain = pki.chain(leaf={"start": -90, "days": 80})
    results = {r.rule: r for r in tls_results(_facts(chain), handshake=_handshake(chain, 0))}
    assert results["tls-expired"].status == "undecided"
    assert "OpenSSL itself accepted" in results["tls-expired"].summary
    agreed = {r.rule: r for r in tls_results(_facts(chain), handshake=_handshake(chain, 10))}
    assert agreed["tls-expired"].status == "fail"


def test_a_refusal_of_openssl_that_nothing_explains_is_inconclusive() -> None:
    """We find nothing and OpenSSL refused: the rule about validity stays open, and says so."""
    chain = pki.chain()
    results = {r.rule: r for r in tls_results(_facts(chain), handshake=_handshake(chain, 26, "unsuitable purpose"))}
    assert results["tls-chain-invalid"].status == "undecided"
    assert "unsuitable purpose" in results["tls-chain-invalid"].summary


@pytest.mark.parametrize("code", [0, 20])
def test_a_verdict_of_openssl_on_another_chain_changes_nothing(code: int) -> None:
    """OpenSSL was shown another machine's chain: an expired one is still expired, a good one still good."""
    expired, good = pki.chain(leaf={"start": -90, "days": 80}), pki.chain()
    for chain, other, status in ((expired, good, "fail"), (good, expired, "pass")):
        shown = msgspec.structs.replace(_handshake(chain, code), openssl_chain=other.presented)
        results = {r.rule: r for r in tls_results(_facts(chain), handshake=shown)}
        assert results["tls-expired"].status == status
        assert results["tls-chain-invalid"].status == "pass"


def test_a_defect_of_the_first_chain_is_told_with_its_share_where_others_lack_it() -> None:
    """The chain that was shown first is not that of all connections: one of several machines may be expired."""
    expired, good = _facts(pki.chain(leaf={"start": -90, "days": 80})), _facts(pki.chain())
    alone = evidence_of(expired)
    for others, measured in (
        ((), None),
        ((OtherChain("b" * 16, good, 5, 7, "sample 2"),), "2 of 7 connections were shown this chain"),
        ((OtherChain("b" * 16, expired, 5, 7, "sample 2"),), None),
    ):
        assert alone.tls is not None
        tls = msgspec.structs.replace(alone.tls, connections=7, others=others)
        rule = next(rule for rule in RULES if rule.id == "tls-expired")
        found = judge_rule(rule, msgspec.structs.replace(alone, tls=tls)).findings
        assert [each.measured for each in found] == [measured]


def test_an_unreadable_leaf_passes_no_rule() -> None:
    """One must rule fails, the others are skipped: nothing was seen that could pass."""
    chain = pki.chain(leaf={"damage": lambda der: der[:40]})
    statuses = {result.rule: result.status for result in tls_results(_facts(chain))}
    assert statuses.pop("tls-chain-invalid") == "fail"
    assert set(statuses.values()) == {"skip"}


@pytest.mark.parametrize(
    ("days", "left", "fires"),
    [
        (6, 2, False),
        (6, 0.9, True),
        (45, 8, False),
        (45, 7, True),
        (90, 16, False),
        (90, 14, True),
        (398, 31, False),
        (398, 29, True),
    ],
)
def test_expiry_is_soon_by_the_length_of_the_certificates_life(days: float, left: float, fires: bool) -> None:
    """The last sixth of its life, and never more than thirty days."""
    chain = pki.chain(leaf={"start": left - days, "days": days})
    results = {result.rule: result for result in tls_results(_facts(chain))}
    assert (results["tls-expires-soon"].status == "fail") is fires


def test_an_intermediate_that_ends_first_is_named() -> None:
    """The soonest end of the path counts, whosever it is."""
    chain = pki.chain(intermediate={"start": -400, "days": 405})
    result = {result.rule: result for result in tls_results(_facts(chain))}["tls-expires-soon"]
    assert "above the server's" in result.summary


def test_old_roots_are_mentioned() -> None:
    """A release of certifi more than a year old is named, with the command that renews it."""
    chain = pki.chain()
    old = msgspec.structs.replace(TRUST, name="certifi", released=pki.NOW - timedelta(days=400))
    facts = msgspec.structs.replace(_facts(chain), trust=old)
    results = {result.rule: result for result in tls_results(facts)}
    assert "400 days old" in results["tls-untrusted-root"].summary
    fresh = msgspec.structs.replace(facts, trust=msgspec.structs.replace(old, released=pki.NOW))
    assert "days old" not in {r.rule: r for r in tls_results(fresh)}["tls-untrusted-root"].summary


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(days=7) - timedelta(seconds=1), "6 days"),
        (timedelta(hours=72), "3 days"),
        (timedelta(hours=72) - timedelta(seconds=1), "71 hours"),
        (timedelta(minutes=61), "1 hour"),
    ],
    ids=["days", "from three days", "below", "singular"],
)
def test_time_that_is_left_is_rounded_down(time: timedelta, words: str) -> None:
    """No report promises a day that is not there."""
    assert span(time) == words


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"leaf": {"start": -10, "days": 16}}, "the certificate expires on "),
        (
            {"intermediate": {"start": -10, "days": 45}, "leaf": {"days": 89}},
            "a certificate above the server's expires",
        ),
    ],
    ids=["leaf", "above"],
)
def test_a_pass_says_what_expires_and_when(changed: dict[str, Any], says: str) -> None:
    """The line on the first screen is a sentence with a subject, and short enough to be shown whole."""
    result = {result.rule: result for result in tls_results(_facts(pki.chain(**changed)))}["tls-expires-soon"]
    assert result.status == "pass"
    words = result.summary.partition(";")[0]
    assert words.startswith(says)
    assert re.search(r" on \d{4}-\d\d-\d\d, in \d+ days$", words)
    assert len(words) <= 67
