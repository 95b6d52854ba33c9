"""`sigcheck undelivered FILE|--api`: why callbacks were not delivered, and what to run next."""

from typing import Any

import click
from click.core import ParameterSource

from sigcheck.cli.api import api_options
from sigcheck.cli.candidates import files
from sigcheck.cli.number import Whole
from sigcheck.cli.targets import config_file, config_options

FORMATS = ("text", "json", "csv", "markdown")


@click.command()
@click.argument("file", required=False, metavar="[FILE]", shell_complete=files)
@api_options
@click.option("--device-type", metavar="ID", help="With --api: the records of this device type.")
@click.option("--device", metavar="HEX", help="With --api: the records of this device.")
@click.option("--group", metavar="ID", help="With --api: the records of this group.")
@click.option("--since", metavar="TIME", help="With --api: records from this time on (ISO 8601, UTC by default).")
@click.option("--before", metavar="TIME", help="With --api: records before this time.")
@click.option("--limit", type=Whole(1, 100_000), default=1000, show_default=True, metavar="N",
              help="With --api: read this many records at most, the newest first.")  # fmt: skip
@config_options
@click.option("--format", "format_name", default="text", type=click.Choice(FORMATS), show_default=True,
              help="The format of what is printed.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Print the last line only.")
@click.option("-v", "--verbose", is_flag=True, help="Show every callback, however many there are.")
@click.option("--no-color", is_flag=True, help="Use no colour; NO_COLOR does the same.")
@click.pass_context
def undelivered(ctx: click.Context, /, file: str | None, format_name: str, **options: Any) -> int:
    """Explain callbacks that were not delivered: by callback and cause, with the command to run next.

    FILE has records as the API's callbacks-not-delivered gives them: pages, a list, or one record per line; - reads
    standard input. With --api, the Sigfox API is asked instead, and only read. A callback that is a target of the
    configuration file is called by its name.

    Exit codes: 0 nothing is undelivered, 1 something is, 2 the file, the options or the API cannot be used.
    """
    import sigcheck
    from sigcheck.account.explained import explain
    from sigcheck.cli import failed_calls, output
    from sigcheck.cli.output_options import output_of

    own = ("api", "device_type", "device", "group", "since", "before", "limit", "api_url", "ca_file")
    wanted = failed_calls.Wanted(file=file, **{name: options[name] for name in own})
    # A variable such as SIGCHECK_DEVICE may be set for `verify`.
    typed = [each for each in own if ctx.get_parameter_source(each) is ParameterSource.COMMANDLINE]
    wanted = failed_calls.fitting(wanted, typed)
    targets = failed_calls.urls(config_file(ctx))
    explained = explain(failed_calls.read(wanted), targets, sigcheck.__version__)
    output.write(failed_calls.written(explained, format_name, output_of(ctx)))
    return explained.exit_code
