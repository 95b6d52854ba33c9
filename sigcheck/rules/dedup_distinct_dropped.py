"""dedup-distinct-dropped: a message that only looks like another one was taken for its duplicate."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Inconclusive, Remark, Rule, Seen
from sigcheck.policy import OURS
from sigcheck.rules._effects import deficit_finding, deficits, name_of, uncounted
from sigcheck.rules._evidence import accepted, status_line


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for each distinct message that has no effect, whether it was accepted or refused."""
    nothing = uncounted(evidence, "look-alikes")
    trial = evidence.trial("look-alikes")
    if nothing is not None or trial is None:
        yield nothing or Inconclusive("the look-alikes were not played")
        return
    if not any(reading.effects for reading in trial.readings):
        yield Inconclusive("none of the look-alikes had an effect: see the rule dedup-lost")
        return
    for deficit in deficits(trial, evidence):
        yield deficit_finding(trial, deficit)
    last = {reading.message: reading for reading in trial.readings if reading.effects is not None}
    for exchange in trial.exchanges:
        reading = last.get(trial.messages.index(exchange.message))
        refused = isinstance(exchange.outcome, Answer) and not accepted(exchange, evidence)
        if refused and reading is not None and not reading.effects and isinstance(exchange.outcome, Answer):
            yield Finding(
                f"{name_of(trial, reading)} was answered {status_line(exchange.outcome)} and had no effect",
                measured="0 effects, expected 1",
                where=f"look-alikes, {reading.label}",
            )
    yield Seen(f"{len(trial.messages)} messages that look alike had an effect each")


RULE = Rule(
    id="dedup-distinct-dropped",
    level="must",
    title="Distinct messages are kept apart",
    hint="Take device, time and seqNumber together as the key: the sequence number comes back after 128 to 4096 "
    "messages, and equal data is no duplicate.",
    source=OURS,
    check=check,
)
