"""dedup-batch: a receiver recognises requests that come again, and not the messages in them."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer, Exchange
from sigcheck.model.effects import ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import OLDER_CALLBACK_PAGE
from sigcheck.rules._batches import part_of_a_batch
from sigcheck.rules._effects import (
    TURNED_AWAY,
    deficits,
    moment_of,
    repeats_have_effects,
    surpluses,
    too_early,
)
from sigcheck.rules._evidence import accepted, status_line
from sigcheck.rules._look_alikes import distinct_dropped
from sigcheck.rules._uncounted import cannot_show_two, uncounted
from sigcheck.rules._unit import effects_in_words

NEW = 2
"""The place of the first message that came only with a later batch."""


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where a message that came in several batches had several effects, or where a new one beside it had none."""
    if not evidence.callback.batched:
        yield Skipped("the callback sends each message in a request of its own")
        return
    nothing = uncounted(evidence, "two batches")
    scenario = evidence.scenario("two batches")
    if nothing is not None or scenario is None:
        yield nothing or Undecided("the scenario two batches was not played")
        return
    if (elsewhere := _told_elsewhere(evidence)) is not None:
        yield elsewhere
        return
    yield from _twice(scenario, evidence)
    yield from _without_effect(scenario, evidence)
    if scenario.not_played:
        yield Undecided(scenario.not_played)
    batches = sum(accepted(each, evidence) for each in scenario.exchanges)
    if batches:
        yield from cannot_show_two(evidence)
        yield Passed(
            f"a message that came in {batches} batches had one effect, and so had each message beside it",
            batches,
            "deliveries",
        )


def _told_elsewhere(evidence: Evidence) -> Skipped | None:
    """Say which rule tells what is wrong even without a second batch."""
    if repeats_have_effects(evidence):
        return Skipped("messages are processed again even when the same batch comes again: see dedup-duplicate")
    if part_of_a_batch(evidence) is not None:
        return Skipped("only a part of each batch is processed: see dedup-lost")
    if distinct_dropped(evidence):
        return Skipped("messages are dropped because they look like others: see dedup-distinct-dropped")
    return None


def _twice(scenario: ScenarioResult, evidence: Evidence) -> Iterator[Finding]:
    """Tell of effects too many once, by the last count of them."""
    last = {each.counted.message: each for each in surpluses(scenario, evidence)}
    for index, surplus in last.items():
        counted = surplus.counted
        effects = counted.effects or 0
        if index is None:
            batches = len(scenario.exchanges)
            seen = f"{effects_in_words(effects)} were counted for {len(scenario.messages)} messages in {batches} "
            seen += "batches, one of which was in all of them"
        else:
            seen = f"{scenario.names[index]} had {effects_in_words(effects)} {counted.label}"
        yield Finding(
            f"{seen}: the receiver recognises a request that comes again, and not a message",
            measured=f"{effects_in_words(effects)}, expected {surplus.expected}",
            where=f"two batches, {counted.label}",
        )


def _without_effect(scenario: ScenarioResult, evidence: Evidence) -> Iterator[Remark]:
    """Tell of batches that were refused, and of new messages that were accepted with a known one and had no effect."""
    for number, exchange in enumerate(scenario.exchanges, 1):
        if not accepted(exchange, evidence):
            yield _refused(number, exchange, evidence)
            return
    for deficit in deficits(scenario, evidence):
        counted = deficit.counted
        known = counted.message is not None and counted.message < NEW
        when = moment_of(counted, deficit.accepting)
        early = too_early(deficit, evidence)
        if known or early is not None:
            yield early or Undecided("a message of the first batch had no effect: see the rule dedup-lost")
            continue
        if counted.message is None:
            what = f"{effects_in_words(counted.effects or 0)} were counted for {len(scenario.messages)} messages {when}"
        else:
            what = f"{scenario.names[counted.message]} was accepted and had no effect {when}"
        yield Finding(
            f"{what}: a batch with a message that the receiver already has is dropped as a whole",
            measured=f"{effects_in_words(counted.effects or 0)}, expected {deficit.expected}",
            where=f"two batches, {counted.label}",
        )
        return


def _refused(number: int, exchange: Exchange, evidence: Evidence) -> Remark:
    answer = exchange.outcome
    if not isinstance(answer, Answer):
        return Undecided(f"batch {number} got no answer ({answer.words}), so no message was seen in two batches")
    was = f"was answered {status_line(answer)}"
    others = (each.outcome for each in evidence.samples)
    everywhere = any(isinstance(each, Answer) and each.status == answer.status for each in others)
    if number == 1 or everywhere or answer.status in TURNED_AWAY:
        return Undecided(f"batch {number} {was}, so no message was seen in two batches")
    return Finding(
        f"batch {number}, of which one message had come before and one was new, {was}: its retries will be answered in "
        "the same way, and the new message is never delivered",
        measured=str(answer.status),
        where=f"two batches, request {number}",
    )


RULE = Rule(
    id="dedup-batch",
    level="should",
    title="A message that comes in two batches has one effect",
    problem="Messages were lost or processed twice when they came in another batch",
    fix="Recognise each message of a batch by (device, time, seqNumber), not the request: insert line by line with "
    "ON CONFLICT DO NOTHING, and answer 2xx when some lines are known.",
    source=OLDER_CALLBACK_PAGE,
    check=check,
)
