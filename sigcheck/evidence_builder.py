"""Makes the evidence of one run: the probes in their order. Cut short, it has what was seen by then."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from msgspec import structs

from sigcheck import clock, estimate
from sigcheck.chain import describe
from sigcheck.environment import Environment
from sigcheck.machine import local_fault
from sigcheck.model.delivery import CROWD, Answer, Exchange, Message, Request
from sigcheck.model.effects import NotPlayedKind, ScenarioResult
from sigcheck.model.events import Estimated, Event, KnownSoFar, Lingering, ProbeStarted, Sampled
from sigcheck.model.evidence import Evidence, Probe, ProbeBreakdown
from sigcheck.model.pacing import limited
from sigcheck.model.report import Report
from sigcheck.model.rule import Rule
from sigcheck.plan import REPLAYED, RunPlan
from sigcheck.presented import described, with_other_chains
from sigcheck.probes.delivery import Delivery, Rounds
from sigcheck.probes.slots import slots
from sigcheck.redaction.hide import hide
from sigcheck.scenario import HookKind, NotPlayed
from sigcheck.scenario.playing.context import ScenarioContext
from sigcheck.scenario.playing.sampler import FEWEST, Sampler
from sigcheck.scenario.playing.scheduler import ScenarioScheduler
from sigcheck.scenario.playing.whole import WholeRun

Judge = Callable[[Evidence, tuple[Rule, ...]], Report]


class EvidenceBuilder:
    """Evidence in the making. `tell` is told what happens; `judged` judges what is known before the long waiting.

    It is None where nobody is told. To be made on the event loop that plays the run: that is the run's start.
    """

    def __init__(
        self, plan: RunPlan, environment: Environment, tell: Callable[[Event], None], judged: Judge | None
    ) -> None:
        self._plan = plan
        self._environment = environment
        self._tell = tell
        self._judged = judged
        # A mark of each delivery that began to be sent, or ended: what is in flight when a run is cut short counts.
        self._made: set[object] = set()
        self._scheduler: ScenarioScheduler | None = None
        self._whole: WholeRun | None = None
        self._left: tuple[ScenarioResult, ...] = ()
        self._begin(clock.now())
        callback = plan.callback
        self._base = Evidence(
            run=callback.run,
            target=callback.target,
            callback=callback.shape(),
            policy=callback.policy,
            settings=plan.settings,
            allowlist=plan.allowlist,
            started_at=environment.wall(),
            clock=environment.time,
            observer=plan.observer.facts if plan.observer else None,
        )

    def _begin(self, origin: float) -> None:
        """Take `origin`, on the clock's scale, for the run's beginning; nothing has been sent yet."""
        plan = self._plan
        self._origin = origin
        self._rounds = Rounds(origin)
        if plan.observer is not None and plan.counts:
            self._whole = WholeRun(plan.observer, origin)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses behind the name, as far as they are known."""
        network = self._base.network
        return () if network is None else tuple(each.address for each in network.addresses)

    def evidence(self) -> Evidence:
        """Give all that was seen so far."""
        evidence = structs.replace(self._base, scenarios=self._scenarios, requests=len(self._made))
        transport = self._environment.transport
        if evidence.tls is None or transport is None:
            return evidence
        host, at = evidence.target.host, self._environment.wall()
        return with_other_chains(
            evidence, transport.chains, lambda chain: describe(chain, self._plan.roots, host, at, live=False)
        )

    @property
    def _scenarios(self) -> tuple[ScenarioResult, ...]:
        return self._left if self._scheduler is None else self._scheduler.scenarios

    def _note(self, **facts: object) -> None:
        self._base = structs.replace(self._base, **facts)

    async def fill(self) -> None:
        """Run the probes that the plan needs, in order."""
        plan = self._plan
        self._estimate()
        await self._guard("network", self._network)
        async with self._admitted():
            await self._guard("observer", self._count_before)
            if plan.shakes_hands:
                await self._guard("tls", self._tls)
            if plan.samples:
                await self._guard("delivery", self._samples)
                await self._guard("delivery", self._by_http10)
                await self._guard("delivery", self._without_credentials)
                await self._guard("delivery", self._with_query_in_body)
        if plan.replays:
            await self._guard("replay", self._play)
            if plan.samples:
                await self._guard("delivery", self._closing_samples)
            await self._guard("observer", self._count_at_the_end)

    def _estimate(self) -> None:
        if self._plan.replays:
            self._tell(Estimated(self._origin + estimate.whole_run(self._plan)))

    @asynccontextmanager
    async def _admitted(self) -> AsyncIterator[None]:
        """Wait until this run may examine its addresses, where others examine them already."""
        admit, network = self._environment.admit, self._base.network
        async with AsyncExitStack() as held:
            if admit is not None and network is not None and network.connected:
                asked = clock.now()
                try:
                    await held.enter_async_context(admit(network.connected))
                finally:
                    self._put_off(clock.now() - asked)
            yield

    def _put_off(self, waited: float) -> None:
        """Begin so many seconds later: the wait for others makes neither the run longer nor its messages older."""
        if not waited:
            return
        addresses = self._rounds.addresses
        self._begin(self._origin + waited)
        self._rounds.addresses = addresses
        self._note(started_at=self._base.started_at + timedelta(seconds=waited))
        self._plan.factory.begin(int(self._base.started_at.timestamp()))
        self._estimate()

    async def _guard(self, probe: Probe, work: Callable[[], Awaitable[None]]) -> None:
        """Run one probe; if it breaks, that is a bug of ours or a fault of this machine's, and the run goes on."""
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - one broken probe must not take the others' facts with it
            ours = local_fault(error)
            broken = ProbeBreakdown(probe, ours or f"{type(error).__name__}: {error}", local=ours is not None)
            self._note(breakdowns=(*self._base.breakdowns, broken))

    async def _network(self) -> None:
        target = self._base.target
        examine = self._environment.examine_network
        if examine is None:
            return
        self._tell(ProbeStarted("network", f"{hide(target.host)} port {target.port}"))
        network = await examine()
        self._note(network=network)
        self._rounds.addresses = network.connected

    async def _tls(self) -> None:
        network, examine = self._base.network, self._environment.examine_tls
        if network is None or examine is None or not network.connected:
            return
        self._tell(ProbeStarted("tls", f"{hide(network.host)} port {network.port}"))
        facts = await examine(network)
        self._rounds.see(facts)
        # What computes long waits until nothing is being measured, of this run and of others.
        async with slots().quiet():
            self._note(tls=described(facts, self._plan.roots, network.host, self._environment.wall()))

    def _reachable(self) -> bool:
        network = self._base.network
        return self._environment.transport is not None and (network is None or bool(network.connected))

    async def _samples(self) -> None:
        if not self._reachable():
            return
        # The others come behind the replay: effects that still wait in a queue of the receiver's would be counted late.
        ways = len(self._rounds.addresses)
        # Each address that accepts connections gets one sample at least.
        broken = self._base.observer_check is not None and self._base.observer_check.fault
        first = max(self._plan.settings.samples if broken else self._plan.first_samples, ways)
        self._tell(ProbeStarted("delivery", f"{first} sample{'' if first == 1 else 's'}"))
        await self._sampler(closing=False).take(first, max(FEWEST, ways))

    def _sampler(self, *, closing: bool) -> Sampler:
        """Take samples of messages that were sent a moment ago, and by one device no faster than it can send."""
        factory, taken = self._plan.factory, self._taken

        def message(number: int) -> Message:
            return factory.sample(taken + number, self._elapsed(), closing=closing)

        return Sampler(self._sample, message, factory.pace)

    @property
    def _taken(self) -> int:
        """How many messages were sent of which the factory numbers the samples."""
        return len(self._base.samples) + len(self._base.disturbed) + (self._base.http10 is not None)

    def _elapsed(self) -> float:
        return clock.now() - self._origin

    async def _sample(self, message: Message, number: int, of: int) -> Exchange:
        """Deliver one message for the sake of its answer, and note it, apart where this process was stopped."""
        await self._come(message)
        limit = self._base.policy.answer_limit
        # One answer that is late is listened for; to wait so long for each would make the run long for nothing.
        silent = any(not isinstance(each.outcome, Answer) for each in self._base.samples)
        exchange = await self._deliver(
            Delivery(
                message=message,
                request=self._plan.callback.render(message),
                limit=limit,
                listen=limit if silent else max(self._plan.settings.patience, limit),
            )
        )
        if exchange.stalled:
            self._note(disturbed=(*self._base.disturbed, exchange))
        else:
            self._note(samples=(*self._base.samples, exchange))
            self._tell(Sampled(number, of, exchange, exchange.accepted(self._base.policy)))
        return exchange

    async def _come(self, message: Message) -> None:
        """Wait until the time of a message has come, where its device had to send others before."""
        if ahead := self._plan.factory.ahead(message, self._elapsed()):
            await clock.sleep_until(clock.now() + ahead)

    async def _closing_samples(self) -> None:
        """Take the other samples at the end of a run with a replay, if anything of that reached the receiver."""
        scenarios = self._scenarios
        replay = next((scenario for scenario in scenarios if scenario.scenario == "retry"), None)
        if replay is None or replay.not_played is not None:
            return
        calm = sum(
            each.company < CROWD and each.sent is not None for scenario in scenarios for each in scenario.exchanges
        )
        await self._sampler(closing=True).take(self._plan.closing_samples(len(self._base.samples), calm), fewest=0)

    async def _by_http10(self) -> None:
        """Deliver one message by HTTP/1.0: some servers refuse it, or answer it in a form of HTTP/1.1."""
        if self._plan.http10:
            message = self._plan.factory.sample(self._taken + 1, self._elapsed())
            request = structs.replace(self._plan.callback.render(message), version="1.0")
            await self._once("http10", message, request)

    async def _without_credentials(self) -> None:
        """Deliver one message without credentials: whether they are looked at shows in no other way."""
        if (unauthenticated := self._plan.unauthenticated) is not None:
            message = self._plan.factory.sample(0, self._elapsed())
            await self._once("unauthenticated", message, unauthenticated.render(message))

    async def _with_query_in_body(self) -> None:
        """Deliver one message with the query in its form: which of the two the receiver reads shows in no other way."""
        if (moved := self._plan.moved) is not None:
            message = self._plan.factory.sample(-1, self._elapsed())
            await self._once("moved", message, moved.render(message))

    async def _once(self, name: str, message: Message, request: Request) -> None:
        """Make a single delivery and note it by this name, where samples were answered at all."""
        if not any(isinstance(each.outcome, Answer) for each in self._base.samples):
            return
        await self._come(message)
        limit = self._base.policy.answer_limit
        self._note(**{name: await self._deliver(Delivery(message, request, limit, limit))})
        if self._plan.factory.given:
            await clock.sleep_until(clock.now() + self._plan.factory.pace)

    async def _play(self) -> None:
        plan, samples = self._plan, self._base.samples
        if not self._reachable():
            return
        if (vain := self._in_vain()) is not None:
            self._left = (ScenarioResult(scenario="retry", messages=(), not_played=vain.reason, left=vain.kind),)
            return
        policy = self._base.policy
        accepted = [each for each in samples if each.accepted(policy)]
        context = ScenarioContext(
            deliver=self._deliver,
            render=plan.callback.render,
            render_batch=plan.callback.render_batch,
            schedule=plan.schedule,
            policy=policy,
            origin=self._origin,
            observer=plan.observer,
            tell=self._tell,
            effects_within=plan.settings.effects_within,
            dated=lambda messages: plan.factory.dated(messages, self._elapsed()),
            delay=lambda messages: plan.factory.delay(messages, self._elapsed()),
            alone=not plan.factory.registered,
            failing=plan.failing,
            hooks={kind: partial(self._hook, kind) for kind in self._environment.hooks},
            shown=None if self._whole is None else partial(self._whole.shown, [each.message for each in accepted]),
        )
        answered = [each.answered_after for each in samples if each.answered_after is not None]
        from statistics import median

        profile = plan.profile(median(answered) if answered else None)
        played = plan.scenarios(profile)
        self._tell(Estimated(clock.now() + estimate.replay_and_rest(plan, played, profile.answer)))
        async with slots().quiet():
            self._tell_what_is_known()
        beside = len(played.short) + len(played.last)
        scenarios = f"{beside} scenario{'' if beside == 1 else 's'}"
        self._tell(ProbeStarted("replay", f"{plan.schedule.attempts} deliveries, {scenarios}"))
        self._scheduler = ScenarioScheduler(played, context, profile.answer)
        await self._scheduler.play()

    def _in_vain(self) -> NotPlayed | None:
        """Say why a replay would show nothing: the observer failed, or no sample was accepted, none for its pace."""
        samples, check, policy = self._base.samples, self._base.observer_check, self._base.policy
        if check is not None and check.fault:
            reason = f"the observer failed before anything was sent: {check.fault}"
            return NotPlayed("retry", reason, NotPlayedKind.OBSERVER)
        if (
            not samples
            or self._plan.config.keep_going
            or any(each.accepted(policy) or limited(each) for each in samples)
        ):
            return None
        statuses = {each.outcome.status for each in samples if isinstance(each.outcome, Answer)}
        shown = ", ".join(map(str, sorted(statuses)))
        refused = f"no sample was accepted ({shown})" if statuses else "no sample was answered"
        reason = f"{refused}, so the retries were not sent; --keep-going sends them anyway"
        return NotPlayed("retry", reason, NotPlayedKind.NOT_ACCEPTED)

    async def _hook(self, kind: HookKind, message: Message) -> str | None:
        return await self._environment.hooks[kind](message, next(iter(self._rounds.addresses), None))

    async def _deliver(self, delivery: Delivery) -> Exchange:
        transport = self._environment.transport
        assert transport is not None  # noqa: S101 - for the type checker: `_reachable` has seen it
        mark = object()
        begins = partial(self._made.add, mark)
        exchange = await transport(structs.replace(self._rounds.next(delivery), begins=begins))
        self._made.add(mark)
        return exchange

    async def _count_before(self) -> None:
        if self._whole is not None and self._reachable():
            self._tell(ProbeStarted("observer", "asked once, before anything is sent"))
            self._note(observer_check=await self._whole.begin(self._plan.factory.message()))

    async def _count_at_the_end(self) -> None:
        """Wait until every effect has had its time, and count once more: the messages of the scenarios, and samples."""
        whole, scheduler = self._whole, self._scheduler
        if whole is None or scheduler is None:
            return
        silent = any(each.no_effect for each in scheduler.scenarios)
        if not silent and all(each.fault or each.not_played for each in scheduler.scenarios):
            return
        scenarios = [each for scenario in scheduler.scenarios for each in scenario.exchanges]
        last = max(each.started + each.total for each in (*self._base.samples, *scenarios))
        due = self._origin + last + self._plan.settings.effects_within
        # Where nothing was counted, the samples alone are looked at: they had that time already.
        if not silent:
            self._tell(Lingering(clock.now(), due))
            await clock.sleep_until(due)
            await scheduler.look_at_the_end()
        policy = self._base.policy
        if self._base.observer is not None and self._base.observer.per_message:
            accepted = [(place, each.message) for place, each in enumerate(self._base.samples) if each.accepted(policy)]
            self._note(whole=await whole.samples(accepted))
        else:
            everything = (*self._base.samples, *self._base.disturbed, *self._base.singles, *scenarios)
            accepted_messages = {sent for each in everything if each.accepted(policy) for sent in each.messages}
            self._note(whole=await whole.total(len(accepted_messages), scenarios[0].message))

    def _tell_what_is_known(self) -> None:
        """Show what the long waiting cannot change: minutes are long for somebody whose certificate has expired."""
        known = tuple(rule for rule in self._plan.rules if rule.family not in REPLAYED)
        if known and self._judged is not None:
            self._tell(KnownSoFar(self._judged(self.evidence(), known), self._plan.schedule.duration()))
