"""Numbers as the values of options. The help says their range in words, as it does for the settings of a run."""

import re
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


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on
    """A length of time such as 90s, 15m, 6h or 1d, in a range of seconds; gives seconds."""

    name = "duration"

    def __init__(self, low: float, high: float) -> None:
        self._low = low
        self._high = high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give the seconds, or fail."""
        found = _DURATION.fullmatch(str(value).strip())
        seconds = float(found[1]) * _UNITS[found[2] or "s"] if found else -1.0
        if not self._low <= seconds <= self._high:
            self.fail(self.wanted, param, ctx)
        return seconds

    @property
    def wanted(self) -> str:
        """Say what it must be."""
        return f"must be a time from {in_units(self._low)} to {in_units(self._high)}, such as 90s, 15m or 6h"


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s?([smhd])?")


def in_units(seconds: float) -> str:
    """Write a length of time in the largest unit that it is a multiple of."""
    unit = next(name for name in reversed(_UNITS) if seconds % _UNITS[name] == 0 or name == "s")
    return f"{seconds / _UNITS[unit]:g}{unit}"
