"""What was given for the settings of a run, by whom, and which of it wins."""

from collections.abc import Mapping

from msgspec import Struct

WAYS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        ("observe_url", "observe_header", "observe_pointer", "observe_metric"),
        ("observe_command", "observe_pointer", "observe_metric"),
        ("observe_sql", "observe_query"),
    ),
    (("observe_pointer",), ("observe_metric",)),
    (("fail_header",), ("fail_command",)),
)
"""Settings of which only one way can be gone. The first of a way chooses it; the others say more about it."""

BY_NAME = ("header", "observe_header")
"""Lists of 'Name: value', in which a header takes the place of the one that has its name."""


class Given(Struct, frozen=True):
    """A value that somebody gave. `spelled` calls its setting in a message, `where` says where the value stands.

    `folder` is what relative paths in it start from; "" for the folder that the process runs in.
    """

    value: object
    spelled: str
    where: str
    folder: str = ""


Settings = Mapping[str, tuple[Given, ...]]
"""The name of a setting → what was given for it: one value, or several where it may be given more than once."""


def over(upper: Settings, lower: Settings) -> dict[str, tuple[Given, ...]]:
    """Lay settings over others. A header is added to the others; whoever names an observer replaces the whole of it."""
    kept = dict(lower)
    for ways in WAYS:
        chosen = [way for way in ways if way[0] in upper]
        if chosen:
            goes_on = {name for way in chosen for name in way}
            for name in {name for way in ways for name in way} - goes_on:
                kept.pop(name, None)
    for name in BY_NAME:
        if name in upper and name in kept:
            named = {_header_name(given) for given in upper[name]}
            kept[name] = tuple(given for given in kept[name] if _header_name(given) not in named)
    merged = {name: (*kept.get(name, ()), *values) for name, values in upper.items() if name in BY_NAME}
    return {**kept, **upper, **merged}


def _header_name(given: Given) -> str:
    """Give the name of a header that stands alone; what stands in a file or a list has a name of its own."""
    text = given.value
    if not isinstance(text, str) or text.startswith("@"):
        return f"\0{id(given)}"
    return text.partition(":")[0].strip().lower()
