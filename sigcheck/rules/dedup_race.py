"""dedup-race: copies that are in work at the same time are both handled."""

from collections.abc import Iterator

from sigcheck.model.delivery import Message
from sigcheck.model.effects import Trial
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Inconclusive, Remark, Rule, Seen, Skipped
from sigcheck.policy import INTEGRATION
from sigcheck.rules._effects import deficits, repeats_have_effects, surplus_finding, surpluses, uncounted


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where copies released together, or a retry that met the first delivery in work, had more than one effect."""
    nothing = uncounted(evidence, "race")
    if nothing is not None:
        yield nothing
        return
    if repeats_have_effects(evidence):
        yield Skipped("repeats have effects even one after the other: see dedup-duplicate")
        return
    for trial in (evidence.trial("race"), evidence.trial("late answer")):
        if trial is not None and trial.fault is None:
            for surplus in surpluses(trial):
                yield surplus_finding(trial, surplus)
    race = evidence.trial("race")
    if race is None:
        return
    together = [_sent(race, message) for message in race.messages]
    if any(True for _ in deficits(race, evidence)):
        yield Inconclusive("messages of the race had no effect at all: see dedup-lost")
    elif min(map(len, together)) < 2:
        yield Inconclusive("fewer than two copies of a message could be sent at the same time")
    else:
        spread = max(max(sent) - min(sent) for sent in together) * 1000
        copies = min(map(len, together))
        yield Seen(f"{copies} copies of each of {len(together)} messages, sent within {spread:.1f} ms, had 1 effect")


def _sent(race: Trial, message: Message) -> list[float]:
    """Give the moments at which the copies of a message were wholly sent."""
    return [each.sent for each in race.exchanges if each.message == message and each.sent is not None]


RULE = Rule(
    id="dedup-race",
    level="must",
    title="Copies that arrive at the same moment have one effect",
    hint="Do not look first and insert then: let a unique constraint decide (INSERT ... ON CONFLICT DO NOTHING), "
    "and do the work only when the insert took place.",
    source=INTEGRATION,
    check=check,
)
