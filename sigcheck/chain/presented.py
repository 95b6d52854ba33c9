"""What is true of the presented certificates as a whole: names, order, strays, limits."""

from collections.abc import Iterator, Sequence

from sigcheck.chain.accusing import BOTH, JDK, REISSUE, STRICT, called, counted
from sigcheck.chain.anchors import same_name_and_key
from sigcheck.chain.certificate import Cert, Presented, Unreadable
from sigcheck.chain.extensions import ALT_NAMES
from sigcheck.chain.hostnames import (
    jdk_refuses_host,
    jdk_takes,
    names_in_words,
    odd_wildcard,
    openssl_takes,
)  # fmt: skip
from sigcheck.chain.paths import Path
from sigcheck.model.chain import Defect, DefectKind, Family, Role

JDK_MAX_CERTIFICATES = 10
"""jdk.tls.client.maxInboundCertificateChainLength, its default; read from the refusal of a JDK 17."""

JDK_MAX_MESSAGE = 32_768
"""jdk.tls.maxHandshakeMessageSize, its default, in bytes."""

OPENSSL_MAX_MESSAGE = 102_400
"""SSL_MAX_CERT_LIST_DEFAULT of OpenSSL, in bytes."""

NO_UNDERSCORE = "give the receiver a name without underscores"
ORDER = "write the file in this order: each certificate, then its issuer, the server's first (certbot: fullchain.pem)"


def name_defects(leaf: Cert, host: str, asked: str, *, public: bool) -> Iterator[Defect]:
    """Compare the leaf's names with the host, for each family in its own way."""
    openssl, jdk = openssl_takes(leaf, host), jdk_takes(leaf, host, public=public)
    listed = names_in_words(leaf)
    if openssl and jdk:
        named = any(name.kind in ("dns", "ip") for name in leaf.names or ())
        if not named and not any(fault.oid == ALT_NAMES for fault in leaf.faults):
            message = f"the server certificate has no alternative names: {asked} appears only in its common name"
            yield Defect(DefectKind.STRICTNESS, message, STRICT, REISSUE, 0)
        return
    fix = f"have a certificate issued that names {host}, or use one of its names in the callback URL"
    if openssl and jdk_refuses_host(host):
        message = f"the host name {host} has an underscore"
        if "_" not in host:
            message = f"a part of the host name {host} begins or ends with a hyphen, or is too long"
        ldh = "a JDK client accepts only names of letters, digits and hyphens"
        yield Defect(DefectKind.NAME_MISMATCH, message, JDK, NO_UNDERSCORE, 0, clients=ldh)
        return
    star = odd_wildcard(leaf, host)
    if star is not None and jdk:
        message = f"the only name in {called(leaf)} that covers {host} is {star}"
        whole = "all clients but the JDK's accept a star only as the whole first label before two or more others"
        yield Defect(DefectKind.NAME_MISMATCH, message, ("openssl", "strict"), fix, 0, never_issued=True, clients=whole)
        return
    if jdk_refuses_host(host) and openssl_takes(leaf, host.replace("_", "-")):
        message = f"the host name {host} has an underscore, and {called(leaf)} covers it only with a star: {listed}"
        why = "OpenSSL does not let a star match an underscore, and a JDK client accepts no such name at all"
        yield Defect(DefectKind.NAME_MISMATCH, message, BOTH, NO_UNDERSCORE, 0, clients=why)
        return
    refused: tuple[Family, ...] = BOTH if not openssl and not jdk else JDK if openssl else ("openssl", "strict")
    message = f"the server certificate is not for {asked}: {listed}"
    yield Defect(DefectKind.NAME_MISMATCH, message, refused, fix, 0)


def dotted(asked: str) -> Iterator[Defect]:
    """Name a dot at the end of the host name: java.net.http, unlike the older client of the JDK, takes none."""
    if asked.endswith("."):
        message = f"the host name {asked} ends in a dot"
        fix = "take the dot off the end of the host name in the callback URL"
        why = "Java's HttpClient refuses to put that into SNI, where other clients leave the dot out"
        yield Defect(DefectKind.CLIENT_LIMIT, message, ("jdk",), fix, clients=why)


def disorder(presented: Sequence[Presented], path: Path, reachable: frozenset[int]) -> Iterator[Defect]:
    """Remark on order, duplicates and strays: clients of both families cope, others may not."""
    seen: dict[str, int] = {}
    for cert in presented:
        if cert.sha256 in seen:
            label = cert.label if isinstance(cert, Cert) else "an unreadable certificate"
            message = f"certificate {cert.index} ({label}) is the same as certificate {seen[cert.sha256]}"
            yield Defect(DefectKind.DISORDER, message, (), "send it once", cert.index)
        seen.setdefault(cert.sha256, cert.index)
    order = _walk(presented, path)
    if order != sorted(order):
        right = ", ".join(map(str, order))
        message = f"the certificates are out of order: the right order is {right}, where 0 is the server certificate"
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
    fix = "send the server certificate and the intermediates it needs, nothing else"
    if count > JDK_MAX_CERTIFICATES:
        message = f"{count} certificates were sent"
        most = f"a JDK client accepts at most {JDK_MAX_CERTIFICATES}"
        yield Defect(DefectKind.CLIENT_LIMIT, message, JDK, fix, clients=most)
    if message_size > JDK_MAX_MESSAGE:
        message = f"the certificates that were sent are {counted(message_size, 'byte')} long together"
        most = f"a JDK client accepts at most {JDK_MAX_MESSAGE:,}"
        if message_size > OPENSSL_MAX_MESSAGE:
            most += f", an OpenSSL client {OPENSSL_MAX_MESSAGE:,}"
            yield Defect(DefectKind.INVALID, message, BOTH, fix, clients=most)
        else:
            yield Defect(DefectKind.CLIENT_LIMIT, message, JDK, fix, clients=most)


def unreadable(presented: Sequence[Presented]) -> Iterator[Defect]:
    """Name what was presented and is no certificate: every client parses all of them before it looks at one."""
    for cert in presented:
        if isinstance(cert, Unreadable):
            what = f"certificate {cert.index}" if cert.index else "the server certificate"
            message = f"{what} cannot be read: {cert.reason}"
            fix = "take it out of the file that the server sends, or put the right one in its place"
            yield Defect(
                DefectKind.INVALID, message, BOTH, fix if cert.index else REISSUE, cert.index, never_issued=True
            )


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
