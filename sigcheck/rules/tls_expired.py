"""tls-expired: a certificate has expired."""

from sigcheck.model.chain import ChainFacts
from sigcheck.model.rule import Rule
from sigcheck.rules._chain import CLIENTS, checks, span
from sigcheck.rules._clock import expired_there


def _passed(facts: ChainFacts) -> str:
    if facts.expires_at is None:
        return "no certificate has expired"
    left = span(facts.expires_at - facts.observed_at)
    return f"no certificate has expired; the first one expires on {facts.expires_at:%Y-%m-%d}, in {left}"


RULE = Rule(
    id="tls-expired",
    level="must",
    title="No certificate of the chain has expired",
    problem="A certificate of the chain has expired",
    fix="Renew the certificate and reload the server; have each renewal reload it from now on.",
    source=CLIENTS,
    check=checks("tls-expired", "must", _passed, expired_there),
)
