"""tls-chain-disorder: certificates are out of order, duplicated or unrelated."""

from collections.abc import Iterator

from sigcheck.model.chain import ChainFacts
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Passed, Remark, Rule, Skipped
from sigcheck.rules._chain import CLIENTS, checks, seen_chain, sent


def _passed(facts: ChainFacts) -> str:
    if len(facts.certificates) == 1:
        return "only the server certificate was sent, so there is no order to keep"
    return f"the {sent(facts)} are in order, and each was sent once"


_named = checks("tls-chain-disorder", "should", _passed)


def check(evidence: Evidence) -> Iterator[Remark]:
    """Warn of what is out of order; above a gap nobody can tell which certificate belongs where."""
    facts = seen_chain(evidence)
    apart = isinstance(facts, ChainFacts) and any(each.role == "unrelated" for each in facts.certificates)
    for remark in _named(evidence):
        if isinstance(remark, Passed) and apart:
            yield Skipped(
                "the certificates do not fit together, so their order cannot be told: see the rule that failed"
            )
        else:
            yield remark


RULE = Rule(
    id="tls-chain-disorder",
    level="should",
    title="The certificates are sent in order, each once",
    problem="The certificates are out of order or duplicated",
    fix="Send the server certificate first, then the issuer of each certificate after it, and nothing else.",
    source=CLIENTS,
    check=check,
)
