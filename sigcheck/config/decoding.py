"""Makes a RunConfig of what somebody gave, options and keywords alike."""

import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import Field, Spelling, fields
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input

LONGEST_BODY = 1_000_000
"""Bytes of a body template: far more than a callback of 12 bytes of data has, and no device file without an end."""

LONGEST_HEADERS = 100_000
"""Bytes of a file of headers."""

_VARIABLE = re.compile(r"\$(?P<escaped>\$(?=\{))?\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}")
_OF_A_MESSAGE = frozenset(("SIGCHECK_DEVICE", "SIGCHECK_TIME", "SIGCHECK_SEQNUMBER", "SIGCHECK_DATA"))
"""What a command finds in its environment for each message: a shell in it fills these itself."""


def by_name(name: str) -> str:
    """Spell a setting as a keyword."""
    return name


def decode(
    given: Mapping[str, object],
    spelled: Spelling = by_name,
    environment: Mapping[str, str] | None = None,
) -> RunConfig:
    """Make a RunConfig of names and values; raises UsageProblem for the first that is wrong.

    `${NAME}` is replaced by what `environment` has, os.environ unless told otherwise; that is a secret from then on.
    `spelled` says how a setting is called where it was given.
    """
    known = fields(RunConfig)
    secrets = list(_texts(given.get("secrets", ())))
    values: dict[str, Any] = {}
    fill = _Filling(os.environ if environment is None else environment, secrets)
    for name, value in given.items():
        if name == "secrets":
            continue
        if name == "url":
            if not isinstance(value, str):
                raise UsageProblem(f"{spelled(name)} must be a string", "write https://host/path")
            values[name] = fill(value, spelled(name))
            continue
        if name not in known:
            raise unknown(name, spelled)
        field = known[name]
        read = field.read(value, spelled(name))
        values[name] = _filled(field, read, spelled(name), fill)
    if "url" not in values:
        raise UsageProblem(f"{spelled('url')} is missing", "give the callback's URL")
    return RunConfig(**values, secrets=tuple(dict.fromkeys(secrets)))


def unknown(name: str, spelled: Spelling) -> UsageProblem:
    """Say that there is no such setting, and which one may have been meant."""
    close = get_close_matches(name, ["url", *fields(RunConfig)], n=1)
    return UsageProblem(
        f"there is no setting {spelled(name)}",
        f"did you mean {spelled(close[0])}?" if close else "`sigcheck verify --help` lists them",
    )


def _texts(value: object) -> Iterable[str]:
    given = [value] if isinstance(value, str) else value
    texts = [each for each in given if isinstance(each, str)] if isinstance(given, list | tuple) else []
    if not isinstance(given, list | tuple) or len(texts) < len(given):
        raise UsageProblem("secrets must be strings", "give a list of them")
    return texts


class _Filling:
    """Replaces `${NAME}` and remembers what it put there."""

    def __init__(self, environment: Mapping[str, str], secrets: list[str]) -> None:
        self._environment = environment
        self._secrets = secrets

    def __call__(self, text: str, spelled: str, *, command: bool = False) -> str:
        def value(match: re.Match[str]) -> str:
            name = match["name"]
            if match["escaped"]:
                return match[0][1:]
            if command and name in _OF_A_MESSAGE:
                return match[0]
            if name not in self._environment:
                raise UsageProblem(
                    f"{spelled} needs the environment variable {name}, which is not set",
                    f"set it, or write $${{{name}}} if no variable is meant",
                )
            self._secrets.append(self._environment[name])
            return self._environment[name]

        return _VARIABLE.sub(value, text)


def _filled(field: Field, value: Any, spelled: str, fill: _Filling) -> Any:
    """Read what stands in files, and replace variables."""
    if not field.setting.filled or value is None:
        return value
    command = field.name.endswith("_command")
    if field.many:
        lines = [line for each in value for line in _lines(each, spelled)]
        return tuple(fill(line, spelled) for line in lines)
    if field.setting.path == "@":
        value = _content(value)
    return fill(value, spelled, command=command)


def _content(given: str) -> str:
    """Give a text, or what the file behind its @ holds."""
    if not given.startswith("@"):
        return given
    return _read(given[1:], "body file", "give --body @FILE a text file", LONGEST_BODY)


def _lines(given: str, spelled: str) -> list[str]:
    """Give a header, or those that the file behind its @ holds, one on each line."""
    if not given.startswith("@"):
        return [given]
    fix = "give a text file with one 'Name: value' on each line"
    lines = [line.strip() for line in _read(given[1:], f"{spelled} file", fix, LONGEST_HEADERS).splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _read(path: str, what: str, fix: str, limit: int) -> str:
    """Give the text of a file; raises UsageProblem."""
    try:
        return read_input(path, what=what, fix=fix, limit=limit, shown=repr(path)).decode("utf-8")
    except UnicodeDecodeError:
        raise UsageProblem(f"{what} {path!r} cannot be read (it is not UTF-8)", fix) from None


def without_files(given: Mapping[str, object]) -> dict[str, object]:
    """Leave out what is read from files: for whoever cannot wait for them any more."""
    left: dict[str, object] = {}
    for name, value in given.items():
        field = fields(RunConfig).get(name)
        path = None if field is None else field.setting.path
        named = path == "file" or (path == "@" and any(each.startswith("@") for each in _texts(value)))
        if not named:
            left[name] = value
    return left
