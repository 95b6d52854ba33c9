"""How long a run will take, from its plan: what its progress shows. Meant to be true to about a fifth."""

from collections import deque

from sigcheck.message import PACE
from sigcheck.plan import RunPlan
from sigcheck.probes.observer import counting
from sigcheck.scenario import Count, Deliver, Hook, Pause, Plan, Scenarios
from sigcheck.scenario.playing.sampler import FEWEST, LONGEST

OPENING = 0.5
"""Seconds for names, connections and handshakes."""

UNKNOWN_ANSWER = 0.03
"""Seconds that an answer is reckoned with before the first one came."""

QUESTION = 0.1
"""Seconds that one question to an observer is reckoned with."""

HOOK = 3.0
"""Seconds that a restart, or a command that makes the receiver fail, is reckoned with."""


def whole_run(plan: RunPlan) -> float:
    """Give the seconds of a run of which nothing is known yet."""
    first = OPENING + _samples(plan, plan.first_samples, UNKNOWN_ANSWER)
    first += (plan.http10 + (plan.unauthenticated is not None)) * _apart(plan, UNKNOWN_ANSWER)
    if plan.counts and plan.observer is not None:
        first += QUESTION if plan.observer.facts.per_message else plan.observer.facts.settle
    if not plan.replays:
        return first
    return first + replay_and_rest(plan, plan.scenarios(plan.profile(UNKNOWN_ANSWER)), UNKNOWN_ANSWER)


def replay_and_rest(plan: RunPlan, played: Scenarios, answer: float) -> float:
    """Give the seconds from the replay's beginning to the end of the run, with answers that take `answer`."""
    answer = min(answer, plan.callback.policy.answer_limit)
    closing = plan.closing_samples(plan.first_samples, plan.schedule.attempts) if plan.samples else 0
    return (
        _replay(plan, played, answer)
        + _beside(plan, played, answer)
        + sum(_takes(plan, each, answer) for each in played.last)
        + _samples(plan, closing, answer)
        + _last_look(plan)
    )


def _samples(plan: RunPlan, number: int, answer: float) -> float:
    apart = _apart(plan, answer)
    return min(number * apart, max(FEWEST * apart, LONGEST))


def _apart(plan: RunPlan, answer: float) -> float:
    """Give the seconds from one new message to the next."""
    return max(answer, plan.factory.pace)


def _replay(plan: RunPlan, played: Scenarios, answer: float) -> float:
    """Give the waits, an answer each, and the two counts behind the last delivery."""
    counts = 2 * counting(plan.observer).settle if plan.counts else 0.0
    together = played.replay.deliveries / plan.schedule.attempts
    return plan.schedule.duration() + plan.schedule.attempts * answer + (together - 1) * answer + counts


def _beside(plan: RunPlan, played: Scenarios, answer: float) -> float:
    """Give what the short scenarios add: those that find no room in the waits of the schedule."""
    costs, left = counting(plan.observer), deque(played.short)
    for attempt in range(2, plan.schedule.attempts + 1):
        room = plan.schedule.wait(attempt) - costs.settle
        while left and (takes := left[0].occupies(answer, costs)) < room:
            room -= takes
            left.popleft()
    return sum(_takes(plan, each, answer) for each in left)


def _takes(plan: RunPlan, scenario: Plan, answer: float) -> float:
    """Give the seconds of a scenario, as they are likely and not at the most, as `Plan.cost` has them."""
    total, sent = 0.0, False
    for step in scenario.steps:
        match step:
            case Deliver(cut=cut):
                total += answer if cut is None else min(cut, answer)
                sent = True
            case Count(settled=settled):
                total += counting(plan.observer).settle if settled and sent else QUESTION
            case Hook():
                total += HOOK
            case Pause():
                total += PACE / plan.schedule.speed
    return total


def _last_look(plan: RunPlan) -> float:
    """Give the time that effects may still take, at the end of a run that counts them: twice for a total."""
    if plan.observer is None or not plan.counts:
        return 0.0
    within = plan.settings.effects_within
    return within + (0.0 if plan.observer.facts.per_message else within)
