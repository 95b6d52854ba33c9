"""Counts what one scenario's messages brought about: message by message, or as a share of the total over all."""

import asyncio
from collections.abc import Sequence

from sigcheck import clock
from sigcheck.model.delivery import Exchange
from sigcheck.model.effects import EffectCount
from sigcheck.model.events import Observed
from sigcheck.packing import PackedList
from sigcheck.probes.observer import Settled, never_sent, settle
from sigcheck.scenario import Count, Plan
from sigcheck.scenario.playing.context import ScenarioContext
from sigcheck.scenario.playing.shared_total import SharedTotal

POLL = 1.0
"""Seconds between two questions about effects that are missing: an observer may admit 60 of them a minute."""


SHARED = frozenset(("_context", "_shared"))
"""What all scenarios of a run share, by the names that they have for it: it is packed with none of them."""


class Tally:
    """The counts of one scenario. `plan` is the scenario as it is played, `exchanges` what was sent until now."""

    def __init__(
        self, plan: Plan, context: ScenarioContext, shared: SharedTotal, exchanges: Sequence[Exchange]
    ) -> None:
        self.plan = plan
        self.counts: PackedList[EffectCount] = PackedList()
        self.fault: str | None = None
        self._context = context
        self._shared = shared
        self._exchanges = exchanges
        self._highest: dict[int, int] = {}
        self._so_far = 0
        self._expected: tuple[int | None, ...] = ()

    def __getstate__(self) -> dict[str, object]:
        """Give what is its own, to be packed; `resume` gives it back what it shares with others."""
        return {name: value for name, value in vars(self).items() if name not in SHARED}

    def resume(self, context: ScenarioContext, shared: SharedTotal) -> None:
        """Take what it shares with others, after it was packed."""
        self._context, self._shared = context, shared

    @property
    def first_missing(self) -> bool:
        """Whether the first message, or a total, was counted after a delivery, and never had an effect."""
        counted = [each for each in self.counts if each.message in {0, None} and each.exchange is not None]
        return self.fault is None and bool(counted) and not any(each.effects or each.fault for each in counted)

    async def appears(self, until: float) -> None:
        """Ask until the first message has an effect, or a total has moved, or until a moment; then count once more."""
        observer = self._context.observer
        if observer is None or not self.first_missing:
            return
        before = 0 if observer.facts.per_message else self._shared.total
        found = before
        while found == before and clock.now() < until:
            await clock.sleep_until(min(clock.now() + POLL, until))
            seen = await settle(observer, self.plan.messages[0], once=True)
            found = before if seen.count is None else seen.count
        if found != before:
            await self.count(Count(self.counts[-1].label, self._expected))

    @property
    def has_surplus(self) -> bool:
        """Whether a total rose further than the scenario's messages account for."""
        return any(each.message is None and (each.effects or 0) > each.expected for each in self.counts)

    async def control(self, until: float, pause: float) -> None:
        """Watch the total while nothing is sent: what rises now is not of our doing, and may not have been before."""
        observer, shared = self._context.observer, self._shared
        while observer is not None and shared.fault is None and clock.now() < until:
            await clock.sleep_until(min(clock.now() + pause, until))
            found = await settle(observer, self.plan.messages[0], once=True)
            if found.count is not None and found.count != shared.total:
                shared.moved(found.count - shared.total)

    async def lacking(self) -> bool:
        """Ask once whether messages have fewer effects than they should by now; no where nothing can be told."""
        observer = self._context.observer
        if observer is None or not observer.facts.per_message or self.fault is not None:
            return False
        short = {each.message: each for each in self.counts if each.message is not None}
        waited_for = [index for index, each in short.items() if (each.effects or 0) < each.expected]
        found = await asyncio.gather(*(settle(observer, self.plan.messages[index], once=True) for index in waited_for))
        return any(
            each.count is not None and each.count < short[index].expected
            for index, each in zip(waited_for, found, strict=True)
        )

    async def look_again(self) -> None:
        """Read each message once more, when the run is at its end: an effect may come long after the answer."""
        observer = self._context.observer
        if observer is not None and observer.facts.per_message and self._exchanges:
            await self.count(Count("at the end", self._expected, settled=False))

    async def count(self, step: Count, latest: float | None = None) -> None:
        """Read the observer, until the count stands still or until `latest` (on the clock's scale)."""
        observer = self._context.observer
        self._expected = step.expected
        # One fault makes the counts of the whole scenario useless: an observer that hangs is not waited for again.
        if observer is None or self.fault or self._shared.fault:
            return
        once = not step.settled or (observer.facts.per_message and not self._exchanges)
        if not observer.facts.per_message:
            message = self.plan.messages[len(self._exchanges) and self.index(self._exchanges[-1])]
            self._enter_total(step, await settle(observer, message, latest, once=once))
            return
        targets = [index for index, expected in enumerate(step.expected) if expected is not None]
        settled = await asyncio.gather(
            *(settle(observer, self.plan.messages[index], latest, once=once) for index in targets)
        )
        for index, each in zip(targets, settled, strict=True):
            self._enter(step, index, each)

    def index(self, exchange: Exchange) -> int:
        """Give the place of an exchange's message in the plan."""
        return self.plan.messages.index(exchange.message)

    def _shares_its_device(self, index: int) -> bool:
        if not self._context.alone:
            return True
        device = self.plan.messages[index].device
        return sum(each.device == device for each in self.plan.messages) > 1

    def _enter(self, step: Count, index: int, settled: Settled) -> None:
        """Enter a count of one message. An observer that counts others with it shows itself before it was sent."""
        if settled.count is None and settled.fault is None:
            return
        fault = settled.fault
        expected = step.expected[index] or 0
        if fault is None and settled.count and not expected:
            fault = never_sent(settled.count)
        # A count that goes back where a device has two messages is what the rules look for: one took the other's place.
        if fault is None and settled.count is not None and not self._shares_its_device(index):
            if settled.count < self._highest.get(index, 0):
                fault = f"the count went back from {self._highest[index]} to {settled.count}"
            self._highest[index] = settled.count
        self._note(step, index, settled, None if fault else settled.count, expected, fault)

    def _enter_total(self, step: Count, settled: Settled) -> None:
        """Enter a count of the total."""
        if settled.count is None and settled.fault is None:
            return
        shared = self._shared
        fault = settled.fault
        effects: int | None = None
        expected = sum(value or 0 for value in step.expected)
        if fault is None and settled.count is not None:
            idle = shared.read_at_sent == shared.sent
            moved = settled.count - shared.total if idle else settled.moved if shared.read_at_sent < 0 else 0
            if moved:
                fault = shared.moved(moved)
            elif shared.read_at_sent >= 0 and settled.count < shared.total and self.plan.scenario != "disorder":
                shared.fault = fault = f"the total went back from {shared.total} to {settled.count}"
            else:
                if shared.holder is self:
                    self._so_far += settled.count - shared.total
                effects = self._so_far
                if effects > expected and any(shared.owing[each] for each in shared.owing if each is not self):
                    # They may be those that another scenario waited for in vain.
                    shared.fault = fault = "effects came only after their scenario had ended; count single messages"
                    effects = None
                shared.owing[self] = max(0, expected - self._so_far)
            now = clock.now()
            if idle:
                shared.idle += now - shared.read_at
            elif shared.read_at_sent >= 0:
                shared.busy += now - shared.read_at
            shared.holder, shared.total, shared.read_at_sent, shared.read_at = self, settled.count, shared.sent, now
        self._note(step, None, settled, effects, expected, fault)

    def _note(
        self, step: Count, index: int | None, settled: Settled, effects: int | None, expected: int, fault: str | None
    ) -> None:
        context = self._context
        counted = EffectCount(
            at=clock.now() - context.origin,
            label=step.label,
            message=index,
            expected=expected,
            effects=effects,
            count=settled.count,
            since=settled.since - context.origin,
            polls=settled.polls,
            fault=fault,
            exchange=len(self._exchanges) - 1 if self._exchanges else None,
        )
        self.fault = self.fault or fault
        self.counts.append(counted)
        name = "all messages" if index is None else self.plan.names[index]
        context.tell(Observed(self.plan.scenario, name, counted))
