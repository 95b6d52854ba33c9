"""The timeline of deliveries: the whole schedule, a line for each message, and each delivery close up."""

from collections.abc import Iterator, Sequence

from sigcheck.model.figures import Course, Moment, Timeline
from sigcheck.model.report import Report
from sigcheck.report.html.deliveries import MOST_DELIVERIES, counted, described, ended_at, exact, lettered
from sigcheck.report.html.drawing import CALM, anchored, brief, line, mark, percent, picture, short, text, titled
from sigcheck.report.html.markup import Markup, count, tag
from sigcheck.report.html.panels import LEGEND, panels

MOST_LANES = 8
MOST_ROWS = 100
"""What is shown of a report that somebody has blown up."""
LANE = 56


def timeline(report: Report, level: int) -> Markup:
    """Draw the replay of the schedule, or say why there is no picture."""
    shown = report.timeline
    heading = tag(f"h{level}", "Deliveries over time")
    if shown is None:
        ended = report.evidence.interrupted is not None
        why = "the run was ended before the replay" if ended else "this run did not replay the Cloud's schedule"
        said = f"There is no picture, because {why}."
        return tag("section", heading, tag("p", said))
    if not shown.courses:
        why = shown.not_played or "the run ended before the first delivery of the schedule"
        return tag("section", heading, tag("p", f"There is no picture, because nothing was replayed: {why}."))
    limit = report.evidence.policy.answer_limit
    courses = shown.courses[:MOST_LANES]
    return tag(
        "section",
        heading,
        tag("p", _said(shown, limit)),
        tag("p", f"! The replay was cut short: {shown.not_played}.", class_="warn") if shown.not_played else None,
        _key(courses),
        tag("figure", _overview(courses, limit), tag("figcaption", _caption(shown, courses, limit))),
        tag(f"h{level + 1}", "Each delivery close up"),
        tag("p", "Each picture has its own scale. Time is counted from when the delivery was due.", class_="dim"),
        tag("div", *panels(courses, limit), class_="panels"),
        tag("p", LEGEND, class_="dim"),
        _figures(shown.courses),
    )


def _said(shown: Timeline, limit: float) -> str:
    deliveries = max(len(course.moments) for course in shown.courses)
    messages = count(len(shown.courses), "message was", "messages were")
    times = (
        "once" if deliveries == 1 else f"up to {deliveries} times" if len(shown.courses) > 1 else f"{deliveries} times"
    )
    pace = "at the Cloud's own pace" if shown.speed == 1 else f"on a schedule {shown.speed:g} times faster"
    said = f"{messages} delivered {times} {pace}; {shown.schedule}. "
    return said + f"Each delivery must be answered within {brief(limit)}."


def _caption(shown: Timeline, courses: Sequence[Course], limit: float) -> str:
    said = "Times are counted from the first delivery. ● is a delivery that was accepted, ✗ one that was not. "
    if any(moment.effects is not None for course in courses for moment in course.moments):
        said += "The number below is how many effects of the message had been counted by then: "
        said += "= means as many as expected, ≠ another number."
    else:
        said += "Effects were not counted in this run."
    if _fits(courses, limit):
        said += f" The shaded part behind a delivery is the limit of {brief(limit)}."
    left = len(shown.courses) - len(courses)
    return said + (f" {count(left, 'more message is', 'more messages are')} not drawn." if left else "")


def _key(courses: Sequence[Course]) -> Markup:
    """Say which letter stands for which message."""
    items = []
    for letter, course in lettered(courses):
        message = course.message
        identity = f"(device {message.device}, time {message.time}, seqNumber {message.seq_number})"
        items.append(tag("li", tag("b", letter), f" {course.name} ", tag("span", identity, class_="dim")))
    return tag("ul", *items, class_="plain")


def _end(courses: Sequence[Course]) -> float:
    """Give the moment at which the last delivery had come to its end."""
    return max(0.001, *(max(each.due, each.sent, ended_at(each)) for course in courses for each in course.moments))


def _fits(courses: Sequence[Course], limit: float) -> bool:
    """Whether the limit is short enough beside the whole schedule to be drawn there."""
    return limit <= _end(courses) / 6


def _overview(courses: Sequence[Course], limit: float) -> Markup:
    fits = _fits(courses, limit)
    end = _end(courses) + (limit if fits else 0.0)
    lanes = [part for index, each in enumerate(lettered(courses)) for part in _lane(*each, index, end, fits=fits)]
    bottom = len(courses) * LANE + 8
    told = "; ".join(
        f"{course.name}: " + ", then ".join(counted(each) or "not counted" for each in course.moments[:MOST_DELIVERIES])
        for course in courses
    )
    label = (
        f"The whole schedule of {brief(_end(courses))}, a line for each message. Effects after each delivery: {told}"
    )
    return picture(label, bottom + 24, *lanes, *_axis(courses[0], bottom, end))


def _axis(course: Course, y: float, end: float) -> Iterator[Markup]:
    yield line(0, y, 1, y, stroke_width="1")
    last = -1.0
    for moment in course.moments[:MOST_DELIVERIES]:
        place = moment.due / end
        yield line(place, y, place, y + 5, stroke_width="1")
        if place - last > 0.12:
            yield text(place, y + 18, brief(moment.due), anchored(place))
            last = place


def _lane(letter: str, course: Course, index: int, end: float, *, fits: bool) -> Iterator[Markup]:
    top = index * LANE
    y = top + 24
    yield text(0, top + 10, short(f"{letter}  {course.name}"), font_weight="600")
    yield line(0, y, 1, y, stroke_width="1", stroke_opacity="0.35")
    for moment in course.moments[:MOST_DELIVERIES]:
        yield titled(described(course, moment), *_delivery(moment, y, end, fits=fits))


def _delivery(moment: Moment, y: float, end: float, *, fits: bool) -> Iterator[Markup]:
    place = moment.sent / end
    if moment.deadline is not None and fits:
        wide = f"{98 * max(0.0, moment.deadline - moment.sent) / end:.2f}%"
        yield tag("rect", x=percent(place), y=f"{y - 7:g}", width=wide, height="14", fill=CALM, fill_opacity="0.25")
    yield mark(place, y, good=moment.accepted)
    if moment.effects is not None:
        right = moment.effects == moment.expected
        words = f"{moment.effects} {'=' if right else '≠'}"
        yield text(place, y + 21, words, anchored(place), font_weight=None if right else "700")


def _figures(courses: Sequence[Course]) -> Markup:
    """Give the same in figures, for whoever cannot see the pictures or wants to copy them."""
    lines = [(course, moment) for course in courses for moment in course.moments]
    rows = [
        (
            f"{course.name}, delivery {moment.delivery}",
            exact(moment.due),
            exact(moment.sent),
            moment.outcome,
            counted(moment) or "not counted",
        )
        for course, moment in lines[:MOST_ROWS]
    ]
    head = tag("tr", *(tag("th", each, scope="col") for each in ("Delivery", "Due", "Sent", "Outcome", "Effects")))
    body = (tag("tr", *(tag("td", cell, class_="n" if cell.endswith(" s") else None) for cell in row)) for row in rows)
    more = len(lines) - len(rows)
    return tag(
        "details",
        tag("summary", "The same in figures"),
        tag("table", tag("thead", head), tag("tbody", *body)),
        tag("p", f"{count(more, 'more delivery is', 'more deliveries are')} in the JSON report.") if more > 0 else None,
    )
