"""dedup-failure: a delivery that failed is remembered as done."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Inconclusive, Passed, Remark, Rule, Skipped
from sigcheck.policy import INTEGRATION
from sigcheck.rules._effects import deficits, refusals, repeats_have_effects, surplus_finding, surpluses, too_early
from sigcheck.rules._evidence import accepted, status_line
from sigcheck.rules._look_alikes import distinct_dropped
from sigcheck.rules._uncounted import uncounted


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where the retry of a failed delivery was accepted and had no effect, or had one too many."""
    nothing = uncounted(evidence, "failure")
    trial = evidence.trial("failure")
    if nothing is not None or trial is None:
        yield nothing or Inconclusive("the failure was not played")
        return
    if not trial.exchanges:
        yield Inconclusive(trial.not_played or "nothing was delivered", mend="check --fail-command: it must exit 0")
        return
    first = trial.exchanges[0]
    if accepted(first, evidence):
        yield Inconclusive(
            "the receiver accepted the delivery that it was told to fail",
            mend="check --fail-header or --fail-command: the first delivery must be answered with an error",
        )
        return
    said = status_line(first.outcome) if isinstance(first.outcome, Answer) else str(first.outcome.kind)
    if distinct_dropped(evidence):
        yield Skipped("a message may be missing because it looks like another: see dedup-distinct-dropped")
        return
    for deficit in deficits(trial, evidence):
        yield too_early(deficit, evidence) or Finding(
            f"delivery 1 failed ({said}), delivery 2 was accepted, and {deficit.reading.effects} effects were counted",
            measured="0 effects, expected 1",
            where=deficit.reading.label,
        )
    for refusal in refusals(trial, evidence):
        outcome = refusal.exchange.outcome
        # A server error may be the failure that was asked for, still going on.
        if refusal.exchange.attempt > 1 and isinstance(outcome, Answer) and outcome.status < 500 and refusal.judged:
            yield Finding(
                f"delivery 1 failed ({said}), delivery 2 {refusal.said}, and 0 effects were counted",
                measured="0 effects, expected 1",
                where=refusal.reading.label,
            )
        else:
            yield Inconclusive(
                f"delivery 1 failed ({said}), and so did its retry: it {refusal.said}",
                mend="let --fail-header or --fail-command make one delivery fail, and no more",
            )
    if not repeats_have_effects(evidence):
        for surplus in surpluses(trial, evidence):
            yield surplus_finding(trial, surplus)
    if trial.not_played:
        yield Inconclusive(trial.not_played)
    elif repeats_have_effects(evidence):
        yield Skipped("repeats have effects anyway: see dedup-duplicate")
    yield Passed(f"delivery 1 failed ({said}), and its retry had 1 effect", len(trial.exchanges), "deliveries")


RULE = Rule(
    id="dedup-failure",
    level="must",
    title="A failed delivery is not remembered as done",
    hint="Mark a message as seen in the transaction that does its work, so that a failure rolls both back.",
    source=INTEGRATION,
    check=check,
)
