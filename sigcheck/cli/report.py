"""`sigcheck report SAVED.json`: a run that was saved as JSON, judged and rendered again."""

import click
from click.core import ParameterSource

from sigcheck.cli import candidates
from sigcheck.cli.number import Whole
from sigcheck.cli.options import WithBareOption
from sigcheck.cli.output_options import judging_options, output_of, report_options
from sigcheck.errors import UsageProblem


@click.command(cls=WithBareOption)
@click.argument("saved", metavar="SAVED.json", shell_complete=candidates.files)
@judging_options
@click.option(
    "--effects",
    metavar="FILE",
    shell_complete=candidates.files,
    help="Effects counted after the run, a line a message: device,time,seqNumber,count.",
)
@click.option(
    "--effects-default",
    type=Whole(0, 1000),
    metavar="N",
    help="With --effects: the count of a message that has no line.",
)
@click.option("--messages", is_flag=True, help="List the messages of the run as a CSV to fill in for --effects.")
@report_options
@click.option("-q", "--quiet", is_flag=True, help="One line a target: the verdict and its reason.")
@click.option("-v", "--verbose", is_flag=True, help="Every rule, and the figures beside them.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same.")
@click.pass_context
def report(
    ctx: click.Context,
    /,
    saved: str,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    fail_on: str | None,
    allow_undecided: tuple[str, ...],
    baseline: str | None,
    effects: str | None,
    effects_default: int | None,
    messages: bool,
    **_options: object,
) -> int:
    """Judge a saved run again, by the rules of this version, and show it in any format.

    SAVED.json is what `sigcheck verify --report FILE.json` or `--format json` wrote; - reads standard input. Nothing
    is sent. With --effects, the counts that somebody has read from the receiver's database give the verdict that an
    observer would have given. Exit codes are those of verify.
    """
    from sigcheck.cli import rejudging

    if effects_default is not None and effects is None:
        raise UsageProblem("--effects-default belongs to --effects", "give --effects FILE as well")
    if messages:
        if effects is not None:
            raise UsageProblem("--messages and --effects cannot be used together", "give one of the two")
        _see_no_other(ctx)
        return rejudging.list_messages(saved)
    gate = rejudging.GateOptions(only, skip, fail_on, allow_undecided, rejudging.expected_by(baseline))
    counts = None if effects is None else (effects, effects_default)
    return rejudging.show(saved, gate, output_of(ctx), counts)


def _see_no_other(ctx: click.Context) -> None:
    """Refuse the options that a list of messages has no use for, where they were written."""
    for param in ctx.command.params:
        given = param.name is not None and ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
        if given and param.name not in {"saved", "messages"}:
            raise UsageProblem(f"--messages prints a list and takes no {param.opts[-1]}", "leave it out")
