"""deadline-exceeded: the answer came after the limit, or not at all."""

from collections.abc import Iterator

from sigcheck.model.delivery import FailureKind
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Undecided
from sigcheck.policy import INTEGRATION
from sigcheck.rules._evidence import seconds, undelivered
from sigcheck.rules._exchanges import every, grouped
from sigcheck.rules._share import beside_others, share
from sigcheck.rules._told import Told, owner


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where status line and headers came later than the limit after the request was sent, or not at all.

    What this process itself missed while it was stopped is not the receiver's.
    """
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    limit = evidence.policy.answer_limit
    timed = [each for each in every(evidence) if each.timed and not each.asked and _came_to_wait(each)]
    told = [each for each in timed if not each.exchange.stalled]
    late = [each for each in told if (each.exchange.answered_after or 0.0) > limit]
    if late:
        yield _late(late, told, limit)
    for detail, cases in grouped(told, _unanswered).items():
        found = share(cases, told, beside_others)
        what = f"{found.where}: {detail}" if len(found.cases) == 1 else f"{found.words} got no answer: {detail}"
        longest = max(each.exchange.total for each in found.cases)
        yield Finding(what, measured=f"over {seconds(longest)}", where=found.where, level=found.level)
    answered = [each.exchange.answered_after for each in told if each.exchange.answered_after is not None]
    held_up = [each for each in timed if each.exchange.stalled]
    if answered:
        missing = f"{len(held_up)} answers were" if len(held_up) > 1 else "1 answer was"
        left_out = f"; {missing} not measured, because {_stopped(held_up)}" if held_up else ""
        which = f"the slowest of {len(answered)} answers" if len(answered) > 1 else "the only answer"
        slowest = f"{which} took {seconds(max(answered))} (limit {limit:g} s)"
        yield Passed(slowest + left_out, len(answered), "answers")
    elif held_up:
        yield Undecided(
            f"no answer time was measured, because {_stopped(held_up)}", fix="Run again on a machine that is less busy."
        )
    else:
        yield Undecided("no delivery was answered, so no answer time was measured")


def _came_to_wait(told: Told) -> bool:
    return told.answer is not None or owner(told) == RULE.id


def _unanswered(told: Told) -> str | None:
    if told.failure is None:
        return None
    if told.failure.kind is FailureKind.NO_ANSWER:
        return told.failure.detail
    return f"{told.failure.detail}, {seconds(told.exchange.phases.wait or 0.0)} after the request was sent"


def _late(cases: list[Told], told: list[Told], limit: float) -> Finding:
    found = share(cases, told, beside_others)
    slowest = max(found.cases, key=lambda each: each.exchange.answered_after or 0.0)
    took = slowest.exchange.answered_after or 0.0
    if len(found.cases) == 1:
        status = slowest.answer.status if slowest.answer is not None else ""
        words = f"{slowest.label} was answered {status}, {seconds(took - limit)} too late"
    else:
        words = f"{found.words} were answered too late, the slowest by {seconds(took - limit)}"
    return Finding(words, measured=seconds(took), where=slowest.label, level=found.level)


def _stopped(held_up: list[Told]) -> str:
    longest = max(each.exchange.stalled for each in held_up)
    return f"this machine held sigcheck up for {seconds(longest)}"


RULE = Rule(
    id="deadline-exceeded",
    level="must",
    title="Every answer comes within the limit",
    problem="Answers come after the limit",
    fix="Store the message and answer at once; do the work afterwards (see `sigcheck explain deduplication`).",
    source=INTEGRATION,
    check=check,
)
