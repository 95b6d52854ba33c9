"""tls-weak-key: a key is too weak, or of a kind clients do not know."""

from sigcheck.model.rule import Rule
from sigcheck.rules._chain import CLIENTS, checks

RULE = Rule(
    id="tls-weak-key",
    level="must",
    title="The keys are strong enough",
    problem="A key is too weak",
    fix="Create a new key (EC P-256, or RSA with at least 2048 bits), and have a certificate issued for it.",
    source=CLIENTS,
    check=checks("tls-weak-key", "must", lambda facts: f"the server's key is {facts.certificates[0].key}"),
)
