"""Says what is wrong with a command line, and never quotes a value of it: a slip may have put a secret there."""

import re

import click

from sigcheck.cli.number import Duration
from sigcheck.errors import UsageProblem

_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
_LEFT_OUT = re.compile(r"(?<=leave )--[a-z][a-z-]*[a-z](?= out)")
_SURPLUS = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.DOTALL)


def in_words(error: click.ClickException) -> str:
    """Give what click found as one clause."""
    if isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter):
        return f"{_named(error.param, error.ctx)} {_wanted(error.param.type if error.param is not None else None)}"
    if isinstance(error, click.NoSuchOption):
        from difflib import get_close_matches

        near = get_close_matches(error.option_name, error.possibilities or (), n=1)
        return "there is no such option" + (f": did you mean {near[0]}?" if near else "")
    text = error.format_message().rstrip(".")
    if text.startswith("No such command"):  # click quotes it
        ctx = error.ctx if isinstance(error, click.UsageError) else None
        known = ctx.command.list_commands(ctx) if ctx and isinstance(ctx.command, click.Group) else ()
        if len(known) == 1:
            return f"there is no such command: the only command here is {known[0]}"
        return "there is no such command" + (f": it is one of {', '.join(known)}" if known else "")
    if _SURPLUS.match(text):
        return "there are more arguments than one URL or name: put quotes around each value that has a space or an &"
    return text


def by_variables(problem: UsageProblem, ctx: click.Context) -> UsageProblem:
    """Call the options in a message, which were given as environment variables, by the names of these."""
    exported = {
        opt: str(param.envvar)
        for param in ctx.command.params
        if ctx.get_parameter_source(str(param.name)) is click.core.ParameterSource.ENVIRONMENT
        for opt in param.opts
    }

    def name(match: re.Match[str]) -> str:
        return exported.get(match[0], match[0])

    # What is to be given can be given as an option, whatever was.
    return UsageProblem(_OPTION.sub(name, problem.message), _LEFT_OUT.sub(name, problem.fix))


def _named(param: click.Parameter | None, ctx: click.Context | None) -> str:
    """Give the name by which a value was given: an option, an argument, or an environment variable."""
    if param is None or not param.opts:
        return "a value"
    if isinstance(param, click.Argument):
        return param.make_metavar(ctx) if ctx is not None else str(param.name).upper()
    if ctx is not None and ctx.get_parameter_source(str(param.name)) is click.core.ParameterSource.ENVIRONMENT:
        return str(param.envvar)
    return max(param.opts, key=len)


def _short(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


def _wanted(kind: object) -> str:
    match kind:
        case click.Choice(choices=choices):
            return f"must be one of {', '.join(map(str, choices))}"
        case click.IntRange(min=low, max=high) | click.FloatRange(min=low, max=high):
            what = "a whole number" if isinstance(kind, click.IntRange) else "a number"
            if low is not None and high is not None:
                return f"must be {what} from {_short(low)} to {_short(high)}"
            return f"must be {what}" + (f" of at least {_short(low)}" if low is not None else "")
        case Duration():
            return kind.wanted
        case click.types.BoolParamType():
            return "must be true or false"
    return "cannot be used"
