"""Every exchange of a run in one collection: where it belongs, and whether it is a retry."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from sigcheck.model.delivery import Answer, Exchange, Failure, FailureKind, Message
from sigcheck.model.effects import ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.pacing import limited
from sigcheck.model.rule import Undecided
from sigcheck.rules._share import of
from sigcheck.rules._told import HTTP10, MOVED, REPLAY, SAMPLES, UNAUTHENTICATED, Told, owner

CHANGES_ITS_PACE = frozenset(("lost answer", "late answer", "failure", "restart"))
"""Scenarios after whose first step a receiver may be at work on what was cut, or is starting: no times are judged."""

PASSING = frozenset((408, 429))
"""Statuses of the 4xx class that speak of the moment, not of the message."""

HOURS = 6 * 3600
"""Seconds by which the message that stands for a counter that comes round is older than all others, at least."""


def every(evidence: Evidence) -> list[Told]:
    """Give all exchanges of the run: samples, the single deliveries, the replay, the scenarios."""
    told = [Told(f"sample {number}", SAMPLES, exchange) for number, exchange in enumerate(evidence.samples, 1)]
    told += [
        Told(f"disturbed sample {number}", SAMPLES, exchange, timed=False)
        for number, exchange in enumerate(evidence.disturbed, 1)
    ]
    if evidence.http10 is not None:
        told.append(Told("the delivery by HTTP/1.0", HTTP10, evidence.http10, asked=True))
    if evidence.unauthenticated is not None:
        told.append(Told("the delivery without credentials", UNAUTHENTICATED, evidence.unauthenticated, asked=True))
    if evidence.moved is not None:
        told.append(Told("the delivery with the query in its body", MOVED, evidence.moved, asked=True))
    own = None if evidence.settings.drawn else evidence.settings.device
    for scenario in evidence.scenarios:
        told += _of_trial(scenario, evidence, own)
    return told


def _of_trial(scenario: ScenarioResult, evidence: Evidence, own: str | None) -> Iterator[Told]:
    registered = evidence.settings.devices
    arrived: set[Message] = set()
    replay = scenario.scenario == "retry"
    after_a_cut = False
    takes = Counter(sent for each in scenario.exchanges if each.accepted(evidence.policy) for sent in each.messages)
    for number, exchange in enumerate(scenario.exchanges, 1):
        took = exchange.accepted(evidence.policy)
        together = exchange.company > 1 and takes[exchange.message] > took
        first = exchange.message == scenario.messages[0]
        label = f"delivery {exchange.attempt}" if replay and first else f"{scenario.scenario}, request {number}"
        if replay and not first:
            label = f"delivery {exchange.attempt} of another device's message"
        yield Told(
            label=label,
            part=REPLAY if replay else f"requests of the scenario {scenario.scenario}",
            exchange=exchange,
            retried=together or not arrived.isdisjoint(exchange.messages),
            foreign=own is not None and any(sent.device not in {own, *registered} for sent in exchange.messages),
            asked=_asked(scenario, exchange),
            timed=scenario.scenario not in CHANGES_ITS_PACE,
            raced=scenario.scenario == "race",
            after_a_cut=after_a_cut,
        )
        # What we cut off before its answer has arrived all the same: what comes after it is a retry.
        if took or (_cut(exchange) and exchange.sent is not None):
            arrived.update(exchange.messages)
        after_a_cut = after_a_cut or _cut(exchange)


def _cut(exchange: Exchange) -> bool:
    return isinstance(exchange.outcome, Failure) and exchange.outcome.kind is FailureKind.CUT


def _asked(scenario: ScenarioResult, exchange: Exchange) -> bool:
    """Whether what was answered is another rule's: a failure that was asked for, look-alikes, late comers, batches.

    A message that is refused because it looks like another, or is older, is told by the rules of those scenarios. An
    error of the server's is not: it says nothing of the message.
    """
    match scenario.scenario:
        case "failure":
            return True
        case "restart" | "two batches":
            return exchange.attempt > 1
        case "look-alikes" | "disorder":
            return (
                isinstance(exchange.outcome, Answer)
                and 400 <= exchange.outcome.status <= 499
                and exchange.outcome.status not in PASSING
                and _excusable(scenario, exchange)
            )
    return False


def _excusable(scenario: ScenarioResult, exchange: Exchange) -> bool:
    """Whether a refusal of this message has a rule of its own: it resembles another, is a day old, or comes late."""
    index = scenario.messages.index(exchange.message)
    if scenario.scenario == "disorder":
        return index == 0 or exchange.attempt > 1
    return resembles_another(scenario, index) or is_old(scenario, index)


def resembles_another(scenario: ScenarioResult, index: int) -> bool:
    """Whether a message of the look-alikes resembles one that came before it, as those of the second half do."""
    return index >= len(scenario.messages) // 2


def is_old(scenario: ScenarioResult, index: int) -> bool:
    """Whether a message is the one whose counter comes round hours later: a receiver may well refuse it for its age."""
    message = scenario.messages[index]
    return all(message.time < each.time - HOURS for each in scenario.messages if each != message)


def grouped(told: Iterable[Told], key: Callable[[Told], str | None]) -> dict[str, list[Told]]:
    """Group exchanges by a key; those without one are left out."""
    groups: dict[str, list[Told]] = {}
    for each in told:
        name = key(each)
        if name is not None:
            groups.setdefault(name, []).append(each)
    return groups


def by_detail(told: Told) -> str | None:
    """Key for `grouped`: what was said of a failure."""
    return None if told.failure is None else told.failure.detail


def by_status(told: Told) -> str | None:
    """Key for `grouped`: the status of an answer, and whether it limits the rate."""
    return None if told.answer is None else f"{told.answer.status}{' limit' if limited(told.exchange) else ''}"


def failed(evidence: Evidence, rule: str) -> list[Told]:
    """Give the deliveries whose failure is told by that rule, this machine's own faults left out."""
    return [
        each
        for each in every(evidence)
        if each.failure is not None
        and each.failure.kind is not FailureKind.LOCAL
        and owner(each) == rule
        and not (each.asked and each.part not in {HTTP10, MOVED, UNAUTHENTICATED})
    ]


def _made_again(told: Told, evidence: Evidence) -> bool:
    """Whether a delivery that this machine spoilt was a sample, which was taken again."""
    spoilt = told.failure is not None and told.failure.kind is FailureKind.LOCAL
    return spoilt and bool(evidence.samples) and told.exchange in evidence.disturbed


def local(evidence: Evidence) -> Undecided | None:
    """Say that this machine kept deliveries from being made, where it did, and they were not made again."""
    told = every(evidence)
    cases = [
        each
        for each in told
        if each.failure is not None and each.failure.kind is FailureKind.LOCAL and not _made_again(each, evidence)
    ]
    if not cases:
        return None
    detail = cases[0].exchange.outcome
    why = detail.detail if isinstance(detail, Failure) else ""
    many = of(len(cases), len(told), "deliveries")
    return Undecided(
        f"{many} could not be made: {why}",
        fix="Fix the problem on the machine that sigcheck runs on, and run again: the receiver is not the cause.",
    )


def untold(evidence: Evidence) -> Undecided | None:
    """Say that deliveries got no answer for a reason whose rule is not part of this run: nobody else would."""
    told = [each for each in every(evidence) if not _made_again(each, evidence)]
    for each in told:
        rule = owner(each)
        if each.part == HTTP10:
            continue  # response-http10 itself says what came of it
        if each.failure is not None and rule is not None and not evidence.settings.asks_for(rule):
            unanswered = [other for other in told if other.failure is not None]
            return Undecided(
                f"{of(len(unanswered), len(told), 'deliveries')} got no answer ({each.failure.words})",
                fix=f"Include {rule} as well: it was not part of this run.",
            )
    return None
