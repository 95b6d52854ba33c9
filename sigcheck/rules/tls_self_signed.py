"""tls-self-signed: the server certificate is self-signed."""

from sigcheck.model.chain import ChainFacts
from sigcheck.model.rule import Rule
from sigcheck.policy import INTEGRATION
from sigcheck.rules._chain import checks


def _passed(facts: ChainFacts) -> str:
    leaf = facts.certificates[0]
    if leaf.subject == leaf.issuer:
        return f"the server certificate is self-signed, and is itself one of the roots of {facts.trust.name}"
    if not leaf.issuer:
        return "the server certificate is not self-signed, and names no issuer"
    return f"the server certificate names its issuer: {leaf.issuer}"


RULE = Rule(
    id="tls-self-signed",
    level="must",
    title="A CA issued the server certificate",
    problem="The server certificate is self-signed",
    fix="Have a certificate issued by a public CA, for example with certbot or the ACME support of Caddy.",
    source=INTEGRATION,
    check=checks("tls-self-signed", "must", _passed),
)
