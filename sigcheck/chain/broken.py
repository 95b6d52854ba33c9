"""Why a path ends below every trusted root: a certificate that is missing, a private CA, a self-signed certificate."""

import itertools
import re
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address

from sigcheck.chain.accusing import BOTH, REPLACE_ABOVE, called, place
from sigcheck.chain.anchors import Roots, same_name_and_key
from sigcheck.chain.certificate import Cert
from sigcheck.chain.paths import MAX_DEPTH, Path, Signatures, openssl_path
from sigcheck.chain.presented import ORDER
from sigcheck.model.chain import Defect, DefectKind

SHELL_SAFE = re.compile(r"https?://[A-Za-z0-9._~/:%-]+\Z")
LOCAL = frozenset(
    ("local", "localhost", "internal", "lan", "home", "corp", "intranet", "private", "localdomain", "arpa", "test")
)
"""Last labels that no public CA issues for, or that only a network of one's own resolves (RFC 6761, 6762, 9476)."""

MAX_BESIDE = 20
"""How many of the certificates beside the path are looked at: each may cost the building of a path."""

NAMED = 3
"""How many of them are named."""


def broken_end(
    path: Path,
    presented: Sequence[Cert],
    roots: Roots,
    signed: Signatures,
    host: str,
    at: datetime,
    *,
    unread: int,
) -> Defect:
    """Say why the path ends below every anchor: the one most specific cause. `unread`: how many cannot be read."""
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
    if wrong is not None:
        return _misfit(top, wrong, path, signed)
    beside = _Beside(path, presented, roots, signed, at, unread=unread)
    own = beside.own_root
    if top.issuer_url is None and not beside.go_on and (roots.public or top.index > 0 or own is not None):
        message = (
            f"{called(top)} was issued by {missing}, which is not among the roots of {roots.trust.name} "
            f"({roots.trust.counted}). Unlike certificates of public CAs, it does not say where its issuer's "
            "certificate is available, so it is most likely from a private CA"
        ) + (f", as is {own.label}, whose root certificate was sent" if own is not None else "")
        return Defect(DefectKind.UNTRUSTED_ROOT, message, BOTH, _issued_for(host), place(top))
    message = (
        f"the certificate of {missing}, which issued {called(top)}, was not sent{beside.in_words()}{_fetched(top)}"
    )
    return Defect(DefectKind.INCOMPLETE, message, BOTH, beside.fix(top), place(top))


def _issued_for(host: str) -> str:
    """Say how to come by a certificate of a public CA, which none issues for an address or a local name."""
    asked = host.rstrip(".").lower()
    try:
        local = ip_address(asked.strip("[]")) is not None
    except ValueError:
        local = "." not in asked or asked.rpartition(".")[2] in LOCAL
    if not local:
        return f"have a certificate issued by a public CA: certbot certonly --nginx -d {host}"
    return (
        f"No public CA issues certificates for {host}. Give the receiver a public name, and have a certificate issued "
        "for that; for a local test, --ca-file PEM trusts your own CA"
    )


def _misfit(top: Cert, wrong: Cert, path: Path, signed: Signatures) -> Defect:
    """Say what is wrong where a certificate with the issuer's name is there, and leads no further."""
    missing = top.issuer_label
    if wrong.index not in {link.index for link in path.links} and not signed(top, wrong):
        message = (
            f"{called(top)} was issued by {missing}, and the available certificate of that name has another key: "
            f"the right one is missing{_fetched(top)}"
        )
        return Defect(DefectKind.INCOMPLETE, message, BOTH, _append(top), place(top))
    if any(link.subject_key == top.issuer_key for link in path.links):
        message = (
            f"the presented certificates issue each other in a circle ({called(top)} and {missing}) and reach no root"
        )
        return Defect(DefectKind.INCOMPLETE, message, BOTH, ORDER, place(top))
    message = (
        f"{called(top)} asks for an issuer {missing} with another key identifier than the certificate of {missing} has"
    )
    return Defect(DefectKind.INCOMPLETE, message, BOTH, REPLACE_ABOVE, place(top))


class _Beside:
    """The CAs that were presented and are not on the path: above a gap, or of another chain.

    No certificate says who issued its issuer's. But a server that sends CAs which lead to a trusted root has a chain
    to it, and the one that is missing stands between.
    """

    def __init__(
        self, path: Path, presented: Sequence[Cert], roots: Roots, signed: Signatures, at: datetime, *, unread: int
    ) -> None:
        top, on_path = path.links[-1], {link.sha256 for link in path.links}
        others = {c.sha256: c for c in presented if c.sha256 not in on_path and (c.is_ca or c.self_issued)}
        self._all = list(others.values())[:MAX_BESIDE]
        self._alone = len(presented) == 1 and not unread
        self._unread = unread
        self._leading: list[Cert] = []
        self._broken: dict[str, Cert] = {}
        self._root = _named_above(top, roots)
        for cert in self._all:
            found = openssl_path(cert, presented, roots, at.timestamp())
            root = _root_of(cert, found, roots, signed)
            if root is not None:
                self._root = self._root if self._leading else root.label
                self._leading.append(cert)
            elif found.anchor is None and not found.links[-1].self_issued and found.links[-1].index >= 0:
                self._broken[found.links[-1].sha256] = found.links[-1]

    @property
    def go_on(self) -> bool:
        """Whether the chain goes on to a trusted root above what is missing."""
        return self._root is not None

    @property
    def own_root(self) -> Cert | None:
        """A root that was sent and is not trusted, where nothing that was sent leads to a trusted one."""
        return None if self._leading else next((cert for cert in self._all if cert.self_issued), None)

    @property
    def missing_too(self) -> list[Cert]:
        """Those whose issuers are missing as well, where the chain goes on above."""
        return list(self._broken.values())[:NAMED] if self._leading else []

    def in_words(self) -> str:
        """Say what else is missing, and what was sent instead: the rest of a sentence."""
        rest = "".join(
            f", nor was that of {cert.issuer_label}, which issued {called(cert)}" for cert in self.missing_too
        )
        if self._alone:
            rest += ": only the server certificate was"
        elif self._unread:
            rest += " in a form that can be read"
        names = list(dict.fromkeys(cert.label for cert in self._all))
        were = "was" if len(names) == 1 else "were"
        if not self.go_on:
            what = "is another CA" if len(names) == 1 else "are other CAs"
            return f"{rest}; {_listed(names)} {were} sent instead, which {what}" if names else rest
        if not names:
            return f"{rest}; the root above it, {self._root}, is trusted"
        if names == [self._root]:
            return f"{rest}; {self._root} was sent, and is trusted"
        trusted = self._root if self._root in names else f"the root above, {self._root},"
        return f"{rest}; {_listed(names)} {were} sent, and {trusted} is trusted"

    def fix(self, top: Cert) -> str:
        """Say where the missing certificates belong."""
        names = [top.issuer_label, *(cert.issuer_label for cert in self.missing_too)]
        what = f"the certificate of {names[0]}" if len(names) == 1 else f"the certificates of {_listed(names)}"
        below = "the server certificate" if top.index == 0 else f"that of {top.label}"
        if not self._all:
            return _append(top)
        into, url = f"put {what} into the file that the server sends", _safe_url(top)
        fetch = f"; to get it: curl -s {url} | openssl x509 -inform DER" if url is not None else ""
        if not self.go_on:
            others = _listed(list(dict.fromkeys(cert.label for cert in self._all)))
            return f"{into}, in place of {others} (certbot: fullchain.pem){fetch}"
        if len(names) > 1:
            return f"{into}, each after the one that it issued (certbot: fullchain.pem)"
        return f"{into}, right after {below} (certbot: fullchain.pem){fetch}"


def _listed(names: Sequence[str]) -> str:
    """List names in a sentence: `A`, `A and B`, `A, B, C and 4 more`."""
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _named_above(top: Cert, roots: Roots) -> str | None:
    """Give the trusted root that issued the missing issuer: some CAs write that into the authority key identifier."""
    above = top.authority_issuer
    if above is None or above == top.issuer_key:
        return None
    return next((root.label for root in roots.all() if root.subject_key == above), None)


def _root_of(cert: Cert, path: Path, roots: Roots, signed: Signatures) -> Cert | None:
    """Give the trusted root that a presented CA is, or leads to by signatures that verify."""
    twin = next((root for root in roots.subject(cert) if same_name_and_key(root, cert)), None)
    if twin is not None or path.anchor is None:
        return twin
    return path.anchor if all(signed(child, issuer) for child, issuer in itertools.pairwise(path.all)) else None


def _fetched(top: Cert) -> str:
    return f"; it is available at {top.issuer_url}" if top.issuer_url else ""


def _safe_url(top: Cert) -> str | None:
    # The address is the server's word and would stand in a command: only harmless characters get there.
    return top.issuer_url if top.issuer_url is not None and SHELL_SAFE.match(top.issuer_url) else None


def _append(top: Cert) -> str:
    if (url := _safe_url(top)) is None:
        return (
            f"append the certificate of {top.issuer_label} to the file that the server sends (certbot: fullchain.pem)"
        )
    return (
        "append it to the file that the server sends (certbot: serve fullchain.pem, not cert.pem): "
        f"curl -s {url} | openssl x509 -inform DER >> fullchain.pem"
    )


def _own_root(top: Cert, leaf: Cert, roots: Roots, host: str) -> Defect:
    if top is leaf:
        message = f"{called(leaf)} is self-signed: no CA issued it"
        return Defect(DefectKind.SELF_SIGNED, message, BOTH, _issued_for(host), 0)
    twin = any(root.subject_key == top.subject_key for root in roots.subject(top))
    why = "has the name of a trusted root but another key" if twin else f"is not among the roots of {roots.trust.name}"
    message = f"the chain ends at the presented root {top.label}, which {why} ({roots.trust.counted})"
    return Defect(DefectKind.UNTRUSTED_ROOT, message, BOTH, _issued_for(host), place(top))
