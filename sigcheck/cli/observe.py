"""`sigcheck observe`: what an observer counts, and whether it could show a second effect."""

from typing import Any

import click

from sigcheck.cli.observer_options import Number, observer_options

LONGEST_WAIT = 3600.0


@click.command()
@observer_options
@click.option("--device", metavar="HEX", help="The device of the message that is counted.")
@click.option("--time", type=click.IntRange(0, 2**32 - 1), metavar="S", help="Its time, in seconds since 1970.")
@click.option("--seq-number", type=click.IntRange(0, 65535), metavar="N", help="Its sequence number.")
@click.option("--data", metavar="HEX", help="Its payload.")
@click.option("--prove", is_flag=True, help="See whether the observer can show two effects of one message.")
@click.option(
    "--duplicate-command",
    metavar="CMD",
    help="With --prove: a command that stores the message once more, whether the receiver would or not.",
)
@click.option(
    "--within",
    default=10.0,
    type=Number(0, LONGEST_WAIT),
    show_default=True,
    help="Seconds after the command in which the count may rise.",
)
@click.option("--ca-file", metavar="PEM", help="Roots to trust in place of the public ones.")
@click.option(
    "--resolve", "overrides", multiple=True, metavar="HOST:PORT:ADDR", help="Connect to ADDR instead. Repeatable."
)
def observe(**given: Any) -> int:
    """Ask an observer for the number of effects, as `sigcheck verify` does; nothing is sent to the receiver.

    Exit 0: there is a count (with --prove: it showed two effects of one message). 1: the observer cannot show two.
    3: there is no count, or nothing is proven yet.
    """
    from sigcheck.cli import observing

    return observing.carry_out(**given)
