"""Counts at the very end of a run: what each sample brought about, or what a total rose by over the whole run."""

from collections.abc import Sequence

from sigcheck import clock
from sigcheck.callback import fill
from sigcheck.model.delivery import Exchange, Message
from sigcheck.model.effects import EffectCount, ObserverCheck
from sigcheck.model.evidence import Evidence
from sigcheck.probes.observer import Observer, Settled, never_sent, settle

MOST_COUNTED = 20
"""Samples that are counted one by one, the first and the last of them included: each costs the observer a question."""

MOST_ASKED = 3
"""Samples that are asked for to see whether an observer shows any effect."""

AT_THE_END = "at the end"


class WholeRun:
    """The counts that belong to no scenario. `origin` is the run's start on the clock's scale."""

    __slots__ = ("_before", "_observer", "_origin")

    def __init__(self, observer: Observer, origin: float) -> None:
        self._observer = observer
        self._origin = origin
        self._before: int | None = None

    async def begin(self, message: Message) -> ObserverCheck:
        """Ask before anything is sent: of `message`, which must have no effect, or of a total, which may have any."""
        began = clock.now()
        per_message = self._observer.facts.per_message
        found = await settle(self._observer, message, once=per_message)
        fault = never_sent(found.count) if per_message and found.count and found.fault is None else found.fault
        if not per_message:
            self._before = found.count
        asked, took = fill(self._observer.asks, message), clock.now() - began
        return ObserverCheck(asked, found.count, took, fault, found.cause)

    async def shown(self, base: Evidence) -> bool:
        """Whether a sample that was accepted has an effect that can be seen, or a total rose since nothing was sent."""
        accepted = [each.message for each in base.samples if each.accepted(base.policy)]
        per_message = self._observer.facts.per_message
        for message in accepted[:MOST_ASKED] if per_message else accepted[:1]:
            found = (await settle(self._observer, message, once=True)).count
            if found is not None and found > (0 if per_message else self._before or 0):
                return True
        return False

    async def at_the_end(self, base: Evidence, scenarios: Sequence[Exchange]) -> tuple[EffectCount, ...]:
        """Count the samples that were accepted, or the total of all that were; `scenarios` are all their exchanges."""
        policy = base.policy
        if self._observer.facts.per_message:
            return await self._samples(
                [(at, each.message) for at, each in enumerate(base.samples) if each.accepted(policy)]
            )
        everything = (*base.samples, *base.disturbed, *base.singles, *scenarios)
        accepted = {sent for each in everything if each.accepted(policy) for sent in each.messages}
        return await self._total(len(accepted), scenarios[0].message)

    async def _samples(self, accepted: Sequence[tuple[int, Message]]) -> tuple[EffectCount, ...]:
        """Count the samples that were accepted, each once: all of them, or some, evenly. They come with indices."""
        most = min(MOST_COUNTED, len(accepted))
        places = sorted({round(place * (len(accepted) - 1) / max(1, most - 1)) for place in range(most)})
        counts = []
        for index, message in (accepted[place] for place in places):
            found = await settle(self._observer, message, once=True)
            counts.append(self._counted(index, 1, found, found.count))
        return tuple(counts)

    async def _total(self, accepted: int, message: Message) -> tuple[EffectCount, ...]:
        """Read a total that `accepted` messages should have made rise; () where it was not to be had before."""
        if self._before is None:
            return ()
        found = await settle(self._observer, message)
        effects = None if found.count is None else found.count - self._before
        return (self._counted(None, accepted, found, effects),)

    def _counted(self, index: int | None, expected: int, found: Settled, effects: int | None) -> EffectCount:
        return EffectCount(
            at=clock.now() - self._origin,
            since=found.since - self._origin,
            label=AT_THE_END,
            message=index,
            expected=expected,
            effects=None if found.fault else effects,
            count=found.count,
            polls=found.polls,
            fault=found.fault,
        )
