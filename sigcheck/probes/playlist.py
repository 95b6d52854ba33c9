"""Plays all scenarios of a run: the replay on its schedule, short ones inside its waits, disturbing ones last."""

from collections.abc import Sequence
from itertools import chain

from sigcheck.model.effects import Trial
from sigcheck.probes.ledger import Ledger
from sigcheck.probes.replay import Replay, Stage
from sigcheck.scenario import Left, Plan

COMPRESSED_BOUND = 300.0
"""Seconds that a compressed run may take in all: it runs in a CI job that somebody waits for."""


LEAST_PATIENCE = 5.0
LONGEST_PATIENCE = 60.0
"""Seconds for which effects that are missing at the end are waited for: since the last one that came, and in all."""

POLL = 0.5

CONTROL = 2.0
"""How many times longer a total that rose too far is watched while nothing is sent than while something was."""

LONGEST_CONTROL = 120.0
CONTROL_POLL = 1.0


class Playlist:
    """The scenarios of one run; `trials` gives what was seen so far, at any moment.

    `answer` is the receiver's usual answer time in seconds, from which the cost of a scenario is reckoned.
    """

    def __init__(
        self,
        replay: Plan,
        short: Sequence[Plan],
        last: Sequence[Plan],
        left: Sequence[Left],
        stage: Stage,
        answer: float,
    ) -> None:
        self._ledger = ledger = Ledger()
        self._stage = stage
        self._answer = min(1.2 * answer, stage.policy.answer_limit)
        self._replay = Replay(replay, stage, ledger)
        self._short = [Replay(plan, stage, ledger) for plan in short]
        self._last = [Replay(plan, stage, ledger) for plan in last]
        self._played = [self._replay]
        self._left = list(left)
        self._worked_off = 0.0
        """When a receiver that handles one delivery at a time is done with all that it was sent, at the latest."""

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trials so far, also those that will not be played, with the reason."""
        waiting = "the run ended before this scenario began"
        unplayed = [Left(replay.plan.scenario, waiting) for replay in chain(self._short, self._last)]
        return (
            *(replay.trial for replay in self._played),
            *(Trial(scenario=left.scenario, messages=(), not_played=left.reason) for left in (*unplayed, *self._left)),
        )

    async def play(self) -> None:
        """Play everything that can be played."""
        await self._replay.play(self._meanwhile)
        if self._replay.trial.not_played is not None:
            reason = "the replay's first delivery did not reach the receiver"
            self._left += [Left(replay.plan.scenario, reason) for replay in chain(self._short, self._last)]
            self._short, self._last = [], []
            return
        for queue in (self._short, self._last):
            before = len(self._played) if queue is self._last else 0
            while queue:
                await self._play_next(queue)
            # In front of what disturbs: a receiver that does not come back must not take these counts with it.
            await self._look_again(self._played[before:])

    async def _look_again(self, played: Sequence[Replay]) -> None:
        """Read what was played once more, when a late effect has had time to show."""
        count = self._stage.count
        if count is None or not played:
            return
        if not count.observer.per_message:
            await self._control(played)
            return
        clock, settle = self._stage.clock, count.observer.settle
        await clock.sleep_until(clock.now() + settle)
        await self._wait_for_the_slow(played, settle)
        for replay in played:
            await replay.look_again()

    async def _control(self, played: Sequence[Replay]) -> None:
        """Watch a total once more, while nothing is sent.

        Where it rose too far, other traffic may have been what was counted. Where it stayed too low, effects that
        come now are slow ones, not lost ones. Either makes the total useless, and accuses nobody.
        """
        clock, ledger, count = self._stage.clock, self._ledger, self._stage.count
        settle = 0.0 if count is None else count.observer.settle
        wait = 0.0
        if any(replay.has_surplus for replay in played):
            wait = min(CONTROL * ledger.busy - ledger.idle, LONGEST_CONTROL)
        if any(replay.has_deficit for replay in played):
            wait = max(wait, LEAST_PATIENCE, 5 * settle)
        until = clock.now() + wait
        if self._stage.schedule.compressed:
            until = min(until, self._stage.origin + COMPRESSED_BOUND)
        await played[0].control(until, CONTROL_POLL)

    async def _wait_for_the_slow(self, played: Sequence[Replay], settle: float) -> None:
        """Wait while messages that lack an effect still get it: a queue that is slow is not one that loses."""
        clock = self._stage.clock
        patience = max(LEAST_PATIENCE, 5 * settle)
        give_up = clock.now() + LONGEST_PATIENCE
        lacking = sum([await replay.lacking() for replay in played])
        quiet_until = clock.now() + patience
        while lacking and clock.now() < min(quiet_until, give_up):
            await clock.sleep_until(clock.now() + POLL)
            left = sum([await replay.lacking() for replay in played])
            if left < lacking:
                lacking, quiet_until = left, clock.now() + patience

    async def _meanwhile(self, until: float) -> None:
        """Play short scenarios that end before `until`, also where the receiver handles one delivery at a time."""
        count = self._stage.count
        settle = count.observer.settle if count is not None else 0.0
        while self._short:
            begins = max(self._stage.clock.now(), self._worked_off)
            if begins + self._short[0].plan.occupies(self._answer, settle) >= until:
                return
            await self._play_next(self._short)

    async def _play_next(self, queue: list[Replay]) -> None:
        replay = queue.pop(0)
        ends = self._stage.clock.now() + self._cost(replay.plan)
        if self._stage.schedule.compressed and ends > self._stage.origin + COMPRESSED_BOUND:
            reason = f"it would take a compressed run past {COMPRESSED_BOUND:g} s; run without --speed"
            self._left.append(Left(replay.plan.scenario, reason))
            return
        self._played.append(replay)
        begins = max(self._stage.clock.now(), self._worked_off)
        self._worked_off = begins + self._answer * replay.plan.deliveries
        await replay.play()

    def _cost(self, plan: Plan) -> float:
        count = self._stage.count
        return plan.cost(self._answer, count.observer.settle if count is not None else 0.0)
