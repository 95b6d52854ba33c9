"""tls-weak-signature: a certificate is signed with MD5 or SHA-1."""

from sigcheck.model.rule import Rule
from sigcheck.rules._chain import CLIENTS, checks

RULE = Rule(
    id="tls-weak-signature",
    level="must",
    title="No certificate is signed with MD5 or SHA-1",
    problem="A certificate is signed with MD5 or SHA-1",
    fix="Have the certificate issued again: every public CA signs with SHA-256 or better.",
    source=CLIENTS,
    check=checks(
        "tls-weak-signature",
        "must",
        lambda facts: f"the signature of the server certificate is {facts.certificates[0].signature}",
    ),
)
