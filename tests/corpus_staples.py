"""Cases of the corpus about what is stapled, and about chains that are too much for a client."""

from datetime import datetime, timedelta

from cryptography import x509

from tests import pki
from tests.corpus import case, simple
from tests.corpus_paths import DISORDER, deep, levels
from tests.pki import dns

STRICT = "tls-strict-only:should"
MUST_STAPLE = {"more": [(x509.TLSFeature([x509.TLSFeatureType.status_request]), False)]}


def stapled(now: datetime, *, must: bool, revoked: bool = False, made: float = 0) -> pki.Chain:
    """Present a good chain with a staple of `made` days ago; the leaf demands one where `must`."""
    then = now - timedelta(days=made)
    return pki.chain(
        now=now, leaf=MUST_STAPLE if must else {}, staple=lambda parts: pki.staple(parts, then, revoked=revoked)
    )


@case("staple-revoked", STRICT, "s")
def revoked(now: datetime) -> pki.Chain:
    """The stapled OCSP response says that the leaf is revoked."""
    return stapled(now, must=False, revoked=True)


@case("staple-good", "")
def good(now: datetime) -> pki.Chain:
    """The stapled OCSP response says that the leaf is good."""
    return stapled(now, must=False)


@case("staple-demanded-good", "")
def demanded(now: datetime) -> pki.Chain:
    """Must-staple, and a good response is stapled."""
    return stapled(now, must=True)


@case("staple-demanded-revoked", STRICT, "s")
def demanded_revoked(now: datetime) -> pki.Chain:
    """Must-staple, and the stapled response says that the leaf is revoked."""
    return stapled(now, must=True, revoked=True)


@case("staple-demanded-outdated", STRICT, "s")
def demanded_outdated(now: datetime) -> pki.Chain:
    """Must-staple, and the stapled response was good until yesterday."""
    return stapled(now, must=True, made=4)


@case("staple-demanded-broken", STRICT, "s")
def demanded_broken(now: datetime) -> pki.Chain:
    """Must-staple, and what is stapled is no OCSP response."""
    return pki.chain(now=now, leaf=MUST_STAPLE, staple=lambda parts: b"\x30\x03\x0a\x01\x00\x05")


@case("too-many-twelve", "tls-jdk-refuses:should", "js")
def twelve(now: datetime) -> pki.Chain:
    """Eleven intermediates, twelve certificates."""
    return pki.served(deep(now, 11), serve=("leaf", *levels(11)), now=now)


@case("too-many-copies", f"tls-jdk-refuses:should {DISORDER}", "js")
def times(now: datetime) -> pki.Chain:
    """A chain of two, the intermediate eleven times."""
    return pki.chain(now=now, serve=("leaf", *["intermediate"] * 11))


simple(
    "too-long-45-kilobytes",
    "tls-jdk-refuses:should",
    "js",
    about="Certificates of 45 kB together: more than a JDK reads.",
    leaf={"names": dns(pki.HOST, *[f"a-rather-long-name-{place}.example.com" for place in range(1230)])},
)


@case("self-signed-trusted-ca", STRICT, "s")
def trusted_itself(now: datetime) -> pki.Chain:
    """As `openssl req -x509` makes it, marked as a CA, and the client trusts exactly that one."""
    leaf = pki.leaf(None, now=now, ca=True, usage=None, purposes=None, aia=None)
    return pki.served({"leaf": leaf}, serve=("leaf",), trust=("leaf",), now=now)
