"""What the pictures of the timeline share: the words about a delivery, and the letters of the messages."""

from collections.abc import Iterator, Sequence

from sigcheck.model.figures import Course, Moment
from sigcheck.report.html.markup import count

MOST_DELIVERIES = 12
"""Deliveries of a message that are drawn, of a report that somebody has blown up."""


def described(course: Course, moment: Moment) -> str:
    """Say all about a delivery: what is shown under the pointer."""
    parts = [f"due at {exact(moment.due)}", f"sent at {exact(moment.sent)}"]
    if moment.answered is None:
        parts.append(f"not answered: {moment.outcome}")
    else:
        parts.append(f"answered at {exact(moment.answered)}: {moment.outcome}")
    if moment.deadline is not None:
        parts.append(f"its limit ran out at {exact(moment.deadline)}")
    parts.append(counted(moment) or "effects were not counted")
    return f"Delivery {moment.delivery} of {course.name}: {', '.join(parts)}"


def exact(seconds: float) -> str:
    """Give a moment of the schedule to the millisecond."""
    return f"{seconds:.3f} s"


def counted(moment: Moment) -> str:
    """Say how many effects had been counted behind a delivery, "" where they were not."""
    return "" if moment.effects is None else f"{count(moment.effects, 'effect')}, expected {moment.expected}"


def lettered(courses: Sequence[Course]) -> Iterator[tuple[str, Course]]:
    """Give each message the letter by which the pictures call it."""
    return zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", courses, strict=False)


def ended_at(moment: Moment) -> float:
    """Give the moment at which a delivery was answered, or had failed."""
    return next(each for each in (moment.answered, moment.ended, moment.sent) if each is not None)
