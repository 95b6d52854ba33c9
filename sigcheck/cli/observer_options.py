"""The options that name an observer, for every command that counts effects."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

LONGEST_SETTLE = 60.0
LONGEST_INTERVAL = 60.0

_F = TypeVar("_F", bound=Callable[..., Any])


class Number(click.FloatRange):
    """A number in a range, which nan is not: it compares as neither too small nor too large."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the number, or fail."""
        number = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value} is not a number.", param, ctx)
        return number


OPTIONS = (
    click.option("--observe-url", metavar="TEMPLATE", help="Where the number of effects can be read."),
    click.option("--observe-header", "observe_headers", multiple=True, metavar="'N: V'", help="For --observe-url."),
    click.option("--observe-command", metavar="CMD", help="A command that prints the number of effects (no shell)."),
    click.option("--observe-sql", metavar="URL", help="sqlite:///FILE or postgresql://…, with --observe-query."),
    click.option(
        "--observe-query", metavar="SQL", help="A query that gives the number; placeholders become parameters."
    ),
    click.option(
        "--observe-pointer", metavar="POINTER", help="JSON pointer to the number, or the array, in the answer."
    ),
    click.option(
        "--observe-metric", metavar="SERIES", help="Series of Prometheus text whose values, added up, are the number."
    ),
    click.option(
        "--observe-default",
        type=click.IntRange(0),
        metavar="N",
        help="The number where the observer has none: 404, an empty answer, null, no such place.",
    ),
    click.option(
        "--observe-interval",
        type=Number(0, LONGEST_INTERVAL),
        metavar="S",
        help="Seconds between two questions. Default: at most 60 a minute, without limit in a compressed run.",
    ),
    click.option(
        "--settle",
        default=2.0,
        type=Number(0.1, LONGEST_SETTLE),
        show_default=True,
        help="Seconds a count must stay unchanged before it is accepted.",
    ),
)


def observer_options(command: _F) -> _F:
    """Give a command all of them, in this order."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
