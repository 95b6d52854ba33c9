"""Cases of the corpus about paths: self-signed, deep, cross-signed, looping, and what is stapled."""

from datetime import datetime
from typing import Any

from tests import pki
from tests.corpus import case
from tests.pki import dns

INCOMPLETE = "tls-chain-incomplete:must"
UNTRUSTED = "tls-untrusted-root:must"
INVALID = "tls-chain-invalid:must"
DISORDER = "tls-chain-disorder:should"
LIMITED = {"start": -400, "days": 1800}


@case("self-signed", "tls-self-signed:must", "ojs")
def self_signed(now: datetime) -> pki.Chain:
    """The server signed its certificate itself."""
    return pki.served({"leaf": pki.leaf(None, now=now), "root": pki.root(now=now)}, serve=("leaf",), now=now)


@case("self-signed-other-name", "tls-self-signed:must tls-name-mismatch:must", "ojs")
def self_signed_other_name(now: datetime) -> pki.Chain:
    """Self-signed and for another name: two defects."""
    parts = {"leaf": pki.leaf(None, now=now), "root": pki.root(now=now)}
    return pki.served(parts, serve=("leaf",), now=now, host="other.example.com")


@case("self-signed-trusted", "tls-strict-only:should", "s")
def self_signed_trusted(now: datetime) -> pki.Chain:
    """The server signed its certificate itself, and the client trusts exactly that one."""
    return pki.served({"leaf": pki.leaf(None, now=now)}, serve=("leaf",), trust=("leaf",), now=now)


@case("issued-by-root", "")
def issued_by_root(now: datetime) -> pki.Chain:
    """The root issued the leaf itself."""
    root = pki.root(now=now)
    return pki.served({"leaf": pki.leaf(root, now=now), "root": root}, serve=("leaf",), now=now)


def deep(now: datetime, count: int, **changes: object) -> dict[str, pki.Issued]:
    """Make a root, `count` intermediates called `level0` (the root's) and so on, and a leaf below the last."""
    root = pki.root(now=now)
    parts, parent = {"root": root}, root
    for place in range(count):
        parent = pki.intermediate(parent, f"Level {place}", now=now, path_length=None, **changes)
        parts[f"level{place}"] = parent
    parts["leaf"] = pki.leaf(parent, now=now)
    return parts


def levels(count: int) -> list[str]:
    """Name the intermediates of `deep` in the order in which a server sends them."""
    return [f"level{place}" for place in reversed(range(count))]


@case("deep-three", "")
def deep_three(now: datetime) -> pki.Chain:
    """Three intermediates, in order."""
    return pki.served(deep(now, 3), serve=("leaf", *levels(3)), now=now)


@case("deep-three-one-missing", INCOMPLETE, "ojs")
def deep_missing(now: datetime) -> pki.Chain:
    """Of three intermediates the middle one is missing."""
    return pki.served(deep(now, 3), serve=("leaf", "level2", "level0"), now=now)


@case("deep-nine", "tls-strict-only:should", "s")
def deep_nine(now: datetime) -> pki.Chain:
    """Nine intermediates, ten certificates."""
    return pki.served(deep(now, 9), serve=("leaf", *levels(9)), now=now)


@case("deep-ten", "tls-jdk-refuses:should", "js")
def deep_ten(now: datetime) -> pki.Chain:
    """Ten intermediates, eleven certificates."""
    return pki.served(deep(now, 10), serve=("leaf", *levels(10)), now=now)


@case("deep-six-disordered", "tls-jdk-refuses:should tls-chain-disorder:should", "j")
def deep_disordered(now: datetime) -> pki.Chain:
    """Six intermediates, out of order: the JDK has to search, and searches no further than five."""
    return pki.served(deep(now, 6), serve=("leaf", *reversed(levels(6))), now=now)


@case("path-length", INVALID, "ojs")
def path_length(now: datetime) -> pki.Chain:
    """An intermediate that allows none below it has one below it."""
    root = pki.root(now=now)
    upper = pki.intermediate(root, "Upper", now=now)
    lower = pki.intermediate(upper, "Lower", now=now)
    parts = {"root": root, "upper": upper, "lower": lower, "leaf": pki.leaf(lower, now=now)}
    return pki.served(parts, serve=("leaf", "lower", "upper"), now=now)


def _crossed(now: datetime, **changes: object) -> dict[str, pki.Issued]:
    """Make a new root, and its twin that an old root signed."""
    old = pki.root("Old Root", now=now, **changes)
    new = pki.root("New Root", now=now)
    cross = pki.issue("New Root", old, ca=True, now=now, start=-900, days=2000, usage=pki.CA_USAGE, purposes=None)
    middle = pki.intermediate(new, now=now)
    return {"old": old, "new": new, "cross": cross, "intermediate": middle, "leaf": pki.leaf(middle, now=now)}


@case("crossed-both-trusted", "")
def crossed(now: datetime) -> pki.Chain:
    """A cross-signed root is sent; old and new root are trusted."""
    return pki.served(_crossed(now), serve=("leaf", "intermediate", "cross"), trust=("old", "new"), now=now)


@case("crossed-old-only", "")
def crossed_old(now: datetime) -> pki.Chain:
    """A cross-signed root is sent, and only the old root is trusted."""
    return pki.served(_crossed(now), serve=("leaf", "intermediate", "cross"), trust=("old",), now=now)


@case("crossed-old-root-expired", "")
def dst_root(now: datetime) -> pki.Chain:
    """As with DST Root X3 in 2021: the old root has expired, the new one is trusted."""
    parts = _crossed(now, start=-2000, days=1500)
    return pki.served(parts, serve=("leaf", "intermediate", "cross"), trust=("old", "new"), now=now)


@case("crossed-certificate-expired", "")
def addtrust(now: datetime) -> pki.Chain:
    """As with AddTrust in 2020: the cross-signed certificate and its root have expired, the new root is trusted."""
    parts = _crossed(now, start=-2000, days=1500)
    old = pki.issue("New Root", parts["old"], ca=True, now=now, start=-900, days=300, usage=pki.CA_USAGE, purposes=None)
    parts |= {"cross": old}
    return pki.served(parts, serve=("leaf", "intermediate", "cross", "old"), trust=("new",), now=now)


@case("crossed-expired-intermediate-first", "")
def renewed_intermediate(now: datetime) -> pki.Chain:
    """An expired intermediate and its renewed twin are both sent."""
    root = pki.root(now=now)
    expired = pki.intermediate(root, now=now, start=-900, days=300)
    good = pki.intermediate(root, now=now)
    parts = {"root": root, "expired": expired, "good": good, "leaf": pki.leaf(good, now=now)}
    return pki.served(parts, serve=("leaf", "expired", "good"), now=now)


@case("rollover-sha1", "tls-weak-signature:must", "os")
def rollover(now: datetime) -> pki.Chain:
    """The root signed a certificate for its next key, of its own name, with SHA-1."""
    root = pki.root(now=now, kind="rsa2048")
    settings: dict[str, Any] = {"ca": True, "start": -900, "days": 2000, "usage": pki.CA_USAGE, "purposes": None}
    following = pki.issue("Good Root", root, now=now, owner="next key", digest="sha1", **settings)
    middle = pki.intermediate(following, now=now)
    parts = {"root": root, "next": following, "intermediate": middle, "leaf": pki.leaf(middle, now=now)}
    return pki.served(parts, serve=("leaf", "intermediate", "next"), now=now)


@case("loop", INCOMPLETE, "ojs")
def loop(now: datetime) -> pki.Chain:
    """Two intermediates signed each other, and no root is reached."""
    one, two = pki.key("p256", "CN=Loop One"), pki.key("p256", "CN=Loop Two")
    first = pki.intermediate(None, "Loop One", now=now, signer=two, issuer_name=pki.named("Loop Two"), path_length=None)
    second = pki.intermediate(
        None, "Loop Two", now=now, signer=one, issuer_name=pki.named("Loop One"), path_length=None
    )
    parts = {"root": pki.root(now=now), "one": first, "two": second, "leaf": pki.leaf(first, now=now)}
    return pki.served(parts, serve=("leaf", "one", "two"), now=now)


@case("order-ca-first", "tls-chain-disorder:must", "ojs")
def ca_first(now: datetime) -> pki.Chain:
    """The intermediate stands where the server certificate belongs."""
    return pki.chain(now=now, serve=("intermediate", "leaf"))


@case("order-reversed", "tls-chain-disorder:must", "ojs")
def reversed_order(now: datetime) -> pki.Chain:
    """Root, intermediate, server certificate: the whole chain upside down."""
    return pki.chain(now=now, serve=("root", "intermediate", "leaf"))


@case("order-ca-alone", "tls-chain-disorder:must", "ojs")
def ca_alone(now: datetime) -> pki.Chain:
    """The file with the intermediate is served in place of the server certificate's (chain.pem)."""
    return pki.chain(now=now, serve=("intermediate",))


@case("order-root-alone", "tls-chain-disorder:must", "ojs")
def root_alone(now: datetime) -> pki.Chain:
    """The trusted root is served, and no server certificate."""
    return pki.chain(now=now, serve=("root",))


@case("self-signed-ca", "tls-self-signed:must tls-name-mismatch:must", "ojs")
def self_signed_ca(now: datetime) -> pki.Chain:
    """As `openssl req -x509` makes it: self-signed, marked as a CA, without alternative names; for another name."""
    changes = {"ca": True, "names": (), "usage": None, "purposes": None, "aia": None}
    parts = {"leaf": pki.leaf(None, now=now, subject="localhost", **changes), "root": pki.root(now=now)}
    return pki.served(parts, serve=("leaf",), now=now)


@case("message-too-long-for-jdk", "tls-jdk-refuses:should", "js")
def long_message(now: datetime) -> pki.Chain:
    """The certificate message is longer than 32 KiB."""
    names = dns(pki.HOST, *[f"a-rather-long-name-{place}.example.com" for place in range(900)])
    return pki.chain(now=now, leaf={"names": names})


@case("names-differ-in-case", "tls-strict-only:should", "s")
def names_in_other_case(now: datetime) -> pki.Chain:
    """The leaf writes its issuer's name in another case."""
    root = pki.root(now=now)
    middle = pki.intermediate(root, now=now)
    leaf = pki.leaf(middle, now=now, issuer_name=pki.named("good  INTERMEDIATE"))
    return pki.served({"root": root, "intermediate": middle, "leaf": leaf}, now=now)
