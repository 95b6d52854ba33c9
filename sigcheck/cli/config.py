"""`sigcheck config check | show | schema`: what the configuration file says, without a run."""

import click

from sigcheck.cli.targets import config_options


@click.group()
def config() -> None:
    """Check, show or describe the configuration file: sigcheck.toml, or [tool.sigcheck] of a pyproject.toml."""


@config.command()
@config_options
def check(config_path: str | None, no_config: bool) -> int:
    """Check the whole file: its keys, the value of each setting, the variables that it needs. Nothing is sent.

    Exit codes: 0 all of it can be used, 2 something cannot; each problem has a line.
    """
    from sigcheck.cli import configuration

    return configuration.check(config_path, none=no_config)


@config.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@config_options
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(names: tuple[str, ...], config_path: str | None, no_config: bool, format_name: str) -> int:
    """Show the settings of targets, each with the place that it comes from. Secrets are hidden.

    Without a name: those of all targets.
    """
    from sigcheck.cli import configuration

    return configuration.show(names, config_path, format_name, none=no_config)


@config.command()
def schema() -> int:
    """Print the JSON Schema of the file, for editors."""
    from sigcheck.config.schema import schema as text

    click.echo(text(), nl=False)
    return 0
