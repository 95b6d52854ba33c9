"""What is true of the presented certificates as a whole: order, strays, limits, and where a path breaks off."""

import re
from collections.abc import Iterator, Sequence

from sigcheck.chain.anchors import Roots, same_name_and_key
from sigcheck.chain.certificate import Cert, Presented, Unreadable
from sigcheck.chain.checks import BOTH, JDK, REISSUE, REPLACE_ABOVE, STRICT, called, place
from sigcheck.chain.extensions import ALT_NAMES
from sigcheck.chain.hostnames import (
    jdk_refuses_host,
    jdk_takes,
    names_in_words,
    odd_wildcard,
    openssl_takes,
)  # fmt: skip
from sigcheck.chain.paths import MAX_DEPTH, Path, Signatures
from sigcheck.model.chain import Defect, DefectKind, Family, Role

JDK_MAX_CERTIFICATES = 10
"""jdk.tls.client.maxInboundCertificateChainLength, its default; read from the refusal of a JDK 17."""

JDK_MAX_MESSAGE = 32_768
"""jdk.tls.maxHandshakeMessageSize, its default, in bytes."""

OPENSSL_MAX_MESSAGE = 102_400
"""SSL_MAX_CERT_LIST_DEFAULT of OpenSSL, in bytes."""

ORDER = "write the file in this order: server certificate, then each issuer of the one before (certbot: fullchain.pem)"
SHELL_SAFE = re.compile(r"https?://[A-Za-z0-9._~/:%-]+\Z")
SELF_MEND = "have a certificate issued by a public CA: certbot certonly --nginx -d {host}"


def broken_end(path: Path, presented: Sequence[Cert], roots: Roots, signed: Signatures, host: str) -> Defect:
    """Say why the path ends below every anchor: the one most specific cause."""
    top, leaf = path.links[-1], path.links[0]
    if len(path.links) >= MAX_DEPTH:
        message = f"the chain has more than {MAX_DEPTH - 1} intermediates, and no client follows that many"
        return Defect(DefectKind.INVALID, message, BOTH, ORDER, None, never_issued=True)
    if top.self_issued:
        return _own_root(top, leaf, roots, host)
    missing = top.issuer_label
    if top.index < 0:
        message = (
            f"the trusted certificate {top.label} is an intermediate, and its root {missing} is not trusted: "
            "OpenSSL goes on to a root unless partial chains are allowed, as curl and Python 3.13 do"
        )
        return Defect(DefectKind.UNTRUSTED_ROOT, message, BOTH, f"put the root {missing} into the file of roots", None)
    wrong = next((c for c in (*presented, *roots.named(top)) if c.subject_key == top.issuer_key and c is not top), None)
    fetched = f"; it can be had at {top.issuer_url}" if top.issuer_url else ""
    if wrong is not None and wrong.index not in {link.index for link in path.links} and not signed(top, wrong):
        message = (
            f"{called(top)} was issued by {missing}, and the certificate of that name which is there has another key: "
            f"the right one is missing{fetched}"
        )
        return Defect(DefectKind.INCOMPLETE, message, BOTH, _append(top), place(top))
    if wrong is not None and not _looped(top, path):
        message = (
            f"the key identifiers do not fit: {called(top)} asks for an issuer {missing} with another one than the "
            f"certificate of {missing} has"
        )
        return Defect(DefectKind.INCOMPLETE, message, BOTH, REPLACE_ABOVE, place(top))
    if wrong is not None and _looped(top, path):
        message = (
            f"the presented certificates issue each other in a circle ({called(top)} and {missing}) and reach no root"
        )
        return Defect(DefectKind.INCOMPLETE, message, BOTH, ORDER, place(top))
    if top.issuer_url is None and (roots.public or top.index > 0):
        message = (
            f"{called(top)} was issued by {missing}, which is not among the roots of {roots.trust.name} "
            f"({roots.trust.counted}), and does not say where its issuer's certificate can be had, as those of "
            "public CAs do: a private CA"
        )
        return Defect(DefectKind.UNTRUSTED_ROOT, message, BOTH, SELF_MEND.format(host=host), place(top))
    sent = (
        "only the server certificate was sent"
        if len(path.links) == 1
        else f"{len(path.links)} certificates fit together"
    )
    message = f"the certificate of {missing}, which issued {called(top)}, was not sent ({sent}){fetched}"
    return Defect(DefectKind.INCOMPLETE, message, BOTH, _append(top), place(top))


def _looped(top: Cert, path: Path) -> bool:
    return any(link.subject_key == top.issuer_key for link in path.links)


def _append(top: Cert) -> str:
    # The address is the server's word and would stand in a command: only harmless characters get there.
    if top.issuer_url is None or not SHELL_SAFE.match(top.issuer_url):
        return (
            f"append the certificate of {top.issuer_label} to the file that the server sends (certbot: fullchain.pem)"
        )
    return (
        "append it to the file that the server sends (certbot: serve fullchain.pem, not cert.pem): "
        f"curl -s {top.issuer_url} | openssl x509 -inform DER >> fullchain.pem"
    )


def _own_root(top: Cert, leaf: Cert, roots: Roots, host: str) -> Defect:
    if top is leaf:
        message = f"{called(leaf)} is self-signed: no CA issued it"
        return Defect(DefectKind.SELF_SIGNED, message, BOTH, SELF_MEND.format(host=host), 0)
    twin = any(root.subject_key == top.subject_key for root in roots.subject(top))
    why = "has the name of a trusted root but another key" if twin else f"is not among the roots of {roots.trust.name}"
    message = f"the chain ends at the presented root {top.label}, which {why} ({roots.trust.counted})"
    return Defect(DefectKind.UNTRUSTED_ROOT, message, BOTH, SELF_MEND.format(host=host), place(top))


def name_defects(leaf: Cert, host: str, asked: str, *, public: bool) -> Iterator[Defect]:
    """Compare the leaf's names with the host, for each family in its own way."""
    openssl, jdk = openssl_takes(leaf, host), jdk_takes(leaf, host, public=public)
    listed = names_in_words(leaf)
    if openssl and jdk:
        named = any(name.kind in ("dns", "ip") for name in leaf.names or ())
        if not named and not any(fault.oid == ALT_NAMES for fault in leaf.faults):
            message = f"the server certificate has no alternative names: {asked} stands in its common name only"
            yield Defect(DefectKind.STRICTNESS, message, STRICT, REISSUE, 0)
        return
    mend = f"have a certificate issued that names {host}, or use one of its names in the callback URL"
    if openssl and jdk_refuses_host(host):
        message = f"a JDK client refuses the host name {host} itself: it takes letters, digits and hyphens only"
        yield Defect(DefectKind.NAME_MISMATCH, message, JDK, "give the receiver a name without underscores", 0)
        return
    star = odd_wildcard(leaf, host)
    if star is not None and jdk:
        message = (
            f"only {star} covers {host}; all but the JDK take a star as the whole first label, before two more, alone"
        )
        yield Defect(DefectKind.NAME_MISMATCH, message, ("openssl", "strict"), mend, 0, never_issued=True)
        return
    if jdk_refuses_host(host) and openssl_takes(leaf, host.replace("_", "-")):
        message = f"no star stands for the underscore in {host}, a name that a JDK refuses anyway: it is for {listed}"
        yield Defect(DefectKind.NAME_MISMATCH, message, BOTH, "give the receiver a name without underscores", 0)
        return
    refused: tuple[Family, ...] = BOTH if not openssl and not jdk else JDK if openssl else ("openssl", "strict")
    message = f"the server certificate is not for {asked}: it is for {listed}"
    yield Defect(DefectKind.NAME_MISMATCH, message, refused, mend, 0)


def disorder(presented: Sequence[Presented], path: Path, reachable: frozenset[int]) -> Iterator[Defect]:
    """Remark on order, duplicates and strays: clients of both families cope, others may not."""
    seen: dict[str, int] = {}
    for cert in presented:
        if cert.sha256 in seen:
            label = cert.label if isinstance(cert, Cert) else "an unreadable certificate"
            message = f"certificate {cert.index} ({label}) is certificate {seen[cert.sha256]} once more"
            yield Defect(DefectKind.DISORDER, message, (), "send it once", cert.index)
        seen.setdefault(cert.sha256, cert.index)
    order = _walk(presented, path)
    if order != sorted(order):
        message = f"the certificates are out of order: they chain in the order {', '.join(map(str, order))}"
        yield Defect(DefectKind.DISORDER, message, (), ORDER)
    for cert in presented:
        if (
            path.anchor is not None
            and isinstance(cert, Cert)
            and cert.index not in reachable
            and seen[cert.sha256] == cert.index
        ):
            message = f"certificate {cert.index} ({cert.label}) has nothing to do with the server certificate"
            yield Defect(DefectKind.DISORDER, message, (), "take it out of the file that the server sends", cert.index)


def _walk(presented: Sequence[Presented], path: Path) -> list[int]:
    """Give the places of the path's certificates, and of the presented twin of its root, from the leaf upwards."""
    order = [cert.index for cert in path.links if cert.index >= 0]
    anchor = path.anchor
    if anchor is not None:
        ends = (cert for cert in presented if isinstance(cert, Cert) and same_name_and_key(cert, anchor))
        order += [cert.index for cert in ends if cert.index not in order][:1]
    return order


def limits(count: int, message_size: int) -> Iterator[Defect]:
    """Compare the number of certificates and the size of the message, in bytes, with what clients take."""
    mend = "send the server certificate and the intermediates it needs, nothing else"
    if count > JDK_MAX_CERTIFICATES:
        message = f"{count} certificates were sent; a JDK client takes {JDK_MAX_CERTIFICATES}"
        yield Defect(DefectKind.CLIENT_LIMIT, message, JDK, mend)
    if message_size > JDK_MAX_MESSAGE:
        families = BOTH if message_size > OPENSSL_MAX_MESSAGE else JDK
        limit = OPENSSL_MAX_MESSAGE if families == BOTH else JDK_MAX_MESSAGE
        who = "OpenSSL takes" if families == BOTH else "a JDK client takes"
        message = f"the certificate message is {message_size} bytes long; {who} {limit}"
        kind = DefectKind.INVALID if families == BOTH else DefectKind.CLIENT_LIMIT
        yield Defect(kind, message, families, mend)


def unreadable(presented: Sequence[Presented]) -> Iterator[Defect]:
    """Name what was presented and is no certificate: every client parses all of them before it looks at one."""
    for cert in presented:
        if isinstance(cert, Unreadable):
            message = f"certificate {cert.index} cannot be read: {cert.reason}"
            yield Defect(DefectKind.INVALID, message, BOTH, REISSUE, cert.index, never_issued=True)


def reachable_from(leaf: Cert, presented: Sequence[Presented]) -> frozenset[int]:
    """Give the places of the certificates that have to do with the leaf: its issuers by name, and theirs."""
    found, names = {leaf.index}, [leaf.issuer_key]
    rest = [cert for cert in presented if isinstance(cert, Cert) and cert is not leaf]
    while names:
        name = names.pop()
        near = [cert for cert in rest if cert.subject_key == name]
        found.update(cert.index for cert in near)
        names.extend(cert.issuer_key for cert in near)
        rest = [cert for cert in rest if cert.subject_key != name]
    return frozenset(found)


def roles(presented: Sequence[Presented], reachable: frozenset[int]) -> tuple[Role, ...]:
    """Say of each presented certificate what it does in the chain."""
    seen: set[str] = set()
    found: list[Role] = []
    for cert in presented:
        if isinstance(cert, Unreadable):
            found.append("unreadable")
        elif cert.index == 0:
            found.append("leaf")
        elif cert.sha256 in seen:
            found.append("duplicate")
        elif cert.index not in reachable:
            found.append("unrelated")
        else:
            found.append("root" if cert.self_issued else "intermediate")
        seen.add(cert.sha256)
    return tuple(found)
