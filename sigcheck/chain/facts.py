"""What is true of presented certificates: parsed, chained as each family of clients chains them, and explained."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.chain.accusing import BOTH, REISSUE, STRICT, counted
from sigcheck.chain.anchors import Roots
from sigcheck.chain.broken import broken_end
from sigcheck.chain.certificate import Cert, Unreadable, described, read, read_again
from sigcheck.chain.checks import distrust, path_defects
from sigcheck.chain.dated import DISTRUSTED, Distrusted
from sigcheck.chain.hostnames import host_form, jdk_takes, openssl_takes
from sigcheck.chain.paths import JDK_MAX_INTERMEDIATES, Path, Signatures, all_paths, jdk_ordered, openssl_path
from sigcheck.chain.presented import (
    ORDER,
    disorder,
    dotted,
    limits,
    name_defects,
    reachable_from,
    roles,
    unreadable,
)  # fmt: skip
from sigcheck.chain.strict import public_rules, strict_refusal
from sigcheck.model.chain import Anchor, ChainFacts, ClientVerdict, Defect, DefectKind, Family

MAX_PRESENTED = 200
"""How many certificates are looked at; the JDK takes 10, OpenSSL some 100 in a message."""

FAMILIES: tuple[Family, ...] = ("openssl", "jdk", "strict")
JDK_PATHS = 20


def describe(
    chain: Sequence[bytes],
    roots: Roots,
    host: str,
    at: datetime,
    *,
    staple: bytes | None = None,
    message_size: int | None = None,
    live: bool = True,
    distrusted: tuple[Distrusted, ...] = DISTRUSTED,
) -> ChainFacts:
    """Say what is true of `chain` (DER, in the presented order, the server certificate first).

    `at` is the moment to judge for (aware), `staple` a stapled OCSP response (DER), `message_size` the length of
    the certificate message in bytes (reckoned where None). `live`: it came from a handshake in which a staple
    would have been seen, not from a file.
    No clock, no socket, no file; raises nothing, whatever the bytes are; the work is bounded.
    """
    at = at.astimezone(UTC)
    # A fleet meets the same few intermediates again and again; a server certificate is seldom another one's.
    certs = [(read_again if index else read)(der, index) for index, der in enumerate(chain[:MAX_PRESENTED])]
    asked, host = host, host_form(host)
    size = message_size if message_size is not None else sum(len(der) + 3 for der in chain) + 3
    defects = [*unreadable(certs), *limits(len(chain), size)]
    if not certs:
        nothing = Defect(DefectKind.INCOMPLETE, "no certificate was presented", BOTH, ORDER)
        return _facts(asked, at, roots, (), _Judged((nothing,), "", None), ())
    leaf, pool = certs[0], [cert for cert in certs if isinstance(cert, Cert)]
    if isinstance(leaf, Unreadable):
        shown = tuple(
            described(cert, "unreadable" if isinstance(cert, Unreadable) else "intermediate") for cert in certs
        )
        return _facts(asked, at, roots, shown, _Judged(tuple(defects), "", None), ())
    reachable = reachable_from(leaf, certs)
    shown = tuple(described(cert, role) for cert, role in zip(certs, roles(certs, reachable), strict=True))
    if (first := _misplaced(leaf, pool, roots, host)) is not None:
        return _facts(asked, at, roots, shown, _Judged((first,), "", None), ())
    signed = Signatures()
    search = _Search(leaf, pool, roots, at, signed, host, distrusted, unread=len(certs) - len(pool))
    best, chained = search.judge()
    defects += chained
    defects += name_defects(leaf, host, asked, public=roots.public)
    defects += dotted(asked)
    defects += disorder(certs, best, reachable)
    public = roots.public and best.anchor is not None
    defects += public_rules(leaf, staple, at, public=public, live=live)
    anchors = [*roots.named(best.links[-1]), *([best.anchor] if best.anchor else [])]
    candidates = [cert for cert in pool if cert is not leaf and cert.index in reachable]
    refusal = strict_refusal(leaf, candidates, list(dict.fromkeys(anchors)), host, at)
    if refusal is not None and not any("strict" in defect.refused_by for defect in defects):
        defects.append(Defect(DefectKind.STRICTNESS, refusal, STRICT, REISSUE))
    facts = _facts(asked, at, roots, shown, _Judged(tuple(defects), refusal, best), best.all)
    return replace(facts, anchors=_reached(best, leaf, candidates, roots, at, signed))


def _reached(
    best: Path, leaf: Cert, pool: Sequence[Cert], roots: Roots, at: datetime, signed: Signatures
) -> tuple[Anchor, ...]:
    """Give the roots that what was sent leads to: a client that does not know the first may know another."""
    found = {} if best.anchor is None else {best.anchor.sha256: best.anchor}
    for path, _ in zip(all_paths(leaf, [leaf, *pool], roots, signed), range(JDK_PATHS), strict=False):
        if path.anchor is not None and all(cert.not_before <= at <= cert.not_after for cert in path.all):
            found.setdefault(path.anchor.sha256, path.anchor)
    return tuple(Anchor(root.label, root.sha256, root.not_before) for root in found.values())


class _Judged(Struct, frozen=True):
    """What was found wrong, what the strict verifier said (None: nothing, "" it was not asked), and the best path."""

    defects: tuple[Defect, ...]
    refusal: str | None
    path: Path | None


def _misplaced(leaf: Cert, pool: Sequence[Cert], roots: Roots, host: str) -> Defect | None:
    """Say that a CA stands where the server certificate belongs, when that is so."""
    if not leaf.is_ca:
        return None
    below = [cert for cert in pool if not cert.is_ca and leaf.index in reachable_from(cert, pool)]
    if below:
        message = (
            f"the first certificate is the CA {leaf.label}, and the server certificate ({below[0].label}) comes "
            "after it"
        )
        return Defect(DefectKind.DISORDER, message, BOTH, ORDER, 0, never_issued=True)
    own = leaf.self_issued and not roots.holds(leaf.der)
    if own or leaf.names or openssl_takes(leaf, host) or jdk_takes(leaf, host):
        # A server may use a certificate that is marked as a CA: a self-signed one often is.
        return None
    message = f"the first certificate is the CA {leaf.label}, and no server certificate comes with it"
    fix = "put the server certificate in front (certbot: serve fullchain.pem, not chain.pem)"
    return Defect(DefectKind.DISORDER, message, BOTH, fix, 0, never_issued=True)


class _Search:
    """The paths of the two families through one chain, and what is wrong along them."""

    def __init__(
        self, leaf: Cert, pool: Sequence[Cert], roots: Roots, at: datetime, signed: Signatures,
        host: str, distrusted: tuple[Distrusted, ...], unread: int,
    ) -> None:  # fmt: skip
        self._leaf, self._pool, self._roots, self._at, self._signed = leaf, pool, roots, at, signed
        self._host, self._distrusted, self._unread = host, distrusted, unread

    def judge(self) -> tuple[Path, list[Defect]]:
        """Give the best path, and the defects that each family meets on its own."""
        openssl = openssl_path(self._leaf, self._pool, self._roots, self._at.timestamp())
        ordered = jdk_ordered(self._pool, self._roots, self._signed)
        openssl_defects = self._along(openssl)
        if ordered is not None and ordered.links == openssl.links and ordered.anchor is openssl.anchor:
            return openssl, _merged(openssl_defects, openssl_defects)
        candidates = [ordered] if ordered else self._searched()
        jdk_defects, jdk = self._least(candidates, "jdk") if candidates else (openssl_defects, openssl)
        if not candidates and openssl.anchor is not None:
            jdk_defects = [*openssl_defects, self._too_long(openssl)]
        if jdk.all == openssl.all and jdk.anchor is openssl.anchor:
            return openssl, _merged(openssl_defects, jdk_defects)
        if _of(openssl_defects, "openssl") and _of(jdk_defects, "jdk"):
            # Both refuse, each on a path of its own: that is one cause, and the path of OpenSSL shows it.
            first = next(defect for defect in openssl_defects if "openssl" in defect.refused_by)
            return openssl, [replace(d, refused_by=BOTH) if d is first else d for d in openssl_defects]
        apart = [*_of(openssl_defects, "openssl"), *_of(jdk_defects, "jdk")]
        better = jdk if jdk.anchor is not None and not _of(jdk_defects, "jdk") else openssl
        return better, _merged(apart, ())

    def _searched(self) -> list[Path]:
        found = all_paths(self._leaf, self._pool, self._roots, self._signed)
        return [path for path, _ in zip(found, range(JDK_PATHS), strict=False)]

    def _along(self, path: Path) -> list[Defect]:
        if path.anchor is not None and path.anchor.sha256 == path.links[0].sha256:
            # The server certificate is itself trusted: the JDK looks no further, OpenSSL does.
            return [_without(d, "jdk") for d in path_defects(path, self._at, self._signed, public=False)]
        whole = [
            *path_defects(path, self._at, self._signed, public=self._roots.public),
            *distrust(path, self._distrusted),
        ]
        if path.anchor is None:
            cut = path.links[:-1] if len(path.links) > 1 and path.links[-1].self_issued else path.links
            indexes = {cert.index for cert in cut}
            whole = [defect for defect in whole if defect.certificate in indexes]
            whole.append(
                broken_end(path, self._pool, self._roots, self._signed, self._host, self._at, unread=self._unread)
            )
        return whole

    def _least(self, paths: Iterable[Path], family: Family) -> tuple[list[Defect], Path]:
        judged = [(self._along(path), path) for path in paths]
        return min(judged, key=lambda pair: len(_of(pair[0], family)))

    def _too_long(self, path: Path) -> Defect:
        count = len(path.links) - 1
        message = f"the certificates are out of order, and the chain has {counted(count, 'intermediate')}"
        most = f"a JDK client that has to find the order by itself accepts at most {JDK_MAX_INTERMEDIATES}"
        finds = most if count > JDK_MAX_INTERMEDIATES else "a JDK client finds no path through them"
        return Defect(DefectKind.CLIENT_LIMIT, message, ("jdk",), ORDER, clients=finds)


def _of(defects: Iterable[Defect], family: Family) -> list[Defect]:
    return [replace(defect, refused_by=(family,)) for defect in defects if family in defect.refused_by]


def _without(defect: Defect, family: Family) -> Defect:
    return replace(defect, refused_by=tuple(each for each in defect.refused_by if each != family))


def _merged(one: Iterable[Defect], other: Iterable[Defect]) -> list[Defect]:
    """Put equal findings of the families together, in the order in which they were found."""
    found: dict[tuple[DefectKind, str], Defect] = {}
    for defect in (*one, *other):
        known = found.get((defect.kind, defect.message))
        families = {*defect.refused_by, *(known.refused_by if known else ())}
        if "openssl" in families and "jdk" in families:
            families.add("strict")
        refused = tuple(family for family in FAMILIES if family in families)
        found[defect.kind, defect.message] = replace(known or defect, refused_by=refused)
    return list(found.values())


def _facts(asked: str, at: datetime, roots: Roots, shown: tuple, judged: _Judged, path: Sequence[Cert]) -> ChainFacts:  # type: ignore[type-arg]
    leaf = path[0] if path else None
    whole = judged.path is not None and judged.path.anchor is not None
    return ChainFacts(
        host=asked,
        observed_at=at,
        trust=roots.trust,
        certificates=shown,
        path=tuple(cert.label for cert in path) if whole else (),
        anchor=judged.path.anchor.label if judged.path is not None and judged.path.anchor is not None else None,
        defects=judged.defects,
        verdicts=tuple(_verdict(family, judged) for family in FAMILIES),
        expires_at=min((cert.not_after for cert in path), default=None),
        lifetime_days=(leaf.not_after - leaf.not_before) / timedelta(days=1) if leaf else None,
    )


def _verdict(family: Family, judged: _Judged) -> ClientVerdict:
    against = [defect.said for defect in judged.defects if family in defect.refused_by]
    if family == "strict" and judged.refusal:
        return ClientVerdict(family, accepts=False, reason=judged.refusal, measured=True)
    reason = "; ".join(against) if against else "finds no fault in the chain"
    return ClientVerdict(
        family, accepts=not against, reason=reason, measured=family == "strict" and judged.refusal is None
    )
