"""response-redirect: the receiver answers with a redirect."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Passed, Remark, Rule
from sigcheck.policy import OURS
from sigcheck.rules._evidence import labelled, quoted, undelivered


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for a 3xx: whether the Cloud follows redirects is documented nowhere."""
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    moved = [
        (label, exchange.outcome)
        for label, exchange in labelled(evidence)
        if isinstance(exchange.outcome, Answer) and 300 <= exchange.outcome.status <= 399
    ]
    if not moved:
        yield Passed("no redirect", 1, "answers")
        return
    label, answer = moved[0]
    place = answer.header("location")
    to = f" to {quoted(place)}" if place else ""
    yield Finding(f"answered {answer.status}{to}; redirects are not followed", where=label)


RULE = Rule(
    id="response-redirect",
    level="must",
    title="The callback's URL answers itself, without a redirect",
    hint="Put the final URL into the callback: https instead of http, and with or without the trailing slash.",
    source=OURS,
    check=check,
)
