"""A record as text, laid out like the portal's, and as JSON."""

from collections.abc import Callable, Iterator

import msgspec

from sigcheck.callback.kinds import DEFAULT_TYPE
from sigcheck.model.delivery import FailureKind
from sigcheck.policy import NO_STATUS
from sigcheck.sending.record import Problem, Received, Record, Sent

REDIRECTS = 300
"""The first status that is no success."""

NOT_HTTP = "The portal shows 600 for every callback that got no HTTP status in time."


def as_json(record: Record) -> str:
    """Give the record as one JSON document."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2).decode() + "\n"


def as_text(record: Record, fold: Callable[[str], str], mark: tuple[str, str] = ("", "")) -> str:
    """Give the record as the portal shows one; `fold` breaks a paragraph, and `mark` is put around OK or ERROR."""
    return "\n".join(_lines(record, fold, mark)) + "\n"


def _lines(record: Record, fold: Callable[[str], str], mark: tuple[str, str]) -> Iterator[str]:
    if not record.sent:
        yield "dry run: nothing was sent"
        yield from _request(record.request)
        return
    before, after = mark
    yield f"{before}[{'OK' if record.ok else 'ERROR'}]{after} - {_seconds(_took(record))}"
    if record.status is not None:
        yield " - ".join(each for each in (str(record.status), record.text, "#1") if each)
    yield from _request(record.request)
    yield ""
    if record.answer is not None:
        yield from _answer(record.answer)
        yield ""
    yield from map(fold, _said(record))
    yield from _next(record)


def _took(record: Record) -> float:
    return (record.total or 0.0) if record.answered_after is None else record.answered_after


def _seconds(value: float) -> str:
    return f"{value:.3f} s"


def _request(request: Sent) -> Iterator[str]:
    yield f"{request.method} {request.url} {request.http_version}"
    yield from (f"{name} : {value}" for name, value in request.headers)
    if request.body:
        yield ""
        yield from request.body


def _answer(answer: Received) -> Iterator[str]:
    yield f"The answer: {answer.http_version} {answer.status} {answer.reason}".rstrip()
    yield from (f"{name} : {value}" for name, value in answer.headers)
    if answer.body:
        yield ""
        yield from answer.body
    if not answer.whole:
        why = "The connection ended before the body did" if answer.broken else "This is the beginning of the body"
        yield f"({why}; {answer.body_size} bytes of it were read.)"


def _said(record: Record) -> Iterator[str]:
    """Give the paragraphs behind the answer."""
    limit = f"{record.limit:g} s"
    if record.answered_after is not None:
        late = record.limit is not None and record.answered_after > record.limit
        end = f" The Cloud waits only {limit}, so it came too late." if late else f" The Cloud waits {limit}."
        yield f"The answer came {_seconds(record.answered_after)} after the request was sent.{end}"
    elif record.status is None:
        yield f"Nothing is known of the receiver, because of this machine: {record.failure}."
    else:
        yield _unanswered(record.failure or "")
    if record.status == NO_STATUS:
        yield NOT_HTTP
    for each in record.problems:
        yield _problem(each)
    for each in record.warnings:
        yield f"A warning of {_problem(each)}"


def _unanswered(failure: str) -> str:
    """Say in a sentence what came instead of an answer."""
    kind, _, detail = failure.partition(": ")
    if kind == FailureKind.MALFORMED and detail:
        return f"There was no usable answer: {detail}."
    if kind == FailureKind.UNRESOLVED and detail:
        return f"The name does not resolve: {detail}."
    return f"There was no answer: {failure}."


def _problem(problem: Problem) -> str:
    return f"{problem.rule}: {_sentence(problem.message)} {_sentence(problem.fix)}".rstrip()


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?", ":")) else f"{text}."


def _next(record: Record) -> Iterator[str]:
    """Give the commands that say more."""
    if record.status is None:
        return
    rules = [each.rule for each in (*record.problems, *record.warnings)]
    accepted = record.answer is not None and record.status == record.answer.status and record.status < REDIRECTS
    statuses = [] if record.ok or accepted else [str(record.status)]
    words = rules if record.status == NO_STATUS or not statuses else []
    yield from (f"`sigcheck explain {each}` says more." for each in [*statuses, *words])
    families = ",".join(dict.fromkeys(each.partition("-")[0] for each in rules))
    if families:
        # A target has its type in the file. What data/uplink is judged by is the default.
        kind = "" if record.name or record.type == DEFAULT_TYPE else f" --type {record.type}"
        yield f"`sigcheck verify {record.name or 'URL'}{kind} --only {families}` checks the receiver for it."
