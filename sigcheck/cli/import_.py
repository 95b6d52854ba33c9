"""`sigcheck import`: the callbacks of a Sigfox account as a configuration file."""

from typing import Any

import click

from sigcheck.cli.api import api_options, without_exported
from sigcheck.cli.candidates import files
from sigcheck.cli.options import is_exported


@click.command("import")
@click.argument("file", required=False, shell_complete=files)
@api_options
@click.option(
    "--device-type",
    "device_types",
    multiple=True,
    metavar="ID",
    help="With --api: import this device type instead of all. Repeatable.",
)
@click.option(
    "--output", metavar="FILE", shell_complete=files, help="Write the configuration to FILE instead of stdout."
)
@click.option("--force", is_flag=True, help="With --output: replace FILE if it exists.")
@click.pass_context
def import_(ctx: click.Context, /, file: str | None, **options: Any) -> int:
    """Turn the callbacks of a Sigfox account into a sigcheck.toml, without its secrets. Nothing is sent to a receiver.

    FILE is the JSON answer of GET /device-types/{id}/callbacks, or several of them one after the other; - reads
    standard input. With --api, the Sigfox API is asked instead, and only read.

    Secrets become ${NAME}, and stderr lists the variables to set.

    Exit 0: the configuration is written. 2: FILE, the API or an option cannot be used.
    """
    from sigcheck.cli import importing

    options = without_exported(ctx, options, ("api_url", "ca_file", "device_types"))
    if is_exported(ctx, "force") and options["output"] is None:
        options["force"] = False
    return importing.carry_out(file, importing.Wish(**options))
