"""What `verify` is to verify: a URL, or targets of the configuration file, each with all that was given for it."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from sigcheck.cli.candidates import files
from sigcheck.cli.options import is_overruled
from sigcheck.config.file import ConfigFile, find_file, read_file
from sigcheck.config.given import Given, Settings, over
from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import fields
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem

OF_AN_OBSERVATION = ("ca_file", "resolve")
"""Settings beside those of an observer that decide whether it can be reached."""

_F = TypeVar("_F", bound=Callable[..., Any])
# A target's name may have dots, but a word with dots is rather a host.
_LIKE_A_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")


def config_options(command: _F) -> _F:
    """Give a command the options that choose a configuration file."""
    for choose in (
        click.option("--no-config", is_flag=True, help="Read no configuration file."),
        click.option(
            "--config", "config_path", metavar="FILE", shell_complete=files,
            help="Read this configuration file. Default: the nearest sigcheck.toml or "
            "[tool.sigcheck] of a pyproject.toml, in this folder or above."
        ),
    ):  # fmt: skip
        command = choose(command)
    return command


def config_file(ctx: click.Context) -> ConfigFile | None:
    """Read the configuration file that holds, None where there is none; raises UsageProblem."""
    path = None if is_overruled(ctx, "config_path", by="no_config") else ctx.params["config_path"]
    none = ctx.params["no_config"] and not is_overruled(ctx, "no_config", by="config_path")
    if path is not None and none:
        raise UsageProblem("--config and --no-config cannot be used together", "give one of the two")
    if none:
        return None
    return find_file() if path is None else read_file(path)


def sound(file: ConfigFile) -> ConfigFile:
    """Give a file in which all keys are right; raises UsageProblem for the first that is not."""
    if file.problems:
        raise file.problems[0]
    return file


def wanted(words: Sequence[str], given: Settings, file: ConfigFile | None, *, every: bool) -> list[Wanted]:
    """Give the targets that the words of a command line mean: one URL, or names; all of them if `every`.

    Raises UsageProblem for words that mean none, and for a file with a key that is wrong.
    """
    if every:
        if words:
            raise UsageProblem("--all is given together with a URL or a name", "leave one of the two out")
        words = [] if file is None else list(file.targets)
        if not words:
            raise UsageProblem(
                "there are no targets", "write [targets.NAME] into a sigcheck.toml, or give --config FILE"
            )
    if not words:
        raise UsageProblem("there is nothing to verify", "give a URL, the names of targets, or --all")
    known = {} if file is None else file.targets
    urls = [word for word in words if word not in known and not _LIKE_A_NAME.fullmatch(word)]
    if urls and len(words) > 1:
        if all(word in known or "://" in word for word in words):
            raise UsageProblem("a URL cannot be combined with other arguments", "give one URL, or the names of targets")
        raise UsageProblem(
            "there are more arguments than one URL", "put quotes around each value that has a space or an &"
        )
    if file is not None:
        sound(file)
    if urls:
        url = {"url": (Given(urls[0], "URL", "URL"),)}
        return [Wanted("", {**over(given, {} if file is None else file.defaults), **url})]
    return [_target(name, given, file) for name in dict.fromkeys(words)]


def observed(name: str | None, given: Settings, file: ConfigFile | None) -> Wanted:
    """Give what names an observer: a target's settings, or those of the command line over the defaults of the file."""
    nowhere = {"url": (Given("https://localhost/", "URL", "URL"),)}
    if file is not None:
        sound(file)
    chosen = (
        Wanted("", over(given, {} if file is None else file.defaults)) if name is None else _target(name, given, file)
    )
    known = fields(RunConfig)
    asked = {
        each: value
        for each, value in chosen.settings.items()
        if each in OF_AN_OBSERVATION or (each in known and known[each].setting.observing)
    }
    # An observer is asked alike whatever the callback is.
    return Wanted(chosen.name, {**asked, **nowhere}, chosen.place)


def sendable(word: str, given: Settings, file: ConfigFile | None, settings: Iterable[str]) -> Wanted:
    """Give the one target that a callback is sent to, with these settings alone; raises UsageProblem."""
    (chosen,) = wanted([word], given, file, every=False)
    kept = {"url", *settings}
    return Wanted(chosen.name, {name: value for name, value in chosen.settings.items() if name in kept}, chosen.place)


def _target(name: str, given: Settings, file: ConfigFile | None) -> Wanted:
    if file is None or name not in file.targets:
        from difflib import get_close_matches

        # It is not quoted: a slip may have put a secret in its place.
        if file is None:
            raise UsageProblem(
                "there is no configuration file, so no target has this name",
                "write one, or give --config FILE; a URL begins with https://",
            )
        close = get_close_matches(name, file.targets, n=1)
        fix = f"did you mean {close[0]}?" if close else "`sigcheck config show` lists them"
        raise UsageProblem(f"{file.path} has no target of this name", fix)
    return Wanted(name, over(given, over(file.targets[name], file.defaults)), file.place(name))
