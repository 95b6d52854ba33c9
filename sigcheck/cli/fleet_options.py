"""Options of `fleet run`: their order in its help, and the values that are no plain number or text."""

import re

import click

from sigcheck.cli.options import WithBareOption
from sigcheck.config import RunConfig
from sigcheck.config.setting import fields
from sigcheck.errors import UsageProblem


class InTwoParts(WithBareOption):
    """A command whose help has its own options first, and then those of each run, which are many."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the two parts."""
        of_runs = fields(RunConfig)
        known = [(each.name in of_runs, each.get_help_record(ctx)) for each in self.get_params(ctx)]
        for of_a_run, heading in ((False, "Options"), (True, "Options of each run, as in `sigcheck verify`")):
            with formatter.section(heading):
                formatter.write_dl([record for which, record in known if record is not None and which is of_a_run])


def shard(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Read I/N, the number of a part and how many there are; raises UsageProblem."""
    if value is None:
        return None
    found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", value, re.ASCII)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageProblem("--shard must be I/N, the number of a part and how many there are", "write 1/3, 2/3 or 3/3")
    return int(found[1]), int(found[2])


def run_id(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Read the id of a run; raises UsageProblem."""
    if value is not None and not re.fullmatch(r"[A-Za-z0-9._-]{8,64}", value):
        raise UsageProblem("--run-id must be 8 to 64 letters, digits, . _ or -", "write one such as nightly-2026-11-28")
    return value
