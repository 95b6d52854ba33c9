"""`sigcheck observe`: what an observer counts, and whether it could show a second effect."""

from typing import Any

import click

from sigcheck.cli.candidates import targets
from sigcheck.cli.number import Number, Whole
from sigcheck.cli.options import given, observer_options, run_options
from sigcheck.cli.targets import config_file, config_options, observed

LONGEST_WAIT = 3600.0


@click.command()
@click.argument("name", required=False, shell_complete=targets)
@config_options
@observer_options
@click.option("--device", metavar="HEX", help="The device of the message that is counted.")
@click.option("--time", type=Whole(0, 2**32 - 1), metavar="S", help="Its time, in seconds since 1970.")
@click.option("--seq-number", type=Whole(0, 65535), metavar="N", help="Its sequence number.")
@click.option("--data", metavar="HEX", help="Its payload.")
@click.option("--prove", is_flag=True, help="Check whether the observer can show two effects of one message.")
@click.option(
    "--duplicate-command",
    metavar="CMD",
    help="With --prove: a command that stores the message once more, even if the receiver would not.",
)
@click.option(
    "--within",
    default=10.0,
    type=Number(0, LONGEST_WAIT),
    show_default=True,
    help="Seconds after the command in which the count may rise.",
)
@run_options(("ca_file", "resolve"))
@click.pass_context
def observe(ctx: click.Context, /, name: str | None, **options: Any) -> int:
    """Ask an observer for the number of effects, as `sigcheck verify` does; nothing is sent to the receiver.

    NAME is a target of the configuration file whose observer is asked. Options replace what the file says.

    Exit 0: there is a count (with --prove: it showed two effects of one message). 1: the observer cannot show two.
    3: there is no count, or nothing is proven yet.
    """
    from sigcheck.cli import observing

    own = ("device", "time", "seq_number", "data", "prove", "duplicate_command", "within")
    target = observed(name, given(ctx), config_file(ctx))
    return observing.carry_out(target, **{each: options[each] for each in own})
