"""Paths from a leaf to a trust anchor, as OpenSSL and the JDK each build them, with bounded work."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from sigcheck.chain.anchors import Roots, same_name_and_key
from sigcheck.chain.certificate import Cert
from sigcheck.chain.keys import PublicKey, verifies

MAX_DEPTH = 101
"""OpenSSL's own limit: 100 intermediates below the anchor."""

MAX_STEPS = 2_000
MAX_SIGNATURES = 200
"""How many signatures one chain may make us verify: each costs up to some milliseconds."""

JDK_MAX_INTERMEDIATES = 5
"""PKIXBuilderParameters.getMaxPathLength() of the JDK; it counts where the JDK has to search for a path."""


class Path(Struct, frozen=True, eq=False):
    """A path: the presented certificates from the leaf upwards, and the anchor above them, None where it ends."""

    links: tuple[Cert, ...]
    anchor: Cert | None

    @property
    def all(self) -> tuple[Cert, ...]:
        """Give every certificate of the path, leaf first."""
        if self.anchor is None or self.anchor.sha256 == self.links[-1].sha256:
            return self.links
        return (*self.links, self.anchor)


class Signatures:
    """Who signed whom, verified at most once a pair and not beyond MAX_SIGNATURES; then unknown."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], bool] = {}
        self.exhausted = False

    def __call__(self, child: Cert, issuer: Cert) -> bool:
        """Say whether the key of `issuer` made the signature of `child`."""
        pair = (child.sha256, issuer.sha256)
        if pair not in self._known:
            if len(self._known) >= MAX_SIGNATURES:
                self.exhausted = True
                return False
            made = _of_a_ca if child.is_ca else verifies
            self._known[pair] = child.algorithms_agree and made(
                issuer.key, child.signature_algorithm, child.signature, child.signed
            )
        return self._known[pair]


@lru_cache(maxsize=256)
def _of_a_ca(key: PublicKey, algorithm: bytes, signature: bytes, signed: bytes) -> bool:
    """Say whether a key made a signature on a CA's certificate: many chains have the same ones."""
    return verifies(key, algorithm, signature, signed)


def likely_issued(child: Cert, issuer: Cert) -> bool:
    """Say whether names and key identifiers fit, as OpenSSL asks before it looks at a signature."""
    if child.issuer_key != issuer.subject_key:
        return False
    wanted, given = child.authority_key_id, issuer.subject_key_id
    if wanted is not None and given is not None and wanted != given:
        return False
    if child.authority_issuer is not None and child.authority_issuer != issuer.issuer_key:
        return False
    return child.authority_serial is None or child.authority_serial == issuer.serial


def key_ids_fit(child: Cert, anchor: Cert) -> bool:
    """Say whether the JDK takes `anchor` for the issuer: it compares key identifiers at a trust anchor only."""
    wanted, given = child.authority_key_id, anchor.subject_key_id
    return wanted is None or given is None or wanted == given


def openssl_path(leaf: Cert, pool: Sequence[Cert], roots: Roots, at: float) -> Path:
    """Build the one path that OpenSSL builds: trusted issuers first, then presented ones, valid before expired.

    It looks at names and key identifiers, never goes back, and is done at a self-signed certificate of its own.
    """
    links, rest = [leaf], [cert for cert in pool if cert is not leaf]
    while len(links) < MAX_DEPTH:
        top = links[-1]
        if top.self_issued and likely_issued(top, top):
            return Path(tuple(links), None) if roots.exact(top.der) is None else _ended(links)
        trusted = _preferred(top, roots.named(top), at)
        if trusted is not None:
            if trusted.self_issued and likely_issued(trusted, trusted):
                return Path(tuple(links), trusted)
            # An intermediate among the trusted ones is no end for OpenSSL: it goes on above it.
            if trusted in links:
                break
            links.append(trusted)
            continue
        issuer = _preferred(top, [cert for cert in rest if cert not in links], at)
        if issuer is None:
            break
        rest.remove(issuer)
        links.append(issuer)
    return Path(tuple(links), None)


def _ended(links: list[Cert]) -> Path:
    # The presented certificate is itself an anchor: it stands at the end of the path, not below it.
    return Path(tuple(links[:-1]), links[-1]) if len(links) > 1 else Path(tuple(links), links[0])


def _preferred(child: Cert, candidates: Sequence[Cert], at: float) -> Cert | None:
    fitting = [cert for cert in candidates if likely_issued(child, cert)]
    valid = [c for c in fitting if c.not_before.timestamp() <= at <= c.not_after.timestamp()]
    return valid[0] if valid else max(fitting, key=lambda cert: cert.not_after, default=None)


def jdk_ordered(chain: Sequence[Cert], roots: Roots, signed: Signatures) -> Path | None:
    """Give the path that the JDK validates without a search: what was presented, when each names the next.

    A presented certificate with the name and key of an anchor ends it. None where the JDK has to search.
    """
    for place, cert in enumerate(chain):
        if place == 0:
            if (own := roots.exact(cert.der)) is not None:
                return Path((cert,), own)
            continue
        if cert.subject_key != chain[place - 1].issuer_key:
            return None
        twin = next((root for root in roots.subject(cert) if same_name_and_key(root, cert)), None)
        if twin is not None:
            return Path(tuple(chain[:place]), twin)
    anchors = [root for root in roots.named(chain[-1]) if key_ids_fit(chain[-1], root)]
    if not anchors:
        return None
    return Path(tuple(chain), next((root for root in anchors if signed(chain[-1], root)), anchors[0]))


def all_paths(leaf: Cert, pool: Sequence[Cert], roots: Roots, signed: Signatures) -> Iterator[Path]:
    """Give the complete paths whose signatures verify, short ones of each branch first, within MAX_STEPS."""
    steps = 0
    stack: list[tuple[Cert, ...]] = [(leaf,)]
    while stack and steps < MAX_STEPS:
        links = stack.pop()
        steps += 1
        top = links[-1]
        for root in roots.named(top):
            if key_ids_fit(top, root) and signed(top, root):
                yield Path(links, root)
        if len(links) > JDK_MAX_INTERMEDIATES:
            continue
        above = [
            cert
            for cert in pool
            if cert.subject_key == top.issuer_key
            and all(cert.subject_key != link.subject_key or cert.key.spki != link.key.spki for link in links)
            and signed(top, cert)
        ]
        stack.extend((*links, cert) for cert in reversed(above))
