"""Makes click options of the settings of a run: it shows their defaults and ranges, and owns none of them."""

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any, TypeVar

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from sigcheck.config import RunConfig
from sigcheck.config.given import Given, over
from sigcheck.config.setting import Field, fields
from sigcheck.errors import UsageProblem

OF_RULES = ("only", "skip", "allow_undecided")
"""Settings that list families and rules."""

_F = TypeVar("_F", bound=Callable[..., Any])


def lines(text: str) -> list[str]:
    """Give the lines of a text that are not blank."""
    return [line for line in text.splitlines() if line.strip()]


class WithBareOption(click.Command):
    """A command whose `--allow-undecided` has a value behind an equals sign alone: a URL is never taken for it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give the bare option its meaning: all rules. Raises UsageProblem where rules stand behind a blank."""
        end = args.index("--") if "--" in args else len(args)
        bare = "--allow-undecided"
        for word, following in pairwise(args[:end]):
            if word == bare and _are_rules(following):
                raise UsageProblem(f"{bare} takes its value after an equals sign", f"write {bare}={following}")
        return super().parse_args(ctx, [f"{each}=*" if each == bare else each for each in args[:end]] + args[end:])


def _are_rules(text: str) -> bool:
    """Whether a text names rules or families and nothing else: no URL, and no secret, does."""
    from sigcheck.model.rule import FAMILIES
    from sigcheck.rules import RULES

    return {each.strip() for each in text.split(",")} <= {*FAMILIES, *(rule.id for rule in RULES), "*"}


class Value(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on
    """The value of a setting, read as it is read from everywhere else. Raises UsageProblem."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self.name = {"whole": "integer", "number": "float"}.get(field.kind, "text")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the value, or refuse it."""
        variable = ctx is not None and is_exported(ctx, self._field.name)
        spelled = self._field.variable if variable else self._field.option
        one = self._field.read((value,) if self._field.many else value, spelled)
        return one[0] if self._field.many else one

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Give the choices, as click does for its own."""
        return f"[{'|'.join(self._field.choices)}]" if self._field.choices else None

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        """Give what can stand here: choices, rules, or the name of a file."""
        from sigcheck.cli import candidates

        if self._field.choices:
            return [CompletionItem(each) for each in self._field.choices if each.startswith(incomplete)]
        if self._field.setting.path == "file":
            return candidates.files(ctx, param, incomplete)
        others = {"redact": candidates.parts, "vantage": candidates.sides}
        lists = dict.fromkeys(OF_RULES, candidates.rule_lists) | others
        complete = lists.get(self._field.name)
        return [] if complete is None else complete(ctx, param, incomplete)

    def split_envvar_value(self, rv: str) -> list[str]:
        """Split what an environment variable has for an option that may be repeated: a line each."""
        return lines(rv)


def run_options(names: Iterable[str]) -> Callable[[_F], _F]:
    """Give a command options for these settings, in this order."""
    chosen = [fields(RunConfig)[name] for name in names]

    def decorate(command: _F) -> _F:
        for field in reversed(chosen):
            command = _option(field)(command)
        return command

    return decorate


def observer_options(command: _F) -> _F:
    """Give a command the options that name an observer."""
    return run_options(name for name, field in fields(RunConfig).items() if field.setting.observing)(command)


def given(ctx: click.Context) -> dict[str, tuple[Given, ...]]:
    """Give what the command line and the environment say of the run's settings; what they leave open is not in it.

    The command line wins, also over the variables of settings that exclude what it says.
    """
    known = fields(RunConfig)
    typed: dict[str, tuple[Given, ...]] = {}
    exported: dict[str, tuple[Given, ...]] = {}
    for name, value in ctx.params.items():
        if name not in known or not (is_typed(ctx, name) or is_exported(ctx, name)):
            continue
        field = known[name]
        called, place = (field.variable, exported) if is_exported(ctx, name) else (field.option, typed)
        values = value if field.many else (value,)
        place[name] = tuple(Given(each, called, called) for each in values)
    return over(typed, exported)


def is_exported(ctx: click.Context, name: str) -> bool:
    """Whether an environment variable said what an option is."""
    return ctx.get_parameter_source(name) is ParameterSource.ENVIRONMENT


def is_typed(ctx: click.Context, name: str) -> bool:
    """Whether the command line said what an option is."""
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def is_overruled(ctx: click.Context, name: str, by: str) -> bool:
    """Whether only a variable said what an option is, and the command line says what excludes it."""
    return is_exported(ctx, name) and is_typed(ctx, by)


def arguments(settings: Mapping[str, object]) -> list[str]:
    """Give the command line that says the same as these settings."""
    words = [str(settings["url"])]
    for name, value in settings.items():
        if name == "url":
            continue
        field = fields(RunConfig)[name]
        if field.kind == "flag":
            words.append(field.option)
        elif field.setting.bare is not None:
            words += [f"{field.option}={each}" for each in value] if isinstance(value, tuple) else []
        else:
            for each in value if isinstance(value, tuple) else (value,):
                words += [field.option, f"{each:g}" if isinstance(each, float) else str(each)]
    return words


def _option(field: Field) -> Callable[[_F], _F]:
    setting = field.setting
    if field.kind == "flag":
        return click.option(field.option, field.name, is_flag=True, envvar=field.variable, help=setting.help)
    return click.option(
        field.option,
        field.name,
        type=Value(field),
        multiple=field.many,
        metavar=setting.metavar,
        default=field.default if field.default != () else None,
        envvar=field.variable,
        help=setting.help + _shown(field),
    )


def _shown(field: Field) -> str:
    """Give what stands behind the help: the default, and the range of a number."""
    low, high = field.setting.low, field.setting.high
    span = "" if low is None or high is None else f"{low:g} to {high:g}"
    if field.default is None or field.many:
        return f"  [{span}]" if span else ""
    default = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
    return f"  [default: {default}; {span}]" if span else f"  [default: {default}]"
