"""Plays all scenarios of a run: the replay on its schedule, short ones inside its waits, disturbing ones last."""

from collections.abc import Sequence
from itertools import chain

from sigcheck import clock
from sigcheck.model.effects import NotPlayedKind, ScenarioResult
from sigcheck.model.events import Lingering
from sigcheck.packing import Packed
from sigcheck.probes.observer import counting
from sigcheck.scenario import NotPlayed, Scenarios
from sigcheck.scenario.playing.context import ScenarioContext
from sigcheck.scenario.playing.runner import ScenarioRunner
from sigcheck.scenario.playing.shared_total import SharedTotal
from sigcheck.scenario.playing.tally import POLL

COMPRESSED_BOUND = 300.0
"""Seconds that a compressed run may take in all: it runs in a CI job that somebody waits for."""


CONTROL = 2.0
"""How many times longer a total that rose too far is watched while nothing is sent than while something was."""

LONGEST_CONTROL = 120.0
CONTROL_POLL = 1.0


NOTHING_SEEN = "the replay ended early, because no effect of its first message was counted"

OBSERVER_FAILED = "the replay ended early, because the observer failed"


class ScenarioScheduler:
    """The scenarios of one run; `scenarios` gives what was seen so far, at any moment.

    `answer` is the receiver's usual answer time in seconds, from which the cost of a scenario is reckoned.
    """

    def __init__(self, scenarios: Scenarios, context: ScenarioContext, answer: float) -> None:
        self._shared = shared = SharedTotal()
        self._context = context
        self._answer = min(1.2 * answer, context.policy.answer_limit)
        self._replay = ScenarioRunner(scenarios.replay, context, shared)
        self._short = [ScenarioRunner(plan, context, shared) for plan in scenarios.short]
        self._last = [ScenarioRunner(plan, context, shared) for plan in scenarios.last]
        self._over: list[ScenarioRunner] = []
        self._packed: list[Packed[list[ScenarioRunner]]] = []
        self._left = list(scenarios.not_played)
        self._worked_off = 0.0
        """When a receiver that handles one delivery at a time is done with all that it was sent, at the latest."""

    @property
    def scenarios(self) -> tuple[ScenarioResult, ...]:
        """All scenarios so far, also those that will not be played, with the reason."""
        waiting = "the run ended before this scenario began"
        unplayed = [
            NotPlayed(replay.plan.scenario, waiting, NotPlayedKind.CUT_SHORT)
            for replay in chain(self._short, self._last)
        ]
        return (
            *(replay.scenario for replay in self._played),
            *(
                ScenarioResult(scenario=left.scenario, messages=(), not_played=left.reason, left=left.kind)
                for left in (*unplayed, *self._left)
            ),
        )

    async def play(self) -> None:
        """Play everything that can be played."""
        await self._replay.play(self._meanwhile)
        if self._replay.scenario.not_played is not None and not await self._others_have_effects():
            replay = self._replay.scenario
            kind, reason = NotPlayedKind.UNREACHED, "the replay's first delivery did not reach the receiver"
            if replay.no_effect:
                kind, reason = NotPlayedKind.NO_EFFECT, NOTHING_SEEN
            elif replay.fault:
                kind, reason = NotPlayedKind.OBSERVER, OBSERVER_FAILED
            self._left += [NotPlayed(each.plan.scenario, reason, kind) for each in chain(self._short, self._last)]
            self._short, self._last = [], []
            return
        while self._short:
            await self._play_next(self._short)
        # In front of what disturbs: a receiver that does not come back must not take these counts with it.
        if self._last or not self._per_message:
            await self._look_before(self._played)
        before = len(self._played)
        while self._last:
            await self._play_next(self._last)
        if not self._per_message:
            await self._look_before(self._played[before:])

    async def _others_have_effects(self) -> bool:
        """Whether the replay's message alone had none: then the others are worth playing, to say what it is about."""
        shown = self._context.shown
        return self._replay.scenario.no_effect and shown is not None and await shown()

    async def look_at_the_end(self) -> None:
        """Read each message once more, when its effects have had all the time that they may take."""
        if self._context.observer is not None and self._per_message:
            for replay in self._played:
                await replay.tally.look_again()

    @property
    def _per_message(self) -> bool:
        return self._context.observer is not None and self._context.observer.facts.per_message

    @property
    def _played(self) -> list[ScenarioRunner]:
        """The replay, and the others that were begun, in their order."""
        if self._packed:
            packed, self._packed = self._packed, []
            before = [each for some in packed for each in some.value()]
            for each in before:
                each.resume(self._context, self._shared)
            self._over = before + self._over
        return [self._replay, *self._over]

    def rest(self) -> None:
        """Pack what was seen so far: nobody looks at it during a long wait."""
        self._replay.rest()
        # A total knows by which scenario it rose last.
        if self._per_message and self._over:
            over, self._over = self._over, []
            self._packed.append(Packed(over, over[0].plan.scenario))
        for each in self._over:
            each.rest()

    @property
    def shared(self) -> SharedTotal:
        """The total that the scenarios share."""
        return self._shared

    async def _look_before(self, played: Sequence[ScenarioRunner]) -> None:
        """Read what was played before a receiver is disturbed, or before a total takes in what comes later."""
        played = [replay for replay in played if replay.scenario.fault is None]
        if self._context.observer is None or not played:
            return
        if not self._per_message:
            await self._control(played)
            return
        await self._wait_for_the_slow(played)
        for replay in played:
            await replay.tally.look_again()

    async def _control(self, played: Sequence[ScenarioRunner]) -> None:
        """Watch a total once more, while nothing is sent.

        Where it rose too far, other traffic may have been what was counted. Where it stayed too low, effects that
        come now are slow ones, not lost ones. Either makes the total useless, and accuses nobody.
        """
        shared = self._shared
        until = max(replay.ended for replay in played) + self._context.effects_within
        if any(replay.tally.has_surplus for replay in played):
            until = max(until, clock.now() + min(CONTROL * shared.busy - shared.idle, LONGEST_CONTROL))
        if self._context.schedule.compressed:
            until = min(until, self._context.origin + COMPRESSED_BOUND)
        self._context.tell(Lingering(clock.now(), until))
        await played[0].tally.control(until, CONTROL_POLL)

    async def _wait_for_the_slow(self, played: Sequence[ScenarioRunner]) -> None:
        """Wait while messages lack an effect: a queue that is slow is not one that loses."""
        observer = self._context.observer
        settle = 0.0 if observer is None else observer.facts.settle
        give_up = max(clock.now() + settle, max(replay.ended for replay in played) + self._context.effects_within)
        await clock.sleep_until(clock.now() + settle)
        while clock.now() < give_up and any([await replay.tally.lacking() for replay in played]):
            await clock.sleep_until(min(clock.now() + POLL, give_up))

    async def _meanwhile(self, until: float) -> None:
        """Play short scenarios that end before `until`, also where the receiver handles one delivery at a time."""
        while self._short:
            begins = max(clock.now() + self._short[0].wait, self._worked_off)
            if begins + self._short[0].plan.occupies(self._answer, counting(self._context.observer)) >= until:
                return
            await self._play_next(self._short)

    async def _play_next(self, queue: list[ScenarioRunner]) -> None:
        replay = queue.pop(0)
        ends = clock.now() + replay.wait + replay.plan.cost(self._answer, counting(self._context.observer))
        if self._context.schedule.compressed and ends > self._context.origin + COMPRESSED_BOUND:
            reason = f"it would take a compressed run past {COMPRESSED_BOUND:g} s; run with --speed 1"
            self._left.append(NotPlayed(replay.plan.scenario, reason, NotPlayedKind.TOO_LONG))
            return
        self._over.append(replay)
        begins = max(clock.now(), self._worked_off)
        self._worked_off = begins + self._answer * replay.plan.deliveries
        await replay.play()
        if not self._context.schedule.compressed:
            self.rest()
