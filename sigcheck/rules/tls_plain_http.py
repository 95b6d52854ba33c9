"""tls-plain-http: deliveries travel in the clear."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule
from sigcheck.policy import OURS


def check(evidence: Evidence) -> Iterator[Remark]:
    """Warn of http://. It is no `must`: the Cloud accepts such URLs, and official examples use them."""
    if evidence.target.scheme == "https":
        yield Passed("the URL begins with https://", 1, "settings")
        return
    carried = "device ids, payloads" + (
        " and the callback's credentials" if evidence.callback.authenticated else " and counters"
    )
    yield Finding(
        f"the URL begins with http://: {carried} travel unencrypted, and anyone on the way can alter or repeat them",
        where=f"port {evidence.target.port}",
    )


RULE = Rule(
    id="tls-plain-http",
    level="should",
    title="Deliveries are encrypted",
    problem="Deliveries are not encrypted",
    fix="Serve the endpoint over https:// with a certificate of a public CA and change the URL of the callback.",
    source=OURS,
    check=check,
)
