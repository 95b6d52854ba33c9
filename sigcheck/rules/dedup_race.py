"""dedup-race: deliveries that are in work at the same time are both handled."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer, Exchange, Message
from sigcheck.model.effects import ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import INTEGRATION
from sigcheck.rules._effects import (
    TOO_FEW_TO_TELL,
    TURNED_AWAY,
    deficits,
    refusals,
    repeats_have_effects,
    surplus_finding,
    surpluses,
    too_few_to_tell,
)
from sigcheck.rules._evidence import seconds
from sigcheck.rules._uncounted import cannot_show_two, uncounted


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where deliveries together, or a retry that met the first one still in work, had more than one effect."""
    nothing = uncounted(evidence, "race")
    if nothing is not None:
        yield nothing
        return
    if repeats_have_effects(evidence):
        yield Skipped("duplicates are processed even when they come one after the other: see dedup-duplicate")
        return
    for scenario in (evidence.scenario("race"), evidence.scenario("late answer")):
        if scenario is not None and scenario.fault is None:
            if too_few_to_tell(evidence) and any(True for _ in surpluses(scenario, evidence)):
                yield TOO_FEW_TO_TELL
                continue
            for surplus in surpluses(scenario, evidence):
                yield surplus_finding(scenario, surplus)
    race = evidence.scenario("race")
    if race is None:
        return
    met = {number: sent for number, message in enumerate(race.messages) if len(sent := _sent(race, message)) > 1}
    together = list(met.values())
    if any(True for _ in deficits(race, evidence)):
        yield Undecided("messages of the race had no effect at all: see dedup-lost")
    elif not together:
        away = sum(_turned_away(each) for each in race.exchanges)
        yield Undecided(
            f"fewer than two deliveries of a message were accepted at the same time; {_refused(away)}"
            if away
            else "fewer than two deliveries of a message could be made at the same time",
            fix="Lift the rate limit for this run: see `sigcheck explain dedup-race`." if away else None,
        )
    elif any(refusal.message in met for refusal in refusals(race, evidence)):
        yield Undecided("messages of the race had no effect at all, and no delivery of them was accepted")
    else:
        yield from cannot_show_two(evidence)
        spread = max(max(sent) - min(sent) for sent in together)
        times = min(map(len, together))
        what = "one message" if len(together) == 1 else f"each of {len(together)} messages"
        yield Passed(
            f"{what} had 1 effect after {times} deliveries that were sent within {seconds(spread)}",
            sum(map(len, together)),
            "deliveries",
        )


def _sent(race: ScenarioResult, message: Message) -> list[float]:
    """Give the moments at which those deliveries of a message were wholly sent that the receiver took in."""
    return [
        each.sent
        for each in race.exchanges
        if each.message == message and each.sent is not None and not _turned_away(each)
    ]


def _turned_away(exchange: Exchange) -> bool:
    return isinstance(exchange.outcome, Answer) and exchange.outcome.status in TURNED_AWAY


def _refused(away: int) -> str:
    return "1 was turned away" if away == 1 else f"{away} were turned away"


RULE = Rule(
    id="dedup-race",
    level="must",
    title="Deliveries that arrive at the same moment have one effect",
    problem="Deliveries that arrived together were processed more than once",
    fix="Do not look first and insert afterwards: let a unique constraint decide (INSERT ... ON CONFLICT DO NOTHING), "
    "and do the work only when the insert took place.",
    source=INTEGRATION,
    check=check,
)
