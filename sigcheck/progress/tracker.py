"""What is known of a run's course, and how an event is said in a line."""

from sigcheck import clock
from sigcheck.model.delivery import Answer, Exchange
from sigcheck.model.events import (
    Delivered,
    Estimated,
    Event,
    KnownSoFar,
    Lingering,
    Observed,
    ProbeStarted,
    Sampled,
    Waiting,
)
from sigcheck.model.figures import batch_of

KEPT = "Ctrl-C keeps the report"


class Tracker:
    """What is known of a run: when it began, until when it will go on, what it waits for, what failed so far."""

    def __init__(self) -> None:
        self.began = clock.now()
        self.until: float | None = None
        self.failed = 0
        self._seen: set[tuple[str, str]] = set()
        self.waiting: Waiting | Lingering | None = None

    def take(self, event: Event) -> None:
        """Note what an event says of it."""
        match event:
            case Estimated(until=until):
                self.until = until
                return
            case KnownSoFar(report=report):
                self.failed += sum(result.failed for result in report.results)
            case Delivered(scenario="retry", accepted=False):
                self.failed += 1
            case Observed(scenario=scenario, name=name, counted=counted) if (
                counted.effects or 0
            ) > counted.expected and (scenario, name) not in self._seen:
                self._seen.add((scenario, name))
                self.failed += 1
        if isinstance(event, Waiting | Lingering):
            self.waiting = event
        elif isinstance(event, ProbeStarted) or (isinstance(event, Delivered) and event.scenario == "retry"):
            # What is played and counted meanwhile does not change what is waited for.
            self.waiting = None

    @property
    def elapsed(self) -> str:
        """How long it has run, of about how long."""
        now = clock.now()
        total = "" if self.until is None or self.until < now else f" of ~{clocked(self.until - self.began)}"
        return f"{clocked(now - self.began)}{total}"

    @property
    def failures(self) -> str:
        """What failed so far."""
        return f"{self.failed} failed"

    @property
    def awaited(self) -> str | None:
        """What it waits for, and for how long."""
        waiting = self.waiting
        if waiting is None:
            return None
        what = "last count" if isinstance(waiting, Lingering) else f"delivery {waiting.number}/{waiting.of}"
        return f"{what} in {clocked(max(0.0, waiting.until - clock.now()))}"


def clocked(seconds: float) -> str:
    """Write a time as minutes and seconds."""
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"


def phase(event: Event) -> str | None:
    """Say an event in a line of a log, if it begins a phase or is a failure; None for all that goes as expected."""
    match event:
        case Sampled(number=number, accepted=accepted) if number > 1 or accepted:
            return None
        case Delivered(scenario=scenario, accepted=accepted) if scenario != "retry" or accepted:
            return None
        case Observed(counted=counted) if counted.effects is not None and counted.effects <= counted.expected:
            return None
    return describe(event)


Told = set[tuple[object, ...]]
"""What a log has told of already."""


def repeated(event: Event, told: Told) -> bool:
    """Whether that was told of before; `told` remembers it.

    Each delivery is waited for twice, for the last look before it and for itself. What is wrong with the effects of a
    message is still wrong at each count that follows.
    """
    key: tuple[object, ...]
    match event:
        case Waiting(run=run, number=number):
            key = (run, "waiting", number)
        case Observed(run=run, scenario=scenario, name=name, counted=counted):
            key = (run, scenario, name, "fault" if counted.effects is None else counted.effects > counted.expected)
        case _:
            return False
    again = key in told
    told.add(key)
    return again


def describe(event: Event) -> str | None:
    """Say an event in one line; None where it is not worth one."""
    match event:
        case ProbeStarted(probe=probe, detail=detail):
            return f"{probe}: {detail}"
        case Sampled(number=number, of=of, exchange=exchange):
            return f"delivery: sample {number} of {of}: {outcome(exchange)}"
        case Delivered(scenario=scenario, name=name, number=number, of=of, exchange=exchange):
            what = f"{name}, in {batch_of(len(exchange.messages))}" if exchange.also else name
            return f"replay: {scenario}, request {number} of {of}, {what}: {outcome(exchange)}"
        case Waiting(number=number, of=of, since=since, until=until) if until - since > 1:
            return f"replay: delivery {number} of {of} is due in {until - since:.0f} s"
        case Lingering(since=since, until=until) if until - since > 1:
            return f"observer: the last count is due in {until - since:.0f} s"
        case Observed(scenario=scenario, name=name, counted=counted):
            plural = "" if counted.effects == 1 else "s"
            words = counted.fault if counted.effects is None else f"{counted.effects} effect{plural}"
            return f"observer: {scenario}, {counted.label}, {name}: {words}"
        case KnownSoFar(report=report, seconds=seconds):
            failed = report.failed
            least = f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1g} s"
            lines = [f"known so far: {len(failed)} failed; the replay will take at least {least}; {KEPT}"]
            lines += [f"  {result.level} {result.rule}: {result.summary}" for result in failed]
            return "\n".join(lines)
    return None


def outcome(exchange: Exchange) -> str:
    """Say what came of an exchange."""
    match exchange.outcome:
        case Answer(status=status):
            after = exchange.answered_after or 0.0
            return f"{status} after {after * 1000:.1f} ms" if after < 1 else f"{status} after {after:.2f} s"
        case failure:
            return failure.words
