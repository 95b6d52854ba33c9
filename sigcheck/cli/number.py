"""Numbers as the values of options. The help says their range in words, as it does for the settings of a run."""

from typing import Any

import click


class Whole(click.IntRange):
    """A whole number in a range."""

    def _describe_range(self) -> str:
        return f"{self.min} to {self.max}"


class Number(click.FloatRange):
    """A number in a range, which nan is not: it compares as neither too small nor too large."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the number, or fail."""
        number = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value} is not a number.", param, ctx)
        return number

    def _describe_range(self) -> str:
        return f"{self.min:g} to {self.max:g}"
