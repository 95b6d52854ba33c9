"""Makes the evidence of one run: the probes in their order. Cut short, it has what was seen by then."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from msgspec import structs

from sigcheck import clock, estimate
from sigcheck.chain import describe
from sigcheck.environment import Environment
from sigcheck.machine import local_fault
from sigcheck.model.delivery import Exchange, Message
from sigcheck.model.effects import ScenarioResult
from sigcheck.model.events import Estimated, Event, KnownSoFar, Lingering, ProbeStarted
from sigcheck.model.evidence import Evidence, Probe, ProbeBreakdown
from sigcheck.model.report import Report
from sigcheck.model.rule import Rule
from sigcheck.plan import REPLAYED, RunPlan
from sigcheck.presented import described, with_other_chains
from sigcheck.probes.delivery import Delivery, Rounds
from sigcheck.probes.slots import slots
from sigcheck.redaction.hide import hide
from sigcheck.sampling import Known, Sampling, in_vain
from sigcheck.scenario import HookKind
from sigcheck.scenario.playing.context import ScenarioContext
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
        # Deliveries that began to be sent, or ended: what is in flight when a run is cut short counts.
        self._made = 0
        self._scheduler: ScenarioScheduler | None = None
        self._whole: WholeRun | None = None
        self._left: tuple[ScenarioResult, ...] = ()
        self._begin(clock.now())
        callback = plan.callback
        self._known = Known(
            Evidence(
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
        )

    def _begin(self, origin: float) -> None:
        """Take `origin`, on the clock's scale, for the run's beginning; nothing has been sent yet."""
        plan = self._plan
        self._origin = origin
        self._rounds = Rounds(origin)
        if plan.observer is not None and plan.counts:
            self._whole = WholeRun(plan.observer, origin)

    @property
    def _base(self) -> Evidence:
        """What was seen outside of the scenarios."""
        return self._known.base

    def _rest(self) -> None:
        """Pack what is known: nobody looks at it during a long wait, and thousands of runs may wait at once."""
        self._known.rest()
        if self._scheduler is not None:
            self._scheduler.rest()
        self._plan.redactor.rest()

    def forget(self) -> None:
        """Drop the scenarios: they lead back to here, and a circle is freed only when garbage is collected."""
        self._scheduler = self._whole = None
        self._plan.redactor.rest()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses behind the name, as far as they are known."""
        network = self._base.network
        return () if network is None else tuple(each.address for each in network.addresses)

    def evidence(self) -> Evidence:
        """Give all that was seen so far."""
        evidence = structs.replace(self._base, scenarios=self._scenarios, requests=self._made)
        transport = self._environment.transport
        if evidence.tls is None or transport is None:
            return evidence
        host, at = evidence.target.host, self._environment.wall()
        return with_other_chains(
            evidence, transport.chains, lambda chain: describe(chain, self._plan.roots, host, at, live=False)
        )

    @property
    def _sampling(self) -> Sampling:
        """What takes samples. It remembers nothing, and is not held while the run waits."""
        return Sampling(self._plan, self._known, self._elapsed, self._deliver, self._tell)

    @property
    def _scenarios(self) -> tuple[ScenarioResult, ...]:
        return self._left if self._scheduler is None else self._scheduler.scenarios

    def _note(self, **facts: object) -> None:
        self._known.note(**facts)

    def _elapsed(self) -> float:
        return clock.now() - self._origin

    async def fill(self) -> None:
        """Run the probes that the plan needs, in order."""
        plan = self._plan
        self._estimate()
        await self._guard("network", self._network)
        async with self._admitted():
            await self._guard("observer", self._count_before)
            if plan.shakes_hands:
                await self._guard("tls", self._tls)
            if plan.samples and self._reachable():
                await self._guard("delivery", partial(self._sampling.first, len(self._rounds.addresses)))
                await self._guard("delivery", self._sampling.by_http10)
                await self._guard("delivery", self._sampling.without_credentials)
                await self._guard("delivery", self._sampling.with_query_in_body)
        if plan.replays:
            await self._guard("replay", self._plan_replay)
            if self._scheduler is not None:
                await self._guard("replay", self._scheduler.play)
            if plan.samples:
                await self._guard("delivery", partial(self._sampling.closing, self._scenarios))
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

    async def _plan_replay(self) -> None:
        """Plan the scenarios, and say what is known, unless a replay would show nothing."""
        if not self._reachable():
            return
        plan = self._plan
        if (vain := in_vain(self._base, keep_going=plan.config.keep_going)) is not None:
            self._left = (ScenarioResult(scenario="retry", messages=(), not_played=vain.reason, left=vain.kind),)
            return
        context = ScenarioContext(
            deliver=self._deliver,
            render=plan.callback.render,
            render_batch=plan.callback.render_batch,
            schedule=plan.schedule,
            policy=self._base.policy,
            origin=self._origin,
            observer=plan.observer,
            tell=self._tell,
            effects_within=plan.settings.effects_within,
            dated=self._dated,
            delay=self._delay,
            alone=not plan.factory.registered,
            failing=plan.failing,
            hooks={kind: partial(self._hook, kind) for kind in self._environment.hooks},
            rest=self._rest,
            shown=None if self._whole is None else self._shown,
        )
        answered = [each.answered_after for each in self._base.samples if each.answered_after is not None]
        from statistics import median

        profile = plan.profile(median(answered) if answered else None)
        played = plan.scenarios(profile)
        self._tell(Estimated(clock.now() + estimate.replay_and_rest(plan, played, profile.answer)))
        async with slots().quiet():
            self._tell_what_is_known()
        beside = len(played.short) + len(played.last)
        rest = f"{beside} scenario{'' if beside == 1 else 's'}"
        self._tell(ProbeStarted("replay", f"{plan.schedule.attempts} deliveries, {rest}"))
        self._scheduler = ScenarioScheduler(played, context, profile.answer)

    def _dated(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        return self._plan.factory.dated(messages, self._elapsed())

    def _delay(self, messages: Sequence[Message]) -> float:
        return self._plan.factory.delay(messages, self._elapsed())

    async def _shown(self) -> bool:
        return self._whole is not None and await self._whole.shown(self._base)

    async def _hook(self, kind: HookKind, message: Message) -> str | None:
        return await self._environment.hooks[kind](message, next(iter(self._rounds.addresses), None))

    async def _deliver(self, delivery: Delivery) -> Exchange:
        transport = self._environment.transport
        assert transport is not None  # noqa: S101 - for the type checker: `_reachable` has seen it
        begun = False

        def begins() -> None:
            nonlocal begun
            self._made += not begun
            begun = True

        exchange = await transport(structs.replace(self._rounds.next(delivery), begins=begins))
        begins()
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
        self._note(whole=await whole.at_the_end(self._base, scenarios))

    def _tell_what_is_known(self) -> None:
        """Show what the long waiting cannot change: minutes are long for somebody whose certificate has expired."""
        known = tuple(rule for rule in self._plan.rules if rule.family not in REPLAYED)
        if known and self._judged is not None:
            self._tell(KnownSoFar(self._judged(self.evidence(), known), self._plan.schedule.duration()))
