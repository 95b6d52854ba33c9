"""dedup-failure: a delivery that failed is remembered as done."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import INTEGRATION
from sigcheck.rules._effects import deficits, refusals, repeats_have_effects, surplus_finding, surpluses, too_early
from sigcheck.rules._evidence import accepted, status_line
from sigcheck.rules._look_alikes import distinct_dropped
from sigcheck.rules._uncounted import uncounted


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where the retry of a failed delivery was accepted and had no effect, or had one too many."""
    nothing = uncounted(evidence, "failure")
    scenario = evidence.scenario("failure")
    if nothing is not None or scenario is None:
        yield nothing or Undecided("the scenario failure was not played")
        return
    if not scenario.exchanges:
        yield Undecided(
            scenario.not_played or "nothing was delivered", fix="Check --fail-command: it must exit with code 0."
        )
        return
    first = scenario.exchanges[0]
    if accepted(first, evidence):
        yield Undecided(
            "the receiver accepted the delivery that it was told to fail",
            fix="Check --fail-header or --fail-command: the first delivery must be answered with an error.",
        )
        return
    said = status_line(first.outcome) if isinstance(first.outcome, Answer) else str(first.outcome.kind)
    if distinct_dropped(evidence):
        yield Skipped("a message may be missing because it looks like another: see dedup-distinct-dropped")
        return
    for deficit in deficits(scenario, evidence):
        yield too_early(deficit, evidence) or Finding(
            f"delivery 1 failed ({said}), delivery 2 was accepted, and {deficit.counted.effects} effects were counted",
            measured="0 effects, expected 1",
            where=deficit.counted.label,
        )
    for refusal in refusals(scenario, evidence):
        outcome = refusal.exchange.outcome
        # A server error may be the failure that was asked for, still going on.
        if refusal.exchange.attempt > 1 and isinstance(outcome, Answer) and outcome.status < 500 and refusal.judged:
            yield Finding(
                f"delivery 1 failed ({said}), delivery 2 {refusal.said}, and 0 effects were counted",
                measured="0 effects, expected 1",
                where=refusal.counted.label,
            )
        else:
            yield Undecided(
                f"delivery 1 failed ({said}), and so did its retry: it {refusal.said}",
                fix="Let --fail-header or --fail-command make exactly one delivery fail.",
            )
    if not repeats_have_effects(evidence):
        for surplus in surpluses(scenario, evidence):
            yield surplus_finding(scenario, surplus)
    if scenario.not_played:
        yield Undecided(scenario.not_played)
    elif repeats_have_effects(evidence):
        yield Skipped("retries are processed again in any case: see dedup-duplicate")
    yield Passed(f"delivery 1 failed ({said}), and its retry had 1 effect", len(scenario.exchanges), "deliveries")


RULE = Rule(
    id="dedup-failure",
    level="must",
    title="A failed delivery is not remembered as done",
    problem="A failed delivery was remembered as done",
    fix="Mark a message as seen in the transaction that does its work, so that a failure rolls both back.",
    source=INTEGRATION,
    check=check,
)
