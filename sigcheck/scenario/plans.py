"""The scenarios. Every message in them is one that its device could have sent when it says it did.

A device never sends twice in the same second; its sequence number comes back only after a whole cycle, the shortest
of which is 128 messages. So pairs that look alike differ where real ones do, and the older of two that share a number
lies most of a day in the past: it alone. All others are no older than a minute when they are first delivered, since a
plan's messages are dated when it begins. Each scenario has devices of its own: what one counts, no other does.
All deliveries of a message are identical to the byte.
"""

from collections.abc import Callable

from msgspec import Struct

from sigcheck.callback import PLACEHOLDERS
from sigcheck.message import NEXT, MessageFactory
from sigcheck.model.effects import NotPlayedKind
from sigcheck.scenario import Appear, Await, Count, Deliver, Expect, Hook, NotPlayed, Pause, Plan, Step
from sigcheck.schedule import Schedule

LOOK = 0.95
"""The share of a wait after which the observer is read once more, in front of the retry."""

COMPANIONS = 2
"""Messages of other devices that go through the schedule beside the first: they come between its deliveries, and
with several worker processes each is one more chance that a delivery meets a worker which has not seen it."""

APART = 1000
"""How far the counters of devices are apart that shall not look alike: more than a run has messages."""

RACERS = 8
"""Deliveries that are released together."""

FEWEST_RACERS = 3
"""Deliveries that are released together where the receiver is slow."""

RACES = 5
"""Messages that are raced, one after the other."""

SLOW = 1.0
"""Seconds from which a receiver is slow enough that a retry can meet a delivery still in work. Our choice."""


NEXT_ONE = Pause(since_the_last=True)
"""The wait between two messages of a device that has sent one already in this scenario."""


class ReceiverProfile(Struct, frozen=True):
    """What decides how scenarios are planned.

    `answer` is the receiver's usual answer time in seconds, as the samples showed it if `sampled`, else a guess that
    is long enough. `counted`: there is an
    observer; `per_message`: it counts single messages. `failable`: `--fail-header` or `--fail-command` is
    given; `restartable`: `--restart-command` is. `batched`: several messages come in one request. `carries`: what of a
    message the callback sends, by the names that the first types give it.
    """

    answer: float
    limit: float
    sampled: bool
    counted: bool
    per_message: bool
    failable: bool
    fails_by_command: bool
    restartable: bool
    batched: bool
    carries: tuple[str, ...] = PLACEHOLDERS

    @property
    def slow(self) -> bool:
        """Whether the samples showed that the receiver takes a second or more."""
        return self.sampled and self.answer > SLOW


Planner = Callable[[MessageFactory, ReceiverProfile], Plan | NotPlayed]


def retry(factory: MessageFactory, schedule: Schedule, profile: ReceiverProfile) -> Plan:
    """Plan the identical message on the Cloud's schedule: the replay itself."""
    companions = COMPANIONS if profile.counted or profile.batched else 0
    # One worker takes one after the other: what comes beside the message must not be what makes a delivery of it late.
    if not profile.batched and profile.sampled and profile.answer * COMPANIONS > profile.limit:
        companions = min(companions, 1 if profile.answer <= profile.limit else 0)
    if factory.shares:
        companions = min(companions, len(factory.registered) - 1)
    # The companions have times and counters of their own: they must look like no other message to an over-eager
    # receiver.
    messages = tuple(
        factory.message(device=number, earlier=number, ahead=number * APART) for number in range(1 + companions)
    )
    beside = tuple(range(1, len(messages)))
    nothing = (0,) * len(messages)
    once = (1,) * len(messages)
    steps: list[Step] = [Count("before delivery 1", nothing)]
    for attempt in range(1, schedule.attempts + 1):
        if attempt > 1:
            # A last look right before the retry tells a slow effect of the delivery before from a second one.
            steps += [Await(attempt, LOOK), Count(f"before delivery {attempt}", once, settled=False), Await(attempt)]
        # One after the other: what only our own concurrency brings about is the race's to find.
        together, apart = (beside, ()) if profile.batched else ((), beside)
        steps.append(Deliver((0,), attempt, also=together))
        steps += [Deliver((index,), attempt) for index in apart]
        steps.append(Count(f"after delivery {attempt}", once))
        # An effect that comes with the second delivery was lost with the first; one that does not come then is not
        # worth minutes of waiting: either nobody counts it, or the receiver loses what it accepts.
        steps.append(Appear() if attempt == 1 else Expect())
    other = "the message in line {} of its batch" if profile.batched else "the message of another device ({})"
    names = ("the message", *(other.format(number + profile.batched) for number in beside))
    return Plan("retry", messages, names, (*steps, Count("at the end", once)))


def lost_answer(factory: MessageFactory, profile: ReceiverProfile) -> Plan | NotPlayed:
    """Plan deliveries whose connection is cut before the answer, then their retry.

    One is cut at once and one in the middle of the usual answer time: work that is cancelled by the
    disconnect is cancelled at different places.
    """
    halfway = min(profile.answer, profile.limit) / 2
    steps: tuple[Step, ...] = (
        Deliver((0,), 1, cut=0.0),
        Deliver((1,), 1, cut=halfway),
        Count("after the cut", (1, 1)),
        Deliver((0,), 2),
        Deliver((1,), 2),
        Count("after the retry", (1, 1)),
    )
    if factory.shares:
        # Of one device one after the other: what comes between two deliveries is not what this scenario is about.
        steps = (
            Deliver((0,), 1, cut=0.0),
            Count("after the cut at once", (1, 0)),
            Deliver((0,), 2),
            Count("after its retry", (1, 0)),
            Pause(since_the_last=True),
            Deliver((1,), 1, cut=halfway),
            Count("after the cut", (1, 1)),
            Deliver((1,), 2),
            Count("after the retry", (1, 1)),
        )
    return Plan(
        "lost answer",
        (factory.message(device=10, earlier=1), factory.message(device=11)),
        (
            "the message whose connection was cut at once",
            "the message whose connection was cut at half the answer time",
        ),
        (Count("before", (0, 0)), *steps),
    )


def late_answer(factory: MessageFactory, profile: ReceiverProfile) -> Plan | NotPlayed:
    """Plan a retry that meets the first delivery still in work."""
    if profile.answer < SLOW:
        return NotPlayed(
            "late answer",
            "the receiver answers so quickly that no retry can arrive while a delivery is in progress",
            NotPlayedKind.QUICK,
        )
    cut = min(0.8 * profile.answer, profile.limit)
    return Plan(
        "late answer",
        (factory.message(device=12),),
        ("the message that was still being processed",),
        (Count("before", (0,)), Deliver((0,), 1, cut=cut), Deliver((0,), 2), Count("after the retry", (1,))),
    )


def race(factory: MessageFactory, profile: ReceiverProfile) -> Plan | NotPlayed:
    """Plan deliveries that arrive at the same moment, several times over: a narrow window is not met every time."""
    rounds = 1 if profile.slow else RACES
    # A receiver with one worker needs as long for all deliveries as for so many messages: no longer than the limit, or
    # it would still be at them when the next delivery of the schedule comes.
    times = max(FEWEST_RACERS, min(RACERS, int(profile.limit / profile.answer))) if rounds == 1 else RACERS
    sent: list[Step] = [Deliver((number,) * times, 1, together=True) for number in range(rounds)]
    if not profile.per_message or factory.shares:
        # A total is read after each race, so that a finding can name it; so is what shows only a device's newest.
        done = [(1,) * number + (0,) * (rounds - number) for number in range(1, rounds + 1)]
        counts = [Count(f"after race {number}", counted) for number, counted in enumerate(done, 1)]
        apart = (NEXT_ONE,) if factory.shares else ()
        sent = [step for pair in zip(sent, counts, strict=True) for step in (*apart, *pair)][len(apart) :]
    else:
        sent.append(Count("after the races", (1,) * rounds))
    return Plan(
        "race",
        tuple(factory.message(device=20 + number, earlier=rounds - 1 - number) for number in range(rounds)),
        tuple(f"the message of race {number}" for number in range(1, rounds + 1)),
        (Count("before", (0,) * rounds), *sent),
    )


def disorder(factory: MessageFactory, _profile: ReceiverProfile) -> Plan | NotPlayed:
    """Plan an older message that arrives after a newer one, and one whose deliveries have a newer one between them."""
    # Where both pairs are of one device, the second comes behind the first.
    behind = 3 * NEXT if factory.shares else 0
    apart = (NEXT_ONE,) if factory.shares else ()
    messages = (
        factory.message(-1, device=40, earlier=behind),
        factory.message(0, device=40, earlier=behind),
        factory.message(-1, device=41, earlier=1 - bool(behind)),
        factory.message(0, device=41, earlier=1 - bool(behind)),
    )
    names = (
        "the older message that came after a newer one",
        "the newer message that came first",
        "the older message, delivered on both sides of a newer one",
        "the newer message between two deliveries of an older one",
    )
    return Plan(
        "disorder",
        messages,
        names,
        (
            Count("before", (0, 0, 0, 0)),
            Deliver((1,)),
            *apart,
            Deliver((2,)),
            Count("after the first ones", (0, 1, 1, 0)),
            *(apart or (Pause(),)),
            Deliver((0,)),
            *apart,
            Deliver((3,)),
            Count("after the others", (1, 1, 1, 1)),
            Deliver((2,), 2),
            Count("after the older one's retry", (1, 1, 1, 1)),
        ),
    )


def failure(factory: MessageFactory, profile: ReceiverProfile) -> Plan | NotPlayed:
    """Plan a delivery that the receiver fails on purpose, then its retry."""
    if not profile.failable:
        return NotPlayed(
            "failure",
            "this scenario needs a receiver that can be told to fail once: --fail-header or --fail-command",
            NotPlayedKind.OPTION,
        )
    hook: tuple[Step, ...] = (Hook("fail"),) if profile.fails_by_command else ()
    return Plan(
        "failure",
        (factory.message(device=50),),
        ("the message whose first delivery failed",),
        (
            Count("before", (0,)),
            *hook,
            Deliver((0,), 1, failing=not profile.fails_by_command),
            Count("after the failure", (1,)),
            Deliver((0,), 2),
            Count("after the retry", (1,)),
        ),
    )


def restart(factory: MessageFactory, profile: ReceiverProfile) -> Plan | NotPlayed:
    """Plan a restart of the receiver between two deliveries."""
    if not profile.restartable:
        return NotPlayed("restart", "this scenario needs --restart-command", NotPlayedKind.OPTION)
    return Plan(
        "restart",
        (factory.message(device=60),),
        ("the message",),
        (
            Count("before", (0,)),
            Deliver((0,), 1),
            Count("after delivery 1", (1,)),
            Hook("restart"),
            Deliver((0,), 2),
            Count("after the restart and the retry", (1,)),
        ),
    )
