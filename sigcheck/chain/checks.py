"""What is wrong with the certificates of one path: each check says which family of clients refuses for it.

The families were measured: docs/tls-clients.md sets the clients themselves beside these checks, case by case.
"""

from collections.abc import Iterator
from datetime import datetime

from sigcheck.chain import extensions as ext
from sigcheck.chain.accusing import (
    BOTH,
    JDK,
    NEW_KEY,
    OPENSSL,
    REISSUE,
    RENEW,
    REPLACE_ABOVE,
    STRICT,
    called,
    counted,
    place,
)
from sigcheck.chain.certificate import Cert
from sigcheck.chain.dated import Distrusted, issued_after
from sigcheck.chain.issuing import issuing
from sigcheck.chain.paths import Path, Signatures, likely_issued
from sigcheck.chain.policies import policy_missing
from sigcheck.model.chain import Defect, DefectKind, Family

RSA_PUBLIC, RSA_OPENSSL, RSA_JDK = 2048, 1963, 1024
"""The least bits of an RSA key: public CAs; OpenSSL 3 at security level 2 (Debian, Ubuntu, and upstream since 3.2),
which rounds the strength it reckons to 112 bits; and the JDK."""

JDK_CURVES = ("P-256", "P-384", "P-521")
SERVER_USAGES = ("digitalSignature", "keyEncipherment", "keyAgreement")
OPENSSL_CRITICAL = {
    ext.BASIC, ext.USAGE, ext.PURPOSES, ext.ALT_NAMES, ext.CONSTRAINTS, ext.NETSCAPE, ext.POLICIES, ext.CRL_POINTS,
    ext.POLICY_MAPPINGS, ext.POLICY_CONSTRAINTS, ext.ANY_POLICY, "1.3.6.1.5.5.7.48.1.5", "1.3.6.1.5.5.7.1.14",
    "1.3.6.1.5.5.7.1.7", "1.3.6.1.5.5.7.1.8",
}  # fmt: skip
JDK_CRITICAL = {
    ext.BASIC, ext.USAGE, ext.PURPOSES, ext.ALT_NAMES, ext.CONSTRAINTS, ext.POLICIES, ext.POLICY_MAPPINGS,
    ext.POLICY_CONSTRAINTS, ext.ANY_POLICY,
}  # fmt: skip


def path_defects(path: Path, at: datetime, signed: Signatures, *, public: bool) -> Iterator[Defect]:
    """Say everything that is wrong with the certificates of one path, leaf first."""
    for cert in path.all:
        own = cert is path.anchor and cert.index < 0
        yield from dates(cert, at, anchor=cert is path.anchor)
        yield from key(cert, anchor=cert is path.anchor)
        if cert is not path.anchor:
            yield from signature(cert, public=public and path.anchor is not None)
        yield from criticals(cert, anchor=own)
        yield from unreadable_extensions(cert)
    yield from issuing(path, signed)
    yield from purposes(path)
    yield from policies(path)


def dates(cert: Cert, at: datetime, *, anchor: bool) -> Iterator[Defect]:
    """Compare the dates with `at`. The JDK does not look at those of a trust anchor."""
    families = OPENSSL if anchor else BOTH
    fix = RENEW if cert.index == 0 else REPLACE_ABOVE
    if at == cert.not_after:
        # The last second is still valid by RFC 5280 and for the JDK; OpenSSL counts it as past.
        families = OPENSSL
    if at >= cert.not_after:
        days = (at - cert.not_after).days
        ago = f"{counted(days, 'day')} ago" if days else "today"
        message = f"{called(cert)} expired on {cert.not_after:%Y-%m-%d %H:%M} UTC, {ago}"
        yield Defect(DefectKind.EXPIRED, message, families, fix, place(cert), turns=cert.not_after)
    elif at < cert.not_before:
        message = (
            f"{called(cert)} is not valid before {cert.not_before:%Y-%m-%d %H:%M} UTC; it is {at:%Y-%m-%d %H:%M} UTC"
        )
        early = (
            "wait until then, or go back to the previous certificate, and check the clocks of the CA and of this "
            "machine"
        )
        yield Defect(DefectKind.NOT_YET_VALID, message, families, early, place(cert), turns=cert.not_before)


def key(cert: Cert, *, anchor: bool) -> Iterator[Defect]:
    """Judge the strength and the kind of a public key."""
    found, seen = cert.key, f"the key of {called(cert)} is {cert.key.title}"
    refused: tuple[Family, ...] = ()
    why = ""
    if found.problem:
        refused, why = BOTH, found.problem
    elif found.kind == "RSA" and found.size < RSA_PUBLIC:
        refused = BOTH if found.size < RSA_JDK else OPENSSL if found.size < RSA_OPENSSL else STRICT
        who = "public CAs" if refused == STRICT else "public CAs and OpenSSL"
        why = f"{who} require {RSA_PUBLIC} bits or more" + (", the JDK for 1024" if refused == BOTH else "")
    elif found.kind == "DSA":
        refused = BOTH if cert.index == 0 or found.size < RSA_JDK else OPENSSL if found.size < RSA_PUBLIC else STRICT
        why = "no public CA issues certificates for such keys"
    elif found.kind == "EC" and found.size < 224:
        refused, why = BOTH, "a curve of fewer than 224 bits is too weak"
    elif found.kind == "EC" and found.curve not in JDK_CURVES:
        # In a handshake OpenSSL takes the leaf's curve only if it offered it; above the leaf it knows more of them.
        refused = BOTH if cert.index == 0 else JDK
        why = (
            "clients accept P-256, P-384 and P-521"
            if refused == BOTH
            else "a JDK client knows only P-256, P-384 and P-521"
        )
    if refused and not (anchor and refused == STRICT):
        yield Defect(DefectKind.WEAK_KEY, seen, refused, NEW_KEY, place(cert), never_issued=True, clients=why)


def signature(cert: Cert, *, public: bool) -> Iterator[Defect]:
    """Judge the digest of a signature. The JDK refuses SHA-1 below the roots it ships with, and MD5 everywhere."""
    digest = cert.signature_kind.digest
    # A self-signed certificate proves nothing by its signature; one for a CA's next key, of the same name, does.
    if digest in ("MD2", "MD4", "MD5") or (digest == "SHA-1" and not likely_issued(cert, cert)):
        families = BOTH if digest != "SHA-1" or public else OPENSSL
        message = f"the signature of {called(cert)} is {cert.signature_kind.title}, which can be forged"
        yield Defect(DefectKind.WEAK_SIGNATURE, message, families, REISSUE, place(cert), never_issued=True)


def criticals(cert: Cert, *, anchor: bool) -> Iterator[Defect]:
    """Name critical extensions that a client does not know. The JDK does not look into a trust anchor."""
    for each in cert.extensions:
        if not each.critical:
            continue
        refused: list[Family] = [] if each.oid in OPENSSL_CRITICAL else ["openssl"]
        if each.oid not in JDK_CRITICAL and not anchor:
            refused.append("jdk")
        if refused:
            message = f"{called(cert)} has the extension {each.title}, marked critical"
            who = "clients have" if len(refused) == 2 else "a JDK client has" if refused == ["jdk"] else "OpenSSL has"
            yield Defect(
                DefectKind.INVALID, message, (*refused, "strict"), REISSUE, place(cert), never_issued=True,
                clients=f"{who} to refuse a critical extension that {'they do' if len(refused) == 2 else 'it does'} "
                "not know",
            )  # fmt: skip


def unreadable_extensions(cert: Cert) -> Iterator[Defect]:
    """Name extensions that stand twice (the JDK refuses) or cannot be read, and what stands after the certificate."""
    if cert.trailing:
        message = f"{called(cert)} is followed by {counted(cert.trailing, 'byte')} of something else"
        yield Defect(DefectKind.INVALID, message, OPENSSL, REISSUE, place(cert), never_issued=True)
    named = next((each for each in cert.extensions if each.oid == ext.ALT_NAMES), None)
    if not cert.subject and named is not None and not named.critical and cert.index == 0:
        message = f"{called(cert)} has no subject, and its alternative names are not marked critical"
        yield Defect(DefectKind.INVALID, message, JDK, REISSUE, place(cert), never_issued=True)
    if not cert.issuer:
        message = f"{called(cert)} does not name its issuer"
        yield Defect(DefectKind.INVALID, message, JDK, REISSUE, place(cert), never_issued=True)
    if cert.extensions and cert.version != 3:
        message = f"{called(cert)} is of version {cert.version} and has extensions, which began with version 3"
        yield Defect(DefectKind.INVALID, message, JDK, REISSUE, place(cert), never_issued=True)
    for fault in cert.faults:
        known = fault.oid in _OPENSSL_ONCE
        # The JDK keeps an extension that it cannot read, as long as that is not critical.
        lenient, harsh = (OPENSSL, BOTH) if known else (STRICT, JDK)
        families = harsh if fault.doubled or fault.critical else lenient
        what = "appears twice" if fault.doubled else f"cannot be read ({fault.message})"
        message = f"the extension {fault.extension} of {called(cert)} {what}"
        yield Defect(DefectKind.INVALID, message, families, REISSUE, place(cert), never_issued=True)


_OPENSSL_ONCE = {ext.BASIC, ext.USAGE, ext.PURPOSES, ext.ALT_NAMES, ext.CONSTRAINTS, ext.SUBJECT_KEY, ext.AUTHORITY_KEY}


def purposes(path: Path) -> Iterator[Defect]:
    """Judge key usage and extended key usage of the leaf; those above it are OpenSSL's concern alone."""
    leaf = path.links[0]
    if leaf.usage is not None and "digitalSignature" not in leaf.usage:
        # OpenSSL is content with any usage of TLS; only in TLS 1.2 does it ask an EC key for signatures.
        families = JDK if any(usage in leaf.usage for usage in SERVER_USAGES) else BOTH
        listed = ", ".join(usage for usage in ext.USAGE_BITS if usage in leaf.usage)
        message = f"the key usage of {called(leaf)} does not include digitalSignature" + (
            f", only {listed}" if listed else ": it is empty"
        )
        asks = "a JDK client requires it, but OpenSSL clients do not" if families == JDK else ""
        yield Defect(DefectKind.INVALID, message, families, REISSUE, 0, clients=asks)
    for cert in path.all:
        allowed = cert.purposes
        if allowed is None or ext.SERVER_AUTH in allowed or any(gate in allowed for gate in ext.GATED):
            continue
        families = OPENSSL if cert is not leaf or ext.ANY_PURPOSE in allowed else BOTH
        message = f"{called(cert)} is not for TLS servers: its extended key usage does not include serverAuth"
        fix = REISSUE if cert is leaf else REPLACE_ABOVE
        yield Defect(DefectKind.INVALID, message, families, fix, place(cert), never_issued=True)
    if leaf.netscape_server is False:
        message = f"the Netscape certificate type of {called(leaf)} does not allow SSL servers"
        yield Defect(DefectKind.INVALID, message, BOTH, REISSUE, 0, never_issued=True)


def policies(path: Path) -> Iterator[Defect]:
    """Name a policy that the path requires and does not have: the JDK looks, OpenSSL does not."""
    below = path.links if path.anchor is None or path.all[-1] is path.anchor else path.links[:-1]
    cert = policy_missing(below)
    if cert is not None:
        message = f"a CA of the chain requires a certificate policy, and {called(cert)} has none that is valid"
        yield Defect(DefectKind.INVALID, message, JDK, REISSUE, place(cert), never_issued=True)


def distrust(path: Path, table: tuple[Distrusted, ...]) -> Iterator[Defect]:
    """Name a root that is in the bundle but whose newer certificates are no longer taken."""
    for entry in table:
        if path.anchor is None or path.anchor.sha256 != entry.sha256:
            continue
        leaf = path.links[0]
        by_jdk = entry.jdk is not None and issued_after(entry.jdk, leaf.not_before)
        if by_jdk or issued_after(entry.mozilla, leaf.not_before):
            day = entry.jdk if by_jdk else entry.mozilla
            message = (
                f"the root {entry.name} is distrusted for certificates issued after {day:%Y-%m-%d}, "
                f"and {called(leaf)} was issued on {leaf.not_before:%Y-%m-%d}"
            )
            fix = "have the certificate issued by another public CA"
            yield Defect(DefectKind.UNTRUSTED_ROOT, message, JDK if by_jdk else STRICT, fix, 0)
