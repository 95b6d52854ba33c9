"""dedup-distinct-dropped: a message that only looks like another one was taken for its duplicate."""

from collections.abc import Iterator

from sigcheck.model.effects import Trial
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Inconclusive, Passed, Remark, Rule
from sigcheck.policy import OURS
from sigcheck.rules._effects import uncounted
from sigcheck.rules._evidence import seconds
from sigcheck.rules._look_alikes import Missing, missing, unlike


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
    lost = missing(trial, evidence)
    if lost and all(unlike(trial, each.message) for each in lost):
        for each in lost:
            yield Inconclusive(
                f"{_name(trial, each)} {_said(each)} and had no effect, and no other was missing: "
                f"{unlike(trial, each.message)} may be the reason rather than its likeness",
                mend="let the receiver take messages that are a day old and any data for this run",
            )
        return
    for each in lost:
        if each.message is None:
            yield Finding(
                f"{len(trial.messages)} messages that look alike had {each.reading.effects} effects together",
                measured=f"{each.reading.effects} effects, expected {each.reading.expected}",
                where=f"look-alikes, {each.reading.label}",
            )
        elif each.early is not None:
            yield each.early
        elif each.refusal is None:
            waited = seconds(max(0.0, each.reading.at - each.exchange.started - each.exchange.total))
            yield Finding(
                f"{_name(trial, each)} was accepted, and {waited} later 0 effects were counted",
                measured="0 effects, expected 1",
                where=f"look-alikes, {each.reading.label}",
            )
        elif each.refusal.judged:
            yield Finding(
                f"{_name(trial, each)} {each.refusal.said} and had no effect",
                measured="0 effects, expected 1",
                where=f"look-alikes, {each.reading.label}",
            )
        else:
            yield Inconclusive(f"{_name(trial, each)} {each.refusal.said}, so it shows nothing")
    if trial.not_played:
        yield Inconclusive(trial.not_played)
    yield Passed(
        f"{len(trial.messages)} messages that look alike had an effect each", len(trial.exchanges), "deliveries"
    )


def _name(trial: Trial, lost: Missing) -> str:
    return "one" if lost.message is None else trial.names[lost.message]


def _said(lost: Missing) -> str:
    return "was accepted" if lost.refusal is None else lost.refusal.said


RULE = Rule(
    id="dedup-distinct-dropped",
    level="must",
    title="Distinct messages are kept apart",
    hint="Take device, time and seqNumber together as the key: the sequence number comes back after 128 to 4096 "
    "messages, and equal data does not make a duplicate.",
    source=OURS,
    check=check,
)
