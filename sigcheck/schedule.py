"""When a delivery is due: pure arithmetic over the policy's waits. All times are seconds."""

from typing import Literal

from msgspec import Struct

from sigcheck.policy import Policy

ScheduleFrom = Literal["previous", "first"]


class Schedule(Struct, frozen=True):
    """The waits of one run.

    `speed` divides them; none becomes shorter than `shortest`, which is the time that the observer needs.
    Compression never touches the answer limit.
    """

    waits: tuple[float, ...]
    speed: float
    reckoned_from: ScheduleFrom
    shortest: float = 0.0

    @property
    def attempts(self) -> int:
        """How many deliveries one message has at the most."""
        return len(self.waits) + 1

    @property
    def compressed(self) -> bool:
        """Whether the waits are shorter than the Cloud's."""
        return self.speed > 1

    def wait(self, attempt: int) -> float:
        """Give the wait in front of `attempt` (2, 3, ...)."""
        return max(self.waits[attempt - 2] / self.speed, self.shortest if self.compressed else 0.0)

    def due(self, attempt: int, first_ended: float, previous_ended: float) -> float:
        """Give the moment at which `attempt` (2, 3, ...) is due.

        The published text does not say whether the waits of 1, 2 and 4 minutes follow each other or all
        start at the first failure: `reckoned_from` chooses the reading. Under "first", a delivery that is
        due before the one before it ended is sent when that one has ended.
        """
        if self.reckoned_from == "previous":
            return previous_ended + self.wait(attempt)
        return max(first_ended + self.wait(attempt), previous_ended)

    def duration(self) -> float:
        """Give the time from the first delivery's end to the last one's due time, with answers that take no time."""
        waits = [self.wait(attempt) for attempt in range(2, self.attempts + 1)]
        return sum(waits) if self.reckoned_from == "previous" else max(waits, default=0.0)


def schedule(policy: Policy, speed: float, reckoned_from: ScheduleFrom, shortest: float = 0.0) -> Schedule:
    """Make the schedule of a run from the policy's waits."""
    return Schedule(policy.retry_waits, speed, reckoned_from, shortest)
