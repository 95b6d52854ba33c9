"""What one receiver of the fleet does: good by default, one keyword a fault."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

Dedup = Literal[
    "unique-key",  # INSERT … ON CONFLICT DO NOTHING and the effect in one transaction
    "upsert",  # the effect is itself a row under the key, written again by a retry
    "none",
    "memory",  # of the process, see memory_*
    "check-then-insert",  # asks whether it is there, waits race_window, then inserts
    "newest-only",  # per device, what is not newer than the last message is dropped
    "highest-counter-only",  # per device, what has no higher seqNumber than the last message is dropped
    "latest-by-arrival",  # per device, the state is what came last; an effect is a change of the state
    "twin",  # per device, the newest message alone is kept: it is what can be counted
]
IDENTITY = ("device", "time", "seqNumber")


@dataclass(frozen=True)
class Design:
    """One receiver. All durations are seconds.

    `key` names the fields that make a message: of device, time, seqNumber, data, or `body` for all of it.
    """

    dedup: Dedup = "unique-key"
    key: tuple[str, ...] = IDENTITY
    # Answer after the effect; after the message and its job are stored; after the bare body is queued.
    acknowledge: Literal["after-effect", "after-inbox", "after-queue"] = "after-effect"
    # How long the work on a message takes, before its effect shows.
    work: float = 0.0
    # Delays of the job that has the effect: two of them are a job queue that runs each job twice.
    jobs: tuple[float, ...] = (0.0,)
    race_window: float = 0.0
    # Entries are forgotten so long after they were made, or last met where sliding; None keeps them.
    memory_seconds: float | None = None
    memory_sliding: bool = False
    # How many messages are remembered; None for all.
    memory_size: int | None = None
    # One memory for each device.
    memory_per_device: bool = False
    # What a disconnect of the client does (uvicorn only: the WSGI servers do not notice).
    on_disconnect: Literal["finish", "cancel", "skip-effect"] = "finish"
    # The message is marked as seen in a transaction of its own, before the work.
    mark_first: bool = False
    # A request with `X-Fail: 1` is answered by a 500; is the message remembered all the same?
    failed_is_done: bool = False
    first_status: int = 204
    duplicate_status: int | None = None
    answer: Literal["empty", "ok", "says-duplicate", "downlink", "random-downlink"] = "empty"
    count_attempts: bool = False
    # A message whose time is longer ago is refused by a 400.
    max_age: float | None = None
    # A device's next new message is taken so long after the one before; what comes earlier gets 429 and Retry-After.
    device_pace: float | None = None
    # So many requests in a second are let through, whoever sent them; the others get `limit_status` and Retry-After.
    proxy_rate: int | None = None
    limit_status: int = 429
    # How many rows one message makes.
    rows: int = 1
    # Who meets another at work is told 500, "database is locked".
    locked: bool = False
    # Other devices get 404; () takes all.
    registered: tuple[str, ...] = ()
    # The first so many messages are acknowledged and not stored.
    asleep_for: int = 0
    # The callback carries neither time nor seqNumber.
    unauthenticated: bool = False

    def compressed(self, speed: float) -> Self:
        """Scale the memory to a schedule compressed by `speed`; what the receiver takes stays as it is."""
        if self.memory_seconds is None:
            return self
        return replace(self, memory_seconds=self.memory_seconds / speed)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        fields: dict[str, Any] = json.loads(text)
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
        }
        return cls(**given)
