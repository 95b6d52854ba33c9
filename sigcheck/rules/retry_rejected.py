"""retry-rejected: a repeated message is not answered with success, although the first copy was."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer, FailureKind
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Inconclusive, Passed, Remark, Rule
from sigcheck.policy import INTEGRATION
from sigcheck.rules._evidence import accepted, pace, quoted, replayed, status_line, unplayed


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for each repeat that was refused: the Cloud takes it for a failure and sends the message again."""
    deliveries = [exchange for _, exchange in replayed(evidence)]
    if not deliveries:
        yield unplayed(evidence)
        return
    if not accepted(deliveries[0], evidence):
        yield Inconclusive("the first delivery was not accepted either: see the response and deadline rules")
        return
    repeats = deliveries[1:]
    if not repeats:
        yield Inconclusive("the run ended before the first repeat")
        return
    refused = False
    unanswered = []
    for exchange in repeats:
        outcome = exchange.outcome
        if isinstance(outcome, Answer):
            said = f"was answered {status_line(outcome)}"
        elif outcome.kind is FailureKind.NO_ANSWER:
            unanswered.append(exchange.attempt)  # deadline-exceeded names it
            continue
        else:
            said = f"failed: {quoted(outcome.detail)}"
        if not accepted(exchange, evidence):
            refused = True
            yield Finding(
                f"delivery {exchange.attempt} of the same message {said}; the first was accepted",
                measured=None if exchange.due is None else f"{exchange.started:.1f} s into the run",
                where=f"delivery {exchange.attempt}",
            )
    if unanswered and not refused:
        which = "delivery " if len(unanswered) == 1 else "deliveries "
        which += " and ".join(map(str, unanswered))
        yield Inconclusive(f"{which} got no answer in time: see the rule deadline-exceeded")
    elif not refused:
        were = "repeat of an accepted message was" if len(repeats) == 1 else "repeats of an accepted message were"
        yield Passed(f"{len(repeats)} {were} accepted {pace(evidence)}", len(repeats), "answers")


RULE = Rule(
    id="retry-rejected",
    level="must",
    title="Repeats of an accepted message are accepted",
    hint="Answer 2xx to a duplicate: it was handled. Any other status starts the next retry.",
    source=INTEGRATION,
    check=check,
)
