"""tls-chain-incomplete: an intermediate certificate is missing."""

from collections.abc import Iterator

from sigcheck.model.chain import ChainFacts
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Passed, Remark, Rule, Skipped
from sigcheck.rules._chain import CLIENTS, checks, seen_chain, sent

_named = checks("tls-chain-incomplete", "must", lambda facts: f"the chain is complete ({sent(facts)})")


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for a certificate that is missing; a chain is complete only where it ends at a trusted root."""
    facts = seen_chain(evidence)
    whole = isinstance(facts, ChainFacts) and facts.anchor is not None
    for remark in _named(evidence):
        if isinstance(remark, Passed) and not whole:
            yield Skipped("the chain leads to no trusted root, so what is missing is unclear: see the rule that failed")
        else:
            yield remark


RULE = Rule(
    id="tls-chain-incomplete",
    level="must",
    title="The intermediate certificates are sent",
    problem="An intermediate certificate is missing",
    fix="Serve the full chain: the file with the server certificate first, then each intermediate (fullchain.pem).",
    source=CLIENTS,
    check=check,
)
