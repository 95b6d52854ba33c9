"""tls-name-mismatch: the certificate is for another name."""

from sigcheck.model.rule import Rule
from sigcheck.rules._chain import CLIENTS, checks

RULE = Rule(
    id="tls-name-mismatch",
    level="must",
    title="The certificate is for the host name of the callback",
    problem="The certificate is for another host name",
    fix="Have a certificate issued that names the host, or use one of its names in the callback URL.",
    source=CLIENTS,
    check=checks("tls-name-mismatch", "must", lambda facts: f"the certificate is for {facts.host}"),
)
