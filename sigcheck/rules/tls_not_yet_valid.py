"""tls-not-yet-valid: a certificate is not valid yet."""

from sigcheck.model.rule import Rule
from sigcheck.rules._chain import CLIENTS, checks

RULE = Rule(
    id="tls-not-yet-valid",
    level="must",
    title="Every certificate of the chain is already valid",
    problem="A certificate of the chain is not valid yet",
    fix="Wait, or go back to the previous certificate; check the clocks.",
    source=CLIENTS,
    check=checks("tls-not-yet-valid", "must", "every certificate of the chain is already valid"),
)
