"""The record of one callback: what was sent and answered, without secrets, and what the portal would show for it."""

from msgspec import Struct, structs

from sigcheck.callback import Callback
from sigcheck.judge import judge
from sigcheck.listing import concealed
from sigcheck.model.delivery import Answer, Exchange, Failure, FailureKind, Header, Message, Phases
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Result
from sigcheck.model.rule import Level
from sigcheck.plan import RunPlan
from sigcheck.policy import NO_STATUS
from sigcheck.redaction.disarm import disarm
from sigcheck.redaction.redact import Redactor
from sigcheck.rules import RULES
from sigcheck.rules._chain import CHAIN_RULES
from sigcheck.rules._told import Told, owner
from sigcheck.words import Own

MOST_LINES = 40
"""Lines of an answer's body that a record has."""

OF_A_RUN = (("the only sample", "the callback"), ("sample 1", "the callback"))
"""What rules call a message of a run, and what it is called here."""

OF_ONE_ANSWER = frozenset(("response", "deadline"))
"""The families whose rules say something about a single answer."""


class Sent(Struct, frozen=True):
    """The request as it is sent, without its secrets: headers in order, the body line by line."""

    method: Own
    url: str
    http_version: Own
    headers: tuple[Header, ...]
    body: tuple[str, ...]


class Received(Struct, frozen=True):
    """The answer: `body` has its first lines, `body_size` the bytes of all that was read.

    `whole`: that is all of it. `broken`: the connection ended before the body did.
    """

    status: int
    reason: str
    http_version: str
    headers: tuple[Header, ...]
    body: tuple[str, ...]
    body_size: int
    whole: bool
    broken: bool = False


class Problem(Struct, frozen=True):
    """A rule that this answer breaks: what was seen, and what to do."""

    rule: Own
    message: Own
    fix: Own = ""


class Record(Struct, frozen=True):
    """One callback. `ok` is None where nothing was sent, on purpose or because this machine could not.

    `answer` and `failure` exclude each other. `status` and `text` are what the portal would show. Times are seconds:
    `answered_after` from the request being wholly sent to the headers of the answer. `problems` are of `must` rules,
    and `warnings` of what a rule has against an answer that is accepted, as a `should`.
    """

    name: str
    type: Own
    sent: bool
    ok: bool | None
    request: Sent
    answer: Received | None = None
    failure: str | None = None
    status: int | None = None
    text: str | None = None
    address: str | None = None
    answered_after: float | None = None
    total: float | None = None
    limit: float | None = None
    phases: Phases | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def record_of(plan: RunPlan, message: Message, evidence: Evidence | None) -> Record:
    """Give the record of a message; without evidence, which has one exchange, that of a request that is not sent."""
    request = _sent(plan.callback, plan.redactor, message)
    record = Record(plan.config.name, plan.callback.values.type.name, evidence is not None, None, request)
    address = None
    if evidence is not None:
        (exchange,) = evidence.samples
        address = exchange.address
        # Before the rules quote what a server said: half a secret would be hard to find again.
        record = _answered(record, plan.redactor.struct(evidence))
    discreet = plan.discreet(() if address is None else (address,))
    return record if discreet is None else discreet.struct(record)


def _sent(callback: Callback, redactor: Redactor, message: Message) -> Sent:
    real, safe = callback.render(message), concealed(callback, redactor).render(message)
    # What is hidden changes no name, so both have the same order; the length is that of what is sent.
    pairs = zip(real.fields, safe.fields, strict=True)
    fields = tuple((name, _shown(name, value, shown)) for (name, value), (_, shown) in pairs)
    body = () if real.method == "GET" else _lines(safe.body)
    return Sent(real.method, disarm(safe.url), "HTTP/1.1", fields, body)


def _shown(name: str, value: str, shown: str) -> str:
    if name == "content-length":
        return value
    return "***" if name == "authorization" else disarm(shown)


def _lines(content: bytes) -> tuple[str, ...]:
    text = content.decode("utf-8", "replace")
    return tuple(disarm(line.removesuffix("\r")) for line in text.split("\n")) if text else ()


def _answered(record: Record, evidence: Evidence) -> Record:
    (exchange,) = evidence.samples
    problems = _problems(evidence, exchange)
    outcome = exchange.outcome
    if isinstance(outcome, Failure) and outcome.kind is FailureKind.LOCAL:
        # Of the receiver, and so of what the portal would show, nothing is known.
        return structs.replace(record, failure=outcome.words, total=exchange.total, limit=exchange.limit)
    status, text = _in_the_portal(exchange, problems)
    return structs.replace(
        record,
        ok=exchange.accepted(evidence.policy) and not problems,
        answer=_received(outcome) if isinstance(outcome, Answer) else None,
        failure=outcome.words if isinstance(outcome, Failure) else None,
        status=status,
        text=text,
        address=exchange.address,
        answered_after=exchange.answered_after,
        total=exchange.total,
        limit=exchange.limit,
        phases=exchange.phases,
        problems=problems,
        warnings=tuple(
            _problem(each, "should") for each in _judged(evidence) if each.failed and each.level == "should"
        ),
    )


def _received(answer: Answer) -> Received:
    lines = _lines(answer.content)
    whole = answer.kept_whole and len(lines) <= MOST_LINES
    return Received(
        answer.status,
        answer.reason,
        answer.http_version,
        answer.headers,
        lines[:MOST_LINES],
        answer.body_size,
        whole,
        broken=answer.body_end == "broken",
    )


def _problems(evidence: Evidence, exchange: Exchange) -> tuple[Problem, ...]:
    """Give what a `must` rule has against the certificates and the answer, or whose rule the failure is."""
    found = [_problem(each, "must") for each in _judged(evidence) if each.failed and each.level == "must"]
    outcome = exchange.outcome
    if isinstance(outcome, Failure):
        rule = owner(Told("", "", exchange))
        known = next((each for each in RULES if each.id == rule), None)
        if known is not None and all(each.rule != rule for each in found):
            found.append(Problem(known.id, disarm(outcome.words), known.fix))
    return tuple(found)


def _judged(evidence: Evidence) -> tuple[Result, ...]:
    rules = [rule for rule in RULES if rule.family in OF_ONE_ANSWER or (evidence.tls and rule.id in CHAIN_RULES)]
    return judge(evidence, rules, finished_at=evidence.started_at).results


def _problem(result: Result, level: Level) -> Problem:
    finding = next((each for each in result.findings if (each.level or result.level) == level), None)
    fix = result.fix if finding is None or finding.fix is None else finding.fix
    message = result.summary if finding is None else finding.message
    for words, ours in OF_A_RUN:
        message = message.replace(words, ours)
    return Problem(result.rule, disarm(message), disarm(fix or ""))


def _in_the_portal(exchange: Exchange, problems: tuple[Problem, ...]) -> tuple[int, str]:
    """Give the status and the words of the portal's record; 600 has words of ours, since the portal's vary."""
    outcome = exchange.outcome
    if isinstance(outcome, Failure):
        return NO_STATUS, outcome.words
    if any(each.rule.startswith("tls-") for each in problems):
        return NO_STATUS, "the certificate is not accepted"
    if (exchange.answered_after or 0.0) > exchange.limit:
        return NO_STATUS, "the answer came after the limit"
    return outcome.status, outcome.reason
