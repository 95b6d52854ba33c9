"""tls-self-signed: the server certificate is self-signed."""

from sigcheck.model.report import Rule
from sigcheck.policy import INTEGRATION
from sigcheck.rules._chain import checks

RULE = Rule(
    id="tls-self-signed",
    level="must",
    title="The server certificate is not self-signed",
    hint="Have a certificate issued by a public CA, for example with certbot or the ACME support of Caddy.",
    source=INTEGRATION,
    check=checks("tls-self-signed", "must", "a CA issued the server certificate"),
)
