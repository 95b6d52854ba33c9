"""How far a fleet is: what is done and what came of it, how quickly it goes, and how long it will still take."""

from collections import Counter, deque
from itertools import islice

from msgspec import Struct

from sigcheck import clock
from sigcheck.model.fleet import TargetSummary
from sigcheck.progress.tracker import clocked

RATE_OVER = 30.0
"""Seconds of which the rate is the mean."""
MOST_LASTING = 500
"""Runs that ended last, by which others are estimated; of more than twice as many that run, every n-th is looked at."""
OVERDUE = 0.1
"""A run that takes longer than planned, and longer than all before it, is expected to take a tenth longer still."""
ESTIMATE_EVERY = 1.0
"""Seconds between two estimates: one takes a millisecond or two, which what runs has to wait."""
MOST_LAST = 8
"""Targets that failed last, which are kept for the display."""
HOUR = 3600


class Course(Struct, frozen=True):
    """What is to be run: how many targets, how many at once, how many of them one after the other at the most.

    `at_once` is 0 where that shows only when they run. `seconds` is how long the run of a target is planned to
    take, 0 where that is not known.
    """

    targets: int
    at_once: int = 1
    seconds: float = 0.0
    longest: int = 1


class SoFar:
    """What is known of a fleet's run. The event loop's clock is the only one."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.done = 0
        self.counts: Counter[str] = Counter()
        self.last: deque[TargetSummary] = deque(maxlen=MOST_LAST)
        self._running: dict[tuple[str, str], float] = {}
        self._most = 0
        self._over: set[tuple[str, str]] = set()
        self._took: deque[float] = deque(maxlen=MOST_LASTING)
        self._marks: deque[tuple[float, int]] = deque()
        self._began: float | None = None
        self._estimate: tuple[float, float | None] | None = None

    def began(self, target: str, vantage: str) -> None:
        """Note that a target's run begins; one that begins again elsewhere is still one."""
        now = self._now()
        self._running.setdefault((target, vantage), now)
        self._most = max(self._most, len(self._running))

    def ended(self, summary: TargetSummary) -> None:
        """Note what came of a target."""
        now = self._now()
        began = self._running.pop(summary.key, None)
        if began is not None:
            self._took.append(now - began)
        if summary.key in self._over:
            return
        self._over.add(summary.key)
        self._mark(now)
        self.done += 1
        kind = kind_of(summary)
        self.counts[kind] += 1
        if kind in {"failing", "not examined"}:
            self.last.append(summary)

    @property
    def running(self) -> int:
        """How many run now."""
        return len(self._running)

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        now = self._now()
        return now - (now if self._began is None else self._began)

    @property
    def rate(self) -> float | None:
        """Targets done in a second, over the last while; None before the first one is done."""
        now = self._now()
        self._mark(now)
        at, done = self._marks[0]
        return (self.done - done) / (now - at) if self.done and now - at >= 1 else None

    def _mark(self, now: float) -> None:
        """Keep how many were done at moments a second apart, as far back as the rate goes."""
        if now - self._marks[-1][0] >= 1:
            self._marks.append((now, self.done))
        while len(self._marks) > 1 and now - self._marks[1][0] >= RATE_OVER:
            self._marks.popleft()

    @property
    def left(self) -> float | None:
        """Seconds until all are done, None where nothing tells. What was estimated is kept for a second."""
        now = self._now()
        if self._estimate is None or now - self._estimate[0] >= ESTIMATE_EVERY:
            self._estimate = now, self._left(now)
        at, left = self._estimate
        return None if left is None else max(0.0, left - (now - at))

    def _left(self, now: float) -> float | None:
        course = self.course
        at_once = course.at_once or self._most
        if not at_once or (not self._took and not course.seconds):
            return None
        # A sample is as good, however many run; what waits is scaled down with it.
        nth = max(1, len(self._running) // MOST_LASTING)
        ages = sorted(now - began for began in islice(self._running.values(), 0, None, nth))
        typical, rests = lasting(sorted(islice(self._took, 0, None, nth)), ages, course.seconds)
        waiting = -(-max(0, course.targets - self.done - len(self._running)) // nth)
        rests = sorted(rests) or [0.0] * max(1, min(at_once, waiting))
        places = len(rests)
        # Each place takes the next one when it is free: in turns where they are alike, and never worse than evenly.
        rounds, odd = divmod(waiting, places)
        in_turns = max(rest + (rounds + (place < odd)) * typical for place, rest in enumerate(rests))
        evenly = (sum(rests) + waiting * typical) / places + typical
        alone = course.longest * typical - self.elapsed if course.longest > 1 and waiting else 0.0
        return max(rests[-1], min(in_turns, evenly), alone)

    def _now(self) -> float:
        now = clock.now()
        if self._began is None:
            self._began = now
            self._marks.append((now, 0))
        return now


def kind_of(summary: TargetSummary) -> str:
    """Say what a target is counted as: "failing" exits 1, "not examined" has no report; or "undecided", or "well"."""
    if summary.problem is not None:
        return "not examined"
    return {0: "well", 1: "failing"}.get(summary.exit_code, "undecided")


def lasting(took: list[float], ages: list[float], planned: float) -> tuple[float, list[float]]:
    """Estimate how long a run takes, and how long each that runs still will; both lists are in ascending order.

    Where replays take minutes, those that end first are the few that fail at once: their mean would promise far too
    much. So each that still runs counts as one that takes at least as long as it has (Kaplan and Meier), and what is
    not seen yet as planned.
    """
    at_risk, alive, area, last = len(took) + len(ages), 1.0, 0.0, 0.0
    so_far: list[tuple[float, float]] = []
    place = 0
    for age in [*ages, None]:
        while place < len(took) and (age is None or took[place] <= age):
            area, last = area + alive * (took[place] - last), took[place]
            alive *= 1 - 1 / at_risk
            at_risk -= 1
            place += 1
        if age is not None:
            area, last = area + alive * (age - last), age
            so_far.append((area, alive))
            at_risk -= 1
    typical = area + alive * (planned - last if last < planned else OVERDUE * last)
    return typical, [(typical - area) / alive if alive else 0.0 for area, alive in so_far]


def time_words(seconds: float) -> str:
    """Write a time as minutes and seconds, and as hours where it has any."""
    if seconds < HOUR:
        return clocked(seconds)
    return f"{int(seconds // HOUR)}:{int(seconds % HOUR // 60):02d}:{int(seconds % 60):02d}"


def rate_words(rate: float | None) -> str:
    """Say how quickly it goes: in a second, or in a minute where that is more telling; "" before anything is done."""
    if rate is None:
        return ""
    if rate >= 10:
        return f"{rate:.0f} targets/s"
    return f"{rate:.1f} targets/s" if rate >= 1 else f"{rate * 60:.1f} targets/min"


def figures(so_far: SoFar) -> str:
    """Say all of it in a line of a log."""
    counts = so_far.counts
    parts = [f"{so_far.done} of {so_far.course.targets} target{'' if so_far.course.targets == 1 else 's'} done"]
    parts += [f"{counts[kind]} {kind}" for kind in ("failing", "undecided", "not examined")]
    parts += [f"{so_far.running} running", rate_words(so_far.rate), f"{time_words(so_far.elapsed)} elapsed"]
    left = so_far.left
    parts.append("" if left is None else f"about {time_words(left)} left")
    return " · ".join(part for part in parts if part)
