"""What was given for the settings of a run, by whom, and which of it wins."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

OBSERVERS: Mapping[str, tuple[str, ...]] = {
    "observe_url": ("observe_header", "observe_pointer", "observe_metric", "observe_default", "observe_interval"),
    "observe_command": ("observe_pointer", "observe_metric", "observe_default", "observe_interval"),
    "observe_sql": ("observe_query", "observe_default", "observe_interval"),
    "observe_later": (),
}
"""The setting that names an observer, or says that there is none until later → those that say more about it."""

OF_AN_OBSERVER = frozenset(name for way, more in OBSERVERS.items() for name in (way, *more))

INSTEAD: Mapping[str, str] = {
    "observe_pointer": "observe_metric",
    "observe_metric": "observe_pointer",
    "fail_header": "fail_command",
    "fail_command": "fail_header",
}
"""Settings of which only one can hold: each → the one whose place it takes."""

_OFF = ("false", "0", "no", "off", "f", "n")

BY_NAME = ("header", "observe_header")
"""Lists of 'Name: value', in which a header takes the place of the one that has its name."""

_NAMED = (*BY_NAME, "var")
"""Those and the list of NAME=VALUE, in which a value takes the place of the one for the same variable."""


class Given(Struct, frozen=True):
    """A value that somebody gave. `spelled` calls its setting in a message, `where` says where the value stands.

    `folder` is what relative paths in it start from; "" for the folder that the process runs in. `under` is for
    headers: what was given over this one, and takes the place of headers of the same names. It is needed as long as
    nobody has read the files of headers among them. `shared`: it stands in [defaults], and so holds for many targets.
    """

    value: object
    spelled: str
    where: str
    folder: str = ""
    under: tuple["Given", ...] = ()
    shared: bool = False


Settings = Mapping[str, tuple[Given, ...]]
"""The name of a setting → what was given for it: one value, or several where it may be given more than once."""


def over(upper: Settings, lower: Settings) -> dict[str, tuple[Given, ...]]:
    """Lay settings over others. A header and a variable's value are added to the others.

    Whoever names an observer replaces the whole of it.
    """
    kept = {name: values for name, values in lower.items() if name not in _replaced(upper, lower)}
    for name in _NAMED:
        if name in upper and name in kept:
            named = {_named(name, given) for given in upper[name]} - {None}
            kept[name] = tuple(
                replace(given, under=(*given.under, *upper[name]))
                for given in kept[name]
                if _named(name, given) not in named
            )
    merged = {name: (*kept.get(name, ()), *values) for name, values in upper.items() if name in _NAMED}
    return {**kept, **upper, **merged}


def _named(setting: str, given: Given) -> str | None:
    text = str(given.value)
    return header_name(text) if setting in BY_NAME else text.partition("=")[0]


def header_name(text: str) -> str | None:
    """Give the name of a header as names are compared; None for a file of headers, which has none of its own."""
    return None if text.startswith("@") else text.partition(":")[0].strip().lower()


def _replaced(upper: Settings, lower: Settings) -> set[str]:
    """Give what goes with what is replaced: the settings of another observer, and those of which one can hold."""
    gone = {INSTEAD[name] for name in upper if name in INSTEAD}
    # A flag that is off, as in a variable that says false, chooses nothing.
    chosen = [way for way in OBSERVERS if way in upper and str(upper[way][-1].value).lower() not in _OFF]
    if any(way in lower for way in OBSERVERS) and chosen:
        gone |= OF_AN_OBSERVER
    elif chosen:
        # Nobody named an observer there: what was said holds for whichever is chosen, as far as it is for its kind.
        gone |= OF_AN_OBSERVER - {name for way in chosen for name in OBSERVERS[way]}
    return gone
