"""What a user asks of the output of a command, apart from the run: formats, files, colour, how much."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import click
from click.shell_completion import CompletionItem
from msgspec import Struct

from sigcheck.cli import candidates
from sigcheck.cli.options import is_overruled, lines
from sigcheck.report import FORMATS
from sigcheck.report.place import parse_anchor

_F = TypeVar("_F", bound=Callable[..., Any])


class _File(click.types.StringParamType):
    """A file's name. In an environment variable it has a line of its own: a name may have blanks."""

    def split_envvar_value(self, rv: str) -> list[str]:
        """Give the lines."""
        return lines(rv)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        """Let the shell complete it."""
        return candidates.files(ctx, param, incomplete)


class OutputOptions(Struct, frozen=True, kw_only=True):
    """How reports are shown and where they are written. `detail` is -1 (quiet) to 1 (verbose).

    `junit_undecided` and `sarif_anchor` are those of RenderOptions. A command need not have all of the options.
    """

    format_name: str = "text"
    reports: tuple[str, ...] = ()
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False
    dry_run: bool = False
    observe_ask: bool = False
    junit_undecided: Literal["skipped", "failure"] = "skipped"
    sarif_anchor: str = ""

    @property
    def detail(self) -> int:
        """How much a report shows."""
        return -1 if self.quiet else 1 if self.verbose else 0


REPORT_OPTIONS = (
    click.option(
        "--format",
        "format_name",
        default="text",
        type=click.Choice(list(FORMATS)),
        show_default=True,
        envvar="SIGCHECK_FORMAT",
        help="The format of what is printed on stdout.",
    ),
    click.option(
        "--report",
        "reports",
        multiple=True,
        type=_File(),
        metavar="FILE|FORMAT=FILE",
        envvar="SIGCHECK_REPORT",
        help="Also write the report to this file, in this format or in that of its suffix. Repeatable.",
    ),
    click.option(
        "--junit-undecided",
        default="skipped",
        type=click.Choice(["skipped", "failure"]),
        show_default=True,
        envvar="SIGCHECK_JUNIT_UNDECIDED",
        help="What JUnit calls a rule that is undecided and counts for the verdict.",
    ),
    click.option(
        "--sarif-anchor",
        default="",
        metavar="PATH[:LINE]",
        envvar="SIGCHECK_SARIF_ANCHOR",
        help="The file of the repository that SARIF, GitHub and GitLab show findings at. Default: the line of the "
        "configuration file that names the target.",
    ),
)
"""What every command has that gives reports."""

OPTIONS = (
    *REPORT_OPTIONS,
    click.option(
        "-q",
        "--quiet",
        is_flag=True,
        envvar="SIGCHECK_QUIET",
        help="Print one line for each target, with the verdict and its reason, and no progress.",
    ),
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        envvar="SIGCHECK_VERBOSE",
        help="Show every rule, the phases of each sample, the replay and the scenarios.",
    ),
    click.option("--no-color", is_flag=True, envvar="SIGCHECK_NO_COLOR", help="Use no colour; NO_COLOR does the same."),
    click.option(
        "--observe-ask",
        is_flag=True,
        envvar="SIGCHECK_OBSERVE_ASK",
        help="Ask on the terminal, after the run, how many effects each message has.",
    ),
    click.option("--dry-run", is_flag=True, envvar="SIGCHECK_DRY_RUN", help="List every request, and send none."),
)


def output_of(ctx: click.Context) -> OutputOptions:
    """Give what the command line and the environment say of the output; the command line wins.

    Raises UsageProblem for an anchor that is none.
    """
    said = {name: ctx.params[name] for name in OutputOptions.__struct_fields__ if name in ctx.params}
    if "quiet" in said and is_overruled(ctx, "quiet", by="verbose"):
        said["quiet"] = False
    # Not the other way round: who exports a dry run wants nothing to be sent.
    if "dry_run" in said and is_overruled(ctx, "reports", by="dry_run"):
        said["reports"] = ()
    shown = OutputOptions(**said)
    if shown.sarif_anchor:
        parse_anchor(shown.sarif_anchor)
    return shown


def output_options(command: _F) -> _F:
    """Give a command all of them."""
    return _with(OPTIONS, command)


JUDGING_OPTIONS = (
    click.option(
        "--only", multiple=True, metavar="NAMES", help="Of the rules that were checked, only these families or ids."
    ),
    click.option("--skip", multiple=True, metavar="NAMES", help="Families or rule ids to leave out."),
    click.option(
        "--fail-on", type=click.Choice(["must", "should"]), help="What makes exit code 1. Default: as in the run."
    ),
    click.option(
        "--allow-undecided",
        multiple=True,
        metavar="[=NAMES]",
        help="Exit 0 where nothing failed but these rules or families (without names: any) stayed undecided. "
        "Default: as in the run.",
    ),
    click.option(
        "--baseline",
        metavar="FILE",
        shell_complete=candidates.files,
        help="Failures that are expected (TOML). Default: as in the run.",
    ),
)
"""How results that were saved are judged again."""


def judging_options(command: _F) -> _F:
    """Give a command the options that decide how saved results are judged."""
    return _with(JUDGING_OPTIONS, command)


def report_options(command: _F) -> _F:
    """Give a command those that say in which formats and where its report is written."""
    return _with(REPORT_OPTIONS, command)


def _with(options: tuple[Callable[[_F], _F], ...], command: _F) -> _F:
    for option in reversed(options):
        command = option(command)
    return command
