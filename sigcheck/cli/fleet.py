"""`sigcheck fleet run | report | diff | history`: many targets."""

from typing import Any

import click

from sigcheck.cli import candidates, fleet_options, fleet_report
from sigcheck.cli.candidates import files
from sigcheck.cli.number import Whole
from sigcheck.cli.options import given, is_typed, run_options
from sigcheck.cli.output_options import output_of
from sigcheck.cli.targets import config_file, config_options
from sigcheck.config import RunConfig
from sigcheck.config.setting import fields
from sigcheck.errors import UsageProblem
from sigcheck.model.fleet import SEEDS

LEDGER = "results.jsonl"


@click.group()
def fleet() -> None:
    """Examine many targets, on one machine or several, and tell what is new since the last time."""


fleet.add_command(fleet_report.report)
fleet.add_command(fleet_report.diff)
fleet.add_command(fleet_report.history)


@fleet.command(cls=fleet_options.InTwoParts, short_help="Run all targets, and write a ledger.")
@click.argument("names", nargs=-1, metavar="[NAME...]", shell_complete=candidates.targets)
@click.option("--targets", "targets", metavar="FILE", shell_complete=files,
              help="The targets of this file in place of those of the configuration file: csv, JSON lines, URLs, or a "
              "saved answer of the Sigfox API. - is standard input.")  # fmt: skip
@click.option("--scan", is_flag=True, help="Only a quick scan: one connection a target, and no message.")
@click.option(
    "--ledger",
    default=LEDGER,
    show_default=True,
    metavar="FILE",
    shell_complete=files,
    help="Append the reports to this file, one a line.",
)
@click.option("--resume", is_flag=True, help="Go on with the last run of the ledger: run only what has no result.")
@click.option("--fail-on-new", metavar="OLD", shell_complete=files,
              help="Exit 1 only for failures that the newest run of the ledger OLD does not have.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Check and list the targets, and send nothing.")
@click.option("--format", "format_name", default="text", type=click.Choice(["text", "json"]),
              help="With --dry-run: the format of the list.")  # fmt: skip
@click.option("--at-once", type=Whole(1, 20000), default=100, show_default=True, metavar="N",
              help="How many hosts are examined at once.")  # fmt: skip
@click.option("--at-address", type=Whole(1, 1000), default=8, show_default=True, metavar="N",
              help="How many runs examine one address at once.")  # fmt: skip
@click.option("--jobs", type=Whole(1, 256), metavar="N",
              help="How many processes run the targets. Default: one for each processor.")  # fmt: skip
@click.option("--seed", type=Whole(0, SEEDS - 1), metavar="N",
              help="The order of the targets. Default: drawn, and printed.")  # fmt: skip
@click.option("--shard", callback=fleet_options.shard, metavar="I/N",
              help="Run part I of N. On N machines with the same targets, each target is in one part.")  # fmt: skip
@click.option("--run-id", callback=fleet_options.run_id, metavar="ID",
              help="What the ledger calls this run: 8 to 64 letters, digits, . _ or -. Default: drawn.")  # fmt: skip
@click.option("--dask", metavar="ADDRESS",
              help="Have the workers of this Dask scheduler run the targets: tls://HOST:PORT.")  # fmt: skip
@click.option("--dask-ca", metavar="PEM", shell_complete=files, help="The CA of the scheduler and its workers.")
@click.option("--dask-cert", metavar="PEM", shell_complete=files, help="The certificate of this machine, by that CA.")
@click.option("--dask-key", metavar="PEM", shell_complete=files, help="Its key.")
@click.option("-q", "--quiet", is_flag=True, help="Only the last line.")
@click.option("-v", "--verbose", is_flag=True, help="Every target.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same.")
@config_options
@run_options(fields(RunConfig))
@click.pass_context
def run(ctx: click.Context, /, **_options: Any) -> int:
    """Verify all targets of the configuration file or of a list, or those that are named.

    Their reports are appended to a ledger. Exit codes are those of `verify --all`.
    """
    from sigcheck.cli import fleet_running

    for name in ("at_once", "jobs"):
        if ctx.params["dask"] is not None and is_typed(ctx, name):
            option = f"--{name.replace('_', '-')}"
            raise UsageProblem(
                f"{option} is given with --dask", "leave it out: --nthreads and --nworkers of each Dask worker say it"
            )
    wish = fleet_running.Wish(**{name: ctx.params[name] for name in fleet_running.Wish.__struct_fields__})
    return fleet_running.carry_out(wish, given(ctx), config_file(ctx), output_of(ctx))
