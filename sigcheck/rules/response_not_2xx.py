"""response-not-2xx: the receiver does not answer with success."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Inconclusive, Passed, Remark, Rule, Skipped
from sigcheck.policy import INTEGRATION
from sigcheck.rules._evidence import FROM_WITHIN, firsts, screened, status_line, undelivered

MENDS = {
    400: "Accept the content type and body as they are configured in the portal; log a body that is refused.",
    401: "The credentials are missing, wrong or expired: set the Authorization header or the login of the callback.",
    403: "The server forbids it: check a web application firewall or a CSRF protection on this path, and the allowlist "
    "(give its rules with --allowlist FILE).",
    404: "Check the path in the callback's URL, a prefix that a proxy strips, and a trailing slash.",
    405: "The path does not take this method: set the method of the callback (its default is GET), or route this one.",
    408: "The server gave up reading the request: check the timeouts of the proxy in front.",
    411: "The server wants a Content-Length: check a proxy that re-encodes bodies.",
    413: "The server refuses the size of a callback of a few hundred bytes: raise the proxy's body limit.",
    415: "The receiver does not take this content type: accept application/json without a charset parameter.",
    422: "The receiver refuses the body: compare its fields with the callback's body template.",
    426: "The server wants another HTTP version: allow HTTP/1.1 and HTTP/1.0 (Envoy refuses 1.0 by default).",
    429: "The server limits the rate: exempt the callback's path, messages come in bursts.",
    500: "The receiver broke: read its log at the time of this run.",
    501: "The server does not know this method: set the method of the callback.",
    502: "The proxy got no proper answer from the application behind it: check that it runs.",
    503: "The server is overloaded or in maintenance: check its health and its start-up time.",
    504: "The proxy waited in vain for the application: it works before it answers. Acknowledge first.",
}


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail once for each status outside the policy's success range; redirects have a rule of their own."""
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    low, high = evidence.policy.success
    answers = [
        (label, exchange.outcome) for label, exchange in firsts(evidence) if isinstance(exchange.outcome, Answer)
    ]
    wrong: dict[int, list[tuple[str, Answer]]] = {}
    for label, answer in answers:
        if not low <= answer.status <= high and not 300 <= answer.status <= 399:
            wrong.setdefault(answer.status, []).append((label, answer))
    if len(wrong.get(403, ())) == len(answers) > 0 and screened(evidence):
        yield Inconclusive(
            f"answered 403 to all {len(answers)} new messages; from outside the range this may be the allowlist "
            "doing its work",
            mend=FROM_WITHIN,
        )
        return
    for status, cases in wrong.items():
        label, answer = cases[0]
        yield Finding(
            f"answered {status_line(answer)} to {len(cases)} of {len(answers)} new messages",
            measured=f"{len(cases)} of {len(answers)}",
            where=label,
            mend=MENDS.get(status, MENDS[500] if status >= 500 else MENDS[400]),
        )
    good = sorted({answer.status for _, answer in answers if low <= answer.status <= high})
    if good:
        yield Passed(
            f"answered {', '.join(map(str, good))} to {len(answers)} of {len(answers)} new messages",
            len(answers),
            "answers",
        )
    elif answers:
        yield Skipped("every answer is a redirect: see response-redirect")
    else:
        yield Inconclusive("no new message was answered at all: see the rule that failed")


RULE = Rule(
    id="response-not-2xx",
    level="must",
    title="New messages are answered with 2xx",
    hint="Answer 200 or 204 as soon as the message is stored, and process it afterwards.",
    source=INTEGRATION,
    check=check,
)
