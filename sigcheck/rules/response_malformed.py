"""response-malformed: what comes back is no complete HTTP response."""

from collections.abc import Iterator

from sigcheck.model.delivery import FailureKind
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Inconclusive, Passed, Remark, Rule
from sigcheck.policy import OURS
from sigcheck.rules._evidence import quoted, undelivered
from sigcheck.rules._exchanges import Told, every, failed, grouped, share, untold

BROKEN = {
    FailureKind.MALFORMED: "the answer cannot be read as HTTP",
    FailureKind.CLOSED: "the connection was closed before a status line and headers were complete",
    FailureKind.RESET: "the connection was reset",
    FailureKind.NOT_SENT: "the request could not be sent",
}


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for an answer that is not HTTP, or breaks off before its headers end; a broken body alone is a `should`."""
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    told = [each for each in every(evidence) if each.answer is not None or each.failure is not None]
    for message, cases in grouped(failed(evidence, RULE.id), _broken).items():
        found = share(cases, told)
        yield Finding(message, measured=f"{found.words}", where=found.where, level=found.level)
    answered = [each for each in told if each.answer is not None]
    broken = [each for each in answered if each.answer is not None and each.answer.body_end == "broken"]
    if broken:
        found = share(broken, answered)
        size = broken[0].answer.body_size if broken[0].answer is not None else 0
        yield Finding(
            "the body broke off: it is shorter than its Content-Length, or its chunks are damaged",
            measured=f"{size} bytes read; {found.words}",
            where=found.where,
            level="should",
        )
    if (unknown := untold(evidence)) is not None:
        yield unknown
    if answered:
        yield Passed(f"{len(answered)} answers are well-formed HTTP", len(answered), "answers")
    else:
        yield Inconclusive("no delivery was answered at all: see the rule that failed")


def _broken(told: Told) -> str | None:
    failure = told.failure
    if failure is None:
        return None
    quotes = failure.kind in {FailureKind.MALFORMED, FailureKind.NOT_SENT}
    return BROKEN[failure.kind] + (f": {quoted(failure.detail)}" if quotes else "")


RULE = Rule(
    id="response-malformed",
    level="must",
    title="Answers are complete HTTP responses",
    hint="Look for a crash of the server process, a non-HTTP service on this port, or a wrong Content-Length.",
    source=OURS,
    check=check,
)
