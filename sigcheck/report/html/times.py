"""The answer times of the samples beside the limit, on a logarithmic scale that shows both."""

from collections.abc import Iterator
from math import ceil, floor, log10

from sigcheck.model.figures import AnswerTimes, span
from sigcheck.model.report import Report
from sigcheck.report.html.drawing import BAD, CALM, WARN, brief, line, mark, percent, picture, text, titled
from sigcheck.report.html.markup import Markup, count, tag

MOST_DOTS = 300
LEAST = 0.0001
"""Seconds under which all is drawn as one: a logarithm of 0 there is not."""
TOP, TALLEST = 34, 150


def times(report: Report, level: int) -> Markup:
    """Draw how long the samples took, or say why there is no picture."""
    measured = report.answer_times
    heading = tag(f"h{level}", "Answer times and the limit")
    if measured is None:
        return tag("section", heading, tag("p", "There is no picture, because no sample was taken in this run."))
    if not measured.answered:
        said = f"There is no picture, because none of {count(len(measured.values), 'sample')} was answered."
        return tag("section", heading, tag("p", said), class_="times")
    return tag(
        "section",
        heading,
        tag("p", _said(measured)),
        tag("figure", _picture(measured), tag("figcaption", _caption(measured))),
        class_="times",
    )


def _said(measured: AnswerTimes) -> str:
    first = "not answered" if measured.first is None else f"answered after {span(measured.first)}"
    were = "was" if measured.answered == 1 else "were"
    said = f"{measured.answered} of {count(len(measured.values), 'sample')} {were} answered; "
    said += f"the limit is {brief(measured.limit)}. The first one was {first}."
    if measured.minimum is None or measured.median is None or measured.p95 is None or measured.maximum is None:
        return said
    return (
        f"{said} The others took {span(measured.minimum)} to {span(measured.maximum)}: "
        f"half of them at most {span(measured.median)}, and 95 % of them at most {span(measured.p95)}."
    )


def _caption(measured: AnswerTimes) -> str:
    said = "The scale is logarithmic: each mark is ten times the one before it. "
    said += "Each dot is a sample, the first one at the top."
    if measured.answered < len(measured.values):
        said += " A cross at the right edge is a sample that was not answered."
    if any(value is not None and value > measured.limit for value in measured.values):
        said += " A cross before it is an answer that came too late."
    left = len(measured.values) - MOST_DOTS
    return said + (f" {count(left, 'more sample is', 'more samples are')} not drawn." if left > 0 else "")


class _Scale:
    """Where a time stands: from the decade below the least value to past the limit and the largest one."""

    def __init__(self, measured: AnswerTimes) -> None:
        values = [max(LEAST, value) for value in measured.values if value is not None]
        self.low = floor(log10(min(*values, measured.limit)) + 1e-9)
        self.high = log10(max(*values, measured.limit)) + 0.45

    def place(self, seconds: float) -> float:
        """Give the share of the width at which a time is."""
        return (log10(max(LEAST, seconds)) - self.low) / (self.high - self.low)


def _picture(measured: AnswerTimes) -> Markup:
    scale = _Scale(measured)
    values = measured.values[:MOST_DOTS]
    step = min(7.0, TALLEST / len(values))
    bottom = TOP + step * len(values) + 6
    parts = [*_zones(measured, scale, bottom), *_ticks(scale, bottom)]
    for index, value in enumerate(values):
        y = TOP + step * (index + 0.5)
        place = 0.985 if value is None else scale.place(value)
        good = value is not None and value <= measured.limit
        said = "no answer" if value is None else f"answered after {span(value)}"
        late = "" if good or value is None else f", past the limit of {brief(measured.limit)}"
        first = " (the first one, which may be a cold start)" if index == 0 else ""
        parts.append(titled(f"Sample {index + 1}{first}: {said}{late}", mark(place, y, good=good, size=3.5)))
    return picture(_said(measured), bottom + 22, *parts)


def _zones(measured: AnswerTimes, scale: _Scale, bottom: float) -> Iterator[Markup]:
    limit = scale.place(measured.limit)
    yield tag(
        "rect", x=percent(limit), y="16", width=f"{98 * (1 - limit):.2f}%", height=f"{bottom - 16:g}", fill=BAD,
        fill_opacity="0.13",
    )  # fmt: skip
    yield titled(
        f"The limit: {brief(measured.limit)}",
        line(limit, 16, limit, bottom, WARN, stroke_width="3"),
        text(limit, 11, f"limit {brief(measured.limit)}", "end" if limit > 0.75 else "middle", font_weight="700"),
    )
    yield text(1, 29, "too late", "end", font_size="11")
    if measured.median is not None:
        place = scale.place(measured.median)
        yield titled(
            f"The median: {span(measured.median)}",
            line(place, 16, place, bottom, CALM, stroke_width="2", stroke_dasharray="4 3"),
            text(place, 11, f"median {brief(measured.median)}", "start" if place < 0.2 else "middle"),
        )


def _ticks(scale: _Scale, bottom: float) -> Iterator[Markup]:
    yield line(0, bottom, 1, bottom, stroke_width="1")
    for power in range(scale.low, ceil(scale.high)):
        place = scale.place(10.0**power)
        yield line(place, TOP - 4, place, bottom + 4, stroke_width="1", stroke_opacity="0.25")
        yield text(place, bottom + 17, brief(10.0**power), "start" if place < 0.05 else "middle")
