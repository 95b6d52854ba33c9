"""The scenario of a callback that sends batches: one message in several of them."""

from sigcheck.message import MessageFactory
from sigcheck.model.effects import NotPlayedKind
from sigcheck.scenario import Count, Deliver, NotPlayed, Plan, Step
from sigcheck.scenario.plans import APART, ReceiverProfile

FEWEST_BATCHES = 2

MOST_BATCHES = 4
"""Batches in which one message comes where only a total is counted: three effects too many are no other traffic."""

DEVICES = 70
"""Where the devices of this scenario begin."""


def two_batches(factory: MessageFactory, profile: ReceiverProfile) -> Plan | NotPlayed:
    """Plan a message that comes in one batch, and then in others with messages that are new.

    It makes a second effect with each of the others: with a total so many that other traffic does not explain them.
    """
    if len(factory.registered) == 1:
        return NotPlayed(
            "two batches",
            "a batch has messages of several devices, and only one device id may be used: --devices",
            NotPlayedKind.OPTION,
        )
    batches = FEWEST_BATCHES if profile.per_message else MOST_BATCHES
    messages = tuple(
        factory.message(
            device=DEVICES + number,
            earlier=batches - number,
            ahead=(4 + number) * APART,
            unlike=DEVICES if number else None,
        )
        for number in range(1 + batches)
    )
    names = (
        f"the message that came in {'two' if batches == FEWEST_BATCHES else batches} batches",
        "the message that came with it in batch 1",
        *(f"the new message of batch {number}" for number in range(2, batches + 1)),
    )
    steps: list[Step] = [Count("before", (0,) * len(messages))]
    for number in range(1, batches + 1):
        steps.append(Deliver((0,), number, also=(number,)))
        steps.append(Count(f"after batch {number}", (*(1,) * (number + 1), *(0,) * (batches - number))))
    return Plan("two batches", messages, names, tuple(steps))
