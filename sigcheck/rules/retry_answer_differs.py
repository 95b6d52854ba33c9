"""retry-answer-differs: a retry of a message gets another downlink."""

import re
from collections.abc import Iterator

from sigcheck.model.delivery import Answer
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Undecided
from sigcheck.policy import BIDIR
from sigcheck.rules._evidence import accepted, quoted, replayed, unplayed

# {"20AEAB":{"downlinkData":"0123456789abcdef"}}: read without parsing, an answer may be anything.
_DOWNLINK = re.compile(rb'"downlinkData"\s*:\s*"([^"]*)"')


def check(evidence: Evidence) -> Iterator[Remark]:
    """Warn where a retry carries another downlink than the first delivery; other differences are only told."""
    deliveries = [exchange for _, exchange in replayed(evidence)]
    answers = [
        (exchange.attempt, exchange.outcome)
        for exchange in deliveries
        if isinstance(exchange.outcome, Answer) and accepted(exchange, evidence)
    ]
    if len(answers) < 2:
        yield Undecided("fewer than two deliveries were accepted") if deliveries else unplayed(evidence)
        return
    first_attempt, first = answers[0]
    for attempt, answer in answers[1:]:
        downlinks = _downlinks(answer)
        # A retry without a downlink is right too: the device's window closed half a minute after its message.
        if downlinks and downlinks != _downlinks(first):
            yield Finding(
                f"delivery {attempt} was answered {quoted(answer.content.decode('latin-1'))}, but delivery "
                f"{first_attempt} of the same message {quoted(first.content.decode('latin-1'))}",
                measured="another downlink for the same message",
                where=f"delivery {attempt}",
            )
            return
    if all((answer.status, answer.content) == (first.status, first.content) for _, answer in answers):
        yield Passed(f"{len(answers)} deliveries got the same answer, {first.status}", len(answers), "answers")
    else:
        statuses = ", ".join(str(answer.status) for _, answer in answers)
        yield Passed(f"the answers differ ({statuses}), but their downlinks do not", len(answers), "answers")


def _downlinks(answer: Answer) -> tuple[bytes, ...]:
    """Give the downlinks in an answer's body, in order."""
    return tuple(_DOWNLINK.findall(answer.content))


RULE = Rule(
    id="retry-answer-differs",
    level="should",
    title="Every delivery of a message gets the same downlink",
    problem="Deliveries of one message get different downlinks",
    fix="Keep the downlink with the message, and answer a duplicate with the same one or with none.",
    source=BIDIR,
    check=check,
)
