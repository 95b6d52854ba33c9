"""From a chain of the factory to facts, evidence and the results of the tls rules."""

from typing import Literal

from msgspec import structs

from sigcheck.chain import Roots
from sigcheck.judge import judge_rule
from sigcheck.model.chain import ChainFacts, TrustSet
from sigcheck.model.evidence import CallbackShape, Evidence, Settings, Target
from sigcheck.model.handshake import Handshake, TlsFacts
from sigcheck.model.report import Result
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.rules import RULES
from sigcheck.rules._chain import CHAIN_RULES
from tests import pki

TRUST = TrustSet(name="test roots", version="1", sha256="0" * 64, roots=1)


def roots_of(chain: pki.Chain, *, public: bool = False) -> Roots:
    """Make the set of roots that the client of a chain trusts."""
    return Roots(chain.roots, TRUST, public=public)


def evidence_of(
    facts: ChainFacts | None, *, scheme: Literal["http", "https"] = "https", handshake: Handshake | None = None
) -> Evidence:
    """Make the evidence of a run that looked at TLS alone."""
    tls = TlsFacts(
        trust=TRUST,
        handshakes=(handshake,) if handshake else (),
        chain=facts,
        jdk_handshakes=(structs.replace(handshake, finished=True),) if handshake else (),
    )
    return Evidence(
        run="0" * 8,
        target=Target(url=f"{scheme}://{pki.HOST}/", scheme=scheme, host=pki.HOST, port=443),
        callback=CallbackShape("POST", "application/json", (), authenticated=False, secret_in_url=False),
        policy=SIGFOX_CLOUD,
        settings=Settings(),
        started_at=pki.NOW,
        clock="system",
        tls=tls,
    )


def tls_results(facts: ChainFacts | None, **more) -> list[Result]:
    """Judge facts by the rules about certificates."""
    evidence = evidence_of(facts, **more)
    return [judge_rule(rule, evidence) for rule in RULES if rule.id in CHAIN_RULES]
