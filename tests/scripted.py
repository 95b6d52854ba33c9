"""A delivery and an observer that do what a script says, for the fake clock. No sockets here."""

import asyncio
from collections.abc import Mapping
from inspect import isawaitable

from sigcheck.model.delivery import Answer, Exchange, Failure, FailureKind, Phase, Phases
from sigcheck.model.effects import ObserverFacts
from sigcheck.probes.observer import ObserverFault
from sigcheck.probes.pace import Pace
from tests.evidence import answer


def exchanged(delivery, started, took, outcome):
    """Make the exchange that came of a delivery."""
    return Exchange(
        message=delivery.message,
        attempt=delivery.attempt,
        started=started - delivery.origin,
        phases=Phases(wait=took),
        total=took,
        limit=delivery.limit,
        outcome=outcome,
        due=delivery.due,
        sent=started - delivery.origin,
        answered_after=took if isinstance(outcome, Answer) else None,
        company=delivery.company,
        also=delivery.also,
    )


class ScriptedDelivery:
    """Answers as `answers` says, delivery by delivery, the last for ever; each takes `took` seconds.

    `arrived` has the clock's moment at which each was sent, `dispatches` what was asked for. `happens(message)`
    is called for each that arrives.
    """

    chains: Mapping[str, tuple[bytes, ...]] = {}

    def __init__(self, clock, *, answers=(), took=0.0, happens=None):
        self._clock = clock
        self._answers = list(answers) or [answer()]
        self._took = took
        self._happens = happens
        self.arrived = []
        self.deliveries = []

    async def __call__(self, delivery):
        started = self._clock.now()
        outcome = self._answers[min(len(self.arrived), len(self._answers) - 1)]
        self.arrived.append(started)
        self.deliveries.append(delivery)
        if delivery.begins is not None:
            delivery.begins()
        if self._happens is not None and not (isinstance(outcome, Failure) and outcome.phase is Phase.CONNECT):
            self._happens(delivery.message)
        # All that go out together have started before time passes for one of them.
        await asyncio.sleep(0)
        took = min(self._took, delivery.listen)
        if took < self._took:
            outcome = Failure(FailureKind.CUT if delivery.cut else FailureKind.NO_ANSWER, Phase.WAIT, "no answer")
        await asyncio.sleep(took)
        return exchanged(delivery, started, took, outcome)


class Served:
    """Delivers to a receiver: `receive(message, delivery, done_at)` gives the status of each, or a Failure.

    With `workers`, no more than so many deliveries are in work at once, `took` seconds each; the others wait. What
    was cut is worked on all the same.
    """

    chains: Mapping[str, tuple[bytes, ...]] = {}

    def __init__(self, clock, receive, *, took=0.02, workers=None):
        self._clock = clock
        self._receive = receive
        self._took = took
        self._free = [0.0] * (workers or 0)
        self.deliveries = []

    def _done_at(self, started):
        if not self._free:
            return started + self._took
        begins = max(started, min(self._free))
        self._free[self._free.index(min(self._free))] = begins + self._took
        return begins + self._took

    async def __call__(self, delivery):
        started = self._clock.now()
        self.deliveries.append(delivery)
        took = self._done_at(started) - started
        outcome = self._receive(delivery.message, delivery, started + took)
        await asyncio.sleep(0)
        if isinstance(outcome, int):
            outcome = answer(outcome)
        if took > delivery.listen:
            took = delivery.listen
            outcome = Failure(FailureKind.CUT if delivery.cut else FailureKind.NO_ANSWER, Phase.WAIT, "no answer")
        await asyncio.sleep(took)
        return exchanged(delivery, started, took, outcome)


class ScriptedObserver:
    """Counts what `count(message)` says; an exception or a text stands for a fault."""

    secrets: tuple[str, ...] = ()
    asks = "a script"

    def __init__(self, count, *, settle=2.0, per_message=True, pace=None):
        self._count = count
        self.pace = pace or Pace()
        self.facts = ObserverFacts("command", per_message, settle)

    async def __call__(self, message):
        found = self._count(message)
        if isawaitable(found):
            found = await found
        if isinstance(found, str):
            raise ObserverFault(found)
        if isinstance(found, ObserverFault):
            raise found
        return found


class Effects:
    """A receiver's memory: how many effects each message had. `seen` decides whether a copy has another."""

    def __init__(self, naive=False):
        self._naive = naive
        self._counts = {}

    def arrives(self, message):
        before = self._counts.get(message.identity, 0)
        self._counts[message.identity] = before + 1 if self._naive else 1

    def of(self, message):
        return self._counts.get(message.identity, 0)

    def total(self, _message):
        return sum(self._counts.values())
