"""tls-chain-disorder: certificates are out of order, doubled or strangers."""

from sigcheck.model.report import Rule
from sigcheck.rules._chain import CLIENTS, checks

RULE = Rule(
    id="tls-chain-disorder",
    level="should",
    title="The certificates are sent in order, each once",
    hint="Send the server certificate, then each issuer of the one before, and nothing else.",
    source=CLIENTS,
    check=checks("tls-chain-disorder", "should", "each certificate is followed by its issuer"),
)
