"""`sigcheck import`: the callbacks of a Sigfox account as a configuration file."""

import click

from sigcheck.cli.api import api_options
from sigcheck.cli.candidates import files


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
def import_(
    file: str | None,
    *,
    api: bool,
    api_url: str | None,
    ca_file: str | None,
    device_types: tuple[str, ...],
    output: str | None,
    force: bool,
) -> int:
    """Turn the callbacks of a Sigfox account into a sigcheck.toml, without its secrets. Nothing is sent to a receiver.

    FILE is the JSON answer of GET /device-types/{id}/callbacks, or several of them one after the other; - reads
    standard input. With --api, the Sigfox API is asked instead, and only read.

    Secrets become ${NAME}, and stderr lists the variables to set.

    Exit 0: the configuration is written. 2: FILE, the API or an option cannot be used.
    """
    from sigcheck.cli import importing

    return importing.carry_out(
        file, importing.Wish(api=api, api_url=api_url, ca_file=ca_file, device_types=device_types, output=output,
                             force=force)
    )  # fmt: skip
