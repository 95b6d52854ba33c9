"""Takes the tables that describe targets apart, and notes what is wrong with them: a configuration file's, a list's."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from math import isfinite
from typing import Any

from sigcheck.config.given import Given, Settings
from sigcheck.config.keys import HEADERS, OBSERVER, VARIABLES, in_underscores, nearest, quoted, settings_in
from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import fields
from sigcheck.errors import UsageProblem

Keys = tuple[str, ...]
"""The keys that lead to a value, from the top of the file."""

NAME_FIX = "use letters, digits and . _ -, at most 64 of them"

_TARGET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_HEADER = re.compile(r"(?:\$\{[A-Za-z0-9_]+\}|[!#$%&'*+.^_`|~0-9A-Za-z-])+")
"""The name of a header, of which variables may be a part. A colon would end it, and the rest be its value."""

_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}(?:#[A-Za-z0-9_-]{1,64})?")
"""The name of a variable: what stands behind # is a field of the payload configuration."""


def is_name(text: str) -> bool:
    """Whether a target may be called so."""
    return _TARGET.fullmatch(text) is not None


class Problems:
    """What is wrong with a file: at most `most` of it is kept (None: all), and the rest counted in `more`."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self.kept: list[UsageProblem] = []
        self.more = 0

    def add(self, message: str, fix: str | Callable[[], str]) -> None:
        """Note one. `fix` may be made when it is needed: to look for the word that was meant takes time."""
        if self._most is not None and len(self.kept) >= self._most:
            self.more += 1
        else:
            self.kept.append(UsageProblem(message, fix if isinstance(fix, str) else fix()))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.kept) + self.more


class Tables:
    """Makes settings of tables. `path` is how messages call the file, `line` gives the line of a value by its keys.

    Relative paths in the file start from `folder`.
    """

    def __init__(self, path: str, folder: str, line: Callable[[Keys], int], problems: Problems) -> None:
        self._path = path
        self._folder = folder
        self._line = line
        self._problems = problems

    def table(self, keys: Keys, table: object, shown: str) -> Settings:
        """Give the settings of the table at `keys`; messages call it `shown`. What is wrong is noted."""
        if not isinstance(table, dict):
            self.refuse(keys, f"{keys[-1]} must be a table", f"write {shown} above its keys")
            return {}
        settings: dict[str, tuple[Given, ...]] = {}
        defaults = keys == ("defaults",)
        for key, value in table.items():
            here = (*keys, key)
            plain = in_underscores(key)
            if plain == OBSERVER and isinstance(value, dict):
                for inner, inner_value in value.items():
                    self._setting(settings, (*here, inner), inner_value, OBSERVER)
            elif plain == OBSERVER:
                self.refuse(here, "observe must be a table", 'write observe.url = "https://…"')
            elif plain == "url" and defaults:
                self.refuse(here, "a URL belongs to one target", "write it under [targets.NAME]")
            else:
                self._setting(settings, here, value, "")
        return settings

    def _setting(self, settings: dict[str, tuple[Given, ...]], keys: Keys, value: object, table: str) -> None:
        key = in_underscores(keys[-1])
        prefix = f"{table}." if table else ""
        if key == HEADERS:
            name = settings_in(table)["header"]
            given = tuple(self._headers(keys, value, prefix))
            settings[name] = (*settings.get(name, ()), *given)
            return
        name = settings_in(table).get(key, "")
        if name == VARIABLES and isinstance(value, dict):
            settings[name] = (*settings.get(name, ()), *self._variables(keys, value))
        elif not name:
            self.refuse(keys, f"there is no key {quoted(prefix + keys[-1])}", partial(nearest, keys[-1], table))
        elif name in settings and key != "header":
            self.refuse(keys, f"{prefix}{key} is given twice", "leave one of the two out")
        else:
            values = value if isinstance(value, list) else [value]
            if value == [] or any(isinstance(each, list | dict) for each in values) or not _repeats(name):
                values = [value]
            settings[name] = (*settings.get(name, ()), *(self._given(keys, each, prefix + key) for each in values))

    def _headers(self, keys: Keys, value: object, prefix: str) -> Iterator[Given]:
        if not isinstance(value, dict):
            fix = f'write {prefix}headers.NAME = "value"'
            self.refuse(keys, f"{prefix}headers must be a table", fix)
            return
        for name, text in value.items():
            if name.startswith("@"):  # a file of headers is called so
                self.refuse(
                    (*keys, name), f"{quoted(name)} is not a valid name for a header", f'write {prefix}header = "@FILE"'
                )
            elif not _HEADER.fullmatch(name):
                self.refuse(
                    (*keys, name), f"{quoted(name)} is not a valid name for a header", "use letters, digits and hyphens"
                )
            elif isinstance(text, str):
                yield self._given((*keys, name), f"{name}: {text}", f"{prefix}headers.{name}")
            else:
                self.refuse((*keys, name), f"{prefix}headers.{name} must be a string", "put it in quotes")

    def _variables(self, keys: Keys, value: dict[str, Any]) -> Iterator[Given]:
        """Give the values of variables, as NAME=VALUE; a number or a boolean becomes the text that JSON has for it."""
        for name, one in value.items():
            spelled = f"{VARIABLES}.{name}"
            if not _VARIABLE.fullmatch(name):
                self.refuse(
                    (*keys, name), f"{quoted(name)} is not a valid name for a variable", "use letters and digits"
                )
            elif isinstance(one, bool):
                yield self._given((*keys, name), f"{name}={str(one).lower()}", spelled)
            elif isinstance(one, float) and isfinite(one):
                # TOML forgets zeros at the end, and the Cloud sends two decimals: -118.00.
                text = str(one)
                short = re.fullmatch(r"-?[0-9]+\.[0-9]", text)
                yield self._given((*keys, name), f"{name}={text}{'0' if short else ''}", spelled)
            elif isinstance(one, str | int):
                yield self._given((*keys, name), f"{name}={one}", spelled)
            else:
                self.refuse((*keys, name), f"{spelled} must be a string, a number or a boolean", "write it as a string")

    def _given(self, keys: Keys, value: object, spelled: str) -> Given:
        where = f"{self._path}:{self._line(keys)}"
        return Given(value, f"{where}: {spelled}", where, self._folder, shared=keys[0] == "defaults")

    def refuse(self, keys: Keys, message: str, fix: str | Callable[[], str]) -> None:
        """Note what is wrong with the value at `keys`."""
        self._problems.add(f"{self._path}:{self._line(keys)}: {message}", fix)


def _repeats(name: str) -> bool:
    return name in fields(RunConfig) and fields(RunConfig)[name].many
