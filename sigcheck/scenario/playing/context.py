"""What scenarios are played with: the delivery, the schedule, the observer, the hooks, and who is told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec import Struct

from sigcheck.model.delivery import Exchange, Message, Request
from sigcheck.model.events import Event
from sigcheck.policy import Policy
from sigcheck.probes.delivery import Delivery
from sigcheck.probes.observer import Observer
from sigcheck.scenario import HookKind
from sigcheck.schedule import Schedule


class HookFault(Exception):  # noqa: N818 - a fault of the user's command, not an error of ours
    """A hook did not do its work; the text says why."""


RunHook = Callable[[Message, str | None], Awaitable[str | None]]
"""Runs a hook for a message, of a receiver whose address may be known; raises HookFault. Gives why the hook may not
have done its work, None where there is no doubt."""

Meanwhile = Callable[[float], Awaitable[None]]
"""Is given a moment on the clock's scale, and may play other scenarios that end before it."""


def do_nothing() -> None:
    """Rest without anything to be packed."""


def at_once(_messages: Sequence[Message]) -> float:
    """Wait for no message: each device can have sent its own."""
    return 0.0


class ScenarioContext(Struct, frozen=True):
    """What scenarios are played with. `origin` is the clock's moment from which offsets are counted.

    `effects_within` is how many seconds after the last delivery of a message its effects may come.
    `shown` asks whether anything that was sent before had an effect that the observer shows.
    `render_batch` makes the request of several messages. `failing` turns a request into one that the receiver fails on
    purpose; `dated` gives messages the time of now, and `delay` how many seconds are to be waited before that.
    `rest` is called before a long wait: what is known may be packed.
    `alone`: no device has messages in two scenarios.
    """

    deliver: Callable[[Delivery], Awaitable[Exchange]]
    render: Callable[[Message], Request]
    render_batch: Callable[[Sequence[Message]], Request]
    schedule: Schedule
    policy: Policy
    origin: float
    observer: Observer | None
    tell: Callable[[Event], None]
    effects_within: float = 60.0
    dated: Callable[[Sequence[Message]], tuple[Message, ...]] = tuple
    delay: Callable[[Sequence[Message]], float] = at_once
    alone: bool = True
    failing: Callable[[Request], Request] | None = None
    hooks: Mapping[HookKind, Callable[[Message], Awaitable[str | None]]] = {}
    shown: Callable[[], Awaitable[bool]] | None = None
    rest: Callable[[], None] = do_nothing
