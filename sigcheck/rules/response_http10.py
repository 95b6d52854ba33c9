"""response-http10: a request by HTTP/1.0 is refused, or answered in a form that HTTP/1.0 does not have."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer, Failure, FailureKind
from sigcheck.model.evidence import Evidence
from sigcheck.model.pacing import limited
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import FAILED_CALLBACK_RECORD
from sigcheck.rules._evidence import SHOWN, accepted, quoted, status_line, undelivered
from sigcheck.rules._exchanges import every, local
from sigcheck.rules._told import BY_VERSION, OWNERS, Told

UNSURE = "the portal's records show HTTP/1.0; whether the connection carries it is not confirmed"

ENVOY = (
    "Set accept_http_10: true in the http_protocol_options of Envoy's HTTP connection manager. With Istio, set "
    "PILOT_HTTP10=1 for istiod, or ISTIO_META_HTTP10=1 for the gateway (for instance by a ProxyConfig)."
)
FIXES = {
    400: "Look in the log of the server or proxy for the reason why it refuses the request: the request is the same "
    "as the accepted ones but for its version, and it has a Host header.",
    426: f"Accept HTTP/1.0 as well. {ENVOY}",
    505: "Accept HTTP/1.0 as well: look for a minimum version in the configuration of the server, the web application "
    "firewall or the load balancer.",
}
CHUNKED = (
    "Send Transfer-Encoding only to clients of HTTP/1.1 (RFC 9112, section 6.1): leave it to the web server or "
    "framework, answer with a Content-Length, or answer 204 without a body."
)
OPEN = "Send a Content-Length, answer 204 without a body, or close the connection behind the answer to HTTP/1.0."
SILENT = {
    FailureKind.NO_ANSWER: "was not answered",
    FailureKind.RESET: "was met with a reset of the connection",
    FailureKind.CLOSED: "was not answered: the server closed the connection",
    FailureKind.NOT_SENT: "could not be sent whole",
    FailureKind.MALFORMED: "got no answer that a client can read",
}


def check(evidence: Evidence) -> Iterator[Remark]:
    """Compare the delivery by HTTP/1.0 with all others; what befalls those as well belongs to another rule."""
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    made = evidence.http10
    others = [each for each in every(evidence) if not each.asked and not each.crowded]
    if made is None:
        yield _unmade(evidence, others)
        return
    match made.outcome:
        case Failure():
            yield _unanswered(made.outcome, others, evidence)
        case Answer() if not accepted(made, evidence):
            yield _refused(made.outcome, others, evidence)
        case Answer():
            yield from _accepted(made.outcome, others)


def _unmade(evidence: Evidence, others: list[Told]) -> Remark:
    if evidence.interrupted:
        return Undecided("the run was interrupted before the delivery by HTTP/1.0")
    if any(each.answer is not None for each in others):
        return Skipped("no delivery was made by HTTP/1.0")
    return Skipped("no delivery by HTTP/1.1 was answered, so none was made by HTTP/1.0: see the rule that failed")


def _finding(seen: str, others: list[Told], evidence: Evidence, fix: str | None = None) -> Finding:
    """Say what came of it beside what HTTP/1.1 got, and that nobody knows whether the Cloud sends it."""
    statuses = sorted({str(each.answer.status) for each in others if each.answer and accepted(each.exchange, evidence)})
    contrast = f", and by HTTP/1.1 {', '.join(statuses)}" if statuses else ""
    return Finding(f"a request by HTTP/1.0 {seen}{contrast}; {UNSURE}", where="the delivery by HTTP/1.0", fix=fix)


def _unanswered(failed: Failure, others: list[Told], evidence: Evidence) -> Remark:
    if failed.kind is FailureKind.LOCAL:
        return local(evidence) or Undecided(f"the delivery by HTTP/1.0 could not be made: {failed.detail}")
    rule = OWNERS.get(failed.kind, RULE.id)
    if rule not in BY_VERSION:
        return Undecided(f"the delivery by HTTP/1.0 got no connection ({failed.words}): see {rule}")
    alike = [each for each in others if each.failure is not None and each.failure.kind is failed.kind]
    if alike:
        return Undecided(
            f"a request by HTTP/1.0 was not answered ({failed.words}), and neither was {alike[0].label}, by HTTP/1.1: "
            f"see {rule}"
        )
    words = SILENT[failed.kind]
    detail = f" ({failed.detail})" if failed.kind in {FailureKind.NO_ANSWER, FailureKind.MALFORMED} else ""
    return _finding(words + detail, others, evidence)


def _refused(answer: Answer, others: list[Told], evidence: Evidence) -> Remark:
    said = status_line(answer)
    alike = [each for each in others if each.answer is not None and each.answer.status == answer.status]
    if alike and len(alike) == len([each for each in others if each.answer is not None]):
        return Skipped(f"a request by HTTP/1.0 was answered {said}, as all others were: see the rule that failed")
    if alike:
        return Undecided(
            f"a request by HTTP/1.0 was answered {said}, and so was {alike[0].label}, by HTTP/1.1: see the rule that "
            "failed"
        )
    if evidence.http10 is not None and limited(evidence.http10):
        return Undecided(f"a request by HTTP/1.0 was answered {said}: the receiver limits the rate")
    if answer.status not in FIXES and not any(accepted(each.exchange, evidence) for each in others):
        return Undecided(f"a request by HTTP/1.0 was answered {said}, and none by HTTP/1.1 was accepted either")
    server = answer.header("server")
    by = f" by {quoted(server[:SHOWN])}" if server else ""
    return _finding(f"was answered {said}{by}", others, evidence, FIXES.get(answer.status))


def _accepted(answer: Answer, others: list[Told]) -> Iterator[Remark]:
    """Look at how the answer ends: HTTP/1.0 knows a length and the end of the connection, and nothing else."""
    said = status_line(answer)
    coding = answer.header("transfer-encoding")
    if coding is not None:
        yield Finding(
            f"the answer {said} to a request by HTTP/1.0 has Transfer-Encoding: {quoted(coding)}, which HTTP/1.0 does "
            f"not have: such a client reads the sizes of the chunks as part of the body; {UNSURE}",
            where="the delivery by HTTP/1.0",
            fix=CHUNKED,
        )
    endless = [each.label for each in others if each.answer is not None and each.answer.body_end == "cut at the limit"]
    if answer.body_end == "cut at the limit" and endless:
        yield Undecided(
            f"the answer to a request by HTTP/1.0 did not end within the limit, and neither did {endless[0]}"
        )
    elif answer.body_end == "cut at the limit" and coding is None and answer.header("content-length") is None:
        yield Finding(
            f"the answer {said} to a request by HTTP/1.0 has no Content-Length, and the connection was left open: such "
            f"a client waits for its end until the time is up; {UNSURE}",
            where="the delivery by HTTP/1.0",
            fix=OPEN,
        )
    elif answer.body_end == "cut at the limit":
        yield Finding(
            f"the answer {said} to a request by HTTP/1.0 did not end within the limit, and those to HTTP/1.1 did; "
            f"{UNSURE}",
            where="the delivery by HTTP/1.0",
        )
    known = {oddity for each in others if each.answer is not None for oddity in each.answer.oddities}
    for oddity in answer.oddities if coding is None else ():
        if (oddity.refused_by or oddity.body_lost_by) and oddity not in known:
            yield Finding(
                f"the answer to a request by HTTP/1.0 is odd where those to HTTP/1.1 are not: {oddity.message}; "
                f"{UNSURE}",
                where="the delivery by HTTP/1.0",
                fix=oddity.fix or None,
            )
    yield Passed(f"a request by HTTP/1.0 was answered {said}", 1, "answers")


RULE = Rule(
    id="response-http10",
    level="should",
    title="HTTP/1.0 is answered as well",
    problem="HTTP/1.0 is not answered as HTTP/1.1 is",
    fix="Look at what differs for HTTP/1.0: a proxy or load balancer in front of the receiver that refuses this "
    "version, or code that depends on it. The log of each of them shows the request.",
    source=FAILED_CALLBACK_RECORD,
    check=check,
)
