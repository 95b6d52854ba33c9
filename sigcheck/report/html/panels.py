"""Each delivery close up: due, sent, connected and answered, on a scale of its own beside the limit."""

from collections.abc import Iterator, Sequence

from sigcheck.model.figures import Course, Moment
from sigcheck.report.html.deliveries import MOST_DELIVERIES, described, ended_at, lettered
from sigcheck.report.html.drawing import (
    BAD,
    GOOD,
    WARN,
    anchored,
    bar,
    brief,
    line,
    mark,
    picture,
    rounded_up,
    short,
    text,
    titled,
)  # fmt: skip
from sigcheck.report.html.markup import Markup, count, tag

ROW = 40
BEFORE_BREAK, LIMIT_PLACE = 0.66, 0.92
"""Where a broken axis ends, and where the limit is drawn behind the break; shares of the width."""
LEGEND = (
    "In each row the upright line at the left is the moment at which the delivery was due, and the dashes are the wait "
    "until it was sent. The thin bar is the connection, the thick bar the wait for the answer. The upright bar at the "
    "right is where the limit runs out. “=” stands for as many effects as expected, “≠” for another number. Where the "
    "axis is broken (“//”), the limit is much further away than it looks."
)
Row = tuple[str, Course, Moment]


def panels(courses: Sequence[Course], limit: float) -> Iterator[Markup]:
    """Give a picture for each delivery of the schedule, with a row for each message."""
    numbers = sorted({moment.delivery for course in courses for moment in course.moments})
    for number in numbers[:MOST_DELIVERIES]:
        rows = [
            (letter, course, moment)
            for letter, course in lettered(courses)
            for moment in course.moments
            if moment.delivery == number
        ]
        due = rows[0][2].due
        when = ", the first" if number == 1 else f", due {brief(due)} after the first"
        heading = tag("figcaption", tag("b", f"Delivery {number}"), when)
        yield tag("figure", heading, _panel(number, rows[:MOST_DELIVERIES], limit), class_="panel")


class _Scale:
    """Where a time stands in a picture. Where the limit is far away the axis is broken, and says so."""

    def __init__(self, moments: Sequence[Moment], limit: float) -> None:
        end = max(0.001, *(ended_at(each) - each.due for each in moments))
        self.limit = max((each.deadline - each.due for each in moments if each.deadline is not None), default=None)
        self.broken = self.limit is not None and end * 1.1 < self.limit / 2
        whole = self.limit is not None and not self.broken
        self.most = max(end, self.limit or 0.0) * 1.08 if whole else rounded_up(end * 1.1)
        # Halfway to the limit of the contract; where it runs out differs by how late each request was sent.
        self._half = limit / 2
        self.room = BEFORE_BREAK if self.broken else 1.0

    @property
    def ticks(self) -> tuple[float, ...]:
        """The times that the axis is labelled with, beside the limit."""
        if self.limit is not None and not self.broken:
            return (0.0, self._half)
        return (0.0, self.most / 2, self.most)

    def place(self, seconds: float) -> float:
        """Give the share of the width at which a time on the axis is."""
        return self.room * max(0.0, seconds) / self.most

    def of_limit(self, seconds: float) -> float:
        """Give the place of the end of a limit, which is behind the break where there is one."""
        return LIMIT_PLACE if self.broken else self.place(seconds)


def _panel(number: int, rows: Sequence[Row], limit: float) -> Markup:
    scale = _Scale([moment for _, _, moment in rows], limit)
    drawn = [
        titled(described(course, moment), *_row(letter, moment, index * ROW, scale))
        for index, (letter, course, moment) in enumerate(rows)
    ]
    label = f"Delivery {number} close up. " + ". ".join(described(course, moment) for _, course, moment in rows)
    return picture(label, len(rows) * ROW + 26, *drawn, *_axis(len(rows) * ROW + 4, scale, limit))


def _row(letter: str, moment: Moment, top: float, scale: _Scale) -> Iterator[Markup]:
    sent, ended = moment.sent - moment.due, ended_at(moment) - moment.due
    requested = ended if moment.requested is None else min(ended, moment.requested - moment.due)
    yield text(0, top + 13, short(f"{letter} {'✓' if moment.accepted else '✗'} {moment.outcome}", 36))
    if moment.effects is not None:
        wrong = moment.effects != moment.expected
        words = f"{count(moment.effects, 'effect')} {'≠' if wrong else '='}"
        yield text(1, top + 13, words, "end", font_weight="700" if wrong else None)
    y = top + 25
    yield line(0, y, scale.place(sent), y, stroke_width="1", stroke_dasharray="2 2")
    yield line(0, y - 6, 0, y + 6, stroke_width="2")
    colour = GOOD if moment.accepted else BAD
    yield bar(scale.place(sent), scale.place(requested), y - 2, 4, colour, opacity="0.55")
    if moment.requested is not None:
        yield bar(scale.place(requested), scale.place(ended), y - 4, 8, colour)
    if not moment.accepted:
        yield mark(scale.place(ended), y, good=False, size=4)
    if moment.deadline is not None:
        place = scale.of_limit(moment.deadline - moment.due)
        yield line(place, y - 7, place, y + 7, WARN, stroke_width="3")


def _axis(y: float, scale: _Scale, limit: float) -> Iterator[Markup]:
    yield line(0, y, scale.room, y, stroke_width="1", stroke_opacity="0.6")
    for tick in scale.ticks:
        place = scale.place(tick)
        yield line(place, y, place, y + 4, stroke_width="1")
        yield text(place, y + 17, brief(tick), anchored(place))
    if scale.limit is None:
        return
    if scale.broken:
        for place in (0.765, 0.79):
            yield line(place - 0.01, y + 5, place + 0.01, y - 5, stroke_width="1.5")
        yield line(0.84, y, 1, y, stroke_width="1", stroke_opacity="0.6")
    near = scale.of_limit(scale.limit) > 0.8
    place = 1 if near else scale.of_limit(scale.limit)
    yield text(place, y + 17, f"limit {brief(limit)}", "end" if near else "middle")
