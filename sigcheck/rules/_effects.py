"""Where the counts of a scenario are off: effects too many, effects that are missing, messages that were refused."""

from collections.abc import Iterator

from msgspec import Struct

from sigcheck.model.delivery import Answer, Exchange
from sigcheck.model.effects import AFTERWARDS, EffectCount, ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Undecided
from sigcheck.rules._evidence import accepted, quoted, seconds, status_line
from sigcheck.rules._unit import effects_in_words, effects_per_message

TURNED_AWAY = frozenset((429, 503))
"""Statuses of a receiver that has no room now. They say nothing of the message, and the Cloud sends it again."""

FEW = 2
"""Effects too many of a total that prove nothing: as many messages of others may come while a run sends its own. A
receiver without a memory shows three with each retry."""

TOO_FEW_TO_TELL = Undecided(
    f"the total rose by at most {FEW} more than expected in the whole run, which duplicates or other traffic may "
    "explain",
    fix="Count each message on its own, with placeholders: see `sigcheck explain observing`.",
)


class Surplus(Struct, frozen=True):
    """A moment at which a message had more effects than one delivery of it makes. `before` is the count until then."""

    counted: EffectCount
    before: int
    exchange: Exchange | None
    expected: int


class Deficit(Struct, frozen=True):
    """A message that was accepted and lacks its effect, at the last count of it."""

    counted: EffectCount
    accepting: Exchange
    expected: int


class Refusal(Struct, frozen=True):
    """A message that was never accepted and has no effect, at the last count. `exchange` is its last delivery."""

    message: int
    counted: EffectCount
    exchange: Exchange

    @property
    def judged(self) -> bool:
        """Whether the receiver refused this message, rather than fail, or be too busy or too slow for any."""
        outcome = self.exchange.outcome
        return isinstance(outcome, Answer) and outcome.status < 500 and outcome.status not in TURNED_AWAY

    @property
    def said(self) -> str:
        """Say what became of the last delivery."""
        outcome = self.exchange.outcome
        if isinstance(outcome, Answer):
            return f"was answered {status_line(outcome)}"
        return f"failed: {quoted(outcome.detail)}"


def surpluses(scenario: ScenarioResult, evidence: Evidence) -> Iterator[Surplus]:
    """Give each moment at which a count rose past what is expected, message by message."""
    unit = effects_per_message(evidence)
    seen: dict[int | None, int] = {}
    for counted in scenario.counts:
        if counted.effects is None:
            continue
        before = seen.get(counted.message, 0)
        if counted.effects > max(counted.expected * unit, before):
            exchange = None if counted.exchange is None else scenario.exchanges[counted.exchange]
            yield Surplus(counted, before, exchange, counted.expected * unit)
        seen[counted.message] = max(before, counted.effects)


def too_few_to_tell(evidence: Evidence) -> bool:
    """Whether all that is amiss is a total that is a little too high: other traffic does that as well."""
    if evidence.observer is None or evidence.observer.per_message:
        return False
    unit = effects_per_message(evidence)
    scenarios = (scenario for scenario in evidence.scenarios if not scenario.fault)
    over = (
        max((each.effects - each.expected * unit for each in scenario.counts if each.effects is not None), default=0)
        for scenario in scenarios
    )
    return sum(max(0, each) for each in over) in range(1, FEW + 1)


def repeats_have_effects(evidence: Evidence) -> bool:
    """Whether the replay alone shows that a retry has an effect: then every other scenario shows it again."""
    scenario = evidence.scenario("retry")
    if scenario is None or scenario.fault is not None or too_few_to_tell(evidence):
        return False
    return any(True for _ in surpluses(scenario, evidence))


def deficits(scenario: ScenarioResult, evidence: Evidence) -> Iterator[Deficit]:
    """Give each accepted message that lacks its effect at the last count of it, and never had it.

    With an observer that counts them all, it is the sum that lacks one. A message that made fewer rows than the first
    one did is not lost, unless the user has said how many there must be.
    """
    unit = effects_per_message(evidence)
    last: dict[int | None, EffectCount] = {}
    for counted in scenario.counts:
        before = last.get(counted.message)
        # A count that went back was there: something took its place, which is another rule's to say.
        if counted.effects is not None and (before is None or counted.effects >= (before.effects or 0)):
            last[counted.message] = counted
    for index, counted in last.items():
        exchanges = [
            exchange
            for exchange in scenario.exchanges
            if (index is None or scenario.messages[index] in exchange.messages) and accepted(exchange, evidence)
        ]
        # A sum is owed what was accepted: a message that was refused is the Cloud's to keep.
        owed = min(counted.expected, len({sent for exchange in exchanges for sent in exchange.messages}))
        least = unit if index is None or evidence.settings.effects_per_message is not None else 1
        if counted.effects is not None and counted.effects < owed * least:
            yield Deficit(counted, exchanges[0], owed * unit)


def refusals(scenario: ScenarioResult, evidence: Evidence) -> Iterator[Refusal]:
    """Give each message that was delivered, never accepted, and lacks its effect at the last count."""
    last = {counted.message: counted for counted in scenario.counts if counted.effects is not None}
    for index, message in enumerate(scenario.messages):
        counted = last.get(index, last.get(None))
        sent = [exchange for exchange in scenario.exchanges if message in exchange.messages]
        if counted is None or counted.effects is None or not sent:
            continue
        missing = counted.effects == 0 if counted.message is not None else counted.effects < counted.expected
        if missing and not any(accepted(exchange, evidence) for exchange in sent):
            yield Refusal(index, counted, sent[-1])


def slowness(evidence: Evidence) -> float:
    """Give the longest time, in seconds, for which an effect was seen to be missing before it came, without a retry.

    0 where every effect was there at the first settled count.
    """
    longest = 0.0
    for scenario in evidence.scenarios:
        missing_since: dict[int, float] = {}
        for counted in () if scenario.fault else scenario.counts:
            if counted.message is None or counted.exchange is None or counted.effects is None:
                continue
            message = scenario.messages[counted.message]
            sent = [each for each in scenario.exchanges[: counted.exchange + 1] if message in each.messages]
            ended = sent[-1].started + sent[-1].total if sent else None
            if ended is None:
                continue
            if counted.effects == 0:
                missing_since[counted.message] = ended
            elif missing_since.pop(counted.message, None) == ended:
                longest = max(longest, counted.since - ended)
    return longest


def too_early(deficit: Deficit, evidence: Evidence) -> Undecided | None:
    """Say that a missing effect may only be late: others of this run took half as long as it was waited for, or more.

    Nothing of the kind can be said of a total: late effects make it useless as a whole.
    """
    slow = slowness(evidence)
    if deficit.counted.message is None or waited_for(deficit) >= 2 * slow:
        return None
    return Undecided(
        f"an effect was still missing {seconds(waited_for(deficit))} after the answer, and other effects of this "
        f"run took up to {seconds(slow)}: it may be late or lost",
        fix=f"Give --settle more than the {slow:.0f} s that an effect takes, or let the observer bypass its cache.",
    )


def waited_for(deficit: Deficit) -> float:
    """Give the time between the answer to the message and the last look at its effect."""
    return max(0.0, deficit.counted.at - deficit.accepting.started - deficit.accepting.total)


def moment_of(counted: EffectCount, accepting: Exchange) -> str:
    """Say when a count was taken: "7.2 s later", or after the run."""
    if counted.label == AFTERWARDS:
        return AFTERWARDS
    return f"{seconds(max(0.0, counted.at - accepting.started - accepting.total))} later"


def accepted_retries(scenario: ScenarioResult, evidence: Evidence) -> dict[int, int]:
    """Give how often each message was accepted, by its index, for those that were accepted more than once.

    Without two accepted deliveries of one message nothing is shown about duplicates: a refused one has no effect.
    """
    counts = {
        index: sum(accepted(each, evidence) for each in scenario.exchanges if message in each.messages)
        for index, message in enumerate(scenario.messages)
    }
    return {index: count for index, count in counts.items() if count > 1}


NO_RETRY_ACCEPTED = Undecided(
    "no message was accepted twice, so duplicates could not be tested: see retry-rejected",
    fix="Let the receiver answer 2xx to a retry of a message that it already has.",
)


def name_of(scenario: ScenarioResult, counted: EffectCount) -> str:
    """Say which message a count is about."""
    if counted.message is None:
        return "all messages together"
    return (
        scenario.names[counted.message] if counted.message < len(scenario.names) else f"message {counted.message + 1}"
    )


def surplus_finding(scenario: ScenarioResult, surplus: Surplus) -> Finding:
    """Say what was counted before and after which delivery."""
    counted = surplus.counted
    exchange = surplus.exchange
    if counted.label == AFTERWARDS and counted.message is not None:
        times = sum(scenario.messages[counted.message] in each.messages for each in scenario.exchanges)
        return Finding(
            f"{name_of(scenario, counted)} was delivered {times} time{'' if times == 1 else 's'} and had "
            f"{effects_in_words(counted.effects or 0)} when they were counted {AFTERWARDS}",
            measured=f"expected {surplus.expected}",
            where=f"{scenario.scenario}, {counted.label}",
            scenario=scenario.scenario,
        )
    place = scenario.scenario
    if exchange is not None and scenario.scenario == "retry":
        place = f"delivery {exchange.attempt}"
    sent = "" if exchange is None else f", sent {exchange.started:.1f} s into the run"
    due = "" if exchange is None or exchange.due is None else f" (due {exchange.due:.1f} s)"
    name, rose = name_of(scenario, counted), f"rose from {surplus.before} to {counted.effects}"
    if counted.message is not None and counted.label == f"after {place}" and surplus.before:
        whose = "" if name == "the message" else f" of {name}"
        seen = f", was processed again: the count{whose} {rose}"
    else:
        seen = f": the count of {name} {rose} {counted.label}"
    return Finding(
        f"{place}{sent}{due}{seen}",
        measured=f"{effects_in_words(counted.effects or 0)}, expected {surplus.expected}",
        where=f"{scenario.scenario}, {counted.label}",
        scenario=scenario.scenario,
    )


def deficit_finding(scenario: ScenarioResult, deficit: Deficit) -> Finding:
    """Say which accepted message has no effect, and how long after its answer."""
    counted = deficit.counted
    when = moment_of(counted, deficit.accepting)
    what = f"{name_of(scenario, counted)} was accepted" if counted.message is not None else "all messages were accepted"
    together = "" if counted.message is not None else " in total"
    were = "was" if counted.effects == 1 else "were"
    return Finding(
        f"{what}, and {when} {effects_in_words(counted.effects or 0)} {were} counted{together}",
        measured=f"{effects_in_words(counted.effects or 0)}, expected {deficit.expected}",
        where=f"{scenario.scenario}, {counted.label}",
        scenario=scenario.scenario,
    )
