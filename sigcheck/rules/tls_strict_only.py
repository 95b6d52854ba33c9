"""tls-strict-only: strict verifiers refuse what lenient ones accept."""

from sigcheck.model.rule import Rule
from sigcheck.rules._chain import CLIENTS, checks, whose_refusal

RULE = Rule(
    id="tls-strict-only",
    level="should",
    title="A strict verifier accepts the chain",
    problem="A strict verifier refuses the chain",
    fix="Have the certificate issued again by a public CA: its certificates follow the public rules.",
    source=CLIENTS,
    check=checks(
        "tls-strict-only",
        "should",
        lambda facts: f"a strict verifier {whose_refusal(facts, 'strict', 'lenient clients')}",
    ),
)
