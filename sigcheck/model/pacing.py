"""How long an answer asks its client to wait: a rate limit is obeyed, as the Cloud's own pace would obey it."""

from contextlib import suppress
from email.utils import parsedate_to_datetime

from sigcheck.model.delivery import Answer, Exchange

LIMITED, UNAVAILABLE = 429, 503
UNSAID = 1.0
"""Seconds to wait after a 429 that names no time. Our choice."""

LONGEST_ASKED = 3600.0


def asked_to_wait(exchange: Exchange) -> float:
    """Give the seconds that an answer asks its client to wait, 0 for none: of a 429, or of a 503 that names a time."""
    answer = exchange.outcome
    if not isinstance(answer, Answer) or answer.status not in {LIMITED, UNAVAILABLE}:
        return 0.0
    asked = _seconds(answer)
    return asked if asked is not None else UNSAID if answer.status == LIMITED else 0.0


def limited(exchange: Exchange) -> bool:
    """Whether an answer limits the rate: any 429, and a 503 that says when to come again."""
    answer = exchange.outcome
    return isinstance(answer, Answer) and (
        answer.status == LIMITED or (answer.status == UNAVAILABLE and _seconds(answer) is not None)
    )


def _seconds(answer: Answer) -> float | None:
    return seconds_to_wait(answer.header("retry-after") or "", answer.header("date") or "")


def seconds_to_wait(retry_after: str, date: str) -> float | None:
    """Give the seconds that a Retry-After asks for, a time by the answer's own Date; None where it cannot be read."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_ASKED)
    with suppress(ValueError, TypeError, OverflowError):
        until = parsedate_to_datetime(text)
        return min(max(0.0, (until - parsedate_to_datetime(date)).total_seconds()), LONGEST_ASKED)
    return None
