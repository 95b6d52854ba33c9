"""The rules on the handshake, and on addresses that differ, over facts written down by hand."""

from hashlib import sha256

import msgspec
import pytest

from sigcheck.judge import judge_rule
from sigcheck.model.chain import Certificate, ChainFacts, ClientVerdict
from sigcheck.model.delivery import Failure, FailureKind, Phase
from sigcheck.model.handshake import (
    HandshakeFault,
    HandshakePhase,
    OtherChain,
    TlsFacts,
)
from sigcheck.rules import (
    reach_address_differs,
    tls_client_certificate,
    tls_handshake_failed,
    tls_jdk_refuses,
    tls_needs_sni,
    tls_plain_http,
    tls_protocol_old,
)
from sigcheck.rules._evidence import listed
from tests.tls_facts import (
    NOW,
    ONE,
    SHOWN,
    THREE,
    TRUST,
    TWO,
    evidence,
    facts,
    failure,
    failures_only,
    nginx_400,
    offers,
    shown,
)

RULES = (
    tls_plain_http.RULE,
    tls_handshake_failed.RULE,
    tls_protocol_old.RULE,
    tls_client_certificate.RULE,
    tls_needs_sni.RULE,
    reach_address_differs.RULE,
    tls_jdk_refuses.RULE,
)


def failing(tls: TlsFacts | None, **more) -> dict[str, str]:
    """Judge by all these rules; give the failed ones with their level."""
    results = [judge_rule(rule, evidence(tls, **more)) for rule in RULES]
    assert not [result for result in results if result.status == "broken"]
    return {result.rule: result.level for result in results if result.status == "fail"}


def result(rule, tls: TlsFacts | None, **more):
    """Judge by one rule."""
    return judge_rule(rule.RULE, evidence(tls, **more))


MISMATCH = failure(HandshakeFault.SIGNATURE, phase=HandshakePhase.KEY_EXCHANGE)
NOT_TRIED = failure(HandshakeFault.NOT_TRIED)
NO_OPENSSL = {"openssl_code": None, "openssl_message": "bad signature", "openssl_failure": MISMATCH}
OLD_ALERT = failure(HandshakeFault.ALERT, alert="protocol_version")
WEAK = shown(protocol="TLSv1.2", cipher="TLS_RSA_WITH_RC4_128_SHA", openssl_code=None, openssl_message="no ciphers")


@pytest.mark.parametrize(
    ("tls", "want"),
    [
        pytest.param(facts(), {}, id="good"),
        pytest.param(failures_only(failure(HandshakeFault.STALLED)), {"tls-handshake-failed": "must"}, id="stalled"),
        pytest.param(
            failures_only(failure(HandshakeFault.ALERT, alert="handshake_failure")),
            {"tls-handshake-failed": "must"},
            id="alert",
        ),
        pytest.param(failures_only(failure(HandshakeFault.REFUSED)), {}, id="refused-is-for-reach"),
        pytest.param(
            facts(
                shown(protocol="TLSv1", openssl_code=None, openssl_message="alert"),
                protocols=offers(True, False, False, False),
                jdk=(OLD_ALERT,),
            ),
            {"tls-protocol-old": "must"},
            id="only-1.0",
        ),
        pytest.param(facts(protocols=offers(True, True, True, True)), {"tls-protocol-old": "note"}, id="old-too"),
        pytest.param(
            facts(shown(client_certificate="demanded", openssl_code=None, openssl_message="alert")),
            {"tls-client-certificate": "must"},
            id="demanded",
        ),
        pytest.param(facts(shown(client_certificate="offered")), {"tls-client-certificate": "note"}, id="offered"),
        pytest.param(
            facts(
                WEAK,
                jdk=(failure(HandshakeFault.ALERT, alert="handshake_failure"),),
                protocols=offers(*[False] * 2, True, False),
            ),
            {"tls-handshake-failed": "must"},
            id="suites-nobody-takes",
        ),
        pytest.param(facts(WEAK), {"tls-handshake-failed": "should"}, id="only-openssl-is-refused"),
        pytest.param(
            facts(jdk=(failure(HandshakeFault.ALERT, alert="handshake_failure"),)),
            {"tls-jdk-refuses": "should"},
            id="only-the-jdk-is-refused",
        ),
        pytest.param(
            facts(shown(**NO_OPENSSL), jdk=(MISMATCH,) * 3), {"tls-handshake-failed": "must"}, id="another-private-key"
        ),
        pytest.param(
            facts(shown(**NO_OPENSSL | {"openssl_code": 20}), jdk=(MISMATCH,)),
            {"tls-handshake-failed": "must"},
            id="another-private-key-behind-an-untrusted-chain",
        ),
        pytest.param(facts(shown(**NO_OPENSSL)), {"tls-handshake-failed": "should"}, id="openssl-alone-finds-it"),
        pytest.param(facts(jdk=(SHOWN, MISMATCH, SHOWN)), {"tls-jdk-refuses": "should"}, id="one-of-three"),
        pytest.param(
            facts(SHOWN, shown(address=TWO, **NO_OPENSSL), jdk=(MISMATCH,)),
            {"tls-handshake-failed": "must", "tls-jdk-refuses": "should", "reach-address-differs": "should"},
            id="the-second-address-is-broken-for-both",
        ),
        pytest.param(
            facts(shown(**NO_OPENSSL), jdk=(failure(HandshakeFault.CERTIFICATE),)), {}, id="named-by-the-chain-rules"
        ),
        pytest.param(
            facts(jdk=(failure(HandshakeFault.CERTIFICATE),)), {}, id="named-by-the-chain-rules-for-the-jdk-alone"
        ),
        pytest.param(
            facts(shown(warnings=("unrecognized_name",)), jdk=(shown(warnings=("unrecognized_name",)),)),
            {"tls-jdk-refuses": "should"},
            id="warned-of-the-name",
        ),
        pytest.param(
            facts(without_server_name=failure(HandshakeFault.ALERT, alert="unrecognized_name")),
            {"tls-needs-sni": "should"},
            id="fails-without-sni",
        ),
        pytest.param(
            facts(without_server_name=shown(chain=(b"other",))), {"tls-needs-sni": "should"}, id="other-without-sni"
        ),
        pytest.param(facts(without_server_name=None), {}, id="address-literal"),
        pytest.param(facts(SHOWN, shown(address=TWO)), {}, id="two-alike"),
        pytest.param(
            facts(SHOWN, shown(address=TWO, chain=(b"other",))), {"reach-address-differs": "note"}, id="other-leaf"
        ),
        pytest.param(
            facts(SHOWN, shown(address=TWO, openssl_code=10, openssl_message="certificate has expired")),
            {"reach-address-differs": "should"},
            id="one-expired",
        ),
        pytest.param(
            facts(SHOWN, failure(HandshakeFault.STALLED, address=TWO)),
            {"reach-address-differs": "should"},
            id="one-stalls",
        ),
        pytest.param(
            facts(SHOWN, shown(address=TWO, protocol="TLSv1.2")), {"reach-address-differs": "should"}, id="one-older"
        ),
    ],
)
def test_one_defect_fires_one_rule(tls, want):
    """Each defect of a handshake fails its one rule at its level, and no other."""
    assert failing(tls) == want


@pytest.mark.parametrize("rule", RULES[1:5], ids=lambda rule: rule.id)
def test_without_tls_facts_nothing_is_judged(rule):
    """No facts: skipped, saying why; cut short: undecided."""
    assert "http://" in judge_rule(rule, evidence(None, scheme="http")).summary
    assert judge_rule(rule, evidence(None)).status == "skip"
    assert judge_rule(rule, evidence(None, interrupted="SIGINT")).status == "undecided"


def test_plain_http_is_a_warning():
    """http:// is accepted by the Cloud, so it is a `should`; https:// passes."""
    assert failing(None, scheme="http") == {"tls-plain-http": "should"}
    assert result(tls_plain_http, facts()).status == "pass"


@pytest.mark.parametrize("fault", [fault for fault in HandshakeFault if fault is not HandshakeFault.NOT_TRIED])
def test_every_fault_has_a_fix_or_another_rule(fault):
    """Whatever the fault, the handshake rule gives a mend of its own or leaves it to the reach rules."""
    outcome = result(tls_handshake_failed, failures_only(failure(fault)))
    if fault in {HandshakeFault.REFUSED, HandshakeFault.UNREACHABLE, HandshakeFault.TIMEOUT}:
        assert outcome.status == "skip"
    else:
        assert outcome.status == "fail"
        assert outcome.fix != tls_handshake_failed.RULE.fix


def test_equal_failures_are_said_once():
    """Two addresses that fail alike are one finding, two that fail apart are two."""
    alike = failures_only(failure(HandshakeFault.RESET), failure(HandshakeFault.RESET, address=TWO))
    apart = failures_only(failure(HandshakeFault.RESET), failure(HandshakeFault.STALLED, address=TWO))
    assert len(result(tls_handshake_failed, alike).findings) == 1
    assert len(result(tls_handshake_failed, apart).findings) == 2


def test_another_private_key_is_said_in_plain_words_with_what_to_do():
    """Both families' words stand in the finding, and the mend names the two commands that compare the keys."""
    outcome = result(tls_handshake_failed, facts(shown(**NO_OPENSSL), jdk=(MISMATCH,) * 3))
    assert outcome.summary == "it was signature; a default OpenSSL client fails: it was signature"
    assert "openssl pkey -pubout" in outcome.fix
    late = failure(HandshakeFault.STALLED, phase=HandshakePhase.FINISHED)
    outcome = result(tls_handshake_failed, facts(shown(**NO_OPENSSL | {"openssl_failure": late}), jdk=(late,)))
    assert outcome.fix == tls_handshake_failed.FIX_LATER


@pytest.mark.parametrize(
    ("fault", "alert", "phase", "words"),
    [
        (HandshakeFault.PROTOCOL, None, HandshakePhase.KEY_EXCHANGE, "weak Diffie-Hellman parameters"),
        (HandshakeFault.RESET, None, HandshakePhase.FINISHED, "shows its certificate and then breaks off"),
        (HandshakeFault.ALERT, "internal_error", HandshakePhase.HELLO, "broke off because of an error of its own"),
        (HandshakeFault.ALERT, "handshake_failure", HandshakePhase.HELLO, "weak Diffie-Hellman parameters"),
    ],
)
def test_what_to_do_about_a_refusal_of_openssl_fits_what_was_seen(fault, alert, phase, words):
    """Short parameters of Diffie-Hellman are no sign of a box on the way, and an alert says more than a guess."""
    seen = failure(fault, alert=alert, phase=phase)
    assert words in result(tls_handshake_failed, facts(shown(**NO_OPENSSL | {"openssl_failure": seen}))).fix


def test_a_server_that_insists_on_alpn_is_told_so():
    """Clients that offer no ALPN are refused: nothing is wrong with the cipher suites."""
    seen = failure(HandshakeFault.ALERT, alert="no_application_protocol")
    outcome = result(tls_handshake_failed, facts(shown(**NO_OPENSSL | {"openssl_failure": seen}), jdk=(seen,)))
    assert outcome.summary.startswith("a JDK 17 client fails: it was no_application_protocol")
    assert "insists on ALPN" in outcome.fix


def test_addresses_are_the_subject_of_a_whole_sentence():
    """One address speaks, and each of several does."""
    older, three = shown(address=TWO, protocol="TLSv1.2"), shown(address="192.0.2.3")
    outcome = result(reach_address_differs, facts(SHOWN, older, three))
    assert outcome.summary.endswith(f"speaks TLS 1.2; each of {SHOWN.address} and 192.0.2.3 speaks TLS 1.3")


def test_what_some_connections_with_sni_meet_too_is_no_matter_of_sni():
    """One of several machines shows another chain, or fails: the handshake without SNI was one of those it answered."""
    unauthenticated = shown(server_name=None, chain=(b"other",))
    leaf = Certificate(
        0, "leaf", "CN=a.example", "CN=CA", "1", NOW, NOW, "EC P-256", "ECDSA", sha256(b"other").hexdigest()
    )
    other = OtherChain("b" * 16, ChainFacts("a.example", NOW, TRUST, (leaf,), (), None, (), ()), 3, 20, "sample 4")
    assert result(tls_needs_sni, facts(without_server_name=unauthenticated)).status == "fail"
    assert result(tls_needs_sni, facts(without_server_name=unauthenticated, others=(other,))).status == "undecided"
    refused = facts(without_server_name=failure(HandshakeFault.RESET))
    reset = Failure(FailureKind.TLS_FAILED, Phase.TLS, "the connection was reset in the handshake")
    lost = msgspec.structs.replace(nginx_400(), outcome=reset)
    assert result(tls_needs_sni, refused).status == "fail"
    assert result(tls_needs_sni, refused, samples=(lost,)).status == "undecided"


def test_how_many_of_the_handshakes_failed_is_said():
    """One of three is no steady refusal."""
    assert "1 of 3 handshakes" in result(tls_jdk_refuses, facts(jdk=(SHOWN, MISMATCH, SHOWN))).summary


def test_client_certificate_of_nginx_is_seen_in_the_answer():
    """Nginx finishes the handshake and answers 400: that is a demand, even without TLS facts."""
    judged = judge_rule(tls_client_certificate.RULE, evidence(facts(), samples=(nginx_400(),)))
    assert (judged.status, judged.level) == ("fail", "must")


@pytest.mark.parametrize(
    ("rule", "tls"),
    [
        pytest.param(tls_client_certificate, facts(shown(client_certificate="unknown")), id="certificate"),
        pytest.param(tls_protocol_old, facts(protocols=offers(True, None, None, False)), id="versions"),
        pytest.param(tls_needs_sni, facts(without_server_name=failure(HandshakeFault.NOT_TRIED)), id="sni"),
        pytest.param(tls_handshake_failed, failures_only(failure(HandshakeFault.NOT_TRIED)), id="handshake"),
        pytest.param(reach_address_differs, facts(SHOWN, failure(HandshakeFault.NOT_TRIED, address=TWO)), id="reach"),
        pytest.param(tls_jdk_refuses, facts(jdk=(NOT_TRIED,)), id="no-jdk"),
        pytest.param(tls_jdk_refuses, facts(jdk=(shown(finished=False),)), id="first-flight-alone"),
        pytest.param(tls_handshake_failed, facts(shown(**NO_OPENSSL), jdk=(NOT_TRIED,)), id="no-jdk-beside-openssl"),
        pytest.param(
            tls_handshake_failed,
            facts(shown(openssl_code=None, openssl_message=None), jdk=(MISMATCH,)),
            id="no-openssl-beside-a-jdk",
        ),
        pytest.param(
            tls_handshake_failed,
            facts(shown(openssl_code=None, openssl_message=None), jdk=(shown(finished=False),)),
            id="nobody-finished",
        ),
    ],
)
def test_what_could_not_be_decided_is_undecided(rule, tls):
    """A fact that is not known is never an accusation."""
    assert result(rule, tls).status == "undecided"


def test_another_certificate_that_is_good_too_needs_no_sni():
    """Where the certificate shown without SNI was judged good for the name, the rule passes."""
    verdicts = (ClientVerdict("openssl", accepts=True, reason=""), ClientVerdict("jdk", accepts=True, reason=""))
    chain = ChainFacts("a.example", NOW, TRUST, (), (), None, (), verdicts)
    tls = facts(without_server_name=shown(chain=(b"other",)), chain_without_server_name=chain)
    assert result(tls_needs_sni, tls).status == "pass"
    refused = msgspec.structs.replace(chain, verdicts=(ClientVerdict("jdk", accepts=False, reason="name"),))
    tls = msgspec.structs.replace(tls, chain_without_server_name=refused)
    assert result(tls_needs_sni, tls).status == "fail"


def test_addresses_of_plain_http_are_compared_by_their_connections():
    """Without TLS, one address that refuses beside one that accepts is a difference; no route from here is none."""
    differ = ((ONE, "connected"), (TWO, "refused"), (THREE, "connected"))
    found = result(reach_address_differs, None, scheme="http", network=differ)
    assert (found.status, found.level) == ("fail", "should")
    assert found.findings[0].where == TWO
    here = ((ONE, "connected"), (TWO, "unreachable"))
    assert result(reach_address_differs, None, scheme="http", network=here).status == "skip"


@pytest.mark.parametrize(
    ("names", "words"), [(["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C"), ([], "")]
)
def test_names_are_listed_as_in_a_sentence(names, words):
    """One "and", before the last."""
    assert listed(names) == words
