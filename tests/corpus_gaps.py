"""Cases of the corpus in which a certificate is missing from the middle, or another CA's was sent instead."""

from datetime import datetime

from cryptography import x509

from tests import pki
from tests.corpus import case
from tests.corpus_paths import INCOMPLETE, UNTRUSTED, deep

STRANGER = "stranger"


def gap(
    now: datetime, count: int, *serve: str, trust: tuple[str, ...] = ("root",), aia: str | None = None
) -> pki.Chain:
    """Present `serve` of a chain with `count` intermediates, which say nothing of their issuers' address."""
    parts = deep(now, count, aia=aia)
    parts["leaf"] = pki.leaf(parts[f"level{count - 1}"], now=now, aia=aia)
    parts[STRANGER] = pki.root("Stranger Root", now=now)
    parts["other"] = pki.intermediate(parts[STRANGER], "Other CA", now=now)
    return pki.served(parts, serve=("leaf", *serve), trust=trust, now=now)


@case("gap-root-sent", INCOMPLETE, "ojs")
def gap_root_sent(now: datetime) -> pki.Chain:
    """Of a chain of four the leaf's issuer is missing; what is above it is sent, the root too."""
    return gap(now, 2, "level0", "root")


@case("gap-root-not-sent", INCOMPLETE, "ojs")
def gap_root_not_sent(now: datetime) -> pki.Chain:
    """The leaf's issuer is missing; its own issuer is sent, whose root the client has."""
    return gap(now, 2, "level0")


@case("gap-with-address", INCOMPLETE, "ojs")
def gap_with_address(now: datetime) -> pki.Chain:
    """As before with the root sent, and the leaf says where its issuer's certificate can be had."""
    return gap(now, 2, "level0", "root", aia="http://ca.example.net/missing.crt")


@case("gap-root-alone", INCOMPLETE, "ojs")
def gap_root_alone(now: datetime) -> pki.Chain:
    """Nothing but the trusted root is sent with the leaf."""
    return gap(now, 1, "root")


@case("gap-higher", INCOMPLETE, "ojs")
def gap_higher(now: datetime) -> pki.Chain:
    """The intermediate above the leaf's issuer is missing."""
    return gap(now, 3, "level2", "level0", "root")


@case("gap-twice", INCOMPLETE, "ojs")
def gap_twice(now: datetime) -> pki.Chain:
    """Of four intermediates every other one is missing."""
    return gap(now, 4, "level2", "level0", "root")


@case("gap-disordered", INCOMPLETE, "ojs")
def gap_disordered(now: datetime) -> pki.Chain:
    """The leaf's issuer is missing, and what is above it is upside down."""
    return gap(now, 3, "root", "level0", "level1")


@case("gap-named-from-below", INCOMPLETE, "ojs")
def gap_named(now: datetime) -> pki.Chain:
    """Nothing above the gap is sent, but the key identifier names the trusted root that issued what is missing."""
    parts = deep(now, 2, aia=None)
    above = x509.load_der_x509_certificate(parts["level0"].der)
    named = x509.AuthorityKeyIdentifier(parts["level0"].key_id, [x509.DirectoryName(above.issuer)], above.serial_number)
    below = pki.intermediate(
        parts["level0"], "Level 1", now=now, aia=None, key_ids=False, path_length=None, more=[(named, False)]
    )
    parts |= {"level1": below, "leaf": pki.leaf(below, now=now)}
    return pki.served(parts, serve=("leaf", "level1"), now=now)


@case("gap-private", UNTRUSTED, "ojs")
def gap_private(now: datetime) -> pki.Chain:
    """The leaf's issuer is missing, and the root that is sent is a private one."""
    return gap(now, 2, "level0", "root", trust=(STRANGER,))


@case("gap-none-private-whole", UNTRUSTED, "ojs")
def private_whole(now: datetime) -> pki.Chain:
    """A private chain is whole, and a CA of a trusted root is sent beside it."""
    return gap(now, 2, "level1", "level0", "root", "other", trust=(STRANGER,))


@case("gap-other-ca", INCOMPLETE, "ojs")
def other_ca(now: datetime) -> pki.Chain:
    """The intermediate of another CA was sent, which nobody trusts."""
    return gap(now, 1, "other")


@case("gap-other-trusted-ca", INCOMPLETE, "ojs")
def other_trusted_ca(now: datetime) -> pki.Chain:
    """The intermediate of another CA was sent, whose root is trusted too."""
    return gap(now, 1, "other", trust=("root", STRANGER))
