"""Which targets of a fleet are run one after the other, and in which order: drawn by a seed that is told."""

from collections.abc import Collection, Iterable, Sequence
from random import Random

from sigcheck.fleet.target import FleetTarget, HostGroup


def groups(targets: Sequence[FleetTarget], seed: int) -> list[HostGroup]:
    """Put targets of one host and vantage into a group, and all of it into an order that `seed` draws."""
    order = list(targets)
    Random(seed).shuffle(order)  # noqa: S311 - an order, not a secret
    by_host: dict[tuple[str, str], list[FleetTarget]] = {}
    for target in order:
        by_host.setdefault((target.host or target.key, target.vantage), []).append(target)
    return [HostGroup(tuple(each)) for each in by_host.values()]


def without(targets: Iterable[FleetTarget], done: Collection[tuple[str, str]]) -> list[FleetTarget]:
    """Leave out the targets that have a result."""
    return [each for each in targets if each.ledger_key not in done]
