"""Reads what an observer answered as a count: plain text, JSON, Prometheus text, a value of a database."""

import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from msgspec import Struct

from sigcheck.callback import fill, has_placeholder, tells_messages
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message
from sigcheck.probes.observer import ObserverFault
from sigcheck.redaction.hide import hide

SHOWN = 60
"""Characters of a wrong answer that are shown."""

LARGEST = 10**15
"""A count beyond which it is none, and a float would no longer tell two apart."""

MOST_HINTS = 3
"""Places in a JSON answer that are named as possible counts."""

DEEPEST_HINT = 4
"""Levels of a JSON answer that are searched for such places."""

_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.0*)?")
_SERIES = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})?[ \t]+[-+.0-9eEnNaIif]+([ \t]+\d+)?")
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|$)')
_STEP = re.compile(r"""\.?([^.\[\]'"]+)|\[(\d+)\]|\[(['"])(.*?)\3\]""")


class Shape(Struct, frozen=True):
    """Where in an observer's answer the count is.

    `pointer` is a JSON pointer (RFC 6901), `metric` a series of Prometheus text, both as templates; None for neither.
    `default` is the count where there is nothing in that place; None where that is a fault.
    """

    pointer: str | None = None
    metric: str | None = None
    default: int | None = None

    @property
    def per_message(self) -> bool:
        """Whether the place depends on the message."""
        return any(has_placeholder(each) for each in (self.pointer, self.metric) if each is not None)

    @property
    def tells_messages(self) -> bool:
        """Whether the place depends on more of the message than its device."""
        return any(tells_messages(each) for each in (self.pointer, self.metric) if each is not None)

    def filled(self, message: Message) -> "Shape":
        """Give the shape for one message."""
        if not self.per_message:
            return self
        pointer = None if self.pointer is None else fill(self.pointer, message)
        return Shape(pointer, None if self.metric is None else fill(self.metric, message), self.default)

    def absent(self, why: str) -> int:
        """Give the count where there is none; raises ObserverFault without a default."""
        if self.default is None:
            raise ObserverFault(f"{why}; if that means no effects, give --observe-default 0")
        return self.default


def read_answer(text: str, shape: Shape) -> int:
    """Read an observer's answer; raises ObserverFault.

    The count is a whole number, alone or as JSON. An array counts as many as it has elements.
    """
    stripped = text.strip().removeprefix("\ufeff").strip()
    if not stripped:
        return shape.absent("the observer answered with nothing instead of a count")
    if shape.metric is not None:
        return _of_series(text, shape.metric, shape)
    if shape.pointer is None and _NUMBER.fullmatch(stripped):
        return as_count(Decimal(stripped), shape)
    try:
        value = json.loads(stripped, parse_int=_integer)
    except (ValueError, RecursionError):
        if shape.pointer is None:
            raise ObserverFault(f"the observer answered {shown(stripped)}, not a whole number{_hint(text)}") from None
        raise ObserverFault(f"the observer answered {shown(stripped)}, which is not JSON") from None
    if shape.pointer is not None:
        try:
            value = _point(value, shape.pointer)
        except LookupError:
            return shape.absent(f"the observer's answer has nothing at {_hidden(shape.pointer)}")
    elif isinstance(value, dict):
        raise ObserverFault(
            f"the observer answered {shown(stripped)}, not a whole number; name the count with "
            f"--observe-pointer{_or_so(value)}"
        )
    return as_count(value, shape)


def as_count(value: Any, shape: Shape) -> int:
    """Give a value that can be a count: a whole number, however it is written, or an array, by its length.

    Raises ObserverFault for anything else.
    """
    if value is None:
        return shape.absent("the observer's count is null")
    if isinstance(value, list | tuple):
        return len(value)
    if isinstance(value, dict):
        raise ObserverFault(
            f"the observer's count is an object, {shown(_written(value))}, not a whole number; name the count with "
            f"--observe-pointer{_or_so(value, _hidden(shape.pointer or ''))}"
        )
    number = _number(value)
    if number is None:
        raise ObserverFault(f"the observer's count is {shown(_written(value))}, not a whole number")
    if number > LARGEST:
        raise ObserverFault("the observer's number is too large to be a count")
    if number < -LARGEST:
        raise ObserverFault("the observer's number is far below 0: a count cannot be negative")
    if number < 0:
        raise ObserverFault(f"the observer answered {number}: a count cannot be negative")
    return number


def shown(text: str) -> str:
    """Quote a wrong answer, shortened, without secrets."""
    text = hide(text)
    return repr(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")


def check_pointer(pointer: str) -> str:
    """Give a JSON pointer (RFC 6901) back; raises UsageProblem, with the pointer that was meant."""
    if not pointer or pointer.startswith("/"):
        return pointer
    if pointer.startswith("#/"):
        raise UsageProblem("--observe-pointer begins with # instead of a slash", "leave it out")
    steps = list(_STEP.finditer(pointer.removeprefix("$")))
    if not steps or "".join(step.group() for step in steps) != pointer.removeprefix("$"):
        raise UsageProblem(
            "--observe-pointer is not a JSON pointer (RFC 6901)", "write /data/0/count for data[0].count"
        )
    names = (step[1] or step[2] or step[4] or "" for step in steps)
    meant = "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
    # A bare word may be anything that came into its place.
    fix = f"write {meant}" if pointer[0] in "$.[" or "[" in pointer else "put a slash before it"
    raise UsageProblem("--observe-pointer does not begin with a slash", fix)


def check_metric(selector: str) -> str:
    """Give a series' selector back; raises UsageProblem."""
    _labels(selector)
    return selector


def _integer(digits: str) -> int:
    """Read a whole number of JSON. Python refuses thousands of digits; the first ones tell that it is too large."""
    return int(digits[: 2 * SHOWN])


def _number(value: Any) -> int | None:
    """Give the whole number that a value is, None for any other."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value.is_integer() else None
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return int(Decimal(value.strip()))
    return None


def _written(value: Any) -> str:
    return json.dumps(value, default=str)


def _hint(text: str) -> str:
    """Say what to do about an answer that holds a count, in what some clients put around it."""
    stripped = text.strip()
    if stripped[:1] in "{[":
        return ""
    if "# TYPE " in text or "# HELP " in text or _SERIES.fullmatch(stripped.splitlines()[0]):
        return "; this looks like Prometheus text: name the series with --observe-metric"
    lines = [line.strip() for line in stripped.splitlines() if line.strip()]
    if len(lines) > 1 and any(re.fullmatch(r"[|│┃+\s]*-?\d+[|│┃+\s]*", line) for line in lines[1:]):
        return "; let the client print the bare number: psql -XAtc, mysql -N -B, sqlite3 -noheader"
    return ""


def _or_so(value: dict[str, Any], before: str = "") -> str:
    """Name the places in an object that hold a count, if there are some."""
    places = [place for _, place in zip(range(MOST_HINTS), _places(value, before, 0), strict=False)]
    return f" {' or '.join(places)}" if places else ""


def _places(value: Any, place: str, depth: int) -> Iterator[str]:
    if depth <= DEEPEST_HINT and isinstance(value, dict):
        for name, each in value.items():
            yield from _places(each, f"{place}/{_step(name)[:SHOWN]}", depth + 1)
    elif depth and (isinstance(value, list) or ((number := _number(value)) is not None and number >= 0)):
        yield place


def _step(key: str) -> str:
    """Write a key as a step of a pointer. It is text from elsewhere as much as a value is."""
    return hide(key).replace("~", "~0").replace("/", "~1")


def _hidden(pointer: str) -> str:
    """Give a pointer without secrets, as they stand in it and as keys."""
    return "/".join(_step(_key(token)) for token in hide(pointer).split("/"))


def _key(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _point(value: Any, pointer: str) -> Any:
    """Give what a pointer leads to; raises LookupError."""
    for token in pointer.split("/")[1:]:
        key = _key(token)
        if isinstance(value, dict):
            value = value[key]
        # RFC 6901: no sign, no leading zero.
        elif isinstance(value, list) and re.fullmatch(r"0|[1-9][0-9]{0,17}", key):
            value = value[int(key)]
        else:
            raise LookupError(pointer)
    return value


def _labels(selector: str) -> tuple[str, dict[str, str]]:
    """Split `name{label="value",…}`; raises UsageProblem."""
    name, brace, rest = selector.strip().partition("{")
    labels: dict[str, str] = {}
    inside = rest[:-1]
    at = 0
    while at < len(inside.rstrip()):
        found = _LABEL.match(inside, at)
        if found is None:
            break
        labels[found[1]] = re.sub(r"\\(.)", lambda each: "\n" if each[1] == "n" else each[1], found[2])
        at = found.end()
    whole = not brace or (rest.endswith("}") and at >= len(inside.rstrip()))
    if not whole or not re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", name.strip()):
        raise UsageProblem(
            "--observe-metric does not name a series",
            'write readings_total, or readings_total{device="{device}"}',
        )
    return name.strip(), labels


def _of_series(text: str, selector: str, shape: Shape) -> int:
    """Add up the series of Prometheus text that have the name and, among others, the labels."""
    from prometheus_client.parser import text_string_to_metric_families

    name, wanted = _labels(selector)
    # Of a line that says "counter" the parser makes names of its own, with _total: what stands in the text is counted.
    samples = "\n".join(line for line in text.split("\n") if not line.strip().startswith("#"))
    try:
        found = [
            sample.value
            for family in text_string_to_metric_families(samples)
            for sample in family.samples
            if sample.name == name and wanted.items() <= sample.labels.items()
        ]
    except (ValueError, KeyError, IndexError, AttributeError, RecursionError):
        raise ObserverFault(f"the observer answered {shown(text.strip())}, which is not Prometheus text") from None
    if not found:
        return shape.absent(f"the observer's answer has no series {shown(selector)}")
    return as_count(sum(found), shape)
