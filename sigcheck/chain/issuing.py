"""What is wrong with a certificate as the issuer of the one below it: its signature, its marks, its constraints."""

import itertools
from collections.abc import Iterator

from sigcheck.chain import extensions as ext
from sigcheck.chain.accusing import BOTH, JDK, OPENSSL, REISSUE, REPLACE_ABOVE, called, counted, place
from sigcheck.chain.certificate import Cert
from sigcheck.chain.constraints import breach
from sigcheck.chain.paths import Path, Signatures
from sigcheck.model.chain import Defect, DefectKind, Family


def issuing(path: Path, signed: Signatures) -> Iterator[Defect]:
    """Judge each certificate of the path as an issuer of the one below it."""
    above = path.all
    below = 0
    for child, issuer in itertools.pairwise(above):
        anchor = issuer is path.anchor
        if not signed(child, issuer):
            yield _unsigned(child, issuer, signed)
        yield from _authority(issuer, anchor=anchor)
        length = issuer.basic[1] if issuer.basic else None
        if length is not None and below > length:
            yield _too_deep(issuer, below, length, OPENSSL if anchor else BOTH)
        if not issuer.self_issued:
            below += 1
        if issuer.constraints is not None:
            yield from _constrained(path, issuer, anchor=anchor)


def _unsigned(child: Cert, issuer: Cert, signed: Signatures) -> Defect:
    if not child.algorithms_agree:
        message = f"{called(child)} names one signature algorithm inside and another one outside"
        return Defect(DefectKind.INVALID, message, BOTH, REISSUE, place(child), never_issued=True)
    message = f"the signature of {called(child)} does not match the key of {called(issuer)}"
    if signed.exhausted:
        message = f"there are too many certificates to try, so the signature of {called(child)} was not verified"
    return Defect(DefectKind.INVALID, message, BOTH, REPLACE_ABOVE, place(child), never_issued=True)


def _too_deep(issuer: Cert, below: int, length: int, families: tuple[Family, ...]) -> Defect:
    message = f"{called(issuer)} allows {counted(length, 'intermediate')} below it, and has {below}"
    return Defect(DefectKind.INVALID, message, families, REPLACE_ABOVE, place(issuer), never_issued=True)


def _authority(issuer: Cert, *, anchor: bool) -> Iterator[Defect]:
    """Judge whether a certificate may issue others: basic constraints and key usage."""
    signs = issuer.usage is None or "keyCertSign" in issuer.usage
    if not issuer.is_ca and not any(fault.oid == ext.BASIC for fault in issuer.faults):
        if issuer.version < 3 and issuer.self_issued and anchor:
            return
        why = "version 1 has no such mark" if issuer.version < 3 else "by basic constraints"
        message = f"{called(issuer)} issued the certificate below it, but is not marked as a CA ({why})"
        # OpenSSL takes an anchor without basic constraints when its key usage lets it sign certificates.
        lenient = anchor and issuer.basic is None and issuer.usage is not None and signs
        yield Defect(
            DefectKind.INVALID, message, JDK if lenient else BOTH, REPLACE_ABOVE, place(issuer), never_issued=True
        )
    elif not signs:
        message = f"{called(issuer)} issued the certificate below it, but its key usage does not include keyCertSign"
        yield Defect(DefectKind.INVALID, message, BOTH, REPLACE_ABOVE, place(issuer), never_issued=True)


def _constrained(path: Path, issuer: Cert, *, anchor: bool) -> Iterator[Defect]:
    """Hold every name below `issuer` against its name constraints; the JDK skips those of an anchor."""
    assert issuer.constraints is not None  # noqa: S101 - the caller looked
    for child in path.all:
        if child is issuer:
            return
        leaf = child is path.links[0]
        if child.self_issued and not leaf:
            continue
        name = breach(child, issuer.constraints, leaf=leaf)
        if name is not None:
            message = f"the name constraints of {called(issuer)} do not allow {name} in {called(child)}"
            families = OPENSSL if anchor else BOTH
            yield Defect(DefectKind.INVALID, message, families, REISSUE, place(child), never_issued=True)
            return
