"""The certificate chain as it was sent, who issued whom, and where it breaks."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from sigcheck.model.chain import Certificate, ChainFacts, ClientVerdict, Defect, DefectKind
from sigcheck.model.handshake import HandshakeFailure, OtherChain
from sigcheck.model.report import Report
from sigcheck.report.html.drawing import BAD, CALM, GOOD, WARN, line, percent, picture, short, text, titled
from sigcheck.report.html.markup import Markup, count, join, prose, tag
from sigcheck.report.html.summary import sentence

MOST_CERTIFICATES = 12
MOST_OTHERS = 3
MOST_DEFECTS = 30
BOX, LINK = 64, 34
ROLES = {
    "leaf": "server certificate",
    "intermediate": "intermediate certificate",
    "root": "root certificate, sent as well",
    "duplicate": "sent twice",
    "unrelated": "not part of the chain",
    "unreadable": "cannot be read",
}
CLIENTS = {"openssl": "OpenSSL", "jdk": "JDK", "strict": "a strict client"}
END = {DefectKind.SELF_SIGNED, DefectKind.UNTRUSTED_ROOT, DefectKind.INCOMPLETE}
"""Defects of the link from the last certificate to a root."""
WORDS = {
    DefectKind.SELF_SIGNED: "issued by itself, and by no CA",
    DefectKind.UNTRUSTED_ROOT: "leads to no root that is trusted",
    DefectKind.INCOMPLETE: "its issuer was not sent",
    DefectKind.INVALID: "not valid for this",
    DefectKind.EXPIRED: "expired",
    DefectKind.NOT_YET_VALID: "not valid yet",
    DefectKind.NAME_MISMATCH: "not for this name",
    DefectKind.WEAK_KEY: "the key is too weak",
    DefectKind.WEAK_SIGNATURE: "the signature is too weak",
    DefectKind.DISORDER: "not in its place",
    DefectKind.CLIENT_LIMIT: "more than some clients accept",
    DefectKind.STRICTNESS: "strict clients refuse it",
}


def chain(report: Report, level: int) -> Markup:
    """Draw the chain that the server sent, or say why there is no picture."""
    tls = report.evidence.tls
    heading = tag(f"h{level}", "Certificate chain")
    if tls is None or tls.chain is None:
        return tag("section", heading, tag("p", _why_none(report)))
    others = tls.others[:MOST_OTHERS]
    return tag(
        "section",
        heading,
        *_shown(tls.chain),
        *(part for other in others for part in _other(other, level + 1)),
        tag("p", f"{count(len(tls.others) - len(others), 'more chain was', 'more chains were')} presented.")
        if len(tls.others) > len(others)
        else None,
        class_="chain",
    )


def _why_none(report: Report) -> str:
    tls = report.evidence.tls
    if report.evidence.target.scheme == "http":
        return "There is no picture, because the URL is http://, and so no certificate is presented."
    if tls is None:
        return "There is no picture: certificates were not looked at in this run."
    said = [
        f"{each.address}: {each.detail or each.fault}" for each in tls.handshakes if isinstance(each, HandshakeFailure)
    ]
    why = "; ".join(said[:3]) or "no handshake was made"
    return f"There is no picture, because no certificate was presented ({why})."


def _shown(facts: ChainFacts) -> Iterator[Markup]:
    figure = tag("figure", _picture(facts), tag("figcaption", _caption(facts)), class_="links")
    yield tag("div", figure, tag("div", *_words(facts)), class_="sides")
    yield tag("details", tag("summary", "The certificates in full"), *(_full(each) for each in _drawn(facts)))


def _words(facts: ChainFacts) -> Iterator[Markup]:
    """Say what is wrong with the chain, and what each family of clients makes of it."""
    if facts.defects:
        yield tag("ul", *(_defect(each) for each in facts.defects[:MOST_DEFECTS]), class_="plain")
    else:
        yield tag("p", "✓ Each link of the chain is in order.")
    if facts.verdicts:
        yield tag("p", "What clients make of it:")
        told = {defect.message for defect in facts.defects}
        yield tag("ul", *(_client(each, told) for each in facts.verdicts), class_="plain")


def _client(verdict: ClientVerdict, told: set[str]) -> Markup:
    client = CLIENTS[verdict.family]
    said = "✓ accepts it" if verdict.accepts else "✗ refuses it"
    # What stands beside it already need not be said for each client again.
    reason = None if verdict.reason in told else tag("span", f": {verdict.reason}", class_="dim")
    return tag("li", tag("b", f"{client[0].upper()}{client[1:]} {said}"), reason)


def _other(other: OtherChain, level: int) -> Iterator[Markup]:
    yield tag(f"h{level}", "Another chain")
    said = f"{other.shown} of {count(other.of, 'connection')} presented this chain instead, first in {other.where}."
    yield tag("p", said)
    yield from _shown(other.facts)


def _caption(facts: ChainFacts) -> str:
    said = (
        f"{count(len(facts.certificates), 'certificate')} sent, judged for {facts.host} at {facts.observed_at:%Y-%m-%d}"
    )
    said += f" against {facts.trust.name} ({facts.trust.counted})."
    if facts.expires_at is not None:
        said += f" The first of them expires on {facts.expires_at:%Y-%m-%d}."
    return f"{said} The numbers are the order in which they were sent."


def _defect(defect: Defect) -> Markup:
    sign = "✗" if defect.refused_by else "i"
    refused = ", ".join(CLIENTS[each] for each in defect.refused_by)
    whom = f" Refused by: {refused}." if refused else " This is a remark."
    return tag(
        "li", tag("b", f"{sign} "), sentence(defect.said), whom,
        join(tag("br"), tag("b", "Fix: "), prose(sentence(defect.fix))) if defect.fix else None,
    )  # fmt: skip


class _Node(Struct, frozen=True):
    """A box: its three lines, and how it is drawn."""

    head: str
    name: str
    dates: str
    title: str
    colour: str
    dashed: bool = False


class _Tie(Struct, frozen=True):
    """What is between two boxes."""

    words: str
    broken: bool = False


def _drawn(facts: ChainFacts) -> tuple[Certificate, ...]:
    return facts.certificates[:MOST_CERTIFICATES]


def _ordered(certificates: Sequence[Certificate]) -> tuple[list[Certificate], list[Certificate]]:
    """Give those that issued each other, the server certificate first, and those beside them."""
    left = list(certificates)
    linked = [left.pop(0)] if left else []
    while linked:
        child = linked[-1]
        parents = [each for each in left if each.subject == child.issuer and child.issuer != child.subject]
        parent = next((each for each in parents if each.role != "duplicate"), None)
        if parent is None:
            break
        linked.append(parent)
        left.remove(parent)
    return linked, left


def _picture(facts: ChainFacts) -> Markup:
    parts: list[Markup] = []
    told: list[str] = []
    y = 2.0
    for each in _pieces(facts):
        if isinstance(each, _Node):
            parts.append(_box(each, y))
            y += BOX
            told.append(f"{each.head}: {each.name}, {each.dates}")
        else:
            parts += _arrow(each, y)
            y += LINK
            told.append(each.words)
    return picture("The chain from the host name to the root. " + "; ".join(told), y + 2, *parts)


def _pieces(facts: ChainFacts) -> Iterator[_Node | _Tie]:
    """Give boxes and what is between them, from the host name down to the root."""
    wrong: dict[int | None, list[Defect]] = {}
    for defect in facts.defects:
        if defect.refused_by:
            wrong.setdefault(defect.certificate, []).append(defect)
    kinds = {defect.kind for each in wrong.values() for defect in each}
    linked, beside = _ordered(_drawn(facts))
    yield _Node("the host name of the callback", facts.host, "what clients ask for", facts.host, GOOD)
    yield _named(facts, kinds)
    for index, certificate in enumerate(linked):
        yield _node(certificate, wrong.get(certificate.index, []))
        if index + 1 < len(linked):
            yield _Tie("issued by")
    yield from _end(facts, linked, kinds)
    for certificate in beside:
        yield _Tie("")
        yield _node(certificate, wrong.get(certificate.index, []))


def _named(facts: ChainFacts, kinds: set[DefectKind]) -> _Tie:
    """Say whether the first certificate is for the host; where it is none of a server, nobody has looked."""
    if not facts.certificates:
        return _Tie("✗ no certificate was sent", broken=True)
    if DefectKind.NAME_MISMATCH in kinds:
        return _Tie("✗ the certificate is not for this name", broken=True)
    if facts.certificates[0].role != "leaf" or not facts.verdicts or _is_ca(facts):
        return _Tie("no server certificate in the first place")
    return _Tie("the certificate is for this name")


def _is_ca(facts: ChainFacts) -> bool:
    """Whether a CA is where the server certificate should be."""
    return any(each.kind is DefectKind.DISORDER and each.certificate == 0 for each in facts.defects)


def _end(facts: ChainFacts, linked: Sequence[Certificate], kinds: set[DefectKind]) -> Iterator[_Node | _Tie]:
    """Give the root, or where the chain breaks off."""
    broken = [
        kind for kind in (DefectKind.SELF_SIGNED, DefectKind.INCOMPLETE, DefectKind.UNTRUSTED_ROOT) if kind in kinds
    ]
    issuer = linked[-1].issuer if linked else ""
    if facts.anchor is None or broken:
        words = WORDS[broken[0]] if broken else "no way to a trusted root was found"
        yield _Tie(f"✗ {words}", broken=True)
        yield _Node(
            "✗ the chain breaks here", issuer or "no issuer", "no client finds a trusted root", issuer, BAD, dashed=True
        )
    elif linked[-1].role == "root":
        yield _Tie("is this root")
        yield _root(facts, facts.anchor)
    else:
        yield _Tie("issued by")
        yield _root(facts, facts.anchor)


def _root(facts: ChainFacts, anchor: str) -> _Node:
    if facts.trust.own:
        head, trusted_by = f"root from {facts.trust.name}", "only clients that were given it trust it"
        return _Node(head, anchor, trusted_by, f"{head}: {anchor}; {trusted_by}", CALM, dashed=True)
    since = next((each.since for each in facts.anchors if each.name == anchor), None)
    dates = f"in {facts.trust.name}" + (f", valid from {since:%Y-%m-%d}" if since else "")
    return _Node("✓ trusted root, known to clients", anchor, dates, f"{anchor}, {dates}", GOOD, dashed=True)


def _node(certificate: Certificate, wrong: Sequence[Defect]) -> _Node:
    words = f"{certificate.index}: {ROLES[certificate.role]}"
    aside = certificate.role in {"duplicate", "unrelated", "unreadable"}
    if own := dict.fromkeys(WORDS[each.kind] for each in wrong if each.kind not in END):
        words = f"✗ {words}: {', '.join(own)}"
    title = f"{words}: subject {certificate.subject}, issuer {certificate.issuer}, {_dates(certificate)}"
    colour = BAD if own else WARN if aside or wrong else GOOD
    names = f"for {', '.join(certificate.names)}" if certificate.names else certificate.subject
    return _Node(words if wrong or aside else f"✓ {words}", names, _dates(certificate), title, colour)


def _dates(certificate: Certificate) -> str:
    if certificate.not_before is None or certificate.not_after is None:
        return "validity unknown"
    return f"valid {certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"


def _box(node: _Node, y: float) -> Markup:
    frame = tag(
        "rect", x="1", y=f"{y:g}", width="99%", height=f"{BOX - 4}", rx="6", fill=node.colour, fill_opacity="0.1",
        stroke=node.colour, stroke_width="2", stroke_dasharray="5 4" if node.dashed else None,
    )  # fmt: skip
    return titled(
        node.title, frame, text(0.02, y + 18, short(node.head, 44), font_weight="700"),
        text(0.02, y + 35, short(node.name, 44)), text(0.02, y + 51, short(node.dates, 44), font_size="11"),
    )  # fmt: skip


def _arrow(tie: _Tie, y: float) -> Iterator[Markup]:
    if not tie.words:
        return
    colour = BAD if tie.broken else GOOD
    top, low = y - 4, y + LINK - 3
    yield line(0.08, top, 0.08, low, colour, stroke_width="2", stroke_dasharray="4 4" if tie.broken else None)
    if not tie.broken:
        head = tag("path", d="M-5 -7L0 0L5 -7", stroke=colour, stroke_width="2", fill="none")
        yield tag("svg", head, x=percent(0.08), y=f"{low:g}", overflow="visible", width="1", height="1")
    yield text(0.13, y + LINK / 2 + 2, short(tie.words, 40), font_weight="700" if tie.broken else None)


def _full(certificate: Certificate) -> Markup:
    rows = {
        "Subject": certificate.subject,
        "Issuer": certificate.issuer,
        "Valid": _dates(certificate),
        "Names": ", ".join(certificate.names[:20]) or "none",
        "Key": certificate.key,
        "Signature": certificate.signature,
        "SHA-256": certificate.sha256,
    }
    items = (part for name, value in rows.items() for part in (tag("dt", name), tag("dd", value)))
    return tag("div", tag("p", tag("b", f"{certificate.index}: {ROLES[certificate.role]}")), tag("dl", *items))
