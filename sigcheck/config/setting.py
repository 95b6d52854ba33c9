"""What is known of one thing that a user can ask for: its range, its words of help, how its value is read."""

import math
import os
import re
from collections.abc import Callable, Iterable
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from sigcheck.errors import UsageProblem

LARGEST = 10**15
"""No number that is asked for is larger; a float would no longer tell two apart."""

_NUMBER = re.compile(r"[-+]?[0-9]*\.?[0-9]*(?:[eE][-+]?[0-9]+)?", re.ASCII)

Spelling = Callable[[str], str]
"""How a setting is called where it was given: `--observe-url`, or `observe_url`."""


def option(name: str) -> str:
    """Call a setting as the command line does."""
    return "URL" if name == "url" else "--" + name.replace("_", "-")


def by_name(name: str) -> str:
    """Call a setting as a keyword of Python."""
    return name


class Setting(msgspec.Struct, frozen=True):
    """How a setting is explained and limited.

    `low` and `high` are the ends of a number's range, both included. `filled`: `${NAME}` in it is taken from the
    environment. `path` says what of it is the path of a file: the whole ("file"), what stands behind an @ ("@"), or
    some word of it ("within").
    `bare` is the value that it has when it is named without one.
    """

    help: str
    metavar: str | None = None
    low: float | None = None
    high: float | None = None
    filled: bool = False
    path: Literal["file", "@", "within"] | None = None
    bare: str | None = None
    observing: bool = False


class Field(msgspec.Struct, frozen=True):
    """A setting with its name, its type and its default. `many`: it may be given more than once."""

    name: str
    kind: Literal["flag", "whole", "number", "choice", "text"]
    default: Any
    setting: Setting
    many: bool = False
    choices: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        """The option of the command line."""
        return option(self.name)

    @property
    def variable(self) -> str:
        """The environment variable that stands for the option."""
        return "SIGCHECK_" + self.name.upper()

    @property
    def wanted(self) -> str:
        """What a value must be, as the end of a sentence."""
        low, high = self.setting.low, self.setting.high
        match self.kind:
            case "flag":
                return "must be true or false"
            case "choice":
                return f"must be one of {', '.join(self.choices)}"
            case "whole" | "number":
                what = "a whole number" if self.kind == "whole" else "a number"
                if low is not None and high is not None:
                    return f"must be {what} from {low:g} to {high:g}"
                return f"must be {what}" + (f" of at least {low:g}" if low is not None else "")
        return "must be a list of strings" if self.many else "must be a string"

    def holds(self, value: object) -> bool:
        """Whether a value has the type that the field of the struct has; a whole number may stand for any number."""
        if self.many:
            return isinstance(value, tuple) and all(isinstance(each, str) for each in value)
        if value is None:
            return self.default is None
        kinds = {"flag": bool, "whole": int, "number": int | float}.get(self.kind, str)
        return isinstance(value, kinds) and (self.kind == "flag" or not isinstance(value, bool))

    def read(self, value: object, spelled: str) -> Any:
        """Give the value, whether it was a text or had its type already; raises UsageProblem that calls it `spelled`.

        A value is never quoted: a slip may have put a secret there.
        """
        if self.many:
            given = [value] if isinstance(value, str | os.PathLike) else value
            if value is True and self.setting.bare is not None:
                return (self.setting.bare,)
            if value is False and self.setting.bare is not None:
                return ()
            if not isinstance(given, Iterable) or isinstance(given, bytes | dict):
                raise self.refused(spelled)
            return tuple(self._one(each, spelled) for each in given)
        if value is None and self.default is None:
            return None
        return self._one(value, spelled)

    def _one(self, value: object, spelled: str) -> Any:
        if self.setting.path == "file" and isinstance(value, os.PathLike):
            value = os.fspath(value)
        if self.kind == "flag":
            if isinstance(value, bool):
                return value
        elif self.kind in {"whole", "number"}:
            return self._number(value, spelled)
        elif isinstance(value, str) and (self.kind == "text" or value in self.choices):
            return value
        raise self.refused(spelled)

    def _number(self, value: object, spelled: str) -> float | int:
        kind = int if self.kind == "whole" else float
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.refused(spelled)
        if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
            raise self.refused(spelled)
        try:
            number = kind(value)
        except (ValueError, OverflowError):
            raise self.refused(spelled) from None
        if isinstance(value, float) and number != value:
            raise self.refused(spelled)
        low = -math.inf if self.setting.low is None else self.setting.low
        high = LARGEST if self.setting.high is None else self.setting.high
        # What is no number compares as false, too.
        if not low <= number <= high:
            raise self.refused(spelled)
        return number

    def refused(self, spelled: str) -> UsageProblem:
        """Say what the value must be."""
        return UsageProblem(f"{spelled} {self.wanted}", f"`sigcheck verify --help` explains {self.option}")


@cache
def fields(struct: type[msgspec.Struct]) -> dict[str, Field]:
    """Give the settings of a struct, by name and in its order: those of its fields that are annotated with one."""
    defaults = dict(
        zip(struct.__struct_fields__[-len(struct.__struct_defaults__) :], struct.__struct_defaults__, strict=True)
    )
    found: dict[str, Field] = {}
    for name, hint in get_type_hints(struct, include_extras=True).items():
        if get_origin(hint) is not Annotated:
            continue
        setting = next((each for each in hint.__metadata__ if isinstance(each, Setting)), None)
        if setting is not None:
            kind, many, choices = _kind(hint.__origin__)
            default = defaults.get(name)
            found[name] = Field(name, kind, None if default is msgspec.NODEFAULT else default, setting, many, choices)
    return found


def _kind(hint: Any) -> tuple[Literal["flag", "whole", "number", "choice", "text"], bool, tuple[str, ...]]:
    """Give a type's kind, whether it is a tuple of such values, and the choices."""
    if get_origin(hint) in {Union, UnionType}:
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    many = get_origin(hint) is tuple
    inner = get_args(hint)[0] if many else hint
    if get_origin(inner) is Literal:
        return "choice", many, get_args(inner)
    if inner is bool:
        return "flag", many, ()
    if inner is int:
        return "whole", many, ()
    return ("number", many, ()) if inner is float else ("text", many, ())
