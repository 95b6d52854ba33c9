"""deadline-exceeded: the answer came after the limit, or not at all."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer, Failure, FailureKind
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Inconclusive, Passed, Remark, Rule
from sigcheck.policy import INTEGRATION
from sigcheck.rules._evidence import labelled, seconds, undelivered


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for each delivery whose status line and headers came later than the limit after the request was sent."""
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    limit = evidence.policy.answer_limit
    slowest = 0.0
    answered = 0
    failed = False
    for label, exchange in labelled(evidence):
        match exchange.outcome:
            case Answer(status=status) if exchange.answered_after is not None:
                answered += 1
                slowest = max(slowest, exchange.answered_after)
                if exchange.answered_after > limit:
                    failed = True
                    late = exchange.answered_after - limit
                    yield Finding(
                        f"{label} was answered {status}, {seconds(late)} too late",
                        measured=seconds(exchange.answered_after),
                        where=label,
                    )
            case Failure(kind=FailureKind.NO_ANSWER, detail=detail):
                failed = True
                yield Finding(f"{label}: {detail}", measured=f"over {seconds(exchange.total)}", where=label)
    if failed:
        return
    if answered:
        yield Passed(
            f"the slowest of {answered} answers took {seconds(slowest)} of the {limit:g} s", answered, "answers"
        )
    else:
        yield Inconclusive("no delivery was answered, so no answer time was measured")


RULE = Rule(
    id="deadline-exceeded",
    level="must",
    title="Every answer comes within the limit",
    hint="Store the message and answer at once; do the work afterwards (see docs/deduplication.md).",
    source=INTEGRATION,
    check=check,
)
