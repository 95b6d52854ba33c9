"""Carries out `fleet diff`: reads two runs, and compares them target by target."""

from pathlib import Path
from typing import Literal

import sigcheck
from sigcheck.cli import output
from sigcheck.cli.fleet_reporting import side
from sigcheck.cli.output_options import OutputOptions
from sigcheck.comparison.fleet import compare_fleets
from sigcheck.errors import UsageProblem
from sigcheck.fleet.reading import Fleet, read_fleet, read_runs


def compare(
    old: str, new: str | None, fail_on: Literal["must", "should"], format_name: str, shown: OutputOptions
) -> int:
    """Compare two ledgers, or the last two runs of one; gives the exit code. Raises UsageProblem."""
    if new is None:
        runs = read_runs(Path(old))
        if len(runs) < 2:
            raise UsageProblem(f"{old} has one run, and two are compared", "name a second ledger")
        before, after = Fleet(runs[-2]), Fleet(runs[-1])
        _see_alike(old, before, after)
    else:
        before, after = read_fleet([Path(old)]), read_fleet([Path(new)])
    others = {fleet.version(key) for fleet in (before, after) for key in fleet.keys} - {sigcheck.__version__}
    if others and not shown.quiet:
        output.notice(
            f"reports that sigcheck {', '.join(sorted(others))} judged are judged again by sigcheck "
            f"{sigcheck.__version__}, which takes about a minute for a thousand of them"
        )
    found = compare_fleets(side(before), side(after), sigcheck.__version__, fail_on)
    if format_name == "json":
        import msgspec

        output.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")
    else:
        from sigcheck.comparison import fleet_text

        texts = {"markdown": fleet_text.markdown, "csv": fleet_text.csv}
        write = texts.get(format_name)
        output.write(fleet_text.render(found, output.render_options(shown)) if write is None else write(found))
    return found.exit_code


def _see_alike(ledger: str, before: Fleet, after: Fleet) -> None:
    """See that the last two runs of a ledger are not different shards of one fleet; raises UsageProblem."""
    shards = [{each.line.shard for each in fleet.runs} for fleet in (before, after)]
    if None not in shards[0] | shards[1] and shards[0].isdisjoint(shards[1]):
        one, other = (", ".join(f"{each[0]}/{each[1]}" for each in sorted(filter(None, side))) for side in shards)
        raise UsageProblem(
            f"the last two runs of {ledger} are shards of one fleet, {one} and {other}, which have no target in common",
            "give all shards of a run the same --run-id, or compare the ledgers of one shard",
        )
