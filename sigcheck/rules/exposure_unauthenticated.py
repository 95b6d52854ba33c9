"""exposure-unauthenticated: the endpoint takes messages without credentials."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._evidence import accepted, screened, status_line

REFUSALS = frozenset((401, 403, 407))
"""What a server says to those whom it does not let in; another error says nothing of credentials."""


def check(evidence: Evidence) -> Iterator[Remark]:
    """Look at a message without credentials: the one of its own where the callback has some, else any sample."""
    if evidence.callback.authenticated:
        yield _without_its_credentials(evidence)
    else:
        yield _from_anybody(evidence)


def _without_its_credentials(evidence: Evidence) -> Remark:
    if evidence.unauthenticated is None:
        return Skipped("no message was sent without the callback's credentials")
    outcome = evidence.unauthenticated.outcome
    if not isinstance(outcome, Answer):
        return Undecided(f"a message without the callback's credentials got no answer: {outcome.detail}")
    said = status_line(outcome)
    if accepted(evidence.unauthenticated, evidence):
        return Finding(
            f"a message without the callback's own headers, login and secret was answered {said}: they are not checked",
            where="a delivery without credentials",
        )
    if outcome.status in REFUSALS or any(accepted(sample, evidence) for sample in evidence.samples):
        return Passed(f"a message without the callback's credentials was answered {said}", 1, "answers")
    return Undecided(
        f"a message without the callback's credentials was answered {said}, and none with them was accepted either"
    )


def _from_anybody(evidence: Evidence) -> Remark:
    network, facts = evidence.network, evidence.allowlist
    ranges = ", ".join(evidence.policy.ranges)
    answers = [sample.outcome for sample in evidence.samples if isinstance(sample.outcome, Answer)]
    taken = [sample.outcome for sample in evidence.samples if accepted(sample, evidence)]
    if not answers:
        return Skipped("no answer was seen")
    if network is not None and network.addresses and all(each.scope != "public" for each in network.addresses):
        return Skipped("a private address is not exposed to the internet")
    if not taken:
        said = status_line(answers[0])
        if answers[0].status in REFUSALS:
            return Passed(f"a message without credentials was answered {said}", len(answers), "answers")
        return Undecided(f"the first message was answered {said}, and none was accepted, with credentials or without")
    outcome = taken[0]
    said = status_line(outcome) if isinstance(outcome, Answer) else ""
    seen = f"a message without credentials was answered {said}"
    outside = f"a message without credentials from outside {ranges} was answered {said}"
    if evidence.settings.vantage == "inside":
        if facts is None or facts.verdict != "open":
            return Skipped("this machine is inside the sender range, where it should be let in")
        return Finding(f"{seen}, and the firewall's rules admit everybody", where="a sample")
    if screened(evidence):
        return Finding(
            f"{outside}, although the firewall's rules do not admit everybody",
            where="a sample",
            level="note",
            fix="Make sure that these rules are the ones in force, and that they admit this machine on purpose.",
        )
    return Finding(outside, where="a sample")


RULE = Rule(
    id="exposure-unauthenticated",
    level="should",
    title="Not everybody can send messages",
    problem="Anybody can send messages",
    fix="Admit only the sender range (`sigcheck allowlist`), or set an Authorization header in the callback and "
    "check it; it is best to do both. As it is, whoever finds the URL can send readings.",
    source=OURS,
    check=check,
)
