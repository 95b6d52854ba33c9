"""deadline-tight: the answer came in time, but with little to spare."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._evidence import seconds, undelivered
from sigcheck.rules._exchanges import every
from sigcheck.rules._share import beside_others

MARGIN = 0.3
"""The share of the limit that should be left: 3 s of 10. Our choice."""


def check(evidence: Evidence) -> Iterator[Remark]:
    """Warn for a small margin, for a slow connection in front of a quick answer, and for a body that drags on."""
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    limit = evidence.policy.answer_limit
    close = limit * (1 - MARGIN)
    answered = [
        (each.label, each.exchange, each.exchange.answered_after)
        for each in every(evidence)
        if each.exchange.answered_after is not None
        and each.timed
        and not beside_others(each)
        and not each.asked
        and not each.exchange.stalled
    ]
    if not answered:
        yield Undecided("no delivery was answered, so no answer time was measured")
        return
    tight = [(label, after) for label, _, after in answered if close < after <= limit]
    if tight:
        label, after = max(tight, key=lambda entry: entry[1])
        many = f"{len(tight)} of {len(answered)} answers had" if len(answered) > 1 else "the only answer had"
        yield Finding(
            f"{many} less than {seconds(limit - close)} to spare",
            measured=f"the slowest took {seconds(after)}",
            where=label,
        )
    slow = [(label, exchange.total) for label, exchange, after in answered if after <= limit < exchange.total]
    if slow:
        label, total = max(slow, key=lambda entry: entry[1])
        yield Finding(
            f"it took {seconds(total)} from the start of the connection to the answer; whether the Cloud counts the "
            "connection is not published",
            measured=seconds(total),
            where=label,
        )
    for label, exchange, _ in answered:
        if isinstance(exchange.outcome, Answer) and exchange.outcome.body_end == "cut at the limit":
            yield Finding(
                f"the body was still arriving {limit:g} s after the request; whether the Cloud waits for it is not "
                "published",
                measured=f"{exchange.outcome.body_size} bytes by then",
                where=label,
            )
            break
    slowest = max(after for _, _, after in answered)
    if slowest > limit:
        yield Skipped("the limit itself was exceeded: see deadline-exceeded")
    else:
        yield Passed(f"every answer left at least {seconds(limit - slowest)} to spare", len(answered), "answers")


RULE = Rule(
    id="deadline-tight",
    level="should",
    title="Answers leave a margin before the limit",
    problem="Answers leave little margin before the limit",
    fix="Answer before the work is done; keep a slow database or a cold cache out of the answer's way.",
    source=OURS,
    check=check,
)
