"""Which targets of a fleet are run one after the other, in which order, and which of them are this machine's part."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from random import Random

from sigcheck.fleet.lanes import Place
from sigcheck.fleet.target import FleetTarget, HostGroup

HOST = "host"
"""The kind of a place that is a host."""

Places = Mapping[tuple[str, str], Sequence[Place]]
"""The ledger key of a target → what it shares with others: its host, and what `lanes.places` says of a full run."""


def groups(
    targets: Sequence[FleetTarget],
    seed: int,
    places: Places | None = None,
    shard: tuple[int, int] | None = None,
) -> list[HostGroup]:
    """Put targets that share a place into a group, and all of it into an order that `seed` draws.

    With a shard (I, N) these are the groups of the I-th of N parts: on N machines with the same targets, each target
    is in one part. A target without places shares its host.
    """

    def held(target: FleetTarget) -> Iterable[Place]:
        known = None if places is None else places.get(target.ledger_key)
        return known or ((host_of(target.host) or target.key, HOST),)

    together = [
        [targets[number] for number in numbers]
        for numbers in joined([[(target.vantage, *place) for place in held(target)] for target in targets])
    ]
    if shard is not None:
        part, parts = shard
        together = [each for each in together if _part(each, held, parts) == part]
    order = Random(seed)  # noqa: S311 - an order, not a secret
    order.shuffle(together)
    for each in together:
        order.shuffle(each)
    return [HostGroup(tuple(each)) for each in together]


def left(all_groups: Iterable[HostGroup], done: "set[tuple[str, str]]") -> list[HostGroup]:
    """Leave out the targets that have a result, and the groups of which nothing is left."""
    kept = (tuple(each for each in group.targets if each.ledger_key not in done) for group in all_groups)
    return [HostGroup(each) for each in kept if each]


def host_of(host: str) -> str:
    """Give a host as hosts are compared: callback.example and Callback.Example. are one."""
    return host.lower().removesuffix(".")


def joined(shared: Sequence[Iterable[Hashable]]) -> list[list[int]]:
    """Give the numbers of what shares something, also by way of others, in their order."""
    above = list(range(len(shared)))

    def top(number: int) -> int:
        while above[number] != number:
            above[number] = above[above[number]]
            number = above[number]
        return number

    first: dict[Hashable, int] = {}
    for number, things in enumerate(shared):
        for thing in things:
            one, other = sorted((top(first.setdefault(thing, number)), top(number)))
            above[other] = one
    found: dict[int, list[int]] = {}
    for number in range(len(shared)):
        found.setdefault(top(number), []).append(number)
    return list(found.values())


def _part(group: Sequence[FleetTarget], held: Callable[[FleetTarget], Iterable[Place]], parts: int) -> int:
    """Give the number of a group's part: by its first host in the alphabet, which every machine finds alike."""
    host = min(_hosts(group, held))
    return int.from_bytes(sha256(host.encode("utf-8", "surrogatepass")).digest()[:8]) % parts + 1


def _hosts(group: Sequence[FleetTarget], held: Callable[[FleetTarget], Iterable[Place]]) -> Iterator[str]:
    for target in group:
        yield from (thing for thing, kind in held(target) if kind == HOST)
