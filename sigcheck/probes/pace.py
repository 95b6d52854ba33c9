"""At what pace an observer is asked: a real one may admit only so many questions a minute. Times are seconds."""

MOST_IN_A_MINUTE = 60
"""Questions in any minute of a run on the real schedule: what small plans of hosted databases and gateways admit."""

AT_ONCE = 20
"""How many of these may come close together: as many as one step of a scenario has messages to count, and more."""

HELD_SPACING = 1.5
"""Seconds between questions to an observer that once said it was asked too often."""


class Pace:
    """Admits `burst` questions close together, and then one each `spacing` seconds; no spacing admits all."""

    __slots__ = ("_burst", "_full_at", "_held_until", "spacing")

    def __init__(self, spacing: float = 0.0, burst: int = 1) -> None:
        self.spacing = spacing
        self._burst = burst
        self._full_at = float("-inf")
        self._held_until = float("-inf")

    def turn(self, now: float) -> float:
        """Give the moment, `now` or later, at which the next question may be asked."""
        return max(now, self._held_until, self._full_at - (self._burst - 1) * self.spacing)

    def take(self, moment: float) -> None:
        """Note that a question is asked at `moment`."""
        self._full_at = max(self._full_at, moment) + self.spacing

    def hold(self, until: float) -> None:
        """Ask nothing until a moment, and more slowly from then on: the observer said that it was asked too often."""
        self._held_until = max(self._held_until, until)
        self.spacing, self._burst = max(self.spacing, HELD_SPACING), 1


def make_pace(interval: float | None, compressed: bool) -> Pace:
    """Give the pace that a user asked for in seconds between two questions; None for the one that a run has itself.

    A compressed run is not paced: it has no waits in which questions could be spread.
    """
    if interval is not None:
        return Pace(interval)
    if compressed:
        return Pace()
    return Pace(60 / (MOST_IN_A_MINUTE - AT_ONCE), AT_ONCE)
