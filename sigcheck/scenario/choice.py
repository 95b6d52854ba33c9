"""Which scenarios a run plays: those that its rules need, that the receiver allows, and that show something."""

from collections.abc import Callable, Iterable

from sigcheck.message import MessageFactory
from sigcheck.model.delivery import Message, Request
from sigcheck.model.effects import NotPlayedKind
from sigcheck.scenario import NotPlayed, Plan, same, shared
from sigcheck.scenario.batch_plans import two_batches
from sigcheck.scenario.look_alike_plans import look_alikes
from sigcheck.scenario.plans import (
    Planner,
    ReceiverProfile,
    disorder,
    failure,
    late_answer,
    lost_answer,
    race,
    restart,
)

SHORT: dict[str, Planner] = {
    "lost answer": lost_answer,
    "late answer": late_answer,
    "race": race,
    "look-alikes": look_alikes,
    "disorder": disorder,
    "failure": failure,
}
"""The scenarios that are played inside the waits of the schedule, in this order."""

BATCHED: dict[str, Planner] = {"two batches": two_batches}
"""Those of a callback that sends batches, behind the other short ones."""

LAST: dict[str, Planner] = {"restart": restart}
"""Those that would disturb the schedule's own message, so they come after it."""


def choose(
    rules: Iterable[str], factory: MessageFactory, profile: ReceiverProfile, render: Callable[[Message], Request]
) -> tuple[list[Plan], list[Plan], list[NotPlayed]]:
    """Plan the scenarios that the rules (ids) need: the short ones, the last ones, and those left out.

    Without an observer none is played: only counted effects prove anything. Nor is one whose messages are the
    same on the wire, as `render` makes them, because the callback leaves out what tells them apart.
    """
    needed = {scenario for rule in rules for scenario in NEEDED_BY.get(rule, ())}
    left: list[NotPlayed] = []
    chosen: tuple[list[Plan], list[Plan]] = ([], [])
    short = SHORT | BATCHED if profile.batched else SHORT
    for plans, table in zip(chosen, (short, LAST), strict=True):
        for name, planner in table.items():
            if name not in needed:
                continue
            plan = (
                planner(factory, profile)
                if profile.counted
                else NotPlayed(name, "no observer counts the effects", NotPlayedKind.UNCOUNTED)
            )
            if isinstance(plan, NotPlayed):
                left.append(same(plan))
            elif len({render(message) for message in plan.messages}) < len(plan.messages):
                reason = "the callback does not carry the variables that tell these messages apart"
                left.append(same(NotPlayed(name, reason, NotPlayedKind.ALIKE)))
            else:
                plans.append(shared(plan))
    return (*chosen, left)


NEEDED_BY: dict[str, tuple[str, ...]] = {
    "dedup-duplicate": ("lost answer",),
    "dedup-lost": ("lost answer",),
    "dedup-race": ("race", "late answer"),
    "dedup-distinct-dropped": ("look-alikes",),
    "dedup-disorder": ("disorder",),
    "dedup-batch": ("two batches",),
    "dedup-failure": ("failure",),
    "dedup-restart": ("restart",),
}
"""Which scenarios a rule needs beside the retry."""
