"""Lists what `fleet run` would run (`--dry-run`); nothing is sent."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from sigcheck.cli.fleet_targets import Checked
from sigcheck.errors import UsageProblem
from sigcheck.fleet.target import HostGroup
from sigcheck.listing import FORMATS
from sigcheck.redaction.disarm import disarm


class Line(Struct, frozen=True):
    """One target. `group` is the number of its group, counted from 1 in the order in which they are begun.

    `requests` is how many callbacks its run sends at the most.
    """

    target: str
    vantage: str
    url: str
    host: str
    group: int
    run: str
    requests: int


class FleetListing(Struct, frozen=True):
    """A dry run, in the order of the run. `groups` is how many there are: the targets of one are never run at once."""

    dry_run: bool
    seed: int
    shard: str | None
    groups: int
    requests: int
    targets: tuple[Line, ...]


def listing(
    groups: Sequence[HostGroup],
    checked: Sequence[Checked],
    seed: int,
    shard: tuple[int, int] | None,
    format_name: str,
    *,
    scan: bool = False,
) -> str:
    """List them as text or JSON; raises UsageProblem for another format."""
    if format_name not in FORMATS:
        raise UsageProblem(f"a dry run has no {format_name} format", "give --format text or json")
    known = {each.target.ledger_key: each for each in checked}
    lines = tuple(
        _line(known[target.ledger_key], number, scan=scan)
        for number, group in enumerate(groups, 1)
        for target in group.targets
    )
    part = None if shard is None else f"{shard[0]}/{shard[1]}"
    whole = FleetListing(True, seed, part, len(groups), sum(each.requests for each in lines), lines)
    if format_name == "json":
        return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"
    return "\n".join(_text(whole)) + "\n"


def _line(each: Checked, group: int, *, scan: bool) -> Line:
    target = each.target
    return Line(
        disarm(target.key),
        target.vantage,
        disarm(each.url),
        disarm(each.host),
        group,
        "scan" if scan else "full run",
        each.requests or 0,
    )


def _text(whole: FleetListing) -> Iterator[str]:
    count, groups = len(whole.targets), whole.groups
    shard = "" if whole.shard is None else f" of shard {whole.shard}"
    yield (
        f"dry run of {count} target{'' if count == 1 else 's'}{shard} in {groups} group{'' if groups == 1 else 's'}: "
        f"nothing was sent; a run would send {_requests(whole.requests)}; seed {whole.seed}"
    )
    for each in whole.targets:
        named = each.target if each.target == each.url else f"{each.target}  {each.url}"
        vantage = f" from {each.vantage}" if each.vantage else ""
        yield f"  {named}  group {each.group} ({each.host}), {each.run}{vantage}, {_requests(each.requests)}"


def _requests(count: int) -> str:
    return f"up to {count} request{'' if count == 1 else 's'}" if count else "no request"
