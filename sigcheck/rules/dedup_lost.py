"""dedup-lost: an accepted message had no effect."""

from collections.abc import Iterator

from msgspec import structs

from sigcheck.model.effects import AFTERWARDS, ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import INTEGRATION
from sigcheck.rules._batches import part_finding, part_of_a_batch
from sigcheck.rules._effects import deficit_finding, deficits, refusals, slowness, too_early
from sigcheck.rules._evidence import accepted, seconds
from sigcheck.rules._exchanges import is_old, resembles_another
from sigcheck.rules._look_alikes import distinct_dropped, late_dropped
from sigcheck.rules._samples import Accounts, of_samples
from sigcheck.rules._uncounted import others_ignored, uncounted

COUNT_AGAIN = (
    "Count again when the receiver has finished its work. If the message is still missing, store it in the same "
    "transaction that marks it as seen, before the answer, and do not let a disconnect cancel the work."
)
"""What to do about an effect that is missing where somebody counted after the run, perhaps too early."""


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where a message was accepted, but its effect never came, or came only with a retry."""
    by_hand = evidence.observer is not None and evidence.observer.kind == "afterwards"
    for remark in _remarks(evidence):
        missing = by_hand and isinstance(remark, Finding) and remark.fix is None
        yield structs.replace(remark, fix=COUNT_AGAIN) if missing else remark


def _remarks(evidence: Evidence) -> Iterator[Remark]:
    nothing = uncounted(evidence, "retry")
    retry = evidence.scenario("retry")
    if nothing is not None or retry is None:
        yield nothing or Undecided("the replay was not played")
        return
    if distinct_dropped(evidence):
        yield Skipped("a message may be missing because it looks like another: see dedup-distinct-dropped")
        return
    if late_dropped(evidence):
        yield Skipped("a message may be missing because it is older than another of its device: see dedup-disorder")
        return
    ignored = others_ignored(evidence)
    for name in () if ignored else ("retry", "lost answer", "race"):
        scenario = evidence.scenario(name)
        played = scenario is not None and (scenario.not_played is None or scenario.no_effect)
        if scenario is not None and played and uncounted(evidence, name) is None:
            if name == "retry" and (part := part_of_a_batch(evidence)) is not None:
                yield part_finding(scenario, part, evidence)
                continue
            for deficit in deficits(scenario, evidence):
                yield too_early(deficit, evidence) or deficit_finding(scenario, deficit)
            if name == "lost answer":
                for refusal in refusals(scenario, evidence):
                    what = scenario.names[refusal.message]
                    yield Undecided(f"{what} {refusal.said} when it was delivered again, and had no effect")
    if not ignored:
        yield from _new_ones(evidence)
    samples = None if ignored else of_samples(evidence)
    if samples is not None and samples.lost:
        yield _lost_samples(samples, evidence)
    yield _late(retry, samples, evidence)


def _new_ones(evidence: Evidence) -> Iterator[Remark]:
    """Say which messages of the look-alikes had no effect that resemble none before them, unless they are old."""
    scenario = evidence.scenario("look-alikes")
    if scenario is None or uncounted(evidence, "look-alikes") is not None:
        return
    for deficit in deficits(scenario, evidence):
        index = deficit.counted.message
        if index is not None and not resembles_another(scenario, index) and not is_old(scenario, index):
            yield too_early(deficit, evidence) or deficit_finding(scenario, deficit)


def _lost_samples(samples: Accounts, evidence: Evidence) -> Remark:
    which = f" (sample {samples.names})" if samples.names else ""
    waited = seconds(samples.waited)
    if samples.waited < 2 * slowness(evidence):
        return Undecided(
            f"{samples.lost} of {samples.counted} accepted samples had no effect {waited} after the answer"
        )
    by_hand = evidence.observer is not None and evidence.observer.kind == "afterwards"
    when = f"when they were counted {AFTERWARDS}" if by_hand else f"{waited} after the answer"
    return Finding(
        f"{samples.lost} of {samples.counted} accepted samples{which} had no effect {when}",
        measured=f"{samples.counted - samples.lost} of {samples.counted} samples had an effect",
        where="samples",
    )


def _late(scenario: ScenarioResult, samples: Accounts | None, evidence: Evidence) -> Remark:
    """Say when the first message's effect came: with the delivery that was accepted, or only with a retry."""
    first = scenario.messages[0]
    accepting = next((each for each in scenario.exchanges if each.message == first and accepted(each, evidence)), None)
    if accepting is None:
        return Undecided("no delivery was accepted, so no effect was due")
    usable = [each for each in scenario.counts if each.effects is not None and each.message in {0, None}]
    seen = next((counted for counted in usable if counted.effects), None)
    since = accepting.started + accepting.total
    if seen is None:
        return Undecided(scenario.not_played or "no effect was counted")
    if seen.label == AFTERWARDS:
        beside = f", and so {_effects_of(samples.counted)}" if samples else ""
        return Passed(
            f"the effect of the message was counted {AFTERWARDS}{beside}",
            1 + (samples.counted if samples else 0),
            "deliveries",
        )
    carrier = None if seen.exchange is None else scenario.exchanges[seen.exchange]
    if carrier is None or carrier.attempt <= accepting.attempt:
        after = seconds(max(0.0, seen.since - since))
        beside = f", and so {_effects_of(samples.counted)} at the end" if samples else ""
        return Passed(
            f"the effect of delivery {accepting.attempt} was counted {after} after its answer{beside}",
            1 + (samples.counted if samples else 0),
            "deliveries",
        )
    later = seconds(carrier.started - since)
    # Where effects of messages that were sent but once came late, this one may have been on its way, too.
    slow = slowness(evidence) >= evidence.policy.answer_limit
    if evidence.settings.speed == 1 and carrier.started - since > evidence.policy.answer_limit and not slow:
        return Finding(
            f"delivery {accepting.attempt} was accepted without an effect; the effect came only with delivery "
            f"{carrier.attempt}, {later} later, which the Cloud does not send to a receiver that answered in time",
            measured=f"0 effects before delivery {carrier.attempt}",
            where=seen.label,
        )
    return Undecided(
        f"the effect was counted only {seen.label}: it came late, or was lost at delivery {accepting.attempt}",
        fix="Give a longer --settle, or run with --speed 1.",
    )


def _effects_of(samples: int) -> str:
    return "was the effect of 1 sample" if samples == 1 else f"were the effects of {samples} samples"


RULE = Rule(
    id="dedup-lost",
    level="must",
    title="An accepted message has its effect",
    problem="An accepted message had no effect",
    fix="Store the message in the same transaction that marks it as seen, before the answer, and do not let a "
    "disconnect cancel the work. If the work takes longer than this run waited, give a longer --effects-within; "
    "if nothing at all was "
    "counted, ask the observer for one message with `sigcheck observe`; if only registered devices count, give "
    "their ids with --devices.",
    source=INTEGRATION,
    check=check,
)
