"""response-malformed: what comes back is no complete HTTP response."""

from collections.abc import Iterator

from sigcheck.model.answers import CLIENTS, HttpClient, Oddity, OddityKind
from sigcheck.model.delivery import FailureKind
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import LEVELS, Finding, Level, Passed, Remark, Rule, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._evidence import undelivered
from sigcheck.rules._exchanges import every, failed, grouped, untold
from sigcheck.rules._share import share
from sigcheck.rules._told import HTTP10, Told

BROKEN = {
    FailureKind.CLOSED: "the connection was closed before a status line and headers were complete",
    FailureKind.RESET: "the connection was reset",
}


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for an answer that no client reads; what one of them refuses, or a broken body, is a `should`.

    Which client refuses what is measured: docs/http-clients.md.
    """
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    # What is wrong with the answer to HTTP/1.0 alone has a rule of its own.
    whole = [each for each in every(evidence) if each.part != HTTP10]
    told = [each for each in whole if each.answer is not None or each.failure is not None]
    for message, cases in grouped(failed(evidence, RULE.id), _broken).items():
        found = share(cases, told)
        yield Finding(message, measured=f"{found.words}", where=found.where, level=found.level)
    answered = [each for each in told if each.answer is not None]
    for oddity, cases in _odd(answered).items():
        found = share(cases, answered)
        level = weight(oddity)
        yield Finding(
            f"{oddity.message}: {_who(oddity)}",
            measured=found.words,
            where=found.where,
            level=_milder(level, found.level),
            fix=oddity.fix or None,
        )
    endless = [each for each in answered if each.answer is not None and each.answer.body_end == "capped"]
    if endless:
        found = share(endless, answered)
        yield Finding(
            "the body had not ended after 64 KiB; whether the Cloud reads that much is not published",
            measured=found.words,
            where=found.where,
            level="should",
            fix="Answer with a short body or with none: 204 No Content is enough where no downlink is sent.",
        )
    if (unknown := untold(evidence)) is not None:
        yield unknown
    if answered:
        were = "answer is" if len(answered) == 1 else "answers are"
        yield Passed(f"{len(answered)} {were} well-formed HTTP", len(answered), "answers")
    else:
        yield Undecided("no delivery was answered at all: see the rule that failed")


def _odd(answered: list[Told]) -> dict[Oddity, list[Told]]:
    """Group the answers by what some client stumbles over, whatever that is for each of them."""
    found: dict[Oddity, list[Told]] = {}
    for each in answered:
        for oddity in each.answer.oddities if each.answer is not None else ():
            if oddity.refused_by or oddity.body_lost_by:
                found.setdefault(oddity, []).append(each)
    return found


def weight(oddity: Oddity) -> Level:
    """Give the level of an oddity: what all clients refuse is a must, what one of them stumbles over a warning.

    A head that was cut short is no answer, although HttpURLConnection makes do with what it got. A body that one
    client alone gives up, as a JDK 17.0.21 does for legal trailers, is told and no more.
    """
    refusing = set(oddity.refused_by)
    if refusing == set(CLIENTS) or (oddity.kind is OddityKind.HEAD_CUT and {"curl", "java.net.http"} <= refusing):
        return "must"
    return "should" if refusing or len(oddity.body_lost_by) > 1 else "note"


def _milder(level: Level, limit: Level | None) -> Level:
    return level if limit is None else max(level, limit, key=LEVELS.index)


def _who(oddity: Oddity) -> str:
    """Say which clients stumble, and over what."""
    if set(oddity.refused_by) == set(CLIENTS):
        return "curl and both clients of a JDK refuse such an answer"
    if oddity.refused_by:
        return f"{_listed(oddity.refused_by)} refuse{'s' if len(oddity.refused_by) == 1 else ''} such an answer"
    return (
        f"{_listed(oddity.body_lost_by)} then report{'s' if len(oddity.body_lost_by) == 1 else ''} an error; what the "
        "Cloud does is not published"
    )


def _listed(clients: tuple[HttpClient, ...]) -> str:
    *most, last = clients
    return f"{', '.join(most)} and {last}" if most else last


def _broken(told: Told) -> str | None:
    failure = told.failure
    if failure is None:
        return None
    return BROKEN.get(failure.kind, failure.detail)


RULE = Rule(
    id="response-malformed",
    level="must",
    title="Answers are complete HTTP responses",
    problem="Answers are not complete HTTP responses",
    fix="Look for a crash of the server process, a non-HTTP service on this port, or a wrong Content-Length.",
    source=OURS,
    check=check,
)
