"""response-malformed: what comes back is no complete HTTP response."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer, Failure, FailureKind
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Passed, Remark, Rule
from sigcheck.policy import OURS
from sigcheck.rules._evidence import firsts, labelled, quoted, undelivered

BROKEN = {
    FailureKind.MALFORMED: "the answer cannot be read as HTTP",
    FailureKind.CLOSED: "the connection was closed before a status line and headers were complete",
    FailureKind.RESET: "the connection was reset",
    FailureKind.NOT_SENT: "the request could not be sent",
}


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for a new message whose answer is not HTTP, or breaks off; a broken body alone is a `should`."""
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    seen: dict[str, list[str]] = {}
    for label, exchange in firsts(evidence):
        outcome = exchange.outcome
        if isinstance(outcome, Failure) and outcome.kind in BROKEN:
            detail = (
                f": {quoted(outcome.detail)}" if outcome.kind in {FailureKind.MALFORMED, FailureKind.NOT_SENT} else ""
            )
            seen.setdefault(BROKEN[outcome.kind] + detail, []).append(label)
    for message, labels in seen.items():
        yield Finding(message, measured=f"{len(labels)} of {len(list(firsts(evidence)))} new messages", where=labels[0])
    if seen:
        return
    for label, exchange in labelled(evidence):
        if isinstance(exchange.outcome, Answer) and exchange.outcome.body_end == "broken":
            yield Finding(
                "the body broke off: it is shorter than its Content-Length, or its chunks are damaged",
                measured=f"{exchange.outcome.body_size} bytes read",
                where=label,
                level="should",
            )
            return
    yield Passed("the answers are well-formed HTTP", 1, "answers")


RULE = Rule(
    id="response-malformed",
    level="must",
    title="Answers are complete HTTP responses",
    hint="Look for a crash of the server process, a non-HTTP service on this port, or a wrong Content-Length.",
    source=OURS,
    check=check,
)
