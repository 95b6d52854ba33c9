"""What the rules about certificates say: causes in plain words, and nothing that a program prints of a value."""

import re

import pytest

from sigcheck.chain import describe
from sigcheck.chain.certificate import Cert, read
from sigcheck.chain.refusals import in_words
from sigcheck.chain.staple import staple_state
from sigcheck.model.chain import ChainFacts
from sigcheck.model.report import Result
from tests import pki
from tests.chains import roots_of, tls_results
from tests.corpus import Case, cases

# A repr of Python's or a debug print of Rust's, or a sentence put together wrongly.
PRINTED = re.compile(r"<Cert|<Name|\bb'|\bb\"|object at 0x|bytearray|[{}]|PhantomData|\bNone\b|DefectKind|datetime\.")
CLUMSY = re.compile(r"\b1 (certificates|intermediates|days|bytes|roots)\b|  |\(\(| \.|;$|: $|\b(\w+ refuses?): \1")
BY_ID = {case.id: case for case in cases()}


def facts_of(case: Case) -> ChainFacts:
    """Describe the chain of a case."""
    chain = case.make(pki.NOW)
    return describe(chain.presented, roots_of(chain), chain.host, chain.at, staple=chain.staple)


def texts(facts: ChainFacts, results: list[Result]) -> list[str]:
    """Give every text that a reader may see of a chain."""
    said = [text for result in results for text in (result.summary, result.reason, result.fix)]
    said += [part for result in results for each in result.findings for part in (each.message, each.fix, each.where)]
    said += [verdict.reason for verdict in facts.verdicts]
    return [text for text in said if text]


def test_no_text_holds_what_a_program_prints_of_a_value() -> None:
    """No repr, no debug print, no number that does not fit its noun, in any status of any rule."""
    for case in cases():
        facts = facts_of(case)
        said = texts(facts, tls_results(facts))
        assert [
            text for text in said if PRINTED.search(text) or CLUMSY.search(text.replace("good  INTERMEDIATE", ""))
        ] == [], case.id


@pytest.mark.parametrize(
    ("case", "rule", "words"),
    [
        ("deep-ten", "tls-jdk-refuses", "11 certificates were sent; a JDK client accepts at most 10"),
        ("too-many-twelve", "tls-jdk-refuses", "12 certificates were sent; a JDK client accepts at most 10"),
        ("too-long-45-kilobytes", "tls-jdk-refuses", " bytes long together; a JDK client accepts at most 32,768"),
        ("usage-encipherment-only", "tls-jdk-refuses", "not include digitalSignature, only keyEncipherment; a JDK"),
        ("name-trailing-dot", "tls-jdk-refuses", "the host name callback.example.com. ends in a dot; Java"),
        ("name-underscore", "tls-jdk-refuses", "the host name call_back.example.com has an underscore; a JDK client"),
        ("deep-six-disordered", "tls-jdk-refuses", "out of order, and the chain has 6 intermediates; a JDK client"),
        ("extension-twice-aia", "tls-jdk-refuses", "appears twice; JDK clients refuse this, but OpenSSL"),
        ("staple-revoked", "tls-strict-only", "the staple (OCSP response) says that the certificate is revoked since"),
        ("leaf-must-staple", "tls-strict-only", "demands a staple (must-staple), and the server sent none; strict"),
        ("staple-demanded-outdated", "tls-strict-only", "was good only until 2026-11-22 12:00 UTC, and the server"),
        ("deep-nine", "tls-strict-only", "the chain has more than 8 intermediates; strict verifiers refuse this"),
        ("self-signed-trusted-ca", "tls-strict-only", "the server certificate is marked as a CA; strict verifiers"),
        ("good", "tls-chain-incomplete", "the chain is complete (2 certificates)"),
        ("issued-by-root", "tls-chain-incomplete", "the chain is complete (1 certificate)"),
        ("issued-by-root", "tls-chain-disorder", "only the server certificate was sent"),
        ("self-signed-trusted", "tls-self-signed", "self-signed, and is itself one of the roots of test roots"),
        ("gap-root-sent", "tls-chain-incomplete", "the certificate of Level 1, which issued the server certificate"),
        ("gap-root-sent", "tls-chain-incomplete", "Level 0 and Good Root were sent, and Good Root is trusted"),
        ("gap-root-not-sent", "tls-chain-incomplete", "Level 0 was sent, and the root above, Good Root, is trusted"),
        ("gap-root-alone", "tls-chain-incomplete", "Good Root was sent, and is trusted"),
        ("gap-higher", "tls-chain-incomplete", "of Level 1, which issued the intermediate Level 2, was not"),
        ("gap-twice", "tls-chain-incomplete", "was not sent, nor was that of Level 1, which issued the intermediate"),
        ("gap-with-address", "tls-chain-incomplete", "it is available at http://ca.example.net/missing.crt"),
        ("gap-named-from-below", "tls-chain-incomplete", "the root above it, Good Root, is trusted"),
        ("gap-private", "tls-untrusted-root", "a private CA, as is Good Root, whose root certificate was sent"),
        ("gap-other-ca", "tls-chain-incomplete", "was not sent; Other CA was sent instead, which is another CA"),
        ("gap-other-ca", "tls-chain-disorder", "the certificates do not fit together"),
        ("incomplete", "tls-chain-incomplete", "was not sent: only the server certificate was"),
        ("name-ip-as-dns", "tls-name-mismatch", "127.0.0.1 (written as a DNS name"),
        ("name-trailing-dot-in-certificate", "tls-name-mismatch", "callback.example.com. (with a dot at its end)"),
        ("malformed-algorithms-differ", "tls-chain-invalid", "names one signature algorithm inside and another one"),
        ("path-length", "tls-chain-invalid", "allows no intermediate below it, and has 1"),
    ],
)  # fmt: skip
def test_the_summary_says_the_cause_in_plain_words(case: str, rule: str, words: str) -> None:
    """One line is enough to know what was seen, and who refuses it."""
    results = {result.rule: result for result in tls_results(facts_of(BY_ID[case]))}
    assert words in results[rule].summary


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("gap-root-sent", "put the certificate of Level 1 into the file that the server sends, right after the server"),
        ("gap-twice", "put the certificates of Level 3 and Level 1 into the file"),
        ("gap-other-ca", "in place of Other CA"),
        ("gap-with-address", "curl -s http://ca.example.net/missing.crt | openssl x509 -inform DER"),
        ("incomplete", "curl -s http://ca.example.net/intermediate.crt | openssl x509 -inform DER >> fullchain.pem"),
    ],
)
def test_the_missing_certificate_is_put_where_it_belongs(case: str, words: str) -> None:
    """To append is wrong where others stand above the gap."""
    (defect,) = facts_of(BY_ID[case]).defects
    assert words in defect.fix


@pytest.mark.parametrize("name", [name for name in BY_ID if name.startswith("gap-")])
def test_public_roots_change_nothing_about_a_gap(name: str) -> None:
    """A chain with a hole in it is broken, below certifi's roots as below those of a file."""
    chain = BY_ID[name].make(pki.NOW)
    facts = describe(chain.presented, roots_of(chain, public=True), chain.host, chain.at)
    failed = {result.rule: result.level for result in tls_results(facts) if result.status == "fail"}
    # Without its issuer, an address of it or a way up, a certificate looks like a private CA's.
    private = {"tls-untrusted-root": "must"}
    assert failed == (private if name == "gap-other-ca" else BY_ID[name].rules)


def test_a_ca_that_only_claims_to_come_from_a_trusted_root_closes_no_gap() -> None:
    """Its name leads to the root, its signature does not: nothing shows that the chain goes on."""
    root = pki.root()
    forged = pki.intermediate(root, "Forged CA", signer=pki.key("p256", "forger"))
    leaf = pki.leaf(pki.intermediate(pki.root("Private Root"), "Private CA"), aia=None)
    chain = pki.served({"root": root, "forged": forged, "leaf": leaf}, serve=("leaf", "forged"))
    facts = describe(chain.presented, roots_of(chain, public=True), chain.host, chain.at)
    assert [result.rule for result in tls_results(facts) if result.status == "fail"] == ["tls-untrusted-root"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "validation failed: something new (encountered processing <Certificate(subject=<Name(CN=a)>, ...)>)",
            'the chain has a fault that the verifier calls "something new"',
        ),
        (
            "validation failed: candidates exhausted: Odd key: Key { size: 3 }data: ",
            'the chain has a fault that the verifier calls "Odd key"',
        ),
        (
            "validation failed: <Certificate(subject=<Name(CN=a)>, ...)>",
            "the chain has a fault that the verifier does not name",
        ),
        ("b'\\x00\\x01'", "the chain has a fault that the verifier does not name"),
        ("bytearray(b'GET')", "the chain has a fault that the verifier does not name"),
        ("", "the chain has a fault that the verifier does not name"),
    ],
)
def test_an_unknown_refusal_is_quoted_without_what_is_printed_of_a_value(text: str, words: str) -> None:
    """The next version of the verifier may say what this one does not."""
    assert in_words(text) == words


def test_a_certificate_that_cannot_be_read_was_sent_all_the_same() -> None:
    """Nobody is told that only the server certificate was sent, where what followed it is damaged."""
    chain = pki.chain(intermediate={"damage": lambda der: der[:50]})
    facts = describe(chain.presented, roots_of(chain), chain.host, chain.at)
    damaged, missing = (defect.message for defect in facts.defects)
    assert damaged == "certificate 1 cannot be read: the certificate ends too early"
    assert "Good Intermediate" in missing
    assert "was not sent in a form that can be read" in missing


def test_a_staple_that_cannot_be_read_is_said_to_be_so_and_no_more() -> None:
    """The library's own words for it hold a debug print."""
    leaf = read(pki.chain().presented[0], 0)
    assert isinstance(leaf, Cert)
    assert staple_state(b"\x30\x00", leaf, pki.NOW) == ("unreadable", "cannot be read")
    assert staple_state(bytes.fromhex("30030a0101"), leaf, pki.NOW)[1] == (
        "holds no answer: the responder said malformed request"
    )


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "192.168.1.10", "::1", "localhost", "receiver", "nas.local", "a.internal."]
)
def test_no_public_ca_is_advised_for_a_local_name(host: str) -> None:
    """A public CA issues for no address and no name of one's own network: certbot would fail."""
    facts = describe((pki.leaf(None).der,), roots_of(pki.chain()), host, pki.NOW)
    fixes = [defect.fix for defect in facts.defects if defect.kind == "self-signed"]
    assert [("certbot" in fix, "--ca-file" in fix) for fix in fixes] == [(False, True)]


def test_certbot_is_advised_for_a_public_name() -> None:
    """A name of the public tree gets the command."""
    facts = describe((pki.leaf(None).der,), roots_of(pki.chain()), pki.HOST, pki.NOW)
    assert f"certbot certonly --nginx -d {pki.HOST}" in "".join(defect.fix for defect in facts.defects)
