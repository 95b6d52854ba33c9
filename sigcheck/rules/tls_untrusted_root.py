"""tls-untrusted-root: the chain ends at a root that clients do not trust."""

from collections.abc import Iterator

from sigcheck.model.chain import ChainFacts
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Remark, Rule, Skipped
from sigcheck.policy import INTEGRATION
from sigcheck.rules._chain import anchored, checks, seen_chain

_named = checks("tls-untrusted-root", "must", anchored)


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for a root that is not trusted; a chain that breaks off below any root is another rule's matter."""
    facts, remarks = seen_chain(evidence), list(_named(evidence))
    yield from remarks
    if isinstance(facts, ChainFacts) and facts.anchor is None and not any(isinstance(r, Finding) for r in remarks):
        yield Skipped("the chain breaks off before it reaches a root: see the rule that failed")


RULE = Rule(
    id="tls-untrusted-root",
    level="must",
    title="The chain ends at a trusted root",
    problem="The chain does not end at a trusted root",
    fix="Have a certificate issued by a public CA; a private CA, given with --ca-file, is for local tests only.",
    source=INTEGRATION,
    check=check,
)
