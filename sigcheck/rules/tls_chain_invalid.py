"""tls-chain-invalid: a certificate is malformed, or may not do what it does."""

from collections.abc import Iterator

from sigcheck.model.chain import ChainFacts
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Remark, Rule, Undecided
from sigcheck.rules._chain import CLIENTS, checks, fitting, live_code, seen_chain


def _passed(facts: ChainFacts) -> str:
    where = "" if facts.anchor is not None else ", as far as the chain goes"
    return f"signatures, extensions and constraints are in order{where} ({fitting(facts)})"


_named = checks("tls-chain-invalid", "must", _passed)


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for what was found; stay undecided where OpenSSL refused and nothing explains it."""
    facts, live = seen_chain(evidence), live_code(evidence)
    explained = isinstance(facts, ChainFacts) and any("openssl" in defect.refused_by for defect in facts.defects)
    if live is not None and live[0] != 0 and isinstance(facts, ChainFacts) and not explained:
        yield Undecided(
            f"OpenSSL refused the chain in this handshake ({live[1]}, code {live[0]}), and sigcheck found no cause",
            fix="Please report this, with the certificates: openssl s_client -showcerts prints them.",
        )
        return
    yield from _named(evidence)


RULE = Rule(
    id="tls-chain-invalid",
    level="must",
    title="The certificates are valid for what they are used for",
    problem="A certificate is not valid for what it is used for",
    fix="Have the certificate issued again by a public CA, and serve its current intermediate.",
    source=CLIENTS,
    check=check,
)
