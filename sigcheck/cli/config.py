"""`sigcheck config check | show | schema`: what the configuration file says, without a run."""

from typing import Any

import click

from sigcheck.cli.candidates import targets
from sigcheck.cli.targets import config_options


@click.group()
def config() -> None:
    """Check, show or describe the configuration file: sigcheck.toml, or [tool.sigcheck] of a pyproject.toml."""


@config.command(short_help="Check the whole file; nothing is sent.")
@config_options
@click.pass_context
def check(ctx: click.Context, /, **_options: Any) -> int:
    """Check the whole file: its keys, the value of each setting, the variables that it needs. Nothing is sent.

    Exit codes: 0 all of it can be used, 2 something cannot; each problem has a line.
    """
    from sigcheck.cli import configuration

    return configuration.check(ctx)


@config.command(short_help="Show settings, and where each comes from.")
@click.argument("names", nargs=-1, metavar="[NAME...]", shell_complete=targets)
@config_options
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def show(ctx: click.Context, /, names: tuple[str, ...], format_name: str, **_options: Any) -> int:
    """Show the settings of targets, each with the place that it comes from. Secrets are hidden.

    Without a name: those of all targets.
    """
    from sigcheck.cli import configuration

    return configuration.show(ctx, names, format_name)


@config.command()
def schema() -> int:
    """Print the JSON Schema of the file, for editors."""
    from sigcheck.config.schema import schema as text

    click.echo(text(), nl=False)
    return 0
