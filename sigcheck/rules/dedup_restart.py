"""dedup-restart: duplicates are no longer recognised after a restart."""

from collections.abc import Iterator

from sigcheck.model.delivery import Failure
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._effects import (
    NO_RETRY_ACCEPTED,
    accepted_retries,
    deficit_finding,
    deficits,
    refusals,
    repeats_have_effects,
    surplus_finding,
    surpluses,
    too_early,
)
from sigcheck.rules._evidence import quoted, status_line
from sigcheck.rules._uncounted import cannot_show_two, uncounted


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where a delivery that came after a restart had a second effect, or the first one's effect was lost."""
    nothing = uncounted(evidence, "restart")
    scenario = evidence.scenario("restart")
    if nothing is not None or scenario is None:
        yield nothing or Undecided("the scenario restart was not played")
        return
    if repeats_have_effects(evidence):
        yield Skipped("duplicates are processed even without a restart: see dedup-duplicate")
        return
    for surplus in surpluses(scenario, evidence):
        yield surplus_finding(scenario, surplus)
    if scenario.not_played:
        yield Undecided(scenario.not_played, fix="Check --restart-command: it must leave the receiver running again.")
        return
    for deficit in deficits(scenario, evidence):
        yield too_early(deficit, evidence) or deficit_finding(scenario, deficit)
    for refusal in refusals(scenario, evidence):
        yield Undecided(f"the message had no effect even before the restart: it {refusal.said}")
    last = scenario.exchanges[-1].outcome
    if isinstance(last, Failure) or last.status >= 500:
        said = quoted(last.detail) if isinstance(last, Failure) else status_line(last)
        yield Undecided(
            f"the delivery after the restart was not accepted: {said}",
            fix="Let --restart-command return only when the receiver serves again.",
        )
    if not accepted_retries(scenario, evidence):
        yield NO_RETRY_ACCEPTED
    if scenario.doubt is not None:
        yield Undecided(
            scenario.doubt,
            fix="Let --restart-command stop the receiver's process and start it again; behind a proxy, connect to "
            "the receiver itself with --resolve HOST:PORT:ADDRESS, or with its own URL.",
        )
    yield from cannot_show_two(evidence)
    yield Passed("the delivery after a restart had no second effect", len(scenario.exchanges), "deliveries")


RULE = Rule(
    id="dedup-restart",
    level="must",
    title="Duplicates are recognised after a restart",
    problem="Duplicates were not recognised after a restart",
    fix="Keep the key in the database, not in the process: sooner or later a deployment comes between two deliveries.",
    source=OURS,
    check=check,
)
