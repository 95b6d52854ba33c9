"""What the pictures share. Places are per cent of the width, so that text keeps its size on a phone.

Styled by attributes alone: a server may strip style sheets. The colours are seen on white and on black, and text has
the colour of the page.
"""

from math import floor, log10

from sigcheck.report.html.markup import Attribute, Markup, tag

GOOD = "#1f9d55"
BAD = "#e5484d"
WARN = "#b7791f"
CALM = "#3b82f6"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
NARROW = 46
"""Characters that fit a line of a picture on a phone."""


def picture(label: str, height: float, *content: str | None, **attributes: Attribute) -> Markup:
    """Make a picture as wide as its place; `label` says all that it shows."""
    return tag(
        "svg", tag("desc", label), *content, role="img", aria_label=label, width="100%", height=f"{height:g}",
        fill="currentColor", font_family=FONT, font_size="12", overflow="visible", **attributes,
    )  # fmt: skip


def percent(share: float) -> str:
    """Give a place as per cent of the width, with a little margin at both ends."""
    return f"{1 + 98 * min(1.0, max(0.0, share)):.2f}%"


def anchored(share: float) -> str:
    """Say which end of words is at a place, so that they stay within the picture."""
    return "start" if share < 0.05 else "end" if share > 0.95 else "middle"


def line(x: float, y: float, to_x: float, to_y: float, colour: str = "currentColor", **more: Attribute) -> Markup:
    """Draw a line; x in shares of the width, y in pixels."""
    return tag("line", x1=percent(x), y1=f"{y:g}", x2=percent(to_x), y2=f"{to_y:g}", stroke=colour, **more)


def text(x: float, y: float, words: str, anchor: str = "start", **more: Attribute) -> Markup:
    """Write words at a place."""
    return tag("text", words, x=percent(x), y=f"{y:g}", text_anchor=anchor, **more)


def bar(x: float, to_x: float, y: float, height: float, colour: str, **more: Attribute) -> Markup:
    """Draw a bar that is seen even where it has no length."""
    wide = f"{98 * max(0.0, min(1.0, to_x) - max(0.0, x)):.2f}%"
    return tag(
        "rect", x=percent(x), y=f"{y:g}", width=wide, height=f"{height:g}", fill=colour, stroke=colour,
        stroke_width="2", stroke_linejoin="round", **more,
    )  # fmt: skip


def mark(x: float, y: float, *, good: bool, size: float = 5) -> Markup:
    """Draw a disc for what went well, and a cross for what did not."""
    if good:
        return tag("circle", cx=percent(x), cy=f"{y:g}", r=f"{size:g}", fill=GOOD)
    cross = tag(
        "path", d=f"M-{size:g} -{size:g}L{size:g} {size:g}M-{size:g} {size:g}L{size:g} -{size:g}", stroke=BAD,
        stroke_width="3", stroke_linecap="round", fill="none",
    )  # fmt: skip
    return tag("svg", cross, x=percent(x), y=f"{y:g}", overflow="visible", width="1", height="1")


def titled(title: str, *content: str | None) -> Markup:
    """Put content together that has words of its own under the pointer."""
    return tag("g", tag("title", title), *content)


def short(words: str, most: int = NARROW) -> str:
    """Cut words to what a line of a picture holds."""
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def rounded_up(value: float) -> float:
    """Give the next of 1, 2, 4, 5 or 10 times a power of ten: the end of a scale."""
    if value <= 0:
        return 0.001
    step = 10.0 ** floor(log10(value))
    return next(each * step for each in (1, 2, 4, 5, 10, 20) if each * step >= value * 0.999999)


def brief(seconds: float) -> str:
    """Give a time as a scale is labelled with: "20 ms", "1.5 s", "7 min"."""
    if not seconds:
        return "0 s"
    if abs(seconds) < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min"
