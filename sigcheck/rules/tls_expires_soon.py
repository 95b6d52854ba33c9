"""tls-expires-soon: little is left of the certificate's life, reckoned by how long that life is."""

from collections.abc import Iterator
from datetime import timedelta

from sigcheck.model.chain import ChainFacts
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Remark, Rule, Seen, Skipped
from sigcheck.policy import OURS
from sigcheck.rules._chain import seen_chain, span
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
    left = facts.expires_at - facts.observed_at
    margin = min(timedelta(days=facts.lifetime_days) / SHARE, AT_MOST)
    if left <= timedelta(0):
        yield Skipped("by this machine's clock it has expired: see tls-expired")
    elif left < margin and (doubt := doubted_soon(facts, margin, evidence)) is not None:
        yield doubt
    elif left < margin:
        mine = facts.certificates[0].not_after == facts.expires_at
        what = "the server certificate" if mine else "a certificate above the server's"
        yield Finding(
            f"{what} expires on {facts.expires_at:%Y-%m-%d %H:%M} UTC, in {span(left)}",
            measured=f"{span(left)} left; warned of below {span(margin)}",
            where="server certificate" if mine else "the chain",
        )
    else:
        yield Seen(f"{span(left)} are left until {facts.expires_at:%Y-%m-%d}")


RULE = Rule(
    id="tls-expires-soon",
    level="should",
    title="The certificate does not expire soon",
    hint="Renew it now, and find out why automatic renewal has not: it is due when a third of the life is left.",
    source=OURS,
    check=check,
)
