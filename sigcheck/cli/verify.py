"""`sigcheck verify URL`: options to types, run, render, exit."""

from pathlib import Path
from typing import Any

import click

from sigcheck.cli.observer_options import Number, observer_options
from sigcheck.message import DEFAULT_DATA
from sigcheck.model.evidence import EFFECTS_WITHIN
from sigcheck.report import FORMATS

MOST_SAMPLES = 100
LONGEST_PATIENCE = 300.0
FASTEST = 1000.0
LONGEST_EFFECTS = 3600.0
MOST_EFFECTS = 1000


class Verify(click.Command):
    """A command whose `--allow-undecided` has a value behind an equals sign alone: a URL is never taken for it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give the bare option its meaning: all rules."""
        end = args.index("--") if "--" in args else len(args)
        bare = "--allow-undecided"
        return super().parse_args(ctx, [f"{each}=*" if each == bare else each for each in args[:end]] + args[end:])


@click.command(cls=Verify)
@click.argument("url")
@click.option(
    "--method", metavar="METHOD", help="GET, POST or PUT. Default: GET for a URL with placeholders, else POST."
)
@click.option("--content-type", metavar="TYPE", help="Of the body. Default: application/json.")
@click.option("--header", "headers", multiple=True, metavar="'N: V'", help="A header of the callback. Repeatable.")
@click.option("--body", metavar="TEMPLATE|@FILE", help="Body template; {device} {time} {seqNumber} {data} are filled.")
@click.option("--device", metavar="HEX", help="The device's id. Default: 51 and six digits drawn for each run.")
@click.option("--data", default=DEFAULT_DATA, metavar="HEX", show_default=True, help="The payload, 0 to 12 bytes.")
@click.option("--ca-file", metavar="PEM", help="Roots to trust in place of the public ones.")
@click.option(
    "--resolve",
    "overrides",
    multiple=True,
    metavar="HOST:PORT:ADDR",
    help="Connect to ADDR, or to each of ADDR,ADDR, instead of asking the resolver. Repeatable.",
)
@click.option("--allow-private", is_flag=True, help="Accept private and loopback addresses (local test).")
@click.option(
    "--samples",
    default=20,
    type=click.IntRange(1, MOST_SAMPLES),
    show_default=True,
    help="New messages, one after the other, to time and judge the answers.",
)
@click.option(
    "--patience",
    default=30.0,
    type=Number(0, LONGEST_PATIENCE),
    show_default=True,
    help="Seconds to listen for a late answer to a sample.",
)
@click.option(
    "--speed",
    default=1.0,
    type=Number(1, FASTEST),
    show_default=True,
    help="Divide the waits of the schedule, never the answer limit.",
)
@click.option(
    "--schedule-from",
    default="previous",
    type=click.Choice(["previous", "first"]),
    show_default=True,
    help="What each wait starts from; the published text does not settle it.",
)
@observer_options
@click.option(
    "--effects-within",
    default=EFFECTS_WITHIN,
    type=Number(0, LONGEST_EFFECTS),
    show_default=True,
    help="Seconds to wait for an effect before it counts as lost, and for a second one at the end.",
)
@click.option(
    "--effects-per-message",
    type=click.IntRange(1, MOST_EFFECTS),
    metavar="N",
    help="Effects that one message has. Default: as many as the first message had.",
)
@click.option("--fail-header", metavar="'N: V'", help="A header that makes the receiver fail a delivery, once.")
@click.option("--fail-command", metavar="CMD", help="A command that makes the receiver fail its next delivery.")
@click.option("--restart-command", metavar="CMD", help="A command that restarts the receiver.")
@click.option("--allowlist", "allowlists", multiple=True, metavar="FILE", help="The firewall's rules. Repeatable.")
@click.option(
    "--vantage",
    default="outside",
    type=click.Choice(["outside", "inside"]),
    show_default=True,
    help="Where this machine is: inside, if its address belongs to the sender range.",
)
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="JSON with other ranges, limits.")
@click.option("--only", multiple=True, metavar="NAMES", help="Families or rule ids to check, comma-separated.")
@click.option("--skip", multiple=True, metavar="NAMES", help="Families or rule ids to leave out.")
@click.option(
    "--format", "format_name", default="text", type=click.Choice(list(FORMATS)), show_default=True, help="On stdout."
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FILE",
    help="Also write the report here; the suffix chooses the format. Repeatable.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only failures and the verdict; no progress.")
@click.option("-v", "--verbose", is_flag=True, help="Also skipped rules and the phases of each sample.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same.")
@click.option(
    "--fail-on",
    default="must",
    type=click.Choice(["must", "should"]),
    show_default=True,
    help="What makes exit code 1.",
)
@click.option(
    "--allow-undecided",
    multiple=True,
    metavar="[=NAMES]",
    help="Exit 0 where nothing failed but these rules or families (without names: any) stayed undecided.",
)
@click.option("--dry-run", is_flag=True, help="List every request, send none.")
def verify(url: str, **given: Any) -> int:
    """Verify the callback URL as the Sigfox Cloud would call it.

    The messages that are sent are real to the receiver: point this at a test device type, or clean up
    by the device id afterwards. Without an observer (--observe-url, --observe-command, --observe-sql),
    idempotency stays undecided.
    """
    from sigcheck.cli import orders

    return orders.carry_out(orders.prepare_in_time(url, **given))
