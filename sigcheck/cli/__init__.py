"""The command line: click alone at start-up; each command's own imports wait until it is the one that runs.

Exit codes: 0 compliant, 1 non-compliant, 2 usage or configuration, 3 undecided, 4 a bug of ours, 130 interrupted.
"""

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from sigcheck import signals
from sigcheck.cli.streams import abandon
from sigcheck.errors import UsageProblem
from sigcheck.machine import Shortage, shortage

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "verify": ("sigcheck.cli.verify:verify", "Verify a callback URL: reachability, TLS, answers, retries."),
    "fleet": ("sigcheck.cli.fleet:fleet", "Examine many targets, on one machine or several."),
    "exporter": ("sigcheck.cli.exporter:exporter", "Serve metrics for Prometheus: scans, and last verdicts."),
    "send": ("sigcheck.cli.send:send", "Send one callback, and print it as the portal would."),
    "allowlist": (
        "sigcheck.cli.allowlist:allowlist",
        "Print the Cloud's addresses for a firewall, or check its rules.",
    ),
    "observe": ("sigcheck.cli.observe:observe", "Ask an observer once, or prove that it can show two effects."),
    "chain": ("sigcheck.cli.chain:chain", "Judge a certificate file, without a socket."),
    "report": ("sigcheck.cli.report:report", "Judge a saved run again, and show it in any format."),
    "diff": ("sigcheck.cli.diff:diff", "Compare two saved runs: new, fixed and unchanged failures."),
    "import": ("sigcheck.cli.import_:import_", "Turn the callbacks of a Sigfox account into a configuration file."),
    "undelivered": ("sigcheck.cli.undelivered:undelivered", "Explain callbacks that were not delivered."),
    "config": ("sigcheck.cli.config:config", "Check, show or describe the configuration file."),
    "rules": ("sigcheck.cli.rules:rules", "List the rules."),
    "explain": ("sigcheck.cli.explain:explain", "Explain a rule, a code, an error or a word, or print a page."),
    "doctor": ("sigcheck.cli.doctor:doctor", "Check this machine for what could falsify a run."),
    "completion": ("sigcheck.cli.completion:completion", "Print the script for completion in bash, zsh or fish."),
    "demo": ("sigcheck.cli.demo:demo", "Verify a good and a bad receiver on this machine."),
}
"""Name → where the command is, and its line in --help: listing them imports none of them."""

USAGE, INTERNAL, INTERRUPTED = 2, 4, 130
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a full disk says, and a terminal that was closed."""


class Commands(click.Group):
    """A group that imports a command when it is the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        _give_variables(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        """Give the commands that begin so, without importing them, and the options."""
        from sigcheck.cli.candidates import commands

        found = commands(incomplete, ((name, text) for name, (_, text) in COMMANDS.items()))
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say what the commands are when one is mistyped."""
        if args and args[0] not in COMMANDS and not ctx.resilient_parsing:
            from sigcheck.cli.no_command import instead

            args = instead(args, COMMANDS, ctx)
        return super().resolve_command(ctx, args)


def _give_variables(command: click.Command) -> None:
    """Give each option that has none its environment variable: SIGCHECK_ and its name in capitals."""
    bare = [param for param in command.params if isinstance(param, click.Option) and param.envvar is None]
    for param in bare:
        param.envvar = "SIGCHECK_" + max(param.opts, key=len).lstrip("-").replace("-", "_").upper()
    if bare and command.callback is not None:  # once for each command: the second time, no option is without
        command.callback = _speaking_of_variables(command.callback)
    for inner in getattr(command, "commands", {}).values():
        _give_variables(inner)


def _speaking_of_variables(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Make a command say what is wrong with a variable by its name, and not by that of the option it stands for."""

    @wraps(callback)
    def speaking(*args: Any, **kwargs: Any) -> Any:
        try:
            return callback(*args, **kwargs)
        except Shortage:
            raise
        except UsageProblem as problem:
            from sigcheck.cli.misuse import by_variables

            raise by_variables(problem, click.get_current_context()) from problem

    return speaking


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        import sigcheck

        click.echo(f"sigcheck {sigcheck.__version__}")
        ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="Verify that a receiver of Sigfox Cloud callbacks can be reached, is trusted, answers in time and is "
    "idempotent.",
)
@click.option(
    "-V", "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
def cli() -> None:
    """Hold the commands."""


def run(arguments: list[str]) -> int:
    """Run one command and give the exit code. Whatever goes wrong is one line on stderr."""
    if os.environ.get("_SIGCHECK_COMPLETE"):
        from sigcheck.cli.shells import answer

        return answer(cli)
    try:
        code = cli.main(arguments, prog_name="sigcheck", standalone_mode=False)
    except UsageProblem as problem:
        return _refused(problem)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE
    except click.NoSuchOption as error:
        from sigcheck.cli.habits import meant

        here = meant(error.option_name, error.ctx, arguments)
        return _misused(error, arguments) if here is None else _complain(here, USAGE)
    except click.ClickException as error:
        return _misused(error, arguments)
    except (KeyboardInterrupt, click.Abort):
        return _complain("interrupted before there was a result", INTERRUPTED)
    except (BrokenPipeError, SystemExit):  # click makes the one into the other, and exits for nothing else
        # The reader of a list or a page has gone; nothing is left to say to it.
        abandon(sys.stdout)
        return 0 if signals.noted() is None else INTERRUPTED
    except Exception as error:
        if (lacking := shortage(error)) is not None:
            return _refused(lacking)
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            abandon(sys.stdout)
            if signals.noted() is not None:
                return INTERRUPTED
            return _complain(f"stdout cannot be written ({error.strerror}): send it elsewhere", USAGE)
        if os.environ.get("SIGCHECK_TRACEBACK"):
            raise
        text = f"this is a bug in sigcheck ({type(error).__name__}: {error})"
        return _complain(f"{text}: please report it with the output of SIGCHECK_TRACEBACK=1", INTERNAL)
    return code if isinstance(code, int) else 0


def _misused(error: click.ClickException, arguments: list[str]) -> int:
    """Say what is wrong with an option, never its value: a slip may have put a secret there."""
    from sigcheck.cli.misuse import in_words

    ctx = error.ctx if isinstance(error, click.UsageError) else None
    where = _command(arguments) if ctx is None else ctx.command_path
    said = in_words(error)
    return _complain(f"{said} See `{where} --help`" if said.endswith("?") else f"{said}: see `{where} --help`", USAGE)


def _command(arguments: list[str]) -> str:
    """Give the words of the command that was written: click's parser does not say whose option it cannot read."""
    command, words = click.Context(cli, info_name="sigcheck"), ["sigcheck"]
    for word in arguments:
        group = command.command
        if isinstance(group, click.Group) and word in group.list_commands(command):
            inner = group.get_command(command, word)
            if inner is not None:
                command, words = click.Context(inner, command, word), [*words, word]
    return " ".join(words)


class Spent(int):
    """The exit code of a process that can no longer afford to tidy up: Python itself needs memory for that."""


def _refused(problem: UsageProblem) -> int:
    code = _complain(str(problem), USAGE)
    return Spent(code) if isinstance(problem, Shortage) else code


def _complain(text: str, code: int) -> int:
    from sigcheck.redaction.disarm import disarm

    with suppress(OSError):  # nobody listens on stderr: the exit code says it
        click.echo(f"sigcheck: {disarm(' '.join(text.split()))}", err=True)
    return code
