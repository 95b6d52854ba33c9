"""Plays one scenario: delivers, waits for due times, counts effects. Knows no sockets: delivery and observer are given.

Counts never mix. An observer that counts one message is read for each message; one that counts all of them is
read before and after, nothing else is sent in between, and only the difference is used.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from msgspec import structs

from sigcheck import clock
from sigcheck.message import PACE
from sigcheck.model.delivery import Exchange, Failure, Message, Phase
from sigcheck.model.effects import NotPlayedKind, ScenarioResult
from sigcheck.model.events import Delivered, Waiting
from sigcheck.model.pacing import asked_to_wait
from sigcheck.packing import PackedList
from sigcheck.probes.delivery import Delivery
from sigcheck.probes.slots import slots
from sigcheck.scenario import Appear, Await, Count, Deliver, Expect, Hook, HookKind, Pause, Plan, Step
from sigcheck.scenario.plans import LOOK
from sigcheck.scenario.playing.context import HookFault, Meanwhile, ScenarioContext
from sigcheck.scenario.playing.release_barrier import ReleaseBarrier
from sigcheck.scenario.playing.shared_total import SharedTotal
from sigcheck.scenario.playing.tally import SHARED, Tally

MARGIN = 0.02
"""Seconds in front of a due time in which no new poll is begun, so that counting never delays a delivery."""

LONG_WAIT = 5.0
"""Seconds of a wait from which on it is worth packing what is not needed meanwhile. Our choice."""

LONGEST_AGAIN = 15.0
"""Seconds that a rate limit may ask for before a delivery of a short scenario is sent once more. Our choice."""


def unreached(exchange: Exchange) -> bool:
    """Whether a delivery never got as far as the receiver: repeating it for minutes would show nothing."""
    return isinstance(exchange.outcome, Failure) and exchange.outcome.phase in {
        Phase.RESOLVE,
        Phase.CONNECT,
        Phase.TLS,
    }


class ScenarioRunner:
    """Plays one plan; `scenario` gives what was seen so far, at any moment."""

    def __init__(self, plan: Plan, context: ScenarioContext, shared: SharedTotal) -> None:
        self.plan = plan
        self._context = context
        self._shared = shared
        self._exchanges: PackedList[Exchange] = PackedList()
        self.tally = Tally(plan, context, shared, self._exchanges)
        self._ended: list[float] = []
        self._last_end = 0.0
        self._latest_due: float | None = None
        self._begun: float | None = None
        self._newest: float | None = None
        self._asked_to_wait = 0.0
        self._stopped: tuple[NotPlayedKind, str] | None = None
        self._doubt: str | None = None
        self._no_effect = False
        self._done = False

    @property
    def scenario(self) -> ScenarioResult:
        """The scenario so far."""
        ended = (NotPlayedKind.CUT_SHORT, "the run ended before this scenario did")
        kind, cut_short = (None, None) if self._done else self._stopped or ended
        return ScenarioResult(
            scenario=self.plan.scenario,
            messages=self.plan.messages,
            names=self.plan.names,
            exchanges=tuple(self._exchanges),
            counts=tuple(self.tally.counts),
            not_played=cut_short,
            fault=self.tally.fault or self._shared.fault,
            doubt=self._doubt,
            no_effect=self._no_effect,
            left=kind,
        )

    async def play(self, meanwhile: Meanwhile | None = None) -> None:
        """Play the plan to its end, or until going on would show nothing. Its messages are dated when it begins."""
        if self.wait:
            await clock.sleep_until(clock.now() + self.wait + MARGIN)
        self.plan = structs.replace(self.plan, messages=self._context.dated(self.plan.messages))
        self.tally.plan = self.plan
        steps = self.plan.steps
        for place, step in enumerate(steps):
            match step:
                case Deliver():
                    await self._deliver(step)
                case Await():
                    await self._await(step, meanwhile)
                case Count():
                    await self.tally.count(step, self._before_the_next(steps[place + 1 :]))
                case Appear():
                    await self._appear()
                case Expect():
                    self._expect()
                case Hook(kind=kind):
                    await self._hook(kind)
                case Pause(since_the_last=since_the_last):
                    await self._pause(since_the_last=since_the_last)
            if self._stopped is not None:
                return
        self._done = True
        # Nobody asks for the steps of a scenario that is over.
        self.plan = self.tally.plan = structs.replace(self.plan, steps=())

    def __getstate__(self) -> dict[str, object]:
        """Give what is its own, to be packed; `resume` gives it back what it shares with others."""
        return {name: value for name, value in vars(self).items() if name not in SHARED}

    def resume(self, context: ScenarioContext, shared: SharedTotal) -> None:
        """Take what it shares with others, after it was packed."""
        self._context, self._shared = context, shared
        self.tally.resume(context, shared)

    def rest(self) -> None:
        """Pack what was seen so far."""
        self._exchanges.pack()
        self.tally.counts.pack()

    @property
    def wait(self) -> float:
        """Seconds until the devices can have sent the first messages, where others came from them before."""
        newest = self._shared.newest
        pace = PACE / self._context.schedule.speed
        since = 0.0 if newest is None or self._context.alone else newest + pace - clock.now()
        return max(0.0, since, self._context.delay(self.plan.messages))

    @property
    def _scheduled(self) -> bool:
        return any(isinstance(each, Await) for each in self.plan.steps)

    def _due(self, attempt: int) -> float | None:
        """Give the due time of a delivery on the clock's scale; the first is due when it is sent."""
        if attempt == 1 or not self._ended:
            return None
        schedule = self._context.schedule
        due = schedule.due(attempt, self._ended[0], self._ended[-1])
        # A compressed run is faster than the Cloud: a rate limit is obeyed, up to the Cloud's own pace.
        patience = min(self._asked_to_wait, schedule.waits[attempt - 2])
        return max(due, self._ended[-1] + patience) if schedule.compressed and patience else due

    @property
    def ended(self) -> float:
        """When the last delivery was over, on the clock's scale; 0 where there was none."""
        return self._last_end

    def _before_the_next(self, rest: Sequence[Step]) -> float | None:
        """Give the moment up to which counting delays no delivery; None where none is due."""
        following = rest[0] if rest else None
        due = self._due(following.attempt) if isinstance(following, Await) else None
        return None if due is None else due - MARGIN

    async def _await(self, step: Await, meanwhile: Meanwhile | None) -> None:
        due = until = self._due(step.attempt)
        if due is None or until is None:
            return
        context = self._context
        ended = self._ended[-1]
        if step.share < 1:
            if context.observer is None and meanwhile is None:
                return
            until = ended + step.share * (until - ended)
        context.tell(Waiting(step.attempt, context.schedule.attempts, clock.now(), due))
        slots().expect(until)
        if until - clock.now() > LONG_WAIT:
            context.rest()
        if meanwhile is not None:
            await meanwhile(until)
        await clock.sleep_until(until)

    async def _deliver(self, step: Deliver) -> None:
        context = self._context
        limit = context.policy.answer_limit
        if 0 in step.messages:
            self._latest_due = self._due(step.attempt) if self._scheduled else None
        # The messages of other devices beside it go out right behind it, and do not move the schedule.
        due = self._latest_due
        gate = ReleaseBarrier(len(step.messages)) if step.together else None
        also = tuple(self.plan.messages[index] for index in step.also)

        async def once(message: Message) -> Exchange:
            request = context.render_batch((message, *also)) if also else context.render(message)
            if step.failing and context.failing is not None:
                request = context.failing(request)
            exchange = await context.deliver(
                Delivery(
                    message=message,
                    request=request,
                    limit=limit,
                    listen=limit if step.cut is None else min(step.cut, limit),
                    attempt=step.attempt,
                    due=None if due is None else due - context.origin,
                    cut=step.cut is not None,
                    company=len(step.messages),
                    gate=None if gate is None else gate.arrive,
                    also=also,
                )
            )
            if gate is not None:
                gate.leave()
            return exchange

        self._begun = clock.now() if self._begun is None else self._begun
        if step.attempt == 1:
            self._newest = self._shared.newest = clock.now()
        self._shared.sent += len(step.messages)
        done = await asyncio.gather(*(once(self.plan.messages[index]) for index in step.messages))
        if not (step.together or step.failing or step.cut is not None or self._scheduled):
            done += await self._again(once, done)
        if 0 in step.messages:
            self._ended.append(clock.now())
        # What goes out beside the message, right behind it, does not make its own refusal forgotten.
        before = 0.0 if 0 in step.messages else self._asked_to_wait
        self._asked_to_wait = max((before, *(asked_to_wait(exchange) for exchange in done)))
        most = max(self.plan.deliveries, len(self._exchanges) + len(done))
        for exchange in done:
            self._exchanges.append(exchange)
            self._last_end = max(self._last_end, exchange.started + exchange.total + context.origin)
            name = self.plan.names[self.tally.index(exchange)]
            accepted = exchange.accepted(context.policy)
            context.tell(Delivered(self.plan.scenario, name, len(self._exchanges), most, exchange, accepted))
        if step.attempt == 1 and all(unreached(exchange) for exchange in done):
            self._stopped = NotPlayedKind.UNREACHED, "the first delivery did not reach the receiver"

    async def _again(self, once: Callable[[Message], Awaitable[Exchange]], done: list[Exchange]) -> list[Exchange]:
        """Send once more what a rate limit turned away, when it asked for, unless it asks for too much.

        In the replay the schedule does this, as the Cloud does.
        """
        limited = [each for each in done if 0 < asked_to_wait(each) <= LONGEST_AGAIN]
        if not limited:
            return []
        await clock.sleep_until(clock.now() + max(map(asked_to_wait, limited)))
        self._shared.sent += len(limited)
        return [await once(each.message) for each in limited]

    @property
    def _takes(self) -> float:
        """Seconds after the first delivery within which its effect must be seen."""
        within = self._context.effects_within
        # On the Cloud's own schedule the last look before a retry comes a little early: it is that look's to decide.
        return within if self._context.schedule.compressed else LOOK * within

    async def _appear(self) -> None:
        if self._ended and self._context.schedule.compressed and self._exchanges[0].accepted(self._context.policy):
            await self.tally.appears(self._ended[0] + self._takes)
        fault = self.tally.fault or self._shared.fault
        if fault:
            said = f"the observer failed at the first message, so nothing more was sent: {fault}"
            self._stopped = NotPlayedKind.OBSERVER, said

    def _expect(self) -> None:
        missing = self._ended and self.tally.first_missing and self._exchanges[0].accepted(self._context.policy)
        if self._shared.fault or not missing:
            return
        waited = clock.now() - self._ended[0]
        if waited >= self._takes:
            self._no_effect = True
            said = f"no effect of the first message was counted within {waited:.0f} s, so nothing more was sent"
            self._stopped = NotPlayedKind.NO_EFFECT, said

    async def _pause(self, *, since_the_last: bool) -> None:
        """Wait until a device can have sent its next message; a compressed schedule compresses this as well."""
        since = self._newest if since_the_last else self._begun
        if since is not None:
            await clock.sleep_until(since + PACE / self._context.schedule.speed)

    async def _hook(self, kind: HookKind) -> None:
        try:
            self._doubt = await self._context.hooks[kind](self.plan.messages[0])
        except HookFault as fault:
            self._stopped = NotPlayedKind.COMMAND, str(fault)
