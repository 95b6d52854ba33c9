"""response-not-2xx: the receiver does not answer with success."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer
from sigcheck.model.evidence import Evidence
from sigcheck.model.pacing import asked_to_wait, limited
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import INTEGRATION
from sigcheck.rules._advice import LIMITED, UNDER_LOAD, advice, moved, says
from sigcheck.rules._evidence import FROM_WITHIN, accepted, quoted, screened, status_line, undelivered
from sigcheck.rules._exchanges import by_status, every, grouped, untold
from sigcheck.rules._share import share, under_load
from sigcheck.rules._told import Told


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail once for each status outside the policy's success range, whatever part of the run it came in.

    Redirects have a rule of their own, and so have retries, unless new messages meet the same status.
    """
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    told = [each for each in every(evidence) if each.answer is not None and not each.asked]
    refused = [each for each in told if not _accepted(each, evidence) and not moved(each)]
    if refused and len(refused) == len(told) and _forbidden(refused) and screened(evidence):
        yield Undecided(
            f"all {len(told)} deliveries were answered 403; from outside the range this may be the allowlist "
            "doing its work",
            fix=FROM_WITHIN,
        )
        return
    for cases in grouped(refused, by_status).values():
        if any(not each.retried for each in cases):
            yield _finding(cases, told, evidence)
    if (unknown := untold(evidence)) is not None:
        yield unknown
    good = [each for each in told if _accepted(each, evidence)]
    if good:
        statuses = ", ".join(sorted({str(each.answer.status) for each in good if each.answer is not None}))
        # A retry that was refused is the matter of retry-rejected, and a redirect that of its own rule.
        whole = len(good) + sum(moved(each) for each in told)
        many = "the only delivery was" if whole == 1 else f"{len(good)} of {whole} deliveries were"
        yield Passed(f"{many} answered {statuses}", len(good), "answers")
    elif told:
        yield Skipped("every answer is a redirect: see response-redirect")
    else:
        yield Undecided("no delivery was answered at all: see the rule that failed")


def _finding(cases: list[Told], told: list[Told], evidence: Evidence) -> Finding:
    found = share(cases, told, under_load)
    answer = cases[0].exchange.outcome
    assert isinstance(answer, Answer)  # noqa: S101 - for the type checker: only answers were grouped
    said = says(answer)
    seen = f"{found.words} {found.were} answered {status_line(answer)}" + (f"; the answer says {said}" if said else "")
    method = evidence.callback.method
    if (
        limited(cases[0].exchange)
        and any(_accepted(each, evidence) for each in told)
        and not _though_slow(cases, evidence)
    ):
        wait = answer.header("retry-after")
        asked = f", Retry-After: {quoted(wait)}" if wait else ""
        return Finding(
            f"the receiver limits the rate: {seen}{asked}; deliveries that came more slowly were accepted",
            where=found.where,
            level="should",
            fix=advice(answer, method),
        )
    if found.crowded:
        return Finding(seen, where=found.where, level=found.level, fix=UNDER_LOAD)
    if _strangers_only(cases, told, evidence):
        return Finding(
            f"{seen}; all of these messages were from devices other than {_own(told)}: the receiver seems to accept "
            "only registered devices",
            where=found.where,
            level="note",
            fix="Give the ids that the receiver knows with --devices, register the devices that --dry-run lists for "
            "this run, or verify a device type that needs no registration.",
        )
    return Finding(seen, where=found.where, level=found.level, fix=advice(answer, method))


def _though_slow(cases: list[Told], evidence: Evidence) -> bool:
    """Whether a delivery was refused that came as long after the one before it as any answer had asked for."""
    # What was cut off or sent beside others came before it all the same.
    sent = sorted((each.exchange for each in every(evidence)), key=lambda exchange: exchange.started)
    refused = [each.exchange for each in cases if not each.crowded]
    ended, asked = 0.0, 0.0
    for exchange in sent:
        if exchange in refused and asked and exchange.started - ended >= asked:
            return True
        ended, asked = exchange.started + exchange.total, max(asked, asked_to_wait(exchange))
    return False


def _accepted(told: Told, evidence: Evidence) -> bool:
    return accepted(told.exchange, evidence)


def _forbidden(refused: list[Told]) -> bool:
    return all(each.answer is not None and each.answer.status == 403 for each in refused)


def _own(told: list[Told]) -> str:
    return next((each.exchange.message.device for each in told if not each.foreign), "the run's own")


def _strangers_only(cases: list[Told], told: list[Told], evidence: Evidence) -> bool:
    """Whether all messages of other devices were refused, and none of the run's own: most likely a register."""
    answer = cases[0].answer
    if answer is None or not 400 <= answer.status <= 499 or answer.status in {408, LIMITED}:
        return False
    strangers = [each for each in told if each.foreign and not each.crowded]
    own = [each for each in told if not each.foreign]
    return (
        bool(own)
        and all(each.foreign for each in cases)
        and all(_accepted(each, evidence) for each in own)
        and not any(_accepted(each, evidence) for each in strangers)
    )


RULE = Rule(
    id="response-not-2xx",
    level="must",
    title="Messages are answered with 2xx",
    problem="Messages were not answered with 2xx",
    fix="Answer 200 or 204 as soon as the message is stored, and process it afterwards.",
    source=INTEGRATION,
    check=check,
)
