"""exposure-secret-in-url: the callback's URL carries a secret."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule
from sigcheck.policy import OURS


def check(evidence: Evidence) -> Iterator[Remark]:
    """Note a secret in the query. That it travels in the clear over http is tls-plain-http's to say."""
    if evidence.callback.secret_in_url:
        yield Finding("the URL's query carries a secret, which access logs and the portal's message list show")
    else:
        yield Passed("no parameter of the URL's query has a name that suggests a secret", 1, "settings")


RULE = Rule(
    id="exposure-secret-in-url",
    level="note",
    title="The URL carries no secret",
    problem="The URL carries a secret",
    fix="Put the secret into the callback's Authorization header, and call the receiver over https.",
    source=OURS,
    check=check,
)
