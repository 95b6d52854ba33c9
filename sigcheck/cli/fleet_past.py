"""Carries out `fleet history`: reads all runs of ledgers, and says since when targets do not pass."""

from collections.abc import Sequence
from pathlib import Path

from sigcheck.cli import output
from sigcheck.cli.fleet_reporting import no_target
from sigcheck.cli.output_options import OutputOptions
from sigcheck.fleet.history import read_history
from sigcheck.report.fleet import history


def show(ledgers: Sequence[str], target: str | None, format_name: str, shown: OutputOptions) -> int:
    """Show what all runs found, at one target or at all; gives 0. Raises UsageProblem for what cannot be read."""
    paths = [Path(each) for each in ledgers]
    past = read_history(paths, target)
    if target is not None and not past.targets:
        raise no_target(target, [each.target for each in read_history(paths).targets])
    if past.left_out and not shown.quiet:
        kinds = ("full run", "scan") if past.runs[-1].scan else ("scan", "full run")
        one = past.left_out == 1
        output.notice(
            f"the newest run is a {kinds[1]}, so {past.left_out} {kinds[0]}{'' if one else 's'} "
            f"{'is' if one else 'are'} left out"
        )
    options = output.render_options(shown)
    if format_name == "csv":
        output.write(history.csv(past) if target is None else history.csv_one(past.targets))
    else:
        output.write(history.render(past, options) if target is None else history.render_one(past.targets, options))
    return 0
