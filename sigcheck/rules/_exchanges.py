"""Every exchange of a run in one collection: where it belongs, whether it is a retry, and whose rule judges it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from sigcheck.model.delivery import CROWD, Answer, Exchange, Failure, FailureKind, Message
from sigcheck.model.effects import ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.pacing import limited
from sigcheck.model.rule import Level, Undecided

CHANGES_ITS_PACE = frozenset(("lost answer", "late answer", "failure", "restart"))
"""Scenarios after whose first step a receiver may be at work on what was cut, or is starting: no times are judged."""

SAMPLES, REPLAY, UNAUTHENTICATED = "samples", "deliveries of the replay", "deliveries without credentials"
MOVED = "deliveries with the query in their body"
HTTP10 = "deliveries by HTTP/1.0"

PASSING = frozenset((408, 429))
"""Statuses of the 4xx class that speak of the moment, not of the message."""

SERVER_ERROR = 500

HOURS = 6 * 3600
"""Seconds by which the message that stands for a counter that comes round is older than all others, at least."""

OWNERS: dict[FailureKind, str] = {
    FailureKind.UNRESOLVED: "reach-unresolved",
    FailureKind.REFUSED: "reach-refused",
    FailureKind.UNREACHABLE: "reach-no-answer",
    FailureKind.NO_CONNECTION: "reach-no-answer",
    FailureKind.LOCAL: "reach-no-answer",
    FailureKind.TLS_FAILED: "tls-handshake-failed",
    FailureKind.NOT_SENT: "response-malformed",
    FailureKind.RESET: "response-malformed",
    FailureKind.CLOSED: "response-malformed",
    FailureKind.MALFORMED: "response-malformed",
    FailureKind.NO_ANSWER: "deadline-exceeded",
}
"""Which rule tells of a delivery that failed in this way. One that was cut on purpose is nobody's."""

BY_VERSION = frozenset(("response-malformed", "deadline-exceeded"))
"""The rules whose failures, of a delivery by HTTP/1.0, may come of the version."""


def owner(told: "Told") -> str | None:
    """Give the rule that tells how a delivery failed: one that the peer gave up after the limit came too late."""
    if told.failure is None:
        return None
    if told.part == HTTP10 and OWNERS.get(told.failure.kind) in BY_VERSION:
        return "response-http10"
    waited = told.exchange.phases.wait or 0.0
    if told.failure.kind in {FailureKind.CLOSED, FailureKind.RESET} and waited > told.exchange.limit:
        return "deadline-exceeded"
    return OWNERS[told.failure.kind]


class Told(Struct, frozen=True):
    """One exchange and its place in the run.

    `label` names it in a message ("sample 3"), `part` the part of the run, in the plural. `retried`: the same message
    had been accepted before, or beside it, or its answer was cut off. `foreign`: its device is another than the one
    that the user named. `asked`: it failed because we asked for it, or another rule judges what it was answered.
    `timed`: its times say something of the receiver. `raced`: it was released together with others on purpose.
    `after_a_cut`: the receiver may still be at work on a delivery of the same scenario that we cut off before.
    """

    label: str
    part: str
    exchange: Exchange
    retried: bool = False
    foreign: bool = False
    asked: bool = False
    timed: bool = True
    raced: bool = False
    after_a_cut: bool = False

    @property
    def crowded(self) -> bool:
        """Whether it was one of many that we sent at the same time."""
        return self.raced or self.exchange.company >= CROWD

    @property
    def answer(self) -> Answer | None:
        """Its answer, if it got one."""
        return self.exchange.outcome if isinstance(self.exchange.outcome, Answer) else None

    @property
    def failure(self) -> Failure | None:
        """How it failed, unless that was on purpose."""
        outcome = self.exchange.outcome
        return outcome if isinstance(outcome, Failure) and outcome.kind is not FailureKind.CUT else None


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


class Share(Struct, frozen=True):
    """How many of how many exchanges something befell. `level` overrides the rule's where that is less."""

    cases: tuple[Told, ...]
    pool: tuple[Told, ...]
    level: Level | None
    crowded: bool

    @property
    def words(self) -> str:
        """How many of how many, and in which parts of the run."""
        if self.crowded:
            cut = ", or after one that was cut off" if any(not each.crowded for each in self.cases) else ""
            return f"{_of(len(self.cases), len(self.pool), 'requests')} sent at the same time as others{cut}"
        parts = list(dict.fromkeys(case.part for case in self.cases))
        counted = [_of(_count(self.cases, part), _count(self.pool, part), part) for part in parts]
        if len(counted) == 1:
            return f"{counted[0]} ({self._place})" if self._place else counted[0]
        aside = f"; {self._place}" if self._place else ""
        return f"{len(self.cases)} of {len(self.pool)} deliveries ({', '.join(counted)}{aside})"

    @property
    def were(self) -> str:
        """The verb that goes with `words`: "1 of 5 samples was", "the only sample was"."""
        return "was" if len(self.cases) == 1 else "were"

    @property
    def _place(self) -> str:
        """The one address of several at which it happened."""
        places = {case.exchange.address for case in self.cases}
        several = len({each.exchange.address for each in self.pool} - {None}) > 1
        if not several or len(places) > 1 or None in places:
            return ""
        return f"{'all ' if len(self.cases) > 1 else ''}at {places.pop()}"

    @property
    def where(self) -> str:
        """The first of them."""
        return self.cases[0].label


def _of(cases: int, pool: int, part: str) -> str:
    """Say how many of how many: "2 of 5 samples", "the only delivery of the replay"."""
    if pool == 1:
        first, *rest = part.split(" ")
        return " ".join(("the only", "delivery" if first == "deliveries" else first.removesuffix("s"), *rest))
    return f"{cases} of {pool} {part}"


def _count(told: Iterable[Told], part: str) -> int:
    return sum(each.part == part for each in told)


def _crowded(told: Told) -> bool:
    return told.crowded


def beside_others(told: Told) -> bool:
    """Whether a delivery may have waited for others of ours: one worker takes one after the other."""
    return told.crowded or told.part not in {SAMPLES, REPLAY}


def under_load(told: Told) -> bool:
    """Whether an error may come of our own load: of what was sent at the same time, or cut off and is still in work."""
    error = told.answer is not None and told.answer.status >= SERVER_ERROR
    return told.crowded or (told.after_a_cut and error)


def share(cases: Sequence[Told], pool: Sequence[Told], crowded: Callable[[Told], bool] = _crowded) -> Share:
    """Weigh what befell `cases` of `pool`: what happens under our own load alone, or over IPv6 alone, is a warning."""
    alone = [case for case in cases if not crowded(case)]
    if not alone:
        return Share(tuple(cases), tuple(each for each in pool if crowded(each)), "should", crowded=True)
    calm = tuple(each for each in pool if not crowded(each))
    fours = [each for each in calm if _version(each.exchange) == 4]
    # The published sender range is IPv4: what only IPv6 does to a client does not befall the Cloud.
    beside = bool(fours) and all(_version(case.exchange) == 6 for case in alone)
    return Share(tuple(alone), calm, "should" if beside else None, crowded=False)


def _version(exchange: Exchange) -> int:
    # A saved report may hide the address, which is then no address any more.
    return 6 if ":" in (exchange.address or "") else 4


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
    many = _of(len(cases), len(told), "deliveries")
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
                f"{_of(len(unanswered), len(told), 'deliveries')} got no answer ({each.failure.words})",
                fix=f"Include {rule} as well: it was not part of this run.",
            )
    return None
