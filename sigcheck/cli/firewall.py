"""From the answer of `allowlist check` to evidence that has a firewall's rules alone, and its report.

The command has a text and a JSON document of its own, which say more of the rules. Every other format is that of a
report with the one rule about allowlists.
"""

from collections.abc import Sequence

from sigcheck import clock
from sigcheck.allowlist.given import facts_of
from sigcheck.allowlist.judgement import Answer
from sigcheck.judge import judge
from sigcheck.model.evidence import CallbackShape, Evidence, Settings, Target
from sigcheck.model.report import Report
from sigcheck.policy import Policy
from sigcheck.redaction.redact import Redactor
from sigcheck.rules import RULES

RULE = "reach-allowlist"


def judged(answer: Answer, names: Sequence[str], policy: Policy, url: str | None) -> Report:
    """Judge the answer on files of these names. The exit code is the answer's own: to keep the Cloud out is an error.

    `url` is the callback's, if it was given; without one the target is the port.
    """
    facts = facts_of(answer.judgement, names)
    rules = tuple(rule for rule in RULES if rule.id == RULE)
    started = clock.wall()
    evidence = Evidence(
        run="offline",
        target=Target(url or f"port {answer.port} of the receiver", "https", "", answer.port),
        callback=CallbackShape("none", None, (), authenticated=False, secret_in_url=False),
        policy=policy,
        settings=Settings(name=", ".join(facts.files), samples=0, offline=True, selected=(RULE,)),
        started_at=started,
        clock="system",
        allowlist=facts,
    )
    # The rule is a `should` of a receiver; here it is all that was asked.
    report = judge(evidence, rules, finished_at=clock.wall(), fail_on="should")
    return Redactor().struct(report)
