"""`sigcheck verify URL | NAME… | --all`: options to a RunConfig and OutputOptions, run, render, exit."""

from typing import Any

import click

from sigcheck.cli.candidates import targets
from sigcheck.cli.number import Whole
from sigcheck.cli.options import WithBareOption, given, is_exported, run_options
from sigcheck.cli.output_options import output_of, output_options
from sigcheck.cli.targets import config_file, config_options, wanted
from sigcheck.config import RunConfig
from sigcheck.config.setting import fields

JOBS = 10
"""Targets that are verified at once by default: most of a run is waiting. Our choice."""


@click.command(cls=WithBareOption)
@click.argument("words", nargs=-1, metavar="URL | NAME...", shell_complete=targets)
@click.option("--all", "every", is_flag=True, help="Verify all targets of the configuration file.")
@click.option(
    "--jobs",
    type=Whole(1, 200),
    default=JOBS,
    metavar="N",
    show_default=True,
    help="How many targets are verified at once.",
)
@config_options
@run_options(fields(RunConfig))
@output_options
@click.pass_context
def verify(
    ctx: click.Context,
    /,
    words: tuple[str, ...],
    *,
    every: bool,
    jobs: int,
    **_options: Any,
) -> int:
    """Verify a callback as the Sigfox Cloud would call it: a URL, or targets of the configuration file.

    The messages that are sent are real to the receiver: point this at a test device type, or clean up
    by the device id afterwards. Without an observer (--observe-url, --observe-command, --observe-sql),
    idempotency stays undecided.
    """
    from sigcheck.cli import verifying

    # What is named on the command line wins over a variable.
    every = every and not (words and is_exported(ctx, "every"))
    chosen = wanted(words, given(ctx), config_file(ctx), every=every)
    return verifying.carry_out(chosen, output_of(ctx), jobs, together=every or len(chosen) > 1)
