"""Scenarios as pure plans: which messages, when, how each delivery is treated, what a right receiver would count.

A plan is data. `sigcheck.scenario.plans` makes them, `sigcheck.scenario.playing.runner` plays them through the
transport that it is given, and rules judge the result.
"""

from collections.abc import Hashable
from functools import lru_cache
from typing import Literal, TypeVar

from msgspec import Struct, structs

from sigcheck.message import PACE
from sigcheck.model.delivery import Message
from sigcheck.model.effects import NotPlayedKind

HookKind = Literal["restart", "fail"]

HOOK_COST = 15.0
"""Seconds that are set aside for a hook: a restart command waits until the receiver is back."""

QUESTIONS = 3
"""How often an observer is asked at the least until a count stands still."""

POLL_COST = 0.5
"""Seconds that are set aside for the observer's own answers, beyond the settle time."""


class Deliver(Struct, frozen=True, tag="deliver"):
    """Send `messages` (indices into the plan's), all at the same time; an index that recurs is sent that often.

    `attempt` is the number that the delivery has in its message's history. `together`: the requests are held
    back by a barrier until all their connections stand. `cut`: seconds after the request was sent at which the
    connection is cut. `failing`: with the header that makes the receiver fail. `also` are the other messages of a
    batch, which each of the requests carries behind its own.
    """

    messages: tuple[int, ...]
    attempt: int = 1
    together: bool = False
    cut: float | None = None
    failing: bool = False
    also: tuple[int, ...] = ()


class Await(Struct, frozen=True, tag="await"):
    """Wait until delivery `attempt` is due by the schedule, or for `share` of that time.

    Other plans may be played meanwhile.
    """

    attempt: int
    share: float = 1.0


class Count(Struct, frozen=True, tag="count"):
    """Read the observer: when its count stands still, or just once where not `settled`.

    `expected` has, for each message of the plan, the effects that a receiver which handles a message once
    shows by then; None for a message that was not sent yet.
    """

    label: str
    expected: tuple[int | None, ...]
    settled: bool = True


class Appear(Struct, frozen=True, tag="appear"):
    """Wait for the first message's effect, as long as it may take, where the schedule itself leaves no time for it."""


class Expect(Struct, frozen=True, tag="expect"):
    """End the scenario where no effect of its first message was counted in all the time that it may take."""


class Hook(Struct, frozen=True, tag="hook"):
    """Run the user's command that restarts the receiver, or that makes it fail once."""

    kind: HookKind


class Pause(Struct, frozen=True, tag="pause"):
    """Wait until devices of this plan can have sent their next message: since it began, or since the last new one."""

    since_the_last: bool = False


class Counting(Struct, frozen=True):
    """What counting costs: the settle time, seconds between two questions, and whether each message is asked for."""

    settle: float = 0.0
    spacing: float = 0.0
    per_message: bool = True

    def cost(self, step: Count) -> float:
        """Give the seconds that a step takes."""
        asked = sum(each is not None for each in step.expected) if self.per_message else 1
        if not step.settled:
            return asked * self.spacing
        return max(self.settle, QUESTIONS * asked * self.spacing) + POLL_COST


Step = Deliver | Await | Count | Appear | Expect | Hook | Pause


class Plan(Struct, frozen=True):
    """One scenario, ready to be played. `names` say what each message is, for findings."""

    scenario: str
    messages: tuple[Message, ...]
    names: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def deliveries(self) -> int:
        """How many requests the plan sends."""
        return sum(len(step.messages) for step in self.steps if isinstance(step, Deliver))

    def cost(self, answer: float, counting: Counting) -> float:
        """Give the seconds that the plan takes where each answer takes `answer`.

        Waits for the schedule are not counted.
        """
        total = 0.0
        for step in self.steps:
            match step:
                case Deliver(cut=cut):
                    total += answer if cut is None else min(cut, answer)
                case Count():
                    total += counting.cost(step)
                case Hook():
                    total += HOOK_COST
                case Pause():
                    total += PACE
        return total

    def occupies(self, answer: float, counting: Counting) -> float:
        """Give the seconds after which even a receiver that handles one delivery at a time is done with all of them."""
        return max(self.cost(answer, counting), answer * self.deliveries + counting.settle)


class NotPlayed(Struct, frozen=True):
    """A scenario that is not played, and why: in words, and as a kind."""

    scenario: str
    reason: str
    kind: NotPlayedKind


_T = TypeVar("_T", bound=Hashable)


@lru_cache(maxsize=256)
def same(value: _T) -> _T:
    """Give a value that is equal, in memory once: thousands of runs wait at once, and most plan the same."""
    return value


def shared(planned: Plan) -> Plan:
    """Give a plan, its steps and names in memory once for all runs of this process that have the same."""
    return structs.replace(planned, names=same(planned.names), steps=same(planned.steps))


class Scenarios(Struct, frozen=True):
    """What is played: the replay, short scenarios inside its waits, disturbing ones last; and what is not played."""

    replay: Plan
    short: tuple[Plan, ...]
    last: tuple[Plan, ...]
    not_played: tuple[NotPlayed, ...]
