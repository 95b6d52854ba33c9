"""Plays one scenario: delivers, waits for due times, counts effects. Knows no sockets: delivery and observer are given.

Counts never mix. An observer that counts one message is read for each message; one that counts all of them is
read before and after, nothing else is sent in between, and only the difference is used.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec import Struct, structs

from sigcheck.clock import Clock
from sigcheck.message import PACE
from sigcheck.model.delivery import Exchange, Failure, Message, Phase, Request
from sigcheck.model.effects import Reading, Trial
from sigcheck.model.events import Delivered, Event, Observed, Waiting
from sigcheck.model.pacing import asked_to_wait
from sigcheck.policy import Policy
from sigcheck.probes.delivery import Deliver as DeliverOnce
from sigcheck.probes.delivery import Dispatch
from sigcheck.probes.gathering import Gathering
from sigcheck.probes.ledger import Ledger
from sigcheck.probes.observer import Count as CountEffects
from sigcheck.probes.observer import Settled, settle
from sigcheck.scenario import Await, Count, Deliver, Hook, HookKind, Pause, Plan, Step
from sigcheck.schedule import Schedule

MARGIN = 0.02
"""Seconds in front of a due time in which no new poll is begun, so that counting never delays a delivery."""


class HookFault(Exception):  # noqa: N818 - a fault of the user's command, not an error of ours
    """A hook did not do its work; the text says why."""


RunHook = Callable[[Message], Awaitable[None]]
"""Runs a hook for a message; raises HookFault."""

Meanwhile = Callable[[float], Awaitable[None]]
"""Is given a moment on the clock's scale, and may play other scenarios that end before it."""


class Stage(Struct, frozen=True):
    """What scenarios are played with. `origin` is the clock's moment from which offsets are reckoned.

    `failing` turns a request into one that the receiver fails on purpose; `dated` gives messages the time of now.
    """

    clock: Clock
    deliver: DeliverOnce
    render: Callable[[Message], Request]
    schedule: Schedule
    policy: Policy
    origin: float
    count: CountEffects | None
    tell: Callable[[Event], None]
    dated: Callable[[Sequence[Message]], tuple[Message, ...]] = tuple
    failing: Callable[[Request], Request] | None = None
    hooks: Mapping[HookKind, RunHook] = {}


def unreached(exchange: Exchange) -> bool:
    """Whether a delivery never got as far as the receiver: repeating it for minutes would show nothing."""
    return isinstance(exchange.outcome, Failure) and exchange.outcome.phase in {
        Phase.RESOLVE,
        Phase.CONNECT,
        Phase.TLS,
    }


class Replay:
    """Plays one plan; `trial` gives what was seen so far, at any moment."""

    def __init__(self, plan: Plan, stage: Stage, ledger: Ledger) -> None:
        self.plan = plan
        self._stage = stage
        self._ledger = ledger
        self._exchanges: list[Exchange] = []
        self._readings: list[Reading] = []
        self._ended: list[float] = []
        self._latest_due: float | None = None
        self._begun: float | None = None
        self._asked_to_wait = 0.0
        self._highest: dict[int, int] = {}
        self._so_far = 0
        self._expected: tuple[int | None, ...] = ()
        self._fault: str | None = None
        self._stopped: str | None = None
        self._done = False

    @property
    def trial(self) -> Trial:
        """The trial so far."""
        cut_short = None if self._done else self._stopped or "the run ended before this scenario did"
        return Trial(
            scenario=self.plan.scenario,
            messages=self.plan.messages,
            names=self.plan.names,
            exchanges=tuple(self._exchanges),
            readings=tuple(self._readings),
            not_played=cut_short,
            fault=self._fault or self._ledger.fault,
        )

    async def play(self, meanwhile: Meanwhile | None = None) -> None:
        """Play the plan to its end, or until going on would show nothing. Its messages are dated when it begins."""
        self.plan = structs.replace(self.plan, messages=self._stage.dated(self.plan.messages))
        steps = self.plan.steps
        for place, step in enumerate(steps):
            match step:
                case Deliver():
                    await self._deliver(step)
                case Await():
                    await self._await(step, meanwhile)
                case Count():
                    await self._count(step, steps[place + 1 :])
                case Hook(kind=kind):
                    await self._hook(kind)
                case Pause():
                    await self._pause()
            if self._stopped is not None:
                return
        self._done = True

    @property
    def has_surplus(self) -> bool:
        """Whether a total rose further than the scenario's messages account for."""
        return any(each.message is None and (each.effects or 0) > each.expected for each in self._readings)

    @property
    def has_deficit(self) -> bool:
        """Whether a total ended lower than the scenario's messages account for."""
        last = next((each for each in reversed(self._readings) if each.message is None), None)
        return last is not None and (last.effects or 0) < last.expected

    async def control(self, until: float, pause: float) -> None:
        """Watch the total while nothing is sent: what rises now is not of our doing, and may not have been before."""
        count, clock, ledger = self._stage.count, self._stage.clock, self._ledger
        while count is not None and ledger.fault is None and clock.now() < until:
            await clock.sleep_until(min(clock.now() + pause, until))
            found = await settle(count, self.plan.messages[0], clock, clock.now())
            if found.count is not None and found.count != ledger.total:
                ledger.moved(found.count - ledger.total)

    async def lacking(self) -> int:
        """Ask once how many messages have fewer effects than they should by now; 0 where nothing can be told."""
        count = self._stage.count
        if count is None or not count.observer.per_message or self._fault is not None:
            return 0
        short = {each.message: each for each in self._readings if each.message is not None}
        waited_for = [index for index, each in short.items() if (each.effects or 0) < each.expected]
        found = await asyncio.gather(
            *(
                settle(count, self.plan.messages[index], self._stage.clock, self._stage.clock.now())
                for index in waited_for
            )
        )
        return sum(
            each.count is not None and each.count < short[index].expected
            for index, each in zip(waited_for, found, strict=True)
        )

    async def look_again(self) -> None:
        """Read each message once more, when the run is at its end: an effect may come long after the answer."""
        count = self._stage.count
        if count is None or not count.observer.per_message or not self._exchanges:
            return
        await self._count(Count("at the end", self._expected, settled=False), ())

    def _due(self, attempt: int) -> float | None:
        """Give the due time of a delivery on the clock's scale; the first is due when it is sent."""
        if attempt == 1 or not self._ended:
            return None
        schedule = self._stage.schedule
        due = schedule.due(attempt, self._ended[0], self._ended[-1])
        # A compressed run is faster than the Cloud: a rate limit is obeyed, up to the Cloud's own pace.
        patience = min(self._asked_to_wait, schedule.waits[attempt - 2])
        return max(due, self._ended[-1] + patience) if schedule.compressed and patience else due

    async def _await(self, step: Await, meanwhile: Meanwhile | None) -> None:
        due = until = self._due(step.attempt)
        if due is None or until is None:
            return
        stage = self._stage
        ended = self._ended[-1]
        if step.share < 1:
            if stage.count is None and meanwhile is None:
                return
            until = ended + step.share * (until - ended)
        if meanwhile is not None:
            await meanwhile(until)
        stage.tell(Waiting(step.attempt, stage.schedule.attempts, stage.clock.now(), due))
        await stage.clock.sleep_until(until)

    async def _deliver(self, step: Deliver) -> None:
        stage = self._stage
        limit = stage.policy.answer_limit
        if 0 in step.messages:
            scheduled = any(isinstance(each, Await) for each in self.plan.steps)
            self._latest_due = self._due(step.attempt) if scheduled else None
        # The messages of other devices beside it go out right behind it, and do not move the schedule.
        due = self._latest_due
        gate = Gathering(len(step.messages)) if step.together else None

        async def once(message: Message) -> Exchange:
            request = stage.render(message)
            if step.failing and stage.failing is not None:
                request = stage.failing(request)
            exchange = await stage.deliver(
                Dispatch(
                    message=message,
                    request=request,
                    limit=limit,
                    listen=limit if step.cut is None else min(step.cut, limit),
                    attempt=step.attempt,
                    due=None if due is None else due - stage.origin,
                    cut=step.cut is not None,
                    company=len(step.messages),
                    gate=None if gate is None else gate.arrive,
                )
            )
            if gate is not None:
                gate.leave()
            return exchange

        self._begun = stage.clock.now() if self._begun is None else self._begun
        self._ledger.sent += len(step.messages)
        done = await asyncio.gather(*(once(self.plan.messages[index]) for index in step.messages))
        if 0 in step.messages:
            self._ended.append(stage.clock.now())
        # What goes out beside the message, right behind it, does not make its own refusal forgotten.
        before = 0.0 if 0 in step.messages else self._asked_to_wait
        self._asked_to_wait = max((before, *(asked_to_wait(exchange) for exchange in done)))
        for exchange in done:
            self._exchanges.append(exchange)
            name = self.plan.names[self._index(exchange)]
            stage.tell(Delivered(self.plan.scenario, name, len(self._exchanges), self.plan.deliveries, exchange))
        if step.attempt == 1 and all(unreached(exchange) for exchange in done):
            self._stopped = "the first delivery did not reach the receiver"

    async def _pause(self) -> None:
        """Wait until a device can have sent its next message; a compressed schedule compresses this as well."""
        if self._begun is not None:
            await self._stage.clock.sleep_until(self._begun + PACE / self._stage.schedule.speed)

    async def _hook(self, kind: HookKind) -> None:
        try:
            await self._stage.hooks[kind](self.plan.messages[0])
        except HookFault as fault:
            self._stopped = str(fault)

    async def _count(self, step: Count, rest: Sequence[Step]) -> None:
        count = self._stage.count
        self._expected = step.expected
        # One fault makes the counts of the whole scenario useless: an observer that hangs is not waited for again.
        if count is None or self._fault or self._ledger.fault:
            return
        following = rest[0] if rest else None
        latest = self._due(following.attempt) if isinstance(following, Await) else None
        fresh = count.observer.per_message and not self._exchanges
        if not step.settled or fresh:
            latest = self._stage.clock.now()
        elif latest is not None:
            latest -= MARGIN
        if not count.observer.per_message:
            message = self.plan.messages[len(self._exchanges) and self._index(self._exchanges[-1])]
            self._enter_total(step, await settle(count, message, self._stage.clock, latest))
            return
        targets = [index for index, expected in enumerate(step.expected) if expected is not None]
        settled = await asyncio.gather(
            *(settle(count, self.plan.messages[index], self._stage.clock, latest) for index in targets)
        )
        for index, each in zip(targets, settled, strict=True):
            self._enter(step, index, each)

    def _index(self, exchange: Exchange) -> int:
        return self.plan.messages.index(exchange.message)

    def _enter(self, step: Count, index: int, settled: Settled) -> None:
        """Enter a reading of one message. An observer that counts others with it shows itself before it was sent."""
        fault = settled.fault
        expected = step.expected[index] or 0
        if fault is None and settled.count and not expected:
            fault = f"the observer counts {settled.count} for a message that was never sent"
        # In the disorder scenario a count that goes back is what is looked for: an older copy overwrote a newer one.
        if fault is None and settled.count is not None and self.plan.scenario != "disorder":
            if settled.count < self._highest.get(index, 0):
                fault = f"the count went back from {self._highest[index]} to {settled.count}"
            self._highest[index] = settled.count
        self._note(step, index, settled, None if fault else settled.count, expected, fault)

    def _enter_total(self, step: Count, settled: Settled) -> None:
        """Enter a reading of the total."""
        ledger = self._ledger
        fault = settled.fault
        effects: int | None = None
        expected = sum(value or 0 for value in step.expected)
        if fault is None and settled.count is not None:
            idle = ledger.read_at_sent == ledger.sent
            moved = settled.count - ledger.total if idle else settled.moved if ledger.read_at_sent < 0 else 0
            if moved:
                fault = ledger.moved(moved)
            elif ledger.read_at_sent >= 0 and settled.count < ledger.total and self.plan.scenario != "disorder":
                ledger.fault = fault = f"the total went back from {ledger.total} to {settled.count}"
            else:
                if ledger.holder is self:
                    self._so_far += settled.count - ledger.total
                effects = self._so_far
                if effects > expected and any(ledger.owing[each] for each in ledger.owing if each is not self):
                    # They may be those that another scenario waited for in vain.
                    ledger.fault = fault = "effects came later than their scenario; count single messages"
                    effects = None
                ledger.owing[self] = max(0, expected - self._so_far)
            now = self._stage.clock.now()
            if idle:
                ledger.idle += now - ledger.read_at
            elif ledger.read_at_sent >= 0:
                ledger.busy += now - ledger.read_at
            ledger.holder, ledger.total, ledger.read_at_sent, ledger.read_at = self, settled.count, ledger.sent, now
        self._note(step, None, settled, effects, expected, fault)

    def _note(
        self, step: Count, index: int | None, settled: Settled, effects: int | None, expected: int, fault: str | None
    ) -> None:
        stage = self._stage
        reading = Reading(
            at=stage.clock.now() - stage.origin,
            label=step.label,
            message=index,
            expected=expected,
            effects=effects,
            count=settled.count,
            since=settled.since - stage.origin,
            polls=settled.polls,
            fault=fault,
            exchange=len(self._exchanges) - 1 if self._exchanges else None,
        )
        self._fault = self._fault or fault
        self._readings.append(reading)
        name = "all messages" if index is None else self.plan.names[index]
        stage.tell(Observed(self.plan.scenario, name, reading))
