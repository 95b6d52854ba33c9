"""What is known of a run outside of its scenarios, and the deliveries that are made there, each for its answer."""

from collections.abc import Awaitable, Callable, Sequence

from msgspec import structs

from sigcheck import clock
from sigcheck.model.delivery import CROWD, Answer, Exchange, Message, Request
from sigcheck.model.effects import NotPlayedKind, ScenarioResult
from sigcheck.model.events import Event, ProbeStarted, Sampled
from sigcheck.model.evidence import Evidence
from sigcheck.model.pacing import limited
from sigcheck.packing import Packed
from sigcheck.plan import RunPlan
from sigcheck.probes.delivery import Delivery
from sigcheck.scenario import NotPlayed
from sigcheck.scenario.playing.sampler import FEWEST, Sampler


class Known:
    """What was seen outside of the scenarios: `base`, packed from `rest` until somebody looks at it."""

    __slots__ = ("_seen",)

    def __init__(self, base: Evidence) -> None:
        self._seen: Evidence | Packed[Evidence] = base

    @property
    def base(self) -> Evidence:
        """Give it."""
        if isinstance(self._seen, Packed):
            self._seen = self._seen.value()
        return self._seen

    def note(self, **facts: object) -> None:
        """Take facts, by the names that evidence has for them."""
        self._seen = structs.replace(self.base, **facts)

    def rest(self) -> None:
        """Pack it."""
        if not isinstance(self._seen, Packed):
            self._seen = Packed(self._seen)


class Sampling:
    """Makes these deliveries and notes them in `known`. `elapsed` gives the seconds since the run began."""

    def __init__(
        self,
        plan: RunPlan,
        known: Known,
        elapsed: Callable[[], float],
        deliver: Callable[[Delivery], Awaitable[Exchange]],
        tell: Callable[[Event], None],
    ) -> None:
        self._plan = plan
        self._known = known
        self._elapsed = elapsed
        self._deliver = deliver
        self._tell = tell

    async def first(self, addresses: int) -> None:
        """Take the samples in front of the replay; each of so many addresses that accept connections gets one.

        The others come behind it: effects that still wait in a queue of the receiver's would be counted late.
        """
        base = self._known.base
        broken = base.observer_check is not None and base.observer_check.fault
        first = max(self._plan.settings.samples if broken else self._plan.first_samples, addresses)
        self._tell(ProbeStarted("delivery", f"{first} sample{'' if first == 1 else 's'}"))
        await self._sampler(closing=False).take(first, max(FEWEST, addresses))

    async def closing(self, scenarios: Sequence[ScenarioResult]) -> None:
        """Take the other samples at the end of a run with a replay, if anything of that reached the receiver."""
        replay = next((scenario for scenario in scenarios if scenario.scenario == "retry"), None)
        if replay is None or replay.not_played is not None:
            return
        calm = sum(
            each.company < CROWD and each.sent is not None for scenario in scenarios for each in scenario.exchanges
        )
        most = self._plan.closing_samples(len(self._known.base.samples), calm)
        await self._sampler(closing=True).take(most, fewest=0)

    async def by_http10(self) -> None:
        """Deliver one message by HTTP/1.0: some servers refuse it, or answer it in a form of HTTP/1.1."""
        if self._plan.http10:
            message = self._plan.factory.sample(self._taken + 1, self._elapsed())
            request = structs.replace(self._plan.callback.render(message), version="1.0")
            await self._once("http10", message, request)

    async def without_credentials(self) -> None:
        """Deliver one message without credentials: whether they are looked at shows in no other way."""
        if (unauthenticated := self._plan.unauthenticated) is not None:
            message = self._plan.factory.sample(0, self._elapsed())
            await self._once("unauthenticated", message, unauthenticated.render(message))

    async def with_query_in_body(self) -> None:
        """Deliver one message with the query in its form: which of the two the receiver reads shows in no other way."""
        if (moved := self._plan.moved) is not None:
            message = self._plan.factory.sample(-1, self._elapsed())
            await self._once("moved", message, moved.render(message))

    def _sampler(self, *, closing: bool) -> Sampler:
        """Take samples of messages that were sent a moment ago, and by one device no faster than it can send."""
        factory, taken = self._plan.factory, self._taken

        def message(number: int) -> Message:
            return factory.sample(taken + number, self._elapsed(), closing=closing)

        return Sampler(self._sample, message, factory.pace)

    @property
    def _taken(self) -> int:
        """How many messages were sent of which the factory numbers the samples."""
        base = self._known.base
        return len(base.samples) + len(base.disturbed) + (base.http10 is not None)

    async def _sample(self, message: Message, number: int, of: int) -> Exchange:
        """Deliver one message for the sake of its answer, and note it, apart where this process was stopped."""
        await self._come(message)
        known = self._known
        limit = known.base.policy.answer_limit
        # One answer that is late is listened for; to wait so long for each would make the run long for nothing.
        silent = any(not isinstance(each.outcome, Answer) for each in known.base.samples)
        exchange = await self._deliver(
            Delivery(
                message=message,
                request=self._plan.callback.render(message),
                limit=limit,
                listen=limit if silent else max(self._plan.settings.patience, limit),
            )
        )
        if exchange.stalled:
            known.note(disturbed=(*known.base.disturbed, exchange))
        else:
            known.note(samples=(*known.base.samples, exchange))
            self._tell(Sampled(number, of, exchange, exchange.accepted(known.base.policy)))
        return exchange

    async def _come(self, message: Message) -> None:
        """Wait until the time of a message has come, where its device had to send others before."""
        if ahead := self._plan.factory.ahead(message, self._elapsed()):
            await clock.sleep_until(clock.now() + ahead)

    async def _once(self, name: str, message: Message, request: Request) -> None:
        """Make a single delivery and note it by this name, where samples were answered at all."""
        if not any(isinstance(each.outcome, Answer) for each in self._known.base.samples):
            return
        await self._come(message)
        limit = self._known.base.policy.answer_limit
        self._known.note(**{name: await self._deliver(Delivery(message, request, limit, limit))})
        if self._plan.factory.given:
            await clock.sleep_until(clock.now() + self._plan.factory.pace)


def in_vain(base: Evidence, *, keep_going: bool) -> NotPlayed | None:
    """Say why a replay would show nothing: the observer failed, or no sample was accepted, none for its pace."""
    samples, check, policy = base.samples, base.observer_check, base.policy
    if check is not None and check.fault:
        reason = f"the observer failed before anything was sent: {check.fault}"
        return NotPlayed("retry", reason, NotPlayedKind.OBSERVER)
    if not samples or keep_going or any(each.accepted(policy) or limited(each) for each in samples):
        return None
    statuses = {each.outcome.status for each in samples if isinstance(each.outcome, Answer)}
    shown = ", ".join(map(str, sorted(statuses)))
    refused = f"no sample was accepted ({shown})" if statuses else "no sample was answered"
    reason = f"{refused}, so the retries were not sent; --keep-going sends them anyway"
    return NotPlayed("retry", reason, NotPlayedKind.NOT_ACCEPTED)
