"""retry-rejected: a retry is not answered with success, although the first delivery was."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer, Exchange
from sigcheck.model.evidence import Evidence
from sigcheck.model.pacing import limited
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import INTEGRATION
from sigcheck.rules._advice import LIMITED, advice, moved, says
from sigcheck.rules._evidence import accepted, in_flight, pace, replayed, status_line, unplayed
from sigcheck.rules._exchanges import by_status, every, grouped
from sigcheck.rules._share import share, under_load
from sigcheck.rules._told import REPLAY, Told, owner


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for each retry that was refused: the Cloud takes it for a failure and sends the message again."""
    deliveries = [exchange for _, exchange in replayed(evidence)]
    if not deliveries:
        yield unplayed(evidence)
        return
    told = every(evidence)
    retries = [each for each in told if each.retried and not each.asked]
    if not retries:
        yield _unsent(deliveries[0], evidence)
        return
    refused = [each for each in retries if each.answer is not None and not accepted(each.exchange, evidence)]
    also_new = {
        by_status(each): limited(each.exchange)
        for each in told
        if each.answer is not None and not each.retried and not each.asked and not accepted(each.exchange, evidence)
    }
    asks = evidence.settings.asks_for
    # A redirect has a rule of its own, with the place that it names; so has what new messages meet as well. But a rate
    # limit that these met is a warning there, and says nothing of retries.
    redirected = [each for each in refused if moved(each) and asks("response-redirect")]
    elsewhere = {key for key, limit in also_new.items() if not limit} if asks("response-not-2xx") else set()
    own = [each for each in refused if by_status(each) not in elsewhere and each not in redirected]
    too_fast = evidence.settings.speed != 1 or any(also_new.values())
    for cases in grouped(own, by_status).values():
        yield _refusal(cases, retries, evidence, too_fast=too_fast)
    if (late := [each for each in retries if each.failure is not None]) and not refused:
        rule = owner(late[0])
        yield Undecided(
            f"retries of an accepted message got no answer: {share(late, retries).words}; see the rule {rule}"
        )
    elif redirected:
        yield Skipped("retries were answered with a redirect: see response-redirect")
    elif len(own) < len(refused):
        yield Skipped("retries were refused just as new messages were: see response-not-2xx")
    elif scheduled := sum(each.part == REPLAY for each in retries):
        were = "retry of an accepted message was" if scheduled == 1 else "retries of an accepted message were"
        # Those of the scenarios keep to no schedule, and the answer to what they repeat may have been cut off.
        others = len(retries) - scheduled
        more = f"{others} other{'s were' if others > 1 else ' was'}"
        also = f"; in the scenarios, {more} accepted too" if others else ""
        yield Passed(f"{scheduled} {were} accepted {pace(evidence)}{also}", len(retries), "answers")
    else:
        yield _unsent(deliveries[0], evidence)


def _unsent(first: Exchange, evidence: Evidence) -> Undecided:
    """Say why no retry of an accepted message was seen on the schedule."""
    if not accepted(first, evidence):
        return Undecided("the first delivery was not accepted either: see the response and deadline rules")
    if in_flight(evidence):
        return Undecided("the run ended before the first retry was answered")
    return Undecided(f"the {'run' if evidence.interrupted else 'replay'} ended before the first retry")


def _refusal(cases: list[Told], retries: list[Told], evidence: Evidence, *, too_fast: bool) -> Remark:
    found = share(cases, retries, under_load)
    answer = found.cases[0].exchange.outcome
    assert isinstance(answer, Answer)  # noqa: S101 - for the type checker: only answers were grouped
    said = f"; the answer says {says(answer)}" if says(answer) else ""
    status = status_line(answer)
    if limited(cases[0].exchange) and too_fast:
        slower = "Run it with --speed 1, or e" if evidence.settings.speed != 1 else "E"
        at = f" {pace(evidence)}" if any(case.part == REPLAY for case in found.cases) else ""
        return Undecided(
            f"the receiver limits the rate: retries of an accepted message were answered {status}{at}: {found.words}; "
            "whether the Cloud's own pace is within the limit was not tested",
            fix=f"{slower}xempt the callback's path from the rate limit.",
        )
    if found.crowded:
        words = f"{found.words}, with a message that another of them delivered, {found.were} answered {status}{said}"
    elif len(found.cases) == 1:
        first = "was accepted" if found.cases[0].part == REPLAY else "was accepted, or cut off before its answer"
        words = f"{found.where} of the same message was answered {status}; the first {first}{said}"
    else:
        words = f"retries of an accepted message were answered {status}: {found.words}{said}"
    fix = advice(answer, evidence.callback.method) if answer.status >= 500 or answer.status == LIMITED else None
    return Finding(words, measured=_when(found.cases[0]), where=found.where, level=found.level, fix=fix)


def _when(told: Told) -> str | None:
    exchange = told.exchange
    return None if exchange.due is None else f"{exchange.started:.1f} s into the run"


RULE = Rule(
    id="retry-rejected",
    level="must",
    title="Retries of an accepted message are accepted",
    problem="Retries of an accepted message are refused",
    fix="Answer 2xx to a duplicate, because its message was handled; any other status starts the next retry.",
    source=INTEGRATION,
    check=check,
)
