"""What describe() says where a corpus case is not enough: dates of rules, bounds, hostile text."""

from datetime import date, timedelta

import pytest
from cryptography import x509
from msgspec import structs

from sigcheck.chain import Roots, describe
from sigcheck.chain.certificate import Cert, read
from sigcheck.chain.dated import DISTRUSTED, Distrusted, validity_limit
from sigcheck.chain.paths import MAX_SIGNATURES, MAX_STEPS, Signatures, all_paths, openssl_path
from sigcheck.model.chain import ChainFacts, DefectKind
from sigcheck.model.handshake import Handshake
from sigcheck.presented import described_at
from sigcheck.trust import certifi_roots
from tests import pki
from tests.chains import roots_of


def facts_of(chain: pki.Chain, *, public: bool = False, **more) -> ChainFacts:
    """Describe a chain of the factory."""
    return describe(chain.presented, roots_of(chain, public=public), chain.host, chain.at, **more)


def named(facts: ChainFacts) -> dict[DefectKind, tuple[str, ...]]:
    """Give which families refuse for which kind of defect."""
    return {defect.kind: defect.refused_by for defect in facts.defects}


@pytest.mark.parametrize(
    ("issued", "limit"),
    [
        ("2017-06-01", None),
        ("2018-03-01", 825),
        ("2020-09-01", 398),
        ("2026-03-14", 398),
        ("2026-03-15", 200),
        ("2027-03-15", 100),
        ("2029-03-15", 47),
    ],
    ids=str,
)
def test_the_longest_validity_follows_the_day_of_issue(issued: str, limit: int | None) -> None:
    """Each step of the public rule begins on its day."""
    assert validity_limit(pki.datetime.fromisoformat(f"{issued}T00:00:00+00:00")) == limit


@pytest.mark.parametrize(
    ("days", "public", "fires"),
    [(199.9, True, False), (200.1, True, True), (200.1, False, False)],
    ids=["within", "longer", "private"],
)
def test_a_validity_beyond_the_public_rule_is_a_matter_for_strict_verifiers(
    days: float, public: bool, fires: bool
) -> None:
    """Only below public roots, and only strict verifiers refuse."""
    facts = facts_of(pki.chain(leaf={"days": days}), public=public)
    assert named(facts) == ({DefectKind.STRICTNESS: ("strict",)} if fires else {})


@pytest.mark.parametrize(("public", "families"), [(True, ("openssl", "jdk", "strict")), (False, ("openssl", "strict"))])
def test_the_jdk_refuses_sha1_below_public_roots_alone(public: bool, families: tuple[str, ...]) -> None:
    """jdk.certpath.disabledAlgorithms says `SHA1 jdkCA`: a root of one's own is not concerned."""
    facts = facts_of(pki.chain(leaf={"digest": "sha1", "days": 40}), public=public)
    assert named(facts)[DefectKind.WEAK_SIGNATURE] == families


@pytest.mark.parametrize(
    ("bits", "families"), [(1962, ("openssl", "strict")), (1963, ("strict",)), (2047, ("strict",))]
)
def test_a_key_a_little_under_2048_bits_is_a_matter_for_strict_verifiers(bits: int, families: tuple[str, ...]) -> None:
    """OpenSSL 3 rounds what it reckons for 1963 bits to level 2, as openssl verify shows; a must would be false."""
    facts = facts_of(pki.chain(intermediate={"kind": f"rsa{bits}"}))
    assert named(facts) == {DefectKind.WEAK_KEY: families}


@pytest.mark.parametrize(
    ("mozilla", "jdk", "families"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), ("jdk", "strict")),
        (date(2026, 1, 1), None, ("strict",)),
        (date(2026, 12, 1), date(2026, 12, 1), None),
    ],
    ids=["both", "mozilla alone", "issued before"],
)
def test_a_distrusted_root_counts_for_certificates_issued_after_its_day(
    mozilla: date, jdk: date | None, families: tuple[str, ...] | None
) -> None:
    """The table says who no longer takes new certificates of a root, and since when."""
    chain = pki.chain()
    anchor = read(chain.roots[0])
    table = (Distrusted("Good Root", anchor.sha256, mozilla, jdk),)
    assert named(facts_of(chain, distrusted=table)).get(DefectKind.UNTRUSTED_ROOT) == families


def test_the_table_of_distrusted_roots_names_each_once_by_a_whole_fingerprint() -> None:
    """A mistyped fingerprint would never fire."""
    assert len({entry.sha256 for entry in DISTRUSTED}) == len(DISTRUSTED)
    assert all(len(bytes.fromhex(entry.sha256)) == 32 for entry in DISTRUSTED)


def test_the_table_of_distrusted_roots_is_that_of_its_source() -> None:
    """The six roots for which certdata.txt of 2026-05-01 has CKA_NSS_SERVER_DISTRUST_AFTER, with their days."""
    assert {entry.name: f"{entry.mozilla}" for entry in DISTRUSTED} == {
        "Entrust.net Certification Authority (2048)": "2024-11-30",
        "Entrust Root Certification Authority": "2024-11-30",
        "Entrust Root Certification Authority - G2": "2024-11-30",
        "Entrust Root Certification Authority - EC1": "2024-11-30",
        "ePKI Root Certification Authority": "2025-04-15",
        "Izenpe.com": "2026-04-15",
    }


def test_a_distrusted_root_that_certifi_ships_is_the_one_of_the_table() -> None:
    """A root of that name with another fingerprint would escape the table."""
    shipped = {root.label: root.sha256 for root in certifi_roots().all()}
    assert {e.name for e in DISTRUSTED if shipped.get(e.name, e.sha256) != e.sha256} == set()


def test_a_file_is_not_blamed_for_lacking_a_staple() -> None:
    """Must-staple means something in a handshake only."""
    chain = pki.chain(leaf={"more": [(x509.TLSFeature([x509.TLSFeatureType.status_request]), False)]})
    assert DefectKind.STRICTNESS in named(facts_of(chain))
    assert named(facts_of(chain, live=False)) == {}


def test_a_staple_that_nobody_could_have_seen_is_not_missed() -> None:
    """A chain that only OpenSSL could read came without its staple, whatever the server sent."""
    chain = pki.chain(leaf={"more": [(x509.TLSFeature([x509.TLSFeatureType.status_request]), False)]})
    seen = Handshake("127.0.0.1", chain.host, "TLS 1.2", "a cipher", None, chain.presented, 0.01)
    missed = described_at(chain.at, seen, roots_of(chain), chain.host)
    assert DefectKind.STRICTNESS in named(missed)
    unseen = structs.replace(seen, read_by="openssl")
    assert named(described_at(chain.at, unseen, roots_of(chain), chain.host)) == {}


@pytest.mark.parametrize(
    ("staple", "words"),
    [(b"\x30\x00", "cannot be read"), (b"", "cannot be read")],
    ids=["no response", "empty"],
)
def test_a_broken_staple_matters_where_one_is_demanded(staple: bytes, words: str) -> None:
    """It is named only for a certificate that demands one."""
    demanding = pki.chain(leaf={"more": [(x509.TLSFeature([x509.TLSFeatureType.status_request]), False)]})
    assert words in facts_of(demanding, staple=staple).defects[0].message
    assert facts_of(pki.chain(), staple=staple).defects == ()


def test_an_address_with_shell_characters_never_stands_in_a_command() -> None:
    """The AIA address is the server's word: it is shown, but not put into the line that mends."""
    chain = pki.chain(serve=("leaf",), leaf={"aia": "http://ca.example.net/$(touch x).crt"})
    (defect,) = facts_of(chain).defects
    assert "$(touch x)" in defect.message
    assert "$" not in defect.fix


def test_the_missing_issuer_and_its_address_are_named() -> None:
    """What is missing, where it can be had, and the line that appends it."""
    (defect,) = facts_of(pki.chain(serve=("leaf",))).defects
    assert "Good Intermediate" in defect.message
    assert "curl -s http://ca.example.net/intermediate.crt" in defect.fix


def test_a_host_in_another_script_is_compared_by_its_a_label() -> None:
    """bücher.example.com is xn--bcher-kva.example.com."""
    chain = pki.chain(host="bücher.example.com", leaf={"names": pki.dns("xn--bcher-kva.example.com")})
    assert facts_of(chain).defects == ()


def test_nothing_presented_is_said_so() -> None:
    """An empty chain has one defect and no certificates."""
    facts = describe((), roots_of(pki.chain()), pki.HOST, pki.NOW)
    assert [defect.kind for defect in facts.defects] == [DefectKind.INCOMPLETE]
    assert facts.certificates == ()


def test_the_path_and_the_first_expiry_are_those_of_the_best_path() -> None:
    """An expired cross-signed certificate that is not on the path does not count."""
    chain = pki.chain()
    facts = facts_of(chain)
    assert facts.path == (pki.HOST, "Good Intermediate", "Good Root")
    assert facts.anchor == "Good Root"
    assert facts.expires_at == facts.certificates[0].not_after
    assert facts.lifetime_days == 80


def test_both_families_refusing_for_causes_of_their_own_is_a_must() -> None:
    """The JDK refuses the underscore, OpenSSL the expired root: no client is left."""
    from tests.chains import tls_results

    chain = pki.chain(
        host="call_back.example.com",
        leaf={"names": pki.dns("call_back.example.com")},
        root={"start": -2000, "days": 1990},
    )
    failed = {result.rule: result.level for result in tls_results(facts_of(chain)) if result.status == "fail"}
    assert failed == {"tls-jdk-refuses": "must", "tls-expired": "must"}


def _tangle(count: int) -> tuple[Cert, list[Cert], Roots]:
    """Make `count` CAs that all signed each other, and a leaf below one of them: paths beyond counting."""
    names = [f"Tangle {place}" for place in range(count)]
    keys = [pki.key("p256", f"CN={name}") for name in names]
    issued = [
        pki.intermediate(None, name, signer=keys[above], issuer_name=pki.named(names[above]), path_length=None)
        for place, name in enumerate(names)
        for above in range(count)
        if above != place
    ]
    leaf = pki.leaf(issued[0])
    certs = [read(each.der, place) for place, each in enumerate([leaf, *issued])]
    parsed = [cert for cert in certs if isinstance(cert, Cert)]
    return parsed[0], parsed, roots_of(pki.chain())


def test_a_tangle_of_cross_signed_cas_costs_bounded_work() -> None:
    """Ten CAs that signed each other have millions of paths; the search stops at its bounds."""
    leaf, pool, roots = _tangle(10)
    signed = Signatures()
    assert list(all_paths(leaf, pool, roots, signed)) == []
    assert len(signed._known) <= MAX_SIGNATURES
    assert len(openssl_path(leaf, pool, roots, pki.NOW.timestamp()).links) <= len(pool)
    assert MAX_STEPS * len(pool) < 1_000_000
    facts = describe([cert.der for cert in pool], roots, pki.HOST, pki.NOW)
    assert not any(verdict.accepts for verdict in facts.verdicts)


def test_a_chain_longer_than_any_client_follows_is_named_so() -> None:
    """150 intermediates: OpenSSL stops at 100, the JDK at ten certificates."""
    root = pki.root()
    issued, parent = [], root
    for place in range(150):
        parent = pki.intermediate(parent, f"Level {place}", path_length=None)
        issued.append(parent.der)
    ders = [pki.leaf(parent).der, *reversed(issued)]
    facts = describe(ders, Roots([root.der], roots_of(pki.chain()).trust, public=False), pki.HOST, pki.NOW)
    assert not facts.verdicts[0].accepts
    assert {DefectKind.INVALID, DefectKind.CLIENT_LIMIT} <= set(named(facts))


@pytest.mark.parametrize("shift", [timedelta(0), timedelta(seconds=1)], ids=["last second", "after it"])
def test_the_last_second_is_valid_for_the_jdk_and_past_for_openssl(shift: timedelta) -> None:
    """OpenSSL counts the end of validity itself as past."""
    chain = pki.chain()
    end = facts_of(chain).certificates[0].not_after
    assert end is not None
    facts = describe(chain.presented, roots_of(chain), chain.host, end + shift)
    assert ("jdk" in named(facts)[DefectKind.EXPIRED]) is bool(shift)
