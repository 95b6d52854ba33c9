"""tls-expires-soon: little is left of the certificate's life, reckoned by how long that life is."""

from collections.abc import Iterator
from datetime import timedelta

from msgspec import structs

from sigcheck.model.chain import ChainFacts
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Remark, Rule, Skipped
from sigcheck.policy import OURS
from sigcheck.rules._chain import others, passed_by, presented_by, seen_chain, span
from sigcheck.rules._clock import doubted_soon

SHARE = 6
"""Warned of is the last sixth: 15 of 90 days, 1 of 6. Automatic renewal has come by then: it begins at a third."""

AT_MOST = timedelta(days=30)


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail in the last sixth of the server certificate's life, or when another one of the path ends within it."""
    facts = seen_chain(evidence)
    if not isinstance(facts, ChainFacts):
        yield facts
        return
    if facts.expires_at is None or facts.lifetime_days is None:
        yield Skipped("no certificate could be read")
        return
    soon = _soon(facts, evidence)
    if soon is not None:
        yield soon
    for other in others(evidence):
        remark = _soon(other.facts, evidence)
        if isinstance(remark, Finding) and other.facts.expires_at != facts.expires_at:
            yield structs.replace(remark, measured=f"{remark.measured}; {presented_by(other)}")
    left = facts.expires_at - facts.observed_at
    if left > timedelta(0):
        mine = facts.certificates[0].not_after == facts.expires_at
        what = "the certificate" if mine else "a certificate above the server's"
        yield passed_by(evidence, facts, f"{what} expires on {facts.expires_at:%Y-%m-%d}, in {span(left)}")


def _soon(facts: ChainFacts, evidence: Evidence) -> Remark | None:
    """Say that a chain's end is near, or past; None where it is not."""
    if facts.expires_at is None or facts.lifetime_days is None:
        return None
    left = facts.expires_at - facts.observed_at
    margin = min(timedelta(days=facts.lifetime_days) / SHARE, AT_MOST)
    if left <= timedelta(0):
        return Skipped("by this machine's clock, a certificate has already expired: see tls-expired")
    if left >= margin:
        return None
    if (doubt := doubted_soon(facts, margin, evidence)) is not None:
        return doubt
    mine = facts.certificates[0].not_after == facts.expires_at
    what = "the server certificate" if mine else "a certificate above the server's"
    return Finding(
        f"{what} expires on {facts.expires_at:%Y-%m-%d %H:%M} UTC, in {span(left)}",
        measured=f"{span(left)} left; the warning begins below {span(margin)}",
        where="server certificate" if mine else "the chain",
    )


RULE = Rule(
    id="tls-expires-soon",
    level="should",
    title="The certificate does not expire soon",
    problem="The certificate expires soon",
    fix="Renew it now, and find out why it was not renewed automatically: renewal is due when a third of the "
    "lifetime is left.",
    source=OURS,
    check=check,
)
