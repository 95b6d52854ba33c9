"""tls-young-root: the chain leads only to a root that clients of a supported age may not know."""

from collections.abc import Iterator
from datetime import datetime

from sigcheck.model.chain import Anchor, ChainFacts
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import Source
from sigcheck.rules._chain import others, presented_by, seen_chain
from sigcheck.rules._evidence import listed
from sigcheck.rules._root_stores import BY_SHA256, READ, YOUNG_YEARS, Certainty, Entry, Root, Standing, Store

SUPPORTED_YEARS = 3
"""A client that got its roots this long ago is still in use. Our choice: no source says how old the Cloud's are."""


def check(evidence: Evidence) -> Iterator[Remark]:
    """Warn where every root that the chain leads to is too young for some client of a supported age."""
    facts = seen_chain(evidence)
    if not isinstance(facts, ChainFacts):
        yield facts
        return
    if evidence.settings.custom_roots:
        yield Skipped("your own roots replace the public ones, and no public list says which clients have them")
        return
    yield _of(facts)
    for other in others(evidence):
        remark = _of(other.facts)
        if isinstance(remark, Finding) and other.facts.anchors != facts.anchors:
            yield Finding(remark.message, where=remark.where, fix=remark.fix, measured=presented_by(other))


def _of(facts: ChainFacts) -> Finding | Undecided | Passed | Skipped:
    if not facts.anchors:
        return Skipped("the chain leads to no trusted root: see the rule that failed")
    known = [anchor for anchor in facts.anchors if _widely_known(anchor, facts.observed_at)]
    if known:
        return Passed(_since_when(known[0]), len(facts.certificates), "certificates")
    first = facts.anchors[0]
    root = BY_SHA256.get(first.sha256)
    if root is None:
        return Undecided(
            f"the chain leads only to {first.name}, a root of {first.since.year} that is not in sigcheck's table of "
            f"{READ}",
            fix="Update sigcheck, or ask the CA which root stores contain this root, and since when.",
        )
    return Finding(
        f"the chain leads only to {root.name}, a root of {first.since.year}: {_in_stores(root)}. A client whose roots "
        "are older refuses the chain",
        where="the chain",
        fix=_fix(root),
    )


def _widely_known(anchor: Anchor, at: datetime) -> bool:
    """Whether the JDK, and certifi with it, have had a root for as long as clients are used without new roots."""
    root = BY_SHA256.get(anchor.sha256)
    if root is None:
        return (at - anchor.since).days > YOUNG_YEARS * 365.25
    return all(_long_known(root.stores[store], at) for store in (Store.JDK, Store.CERTIFI))


def _long_known(entry: Entry, at: datetime) -> bool:
    if entry.standing is not Standing.SINCE or not entry.month:
        return False
    year, month = map(int, entry.month.split("-"))
    return (at.year - year) * 12 + at.month - month >= SUPPORTED_YEARS * 12


def _since_when(anchor: Anchor) -> str:
    root = BY_SHA256.get(anchor.sha256)
    if root is None:
        older = "older than those in docs/root-stores.md"
        return f"the chain leads to {anchor.name}, a root of {anchor.since.year}, {older}"
    return f"the chain leads to {root.name}: {_in_stores(root)}"


def _in_stores(root: Root) -> str:
    """Say which stores know a root since when, and how sure that is."""
    stores = root.stores.items()
    known = [_entry(store, each) for store, each in stores if each.standing in (Standing.SINCE, Standing.INCLUDED)]
    absent = [f"{store}{_sure(each)}" for store, each in stores if each.standing is Standing.ABSENT]
    unknown = [str(store) for store, each in stores if each.standing is Standing.UNKNOWN]
    said = [f"known to {listed(known)}"]
    said += [f"not found in {listed(absent)}"] if absent else []
    said += [f"nothing was found about {listed(unknown)}"] if unknown else []
    return "; ".join(said)


def _entry(store: Store, entry: Entry) -> str:
    if entry.standing is Standing.INCLUDED:
        return f"{store} (date not found{_sure(entry, ', ', '')})"
    if not entry.month or store is Store.CERTIFI:
        return f"{store} since {entry.since}{_sure(entry)}"
    return f"{store} since {entry.since} ({entry.month}{_sure(entry, ', ', '')})"


def _sure(entry: Entry, before: str = " (", after: str = ")") -> str:
    """Say that an entry is no more than inferred."""
    return "" if entry.certainty is Certainty.PUBLISHED else f"{before}{entry.certainty}{after}"


def _fix(root: Root) -> str:
    """Name the certificate of the same root that an older root signed, where there is one."""
    if root.cross is None:
        return "Ask the CA for a certificate of this root that an older root signed, or for a chain to an older root."
    sure = "" if root.cross.certainty is Certainty.PUBLISHED else f" ({root.cross.certainty})"
    return f"Send the certificate of {root.name} that {root.cross.signer} signed{sure}: {root.cross.how}."


RULE = Rule(
    id="tls-young-root",
    level="should",
    title="The chain leads to a root that most clients know",
    problem="The chain leads only to a young root",
    fix="After the intermediates, send the CA's certificate of this root that an older root signed.",
    source=Source(
        page="When young roots came into root stores",
        url="docs/root-stores.md",
        read=READ,
        certainty="our choice",
    ),
    check=check,
)
