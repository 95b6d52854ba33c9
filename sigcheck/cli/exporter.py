"""`sigcheck exporter`: scans for Prometheus, and the last verdicts of full runs."""

from typing import Any

import click

from sigcheck.cli.candidates import files
from sigcheck.cli.number import Duration, Whole
from sigcheck.cli.targets import config_file, config_options

LISTEN = "127.0.0.1:9877"
"""Where it listens unless told otherwise: nobody else can reach it there."""

DAY = 86400


@click.command()
@click.option(
    "--listen", default=LISTEN, show_default=True, metavar="HOST:PORT", help="Where scrapes are answered; port 0: any."
)
@click.option(
    "--every",
    type=Duration(60, 30 * DAY),
    metavar="TIME",
    help="Run all targets in full each TIME, such as 6h, and append the reports to the ledger.",
)
@click.option(
    "--ledger",
    metavar="FILE",
    shell_complete=files,
    help="The ledger of full runs, which /metrics tells of. Default: results.jsonl with --every, else none.",
)
@click.option(
    "--at-once", type=Whole(1, 1000), default=20, show_default=True, metavar="N", help="How many scans run at once."
)
@click.option(
    "--limit",
    type=Duration(0.5, 60),
    default="15s",
    show_default=True,
    metavar="TIME",
    help="How long a scan may take. A scrape that has less time gets less.",
)
@config_options
@click.pass_context
def exporter(
    ctx: click.Context,
    /,
    listen: str,
    every: float | None,
    ledger: str | None,
    at_once: int,
    limit: float,
    **_options: Any,
) -> int:
    """Serve metrics for Prometheus: /probe?target=NAME scans a target of the configuration file, and no other.

    A scan makes one connection and sends no message. /metrics tells the last verdict of full runs, and when it was.
    Full runs are those of --every, or of `sigcheck fleet run` with the same ledger.

    Runs until Ctrl-C or SIGTERM, and exits 0 then. 2: an option or the configuration file cannot be used.
    """
    from sigcheck.cli import exporting

    return exporting.carry_out(exporting.Wish(listen, every, ledger, at_once, limit), config_file(ctx))
