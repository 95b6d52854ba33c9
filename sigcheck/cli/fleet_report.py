"""`sigcheck fleet report`, `diff` and `history`: what stands in ledgers."""

import click

from sigcheck.cli.candidates import files
from sigcheck.cli.options import WithBareOption
from sigcheck.cli.output_options import judging_options, output_of, report_options
from sigcheck.errors import UsageProblem

DIFF_FORMATS = ("text", "json", "markdown", "csv")


@click.command(cls=WithBareOption, short_help="Show what stands in ledgers, in any format.")
@click.argument("ledgers", nargs=-1, required=True, metavar="LEDGER...", shell_complete=files)
@click.option("--run", "run_id", default="", metavar="ID", help="The run to show. Default: the newest of each ledger.")
@click.option("--target", metavar="NAME", help="Show the whole report of this target, as `sigcheck report` does.")
@click.option("--from", "vantage", metavar="VANTAGE", help="With --target: from where it was seen.")
@click.option("--fail-on-new", metavar="OLD", shell_complete=files,
              help="Exit 1 only for failures that the newest run of the ledger OLD does not have.")  # fmt: skip
@judging_options
@report_options
@click.option("-q", "--quiet", is_flag=True, help="Only the last line.")
@click.option("-v", "--verbose", is_flag=True, help="Every target.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same.")
@click.pass_context
def report(
    ctx: click.Context,
    /,
    ledgers: tuple[str, ...],
    run_id: str,
    target: str | None,
    vantage: str | None,
    fail_on_new: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    fail_on: str | None,
    allow_undecided: tuple[str, ...],
    baseline: str | None,
    **_options: object,
) -> int:
    """Show the newest run of ledgers that `sigcheck fleet run` wrote; several are put together, as shards are.

    Nothing is sent. Reports are shown as they were judged in the run. They are judged again by the rules of this
    version where another version wrote the ledger, or an option asks for it. Exit codes are those of `verify --all`;
    targets without a result make it 3 at least.
    """
    from sigcheck.cli import fleet_reporting, rejudging

    if vantage is not None and target is None:
        raise UsageProblem("--from belongs to --target", "give --target NAME as well")
    gate = rejudging.GateOptions(only, skip, fail_on, allow_undecided, rejudging.expected_by(baseline))
    shown = output_of(ctx)
    if target is not None:
        if fail_on_new is not None:
            raise UsageProblem("--fail-on-new and --target cannot be used together", "leave one of them out")
        return fleet_reporting.show_target(ledgers, run_id, (target, vantage), gate, shown)
    return fleet_reporting.show(ledgers, run_id, gate, shown, fail_on_new)


@click.command(short_help="Compare two runs: what is new, fixed, unchanged or gone.")
@click.argument("old", metavar="OLD", shell_complete=files)
@click.argument("new", metavar="[NEW]", required=False, shell_complete=files)
@click.option("--format", "format_name", default="text", type=click.Choice(DIFF_FORMATS), show_default=True)
@click.option(
    "--fail-on",
    default="must",
    type=click.Choice(["must", "should"]),
    show_default=True,
    help="Which new failures make exit code 1.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only the last line.")
@click.option("-v", "--verbose", is_flag=True, help="Name every target.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same.")
@click.pass_context
def diff(
    ctx: click.Context,
    /,
    old: str,
    new: str | None,
    format_name: str,
    fail_on: str,
    **_options: object,
) -> int:
    """Compare the newest runs of two ledgers, or the last two runs of one: verdicts, never times.

    Targets are matched by their name, or else by their URL, and by their vantage.

    Exit codes: 0 there is no new failure, 1 there is one of a level that --fail-on names, 2 a ledger cannot be read,
    3 nothing new fails, but the two have no target or no rule in common, or NEW was interrupted or is not whole.
    """
    from sigcheck.cli import fleet_comparing

    shown = output_of(ctx)
    return fleet_comparing.compare(old, new, "should" if fail_on == "should" else "must", format_name, shown)


@click.command(short_help="Say since when targets do not pass, over all runs.")
@click.argument("ledgers", nargs=-1, required=True, metavar="LEDGER...", shell_complete=files)
@click.option("--target", metavar="NAME", help="Show what each run found at this target.")
@click.option("--format", "format_name", default="text", type=click.Choice(["text", "csv"]), show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="Only the last line.")
@click.option("-v", "--verbose", is_flag=True, help="Every target, and the ids of the runs.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same.")
@click.pass_context
def history(
    ctx: click.Context, /, ledgers: tuple[str, ...], target: str | None, format_name: str, **_options: object
) -> int:
    """Read all runs of ledgers, and say since when each target does not pass.

    A target passes where its exit code is 0. Scans and full runs are not mixed: those of the kind of the newest run are
    read. Reports are not judged again.

    Exit codes: 0, whatever was found; 2 a ledger cannot be read.
    """
    from sigcheck.cli import fleet_past

    return fleet_past.show(ledgers, target, format_name, output_of(ctx))
