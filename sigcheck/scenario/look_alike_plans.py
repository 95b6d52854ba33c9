"""The scenario of messages that look alike: pairs that share all that two real messages can share."""

from msgspec.structs import replace

from sigcheck.message import ALIKE, SPACING, MessageFactory
from sigcheck.model.delivery import Message
from sigcheck.scenario import Count, Deliver, NotPlayed, Pause, Plan, Step
from sigcheck.scenario.plans import APART, NEXT_ONE, ReceiverProfile

SHORTEST_CYCLE = 128
"""Messages after which a device's sequence number may come back (sigfox-ep-lib supports cycles of 128 to 4096)."""


def look_alikes(factory: MessageFactory, profile: ReceiverProfile) -> Plan | NotPlayed:
    """Plan distinct messages that share all but one thing, the older of each pair first.

    With one device alone there is no pair of two devices.
    """
    # They look like each other and, data apart, like nothing else of this run.
    counter = 3 * APART
    # Where devices are shared, one pair comes behind the other, and their counters differ until they are dated.
    earlier = (60, 50, 20, 0) if factory.shares else (0, 1, 2, 3)
    ahead = tuple(counter + (10 * pair if factory.shares else 0) for pair in range(4))
    data = factory.data_of(30)
    plain = factory.message(-1, device=30, data=data, earlier=earlier[0], ahead=ahead[0])
    wrapped = factory.message(device=31, data=data, earlier=earlier[1], ahead=ahead[1])
    changed = factory.message(-1, device=32, data=data, earlier=earlier[2], ahead=ahead[2])
    counted, loaded = "seqNumber" in profile.carries, "data" in profile.carries
    pairs: tuple[tuple[str, Message, Message], ...] = (
        (
            f"same device{' and data' if loaded else ''}, {'next sequence number' if counted else 'a later time'}",
            plain,
            factory.message(device=30, data=data, earlier=earlier[0], ahead=ahead[0]),
        ),
        (
            "same device and sequence number, another time",
            replace(wrapped, time=wrapped.time - SHORTEST_CYCLE * SPACING),
            wrapped,
        ),
        (
            "same device, other data in the next message",
            changed,
            factory.message(device=32, earlier=earlier[2], data=other_data(changed), ahead=ahead[2]),
        ),
        (
            f"same time{' and sequence number' if counted else ''}, another device",
            factory.message(device=ALIKE[0], data=data, earlier=earlier[3], ahead=ahead[3]),
            factory.message(device=ALIKE[1], data=data, earlier=earlier[3], ahead=ahead[3]),
        ),
    )
    # What the callback does not send cannot make a pair: the two would be another pair under a wrong name.
    played = (True, counted, loaded, len(factory.registered) != 1)
    pairs = tuple(pair for pair, plays in zip(pairs, played, strict=True) if plays)
    olds = tuple(older for _, older, _ in pairs)
    news = tuple(newer for _, _, newer in pairs)
    names = (
        *(f'the first message of the pair "{name}"' for name, _, _ in pairs),
        *(f'the second message of the pair "{name}"' for name, _, _ in pairs),
    )
    count = len(pairs)
    first, second = tuple(range(count)), tuple(range(count, 2 * count))
    # One after the other: together they would be a load, and an error under load says nothing about likeness.
    if factory.shares:
        steps: tuple[Step, ...] = _pair_by_pair(count)
    elif profile.per_message:
        steps = (
            Count("before", (0,) * count * 2),
            *(Deliver((index,)) for index in first),
            Count("after the first ones", (*(1,) * count, *(0,) * count)),
            Pause(),
            *(Deliver((index,)) for index in second),
            Count("after the second ones", (1,) * count * 2),
        )
    else:
        # A total says which message is missing only if it is read after each.
        rows: list[Step] = [Count("before", (0,) * count * 2)]
        for sent in range(1, 2 * count + 1):
            if sent == count + 1:
                rows.append(Pause())
            rows.append(Deliver((sent - 1,)))
            rows.append(Count(f"after message {sent}", (*(1,) * sent, *(0,) * (2 * count - sent))))
        steps = tuple(rows)
    return Plan("look-alikes", (*olds, *news), names, steps)


def _pair_by_pair(count: int) -> tuple[Step, ...]:
    """Deliver `count` pairs in the order in which one device sends them, and count after each message."""
    order = [half * count + pair for pair in range(count) for half in (0, 1)]
    steps: list[Step] = [Count("before", (0,) * count * 2)]
    for number, index in enumerate(order, 1):
        steps += [NEXT_ONE] if number > 1 else []
        sent = order[:number]
        steps.append(Deliver((index,)))
        steps.append(Count(f"after message {number}", tuple(int(each in sent) for each in range(2 * count))))
    return tuple(steps)


def other_data(message: Message) -> str:
    """Give a payload of the same length that differs in its last bit, or one byte where there was none."""
    if not message.data:
        return "00"
    digit = int(message.data[-1], 16) ^ 1
    return message.data[:-1] + (f"{digit:x}" if message.data[-1].islower() else f"{digit:X}")
