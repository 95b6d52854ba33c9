"""tls-young-root, and the table of young roots behind it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import structs

from sigcheck.chain import Roots, describe
from sigcheck.judge import judge_rule
from sigcheck.model.chain import Anchor, ChainFacts
from sigcheck.model.evidence import Settings
from sigcheck.model.report import Result
from sigcheck.rules import tls_jdk_refuses, tls_young_root
from sigcheck.rules._root_stores import BY_SHA256, READ, YOUNG, YOUNG_YEARS, Certainty, Standing, Store
from sigcheck.trust import certifi_roots
from tests import pki
from tests.chains import TRUST, evidence_of, roots_of

AT = datetime(2026, 11, 26, tzinfo=UTC)
NAMED = {root.name: root for root in YOUNG}


def _anchor(name: str) -> Anchor:
    root = NAMED[name]
    return Anchor(root.name, root.sha256, datetime.fromisoformat(root.begins).replace(tzinfo=UTC))


OLD = Anchor("ISRG Root X1", "9" * 64, datetime(2015, 6, 4, tzinfo=UTC))
NEW = Anchor("Root of Tomorrow", "8" * 64, datetime(2026, 1, 1, tzinfo=UTC))


def _facts(*anchors: Anchor, at: datetime = AT) -> ChainFacts:
    chain = pki.chain()
    facts = describe(chain.presented, roots_of(chain), chain.host, chain.at)
    return structs.replace(facts, anchors=anchors, observed_at=at)


def _judged(*anchors: Anchor, at: datetime = AT) -> Result:
    return judge_rule(tls_young_root.RULE, evidence_of(_facts(*anchors, at=at)))


def test_every_young_root_of_certifi_is_in_the_table():
    """A root that certifi adds is named here until its stores have been looked up."""
    since = datetime.fromisoformat(READ).replace(tzinfo=UTC) - timedelta(days=YOUNG_YEARS * 365.25)
    young = {cert.sha256: cert.label for cert in certifi_roots().all() if cert.not_before >= since}
    assert len(young) > 30
    assert {name for sha256, name in young.items() if sha256 not in BY_SHA256} == set()


def test_the_table_is_of_roots_of_certifi():
    """Each entry is a root of the installed certifi, by its hash, its name and the day on which it begins."""
    roots = {cert.sha256: cert for cert in certifi_roots().all()}
    assert {root.name for root in YOUNG if root.sha256 not in roots} == set()
    assert {
        root.name for root in YOUNG if roots[root.sha256].not_before.date() != date.fromisoformat(root.begins)
    } == set()
    assert len(BY_SHA256) == len(YOUNG) == len(NAMED)


@pytest.mark.parametrize("root", YOUNG, ids=lambda root: root.name)
def test_every_entry_has_a_source_or_is_unknown(root):
    """Nothing is claimed without a source; what is unknown has neither a version nor a month."""
    assert set(root.stores) == set(Store)
    for entry in root.stores.values():
        unknown = entry.standing is Standing.UNKNOWN
        assert (entry.certainty is Certainty.UNKNOWN, entry.source == "") == (unknown, unknown)
        assert entry.source.startswith("https://") or unknown
        assert bool(entry.since) == (entry.standing is Standing.SINCE)
        assert re.fullmatch(r"(20\d\d-(0[1-9]|1[0-2]))?", entry.month)
    assert root.cross is None or root.cross.source.startswith("https://")


def test_a_chain_to_a_young_root_only():
    """The finding names the stores that know the root, since when and how sure, and the root that also signed it."""
    result = _judged(_anchor("Sectigo Public Server Authentication Root E46"))
    assert (result.status, result.findings[0].level or result.level) == ("fail", "should")
    assert "leads only to Sectigo Public Server Authentication Root E46, a root of 2021" in result.summary
    assert (
        "known to OpenJDK 17 since 17.0.16 (2025-07, inferred), certifi since 2023.07.22, Android since 14 (inferred), "
        in result.summary
    )
    assert "Windows (date not found) and Apple's systems (date not found). A client" in result.summary
    assert "USERTrust ECC Certification Authority" in (result.findings[0].fix or "")


@pytest.mark.parametrize(
    ("name", "says", "fix"),
    [
        ("ISRG Root X2", "since 17.0.10 (2024-01) and certifi", "--preferred-chain 'ISRG Root X1'"),
        ("HARICA TLS RSA Root CA 2021", "not found in OpenJDK 17 (inferred)", "Ask the CA"),
        ("Certum EC-384 CA", "OpenJDK 17 (date not found)", "Certum Trusted Network CA"),
        ("SSL.com TLS ECC Root CA 2022", "nothing was found about Android, Windows and Apple's systems", "Ask the"),
    ],
)
def test_what_is_said_of_other_young_roots(name, says, fix):
    """Absent, included without a date and unknown are three sentences."""
    result = _judged(_anchor(name))
    assert result.status == "fail"
    assert says in result.summary
    assert fix in (result.findings[0].fix or "")


def test_an_older_root_beside_it_mends_it():
    """A chain that leads to an older root too is taken by clients that do not know the young one."""
    result = _judged(_anchor("ISRG Root X2"), OLD)
    assert (result.status, "ISRG Root X1" in result.summary) == ("pass", True)


def test_time_mends_it():
    """Three years after the last of the stores got a root, it is no news."""
    young = _anchor("ISRG Root X2")
    assert _judged(young, at=datetime(2026, 12, 31, tzinfo=UTC)).status == "fail"
    assert _judged(young, at=datetime(2027, 1, 1, tzinfo=UTC)).status == "pass"


def test_a_root_that_the_table_does_not_have_is_undecided():
    """A newer certifi has roots of which nothing is known here: that is said, and nobody is accused."""
    result = _judged(NEW)
    assert result.status == "undecided"
    assert "Root of Tomorrow, a root of 2026" in result.summary


def test_no_root_and_roots_of_ones_own_are_skipped():
    """Where another rule failed, or the user gave the roots, there is nothing to look up."""
    assert _judged().status == "skip"
    evidence = structs.replace(evidence_of(_facts(NEW)), settings=Settings(custom_roots=True, roots="ca.pem"))
    assert judge_rule(tls_young_root.RULE, evidence).status == "skip"


def test_the_roots_that_a_cross_certificate_leads_to_are_seen():
    """Both roots are facts where the server sends the young root's twin, and one where it does not."""
    old, young = pki.root("Old Root"), pki.root("Young Root")
    twin = pki.intermediate(old, "Young Root", path_length=None)
    leaf = pki.leaf(young)
    roots = Roots((young.der, old.der), TRUST, public=True)
    reached = [anchor.name for anchor in describe((leaf.der, twin.der), roots, pki.HOST, pki.NOW).anchors]
    alone = [anchor.name for anchor in describe((leaf.der,), roots, pki.HOST, pki.NOW).anchors]
    assert (reached, alone) == (["Young Root", "Old Root"], ["Young Root"])
    later = describe((leaf.der, twin.der), roots, pki.HOST, pki.NOW + timedelta(days=365 * 40))
    assert len(later.anchors) <= 1


def test_the_jdk_is_not_judged_by_certifi():
    """The pass of tls-jdk-refuses says which root the client's own store must have."""
    chain = pki.chain()
    facts = describe(chain.presented, roots_of(chain), chain.host, chain.at)
    summary = judge_rule(tls_jdk_refuses.RULE, evidence_of(facts)).summary
    assert "finds no fault in the chain (2 certificates), provided that its root store contains Good Root" in summary
    assert "accepts the chain" not in summary
