"""dedup-duplicate: a retry had more than one effect."""

from collections.abc import Iterator
from itertools import groupby

from msgspec import structs

from sigcheck.model.effects import ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Undecided
from sigcheck.policy import INTEGRATION
from sigcheck.rules._effects import (
    NO_RETRY_ACCEPTED,
    TOO_FEW_TO_TELL,
    accepted_retries,
    surplus_finding,
    surpluses,
    too_few_to_tell,
)
from sigcheck.rules._evidence import pace
from sigcheck.rules._identity import key
from sigcheck.rules._peers import contradictions
from sigcheck.rules._uncounted import cannot_show_two, uncounted
from sigcheck.rules._unit import effects_in_words, effects_per_message

MOST = 6
"""Findings that are shown: a receiver without a memory has one for every retry."""

FIX = (
    "Put a unique key on {key}, inserted in the transaction that does the work: INSERT ... ON CONFLICT DO NOTHING; "
    "then answer 2xx to the duplicate."
)


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for each moment at which the count of one message rose past one, in the replay and after a lost answer."""
    nothing = uncounted(evidence, "retry")
    if nothing is not None:
        yield nothing
        return
    retry = evidence.scenario("retry")
    found: list[Finding] = []
    for scenario in (retry, evidence.scenario("lost answer")):
        if scenario is not None and scenario.fault is None and not too_few_to_tell(evidence):
            found += _one_a_moment(scenario, evidence)
    fix = FIX.format(key=key(evidence))
    yield from (structs.replace(each, fix=fix) for each in found[:MOST])
    if retry is None:
        return
    if too_few_to_tell(evidence):
        yield TOO_FEW_TO_TELL
    highest = max((counted.effects or 0 for counted in retry.counts), default=0)
    if retry.not_played:
        yield Undecided(retry.not_played)
    elif highest == 0:
        yield Undecided("no effect was counted at all: see the rule dedup-lost")
    elif not (retries := accepted_retries(retry, evidence)):
        yield NO_RETRY_ACCEPTED
    else:
        yield from cannot_show_two(evidence)
        yield from contradictions(evidence)
        times = min(retries.values())
        what = "one message" if len(retries) == 1 else f"each of {len(retries)} messages"
        unit = effects_per_message(evidence)
        yield Passed(
            f"{what} had {effects_in_words(unit)} after {times} accepted deliveries {pace(evidence)}",
            sum(retries.values()),
            "deliveries",
        )


def _one_a_moment(scenario: ScenarioResult, evidence: Evidence) -> Iterator[Finding]:
    """Give one finding a moment: the first message's, with a word on the others."""
    for _, group in groupby(surpluses(scenario, evidence), key=lambda surplus: surplus.counted.label):
        first, *others = group
        finding = surplus_finding(scenario, first)
        if others:
            also = f"{len(others)} other message{'s' if len(others) > 1 else ''}"
            finding = structs.replace(finding, message=f"{finding.message}; likewise for {also}")
        yield finding


RULE = Rule(
    id="dedup-duplicate",
    level="must",
    title="A message that is delivered again has one effect",
    problem="A repeated message was processed again",
    fix=FIX.format(key="(device, time, seqNumber)"),
    source=INTEGRATION,
    check=check,
)
