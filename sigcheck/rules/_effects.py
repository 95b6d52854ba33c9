"""Where the counts of a scenario are off: effects too many, effects that are missing, messages that were refused."""

from collections.abc import Iterator

from msgspec import Struct

from sigcheck.model.delivery import Answer, Exchange
from sigcheck.model.effects import Reading, Trial
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Finding, Inconclusive
from sigcheck.rules._evidence import accepted, quoted, seconds, status_line
from sigcheck.rules._unit import counted, effects_per_message

TURNED_AWAY = frozenset((429, 503))
"""Statuses of a receiver that has no room now. They say nothing of the message, and the Cloud sends it again."""

FEW = 2
"""Effects too many of a total that prove nothing: as many messages of others may come while a run sends its own. A
receiver without a memory shows three with each repeat."""

TOO_FEW_TO_TELL = Inconclusive(
    f"the total rose too far by no more than {FEW} in the whole run: effects of ours, or messages of others",
    mend="count single messages with placeholders: see docs/observing.md",
)


class Surplus(Struct, frozen=True):
    """A moment at which a message had more effects than one delivery of it makes. `before` is the count until then."""

    reading: Reading
    before: int
    exchange: Exchange | None
    expected: int


class Deficit(Struct, frozen=True):
    """A message that was accepted and lacks its effect, at the last reading of it."""

    reading: Reading
    accepting: Exchange
    expected: int


class Refusal(Struct, frozen=True):
    """A message that was never accepted and has no effect, at the last reading. `exchange` is its last delivery."""

    message: int
    reading: Reading
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


def surpluses(trial: Trial, evidence: Evidence) -> Iterator[Surplus]:
    """Give each reading at which a count rose past what is expected, message by message."""
    unit = effects_per_message(evidence)
    seen: dict[int | None, int] = {}
    for reading in trial.readings:
        if reading.effects is None:
            continue
        before = seen.get(reading.message, 0)
        if reading.effects > max(reading.expected * unit, before):
            exchange = None if reading.exchange is None else trial.exchanges[reading.exchange]
            yield Surplus(reading, before, exchange, reading.expected * unit)
        seen[reading.message] = max(before, reading.effects)


def too_few_to_tell(evidence: Evidence) -> bool:
    """Whether all that is amiss is a total that is a little too high: other traffic does that as well."""
    if evidence.observer is None or evidence.observer.per_message:
        return False
    unit = effects_per_message(evidence)
    trials = (trial for trial in evidence.trials if not trial.fault)
    over = (
        max((each.effects - each.expected * unit for each in trial.readings if each.effects is not None), default=0)
        for trial in trials
    )
    return sum(max(0, each) for each in over) in range(1, FEW + 1)


def repeats_have_effects(evidence: Evidence) -> bool:
    """Whether the replay alone shows that a repeat has an effect: then every other scenario shows it again."""
    trial = evidence.trial("retry")
    if trial is None or trial.fault is not None or too_few_to_tell(evidence):
        return False
    return any(True for _ in surpluses(trial, evidence))


def deficits(trial: Trial, evidence: Evidence) -> Iterator[Deficit]:
    """Give each accepted message that lacks its effect at the last reading of it, and never had it.

    With an observer that counts them all, it is the sum that lacks one. A message that made fewer rows than the first
    one did is not lost, unless the user has said how many there must be.
    """
    unit = effects_per_message(evidence)
    last: dict[int | None, Reading] = {}
    for reading in trial.readings:
        before = last.get(reading.message)
        # A count that went back was there: something took its place, which is another rule's to say.
        if reading.effects is not None and (before is None or reading.effects >= (before.effects or 0)):
            last[reading.message] = reading
    for index, reading in last.items():
        exchanges = [
            exchange
            for exchange in trial.exchanges
            if (index is None or exchange.message == trial.messages[index]) and accepted(exchange, evidence)
        ]
        # A sum is owed what was accepted: a message that was refused is the Cloud's to keep.
        owed = min(reading.expected, len({exchange.message for exchange in exchanges}))
        least = unit if index is None or evidence.settings.effects_per_message is not None else 1
        if reading.effects is not None and reading.effects < owed * least:
            yield Deficit(reading, exchanges[0], owed * unit)


def refusals(trial: Trial, evidence: Evidence) -> Iterator[Refusal]:
    """Give each message that was delivered, never accepted, and lacks its effect at the last reading."""
    last = {reading.message: reading for reading in trial.readings if reading.effects is not None}
    for index, message in enumerate(trial.messages):
        reading = last.get(index, last.get(None))
        sent = [exchange for exchange in trial.exchanges if exchange.message == message]
        if reading is None or reading.effects is None or not sent:
            continue
        missing = reading.effects == 0 if reading.message is not None else reading.effects < reading.expected
        if missing and not any(accepted(exchange, evidence) for exchange in sent):
            yield Refusal(index, reading, sent[-1])


def slowness(evidence: Evidence) -> float:
    """Give the longest time, in seconds, for which an effect was seen to be missing before it came, without a repeat.

    0 where every effect was there at the first settled reading.
    """
    longest = 0.0
    for trial in evidence.trials:
        missing_since: dict[int, float] = {}
        for reading in () if trial.fault else trial.readings:
            if reading.message is None or reading.exchange is None or reading.effects is None:
                continue
            message = trial.messages[reading.message]
            sent = [each for each in trial.exchanges[: reading.exchange + 1] if each.message == message]
            ended = sent[-1].started + sent[-1].total if sent else None
            if ended is None:
                continue
            if reading.effects == 0:
                missing_since[reading.message] = ended
            elif missing_since.pop(reading.message, None) == ended:
                longest = max(longest, reading.since - ended)
    return longest


def too_early(deficit: Deficit, evidence: Evidence) -> Inconclusive | None:
    """Say that a missing effect may only be late: others of this run took half as long as it was waited for, or more.

    Nothing of the kind can be said of a total: late effects make it useless as a whole.
    """
    slow = slowness(evidence)
    if deficit.reading.message is None or waited_for(deficit) >= 2 * slow:
        return None
    return Inconclusive(
        f"an effect was missing {seconds(waited_for(deficit))} after its answer, and others of this run took up to "
        f"{seconds(slow)}: slow, or lost",
        mend=f"give --settle more than the {slow:.0f} s that an effect takes, or let the observer read past its cache",
    )


def waited_for(deficit: Deficit) -> float:
    """Give the time between the answer to the message and the last look at its effect."""
    return max(0.0, deficit.reading.at - deficit.accepting.started - deficit.accepting.total)


def accepted_repeats(trial: Trial, evidence: Evidence) -> dict[int, int]:
    """Give how often each message was accepted, by its index, for those that were accepted more than once.

    Without two accepted deliveries of one message nothing is shown about duplicates: a refused one has no effect.
    """
    counts = {
        index: sum(accepted(each, evidence) for each in trial.exchanges if each.message == message)
        for index, message in enumerate(trial.messages)
    }
    return {index: count for index, count in counts.items() if count > 1}


NO_REPEAT_ACCEPTED = Inconclusive(
    "no message was accepted twice, so nothing is shown about duplicates: see retry-rejected",
    mend="let the receiver answer 2xx to a repeat of a message that it has",
)


def name_of(trial: Trial, reading: Reading) -> str:
    """Say which message a reading is about."""
    if reading.message is None:
        return "all messages together"
    return trial.names[reading.message] if reading.message < len(trial.names) else f"message {reading.message + 1}"


def surplus_finding(trial: Trial, surplus: Surplus) -> Finding:
    """Say what was counted before and after which delivery."""
    reading = surplus.reading
    exchange = surplus.exchange
    place = trial.scenario
    if exchange is not None and trial.scenario == "retry":
        place = f"delivery {exchange.attempt}"
    sent = "" if exchange is None else f", sent {exchange.started:.1f} s into the run"
    due = "" if exchange is None or exchange.due is None else f" (due {exchange.due:.1f} s)"
    name, rose = name_of(trial, reading), f"rose from {surplus.before} to {reading.effects}"
    if reading.message is not None and reading.label == f"after {place}" and surplus.before:
        whose = "" if name == "the message" else f" of {name}"
        seen = f", was processed again: the count{whose} {rose}"
    else:
        seen = f": the count of {name} {rose} {reading.label}"
    return Finding(
        f"{place}{sent}{due}{seen}",
        measured=f"{counted(reading.effects or 0)}, expected {surplus.expected}",
        where=f"{trial.scenario}, {reading.label}",
    )


def deficit_finding(trial: Trial, deficit: Deficit) -> Finding:
    """Say which accepted message has no effect, and how long after its answer."""
    reading = deficit.reading
    waited = seconds(waited_for(deficit))
    what = f"{name_of(trial, reading)} was accepted" if reading.message is not None else "all messages were accepted"
    together = "" if reading.message is not None else " together"
    were = "was" if reading.effects == 1 else "were"
    return Finding(
        f"{what}, and {waited} later {counted(reading.effects or 0)} {were} counted{together}",
        measured=f"{counted(reading.effects or 0)}, expected {deficit.expected}",
        where=f"{trial.scenario}, {reading.label}",
    )
