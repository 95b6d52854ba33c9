"""tls-chain-incomplete: an intermediate certificate is missing."""

from sigcheck.model.report import Rule
from sigcheck.rules._chain import CLIENTS, checks

RULE = Rule(
    id="tls-chain-incomplete",
    level="must",
    title="The intermediate certificates are sent",
    hint="Serve the full chain: the file with the server certificate first, then each intermediate (fullchain.pem).",
    source=CLIENTS,
    check=checks(
        "tls-chain-incomplete",
        "must",
        lambda facts: f"{len(facts.certificates)} certificates were sent, none is missing",
    ),
)
