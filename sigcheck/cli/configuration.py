"""Carries out `config check` and `config show`."""

import json
import shlex
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import click
from msgspec import Struct

from sigcheck.cli import output
from sigcheck.cli.checking import problems_of
from sigcheck.cli.options import given
from sigcheck.cli.targets import config_file, sound, wanted
from sigcheck.config import RunConfig
from sigcheck.config.decoding import keeping_variables
from sigcheck.config.file import ConfigFile
from sigcheck.config.given import BY_NAME, Given, Settings
from sigcheck.config.keys import key
from sigcheck.config.setting import Field, fields
from sigcheck.config.texts import header_lines
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem
from sigcheck.probes.command import split_command
from sigcheck.redaction.disarm import disarm
from sigcheck.redaction.redact import redact_url
from sigcheck.redaction.secrets_of import redact_body, redact_header
from sigcheck.redaction.secrets_of_command import redact_command

USABLE, UNUSABLE = 0, 2
BY_DEFAULT = "default"


def check(ctx: click.Context) -> int:
    """Print all that is wrong with the file; gives the exit code."""
    file = _file(ctx)
    problems = dict.fromkeys(map(str, problems_of(file)))
    for text in problems:
        output.notice(" ".join(text.split()))
    if problems:
        return UNUSABLE
    count = len(file.targets)
    said = f"{count} target{'' if count == 1 else 's'}, all can be verified" if count else "no targets, and no mistakes"
    output.write(disarm(f"{file.path}: {said}") + "\n")
    return USABLE


class Shown(Struct, frozen=True):
    """A setting as it is shown: its key, its value without secrets, and the place that it comes from."""

    key: str
    value: Any
    where: str


def show(ctx: click.Context, names: Sequence[str], format_name: str) -> int:
    """Print the settings of targets; gives the exit code."""
    file = sound(_file(ctx))
    targets = wanted(names, _of_environment(), file, every=not names)
    whole = [(target.name, list(_shown(target))) for target in targets]
    if format_name == "json":
        listed = [
            {"name": name, "settings": {each.key: {"value": each.value, "where": each.where} for each in settings}}
            for name, settings in whole
        ]
        output.write(json.dumps({"file": file.path, "targets": listed}, indent=2, ensure_ascii=False) + "\n")
        return USABLE
    output.write("\n".join("".join(f"{line}\n" for line in _lines(*each)) for each in whole))
    return USABLE


def _file(ctx: click.Context) -> ConfigFile:
    file = config_file(ctx)
    if file is None:
        raise UsageProblem("there is no configuration file", "write a sigcheck.toml, or give --config FILE")
    return file


def _of_environment() -> Settings:
    """Give what SIGCHECK_* variables say: `verify` would be told of it, too."""
    from sigcheck.cli import cli

    outer = click.Context(cli)
    command = cli.get_command(outer, "verify")
    assert command is not None  # noqa: S101 - it stands in the table of commands
    return given(command.make_context("verify", [], parent=outer))


def _lines(name: str, settings: list[Shown]) -> Iterator[str]:
    yield f"[targets.{name}]"
    texts = [f"  {each.key} = {_as_toml(each.value)}" for each in settings]
    width = min(max(map(len, texts)), 60)
    for text, each in zip(texts, settings, strict=True):
        yield disarm(f"{text:{width}}  # {each.where}")


def _as_toml(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    # What a CI log would take for an order is disarmed by a space, which would be another value: temp::int:16.
    return text if disarm(text) == text else text.replace("::", ":\\u003a")


def _shown(target: Wanted) -> Iterator[Shown]:
    """Give the settings of a target in the order of their options; those that nobody gave last."""
    (url,) = target.settings["url"]
    yield Shown("url", keeping_variables(str(url.value), redact_url), url.where)
    unset = []
    for name, field in fields(RunConfig).items():
        values = target.settings.get(name)
        if values is not None:
            read = [(each, one) for one in values for each in _read(field, one)]
            if name in BY_NAME:
                read = _holding(read)
            where = ", ".join(dict.fromkeys(one.where for one in [given for _, given in read] or values))
            shown = [_safe(name, each) for each, _ in read]
            yield Shown(key(name), shown if field.many else shown[0], where)
        elif field.default not in {None, ()}:
            unset.append(Shown(key(name), field.default, BY_DEFAULT))
    yield from unset


def _read(field: Field, given: Given) -> tuple[Any, ...]:
    value = field.read(given.value, given.spelled)
    return value if field.many else (value,)


def _holding(read: list[tuple[str, Given]]) -> list[tuple[str, Given]]:
    """Leave out the headers whose place one of a file takes. Nothing is sent, so a file may be missing."""
    try:
        holding = [given for _, given in header_lines(read)]
    except UsageProblem:
        return read
    return [(text, given) for text, given in read if given in holding or text.startswith("@")]


def _safe(name: str, value: Any) -> Any:
    """Give a value as it was given, without what may be secret of it. Variables stay as they are written."""
    if not isinstance(value, str) or (value.startswith("@") and fields(RunConfig)[name].setting.path == "@"):
        return value
    return keeping_variables(value, partial(_redacted, name))


def _redacted(name: str, value: str) -> str:
    if name in {"header", "observe_header", "fail_header"}:
        header, colon, content = value.partition(":")
        return header + colon + " " + redact_header(header.strip(), content.strip()) if colon else "***"
    if name.endswith("_command"):
        return shlex.join(redact_command(split_command(value, key(name))))
    if name in {"observe_url", "observe_sql"}:
        return redact_url(value)
    return redact_body(value) if name == "body" else value
