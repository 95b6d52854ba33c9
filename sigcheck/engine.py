"""One target, one run: the probes in order give Evidence. A run that is cancelled gives what it had seen by then."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from statistics import median

from msgspec import structs

from sigcheck.judge import judge
from sigcheck.machine import local_fault
from sigcheck.message import PACE
from sigcheck.model.delivery import CROWD, Answer, Exchange, Message, Request
from sigcheck.model.events import KnownSoFar, Lingering, ProbeStarted, Sampled
from sigcheck.model.evidence import Evidence, Probe, ProbeBreakdown
from sigcheck.order import Means, Order
from sigcheck.probes.delivery import Delivery
from sigcheck.probes.sampler import DEFAULT_SAMPLES, ENOUGH, FEWEST, Sampler
from sigcheck.probes.scenario_context import ScenarioContext
from sigcheck.probes.scenario_scheduler import ScenarioScheduler
from sigcheck.probes.whole import WholeRun
from sigcheck.scenario.choice import choose
from sigcheck.scenario.plans import ReceiverProfile, retry


async def run(order: Order, means: Means) -> Evidence:
    """Run the probes that the rules need. Cancelling the task ends the run; the evidence says so."""
    draft = _Draft(order, means)
    try:
        await draft.fill()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        draft.interrupted = means.interruption()
    return draft.evidence()


class _Draft:
    """Evidence in the making."""

    def __init__(self, order: Order, means: Means) -> None:
        self._order = order
        self._means = means
        self._families = {rule.family for rule in order.rules}
        self._scheduler: ScenarioScheduler | None = None
        self._whole: WholeRun | None = None
        if means.observer is not None and order.replays and "dedup" in self._families:
            self._whole = WholeRun(means.observer, means.clock, means.origin)
        self.interrupted: str | None = None
        callback = order.callback
        self._base = Evidence(
            run=callback.run,
            target=callback.target,
            callback=callback.shape(),
            policy=callback.policy,
            settings=structs.replace(order.settings, device=order.factory.device(0), drawn=not order.factory.given),
            allowlist=order.allowlist,
            started_at=means.clock.wall(),
            clock=means.clock.name,
            observer=means.observer.facts if means.observer else None,
        )

    def evidence(self) -> Evidence:
        """Give all that was seen so far."""
        scenarios = () if self._scheduler is None else self._scheduler.scenarios
        requests = (
            len(self._base.samples) + len(self._base.disturbed) + sum(len(scenario.exchanges) for scenario in scenarios)
        )
        requests += self._base.unauthenticated is not None
        evidence = structs.replace(self._base, scenarios=scenarios, requests=requests, interrupted=self.interrupted)
        return self._means.complete(evidence)

    def _note(self, **facts: object) -> None:
        self._base = structs.replace(self._base, **facts)

    async def fill(self) -> None:
        await self._guard("network", self._network)
        await self._guard("observer", self._count_before)
        if self._base.target.scheme == "https" and "tls" in self._families:
            await self._guard("tls", self._tls)
        if self._families & {"response", "deadline", "exposure"}:
            await self._guard("delivery", self._samples)
        if "exposure" in self._families:
            await self._guard("delivery", self._without_credentials)
        if self._order.replays:
            await self._guard("replay", self._play)
            if self._families & {"response", "deadline", "exposure"}:
                await self._guard("delivery", self._closing_samples)
            await self._guard("observer", self._count_at_the_end)

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
        self._means.tell(ProbeStarted("network", f"{target.host} port {target.port}"))
        self._note(network=await self._means.examine_network())

    async def _tls(self) -> None:
        network = self._base.network
        if network is None or not any(address.outcome == "connected" for address in network.addresses):
            return
        self._means.tell(ProbeStarted("tls", f"{network.host} port {network.port}"))
        self._note(tls=await self._means.examine_tls(network))

    def _reachable(self) -> bool:
        network = self._base.network
        return network is None or any(address.outcome == "connected" for address in network.addresses)

    async def _samples(self) -> None:
        if not self._reachable():
            return
        # The others come behind the replay: effects that still wait in a queue of the receiver's would be counted late.
        first = max(self._order.first_samples, self._ways)
        self._means.tell(ProbeStarted("delivery", f"{first} samples"))
        await self._sampler(closing=False).take(first, max(FEWEST, self._ways))

    def _sampler(self, *, closing: bool) -> Sampler:
        """Take samples of messages that were sent a moment ago, and by one device no faster than it can send."""
        factory, taken = self._order.factory, len(self._base.samples) + len(self._base.disturbed)

        def message(number: int) -> Message:
            return factory.sample(taken + number, self._elapsed(), closing=closing)

        return Sampler(self._means.clock, self._sample, message, PACE if factory.given else 0.0)

    def _elapsed(self) -> float:
        return self._means.clock.now() - self._means.origin

    @property
    def _ways(self) -> int:
        """How many addresses accept connections: each gets one sample at least."""
        network = self._base.network
        return 0 if network is None else sum(address.outcome == "connected" for address in network.addresses)

    async def _sample(self, message: Message, number: int, of: int) -> Exchange:
        """Deliver one message for the sake of its answer, and note it, apart where this process was stopped."""
        limit = self._base.policy.answer_limit
        # One answer that is late is listened for; to wait so long for each would make the run long for nothing.
        silent = any(not isinstance(each.outcome, Answer) for each in self._base.samples)
        exchange = await self._means.deliver(
            Delivery(
                message=message,
                request=self._order.callback.render(message),
                limit=limit,
                listen=limit if silent else max(self._order.settings.patience, limit),
            )
        )
        if exchange.stalled:
            self._note(disturbed=(*self._base.disturbed, exchange))
        else:
            self._note(samples=(*self._base.samples, exchange))
            self._means.tell(Sampled(number, of, exchange))
        return exchange

    async def _closing_samples(self) -> None:
        """Take the other samples at the end of a run with a replay: a fault on one connection in ten shall be seen.

        Not so many where the user wanted few of them, and none where nothing of the replay reached the receiver.
        """
        settings = self._order.settings
        scenarios = () if self._scheduler is None else self._scheduler.scenarios
        replay = next((scenario for scenario in scenarios if scenario.scenario == "retry"), None)
        if replay is None or replay.not_played is not None:
            return
        taken = len(self._base.samples)
        wanted = settings.samples - taken
        if settings.samples >= DEFAULT_SAMPLES:
            sent = sum(
                each.company < CROWD and each.sent is not None for scenario in scenarios for each in scenario.exchanges
            )
            wanted = max(wanted, ENOUGH - taken - sent)
        await self._sampler(closing=True).take(wanted, fewest=0)

    async def _without_credentials(self) -> None:
        """Deliver one message without credentials: whether they are looked at shows in no other way."""
        unauthenticated = self._order.callback.unauthenticated()
        if unauthenticated is None or not any(isinstance(each.outcome, Answer) for each in self._base.samples):
            return
        message = self._order.factory.sample(0, self._elapsed())
        limit = self._base.policy.answer_limit
        self._note(
            unauthenticated=await self._means.deliver(Delivery(message, unauthenticated.render(message), limit, limit))
        )
        if self._order.factory.given:
            await self._means.clock.sleep_until(self._means.clock.now() + PACE)

    async def _play(self) -> None:
        samples = self._base.samples
        if not self._reachable() or (samples and not any(isinstance(each.outcome, Answer) for each in samples)):
            return
        means, order = self._means, self._order
        context = ScenarioContext(
            clock=means.clock,
            deliver=means.deliver,
            render=order.callback.render,
            schedule=order.schedule,
            policy=self._base.policy,
            origin=means.origin,
            observer=means.observer,
            tell=means.tell,
            effects_within=order.settings.effects_within,
            dated=lambda messages: order.factory.dated(messages, self._elapsed()),
            failing=self._failing,
            hooks=means.hooks,
        )
        profile = self._profile()
        replay = retry(order.factory, order.schedule, profile)
        short, last, left = choose((rule.id for rule in order.rules), order.factory, profile, order.callback.render)
        self._tell_what_is_known(means.clock.wall())
        means.tell(ProbeStarted("replay", f"{order.schedule.attempts} deliveries, {len(short) + len(last)} scenarios"))
        self._scheduler = ScenarioScheduler(replay, short, last, left, context, profile.answer)
        await self._scheduler.play()

    async def _count_before(self) -> None:
        if self._whole is not None and self._reachable():
            await self._whole.begin(self._order.factory.message())

    async def _count_at_the_end(self) -> None:
        """Wait until every effect has had its time, and count once more: the messages of the scenarios, and samples."""
        whole, scheduler, clock = self._whole, self._scheduler, self._means.clock
        if whole is None or scheduler is None or all(each.fault or each.not_played for each in scheduler.scenarios):
            return
        scenarios = [each for scenario in scheduler.scenarios for each in scenario.exchanges]
        last = max(each.started + each.total for each in (*self._base.samples, *scenarios))
        due = self._means.origin + last + self._order.settings.effects_within
        self._means.tell(Lingering(clock.now(), due))
        await clock.sleep_until(due)
        await scheduler.look_at_the_end()
        unauthenticated = () if self._base.unauthenticated is None else (self._base.unauthenticated,)
        if self._base.observer is not None and self._base.observer.per_message:
            accepted = [(place, each.message) for place, each in enumerate(self._base.samples) if self._accepts(each)]
            self._note(whole=await whole.samples(accepted))
        else:
            everything = (*self._base.samples, *self._base.disturbed, *unauthenticated, *scenarios)
            accepted_messages = {each.message for each in everything if self._accepts(each)}
            self._note(whole=await whole.total(len(accepted_messages), scenarios[0].message))

    def _accepts(self, exchange: Exchange) -> bool:
        low, high = self._base.policy.success
        return isinstance(exchange.outcome, Answer) and low <= exchange.outcome.status <= high

    def _failing(self, request: Request) -> Request:
        header = self._order.fail_header
        return request if header is None else structs.replace(request, headers=(*request.headers, header))

    def _profile(self) -> ReceiverProfile:
        limit = self._base.policy.answer_limit
        answered = [each.answered_after for each in self._base.samples if each.answered_after is not None]
        observer = self._means.observer
        by_command = "fail" in self._means.hooks
        return ReceiverProfile(
            # Without samples nothing is known: as slow as may be is the careful guess.
            answer=median(answered) if answered else limit,
            limit=limit,
            sampled=bool(answered),
            counted=observer is not None,
            per_message=observer is not None and observer.facts.per_message,
            failable=by_command or self._order.fail_header is not None,
            fails_by_command=by_command,
            restartable="restart" in self._means.hooks,
        )

    def _tell_what_is_known(self, now: datetime) -> None:
        """Show what the long waiting cannot change: minutes are long for somebody whose certificate has expired."""
        known = tuple(rule for rule in self._order.rules if rule.family not in {"retry", "dedup"})
        if known:
            report = judge(self._means.conceal(self.evidence()), known, finished_at=now)
            self._means.tell(KnownSoFar(report, self._order.schedule.duration()))
