"""Which targets of a fleet are run one after the other, in which order, and on which of several machines."""

from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from sigcheck.config.wanted import Wanted
from sigcheck.fleet.grouping import HOST, groups, host_of, joined, left
from sigcheck.fleet.target import FleetTarget

hosts = st.lists(st.integers(0, 30).map("h{}.example".format), max_size=60)
seeds = st.integers(0, 2**32 - 1)


def fleet(names):
    """Give a target for each host."""
    return [FleetTarget(f"t{number}", Wanted("", {}), host) for number, host in enumerate(names)]


def keys(found):
    """Give the keys of groups, group by group."""
    return [[each.key for each in group.targets] for group in found]


@given(hosts, seeds)
def test_a_host_is_never_in_two_groups(names, seed):
    """All targets of a host are in one group, which has no other host, and every target is in one."""
    found = groups(fleet(names), seed)
    of_groups = [{each.host for each in group.targets} for group in found]
    assert all(len(each) == 1 for each in of_groups)
    assert sorted(host for each in of_groups for host in each) == sorted(set(names))
    assert sum(len(each.targets) for each in found) == len(names)


@given(hosts, seeds)
def test_the_seed_draws_the_order(names, seed):
    """The same seed gives the same order, which another seed or the order of the list would not."""
    assert keys(groups(fleet(names), seed)) == keys(groups(fleet(names), seed))


def test_other_seeds_give_other_orders():
    """Groups, and the targets in a group, are not in the order of the list."""
    targets = fleet([f"h{number % 5}.example" for number in range(40)])
    orders = {str(keys(groups(targets, seed))) for seed in range(10)}
    assert len(orders) == 10
    assert len({str(sorted(map(str, keys(groups(targets, seed))))) for seed in range(10)}) == 10


@given(hosts, seeds, st.integers(1, 7))
def test_each_target_is_in_one_shard(names, seed, parts):
    """N machines, each with a seed of its own, cover every target once, and no host twice."""
    targets = fleet(names)
    shards = [groups(targets, seed + part, shard=(part, parts)) for part in range(1, parts + 1)]
    found = [each for shard in shards for group in shard for each in group.targets]
    assert sorted(each.key for each in found) == sorted(each.key for each in targets)
    of_shards = [{each.host for group in shard for each in group.targets} for shard in shards]
    assert sum(map(len, of_shards)) == len(set(names))


@given(hosts, st.randoms())
def test_the_order_of_the_list_does_not_move_a_host(names, random):
    """Which part a host belongs to depends on the host, not on the list: a list may be sorted otherwise elsewhere."""
    mixed = random.sample(names, len(names))
    first, second = ({each.host for g in groups(fleet(some), 1, shard=(1, 3)) for each in g.targets}
                     for some in (names, mixed))  # fmt: skip
    assert first == second


def test_shards_stay_what_they_were():
    """The part of a host is the same in every version and on every machine: it was written down here."""
    names = [f"h{number}.example" for number in range(12)]
    part = {each.host: number for number in (1, 2, 3)
            for group in groups(fleet(names), 0, shard=(number, 3)) for each in group.targets}  # fmt: skip
    assert "".join(str(part[name]) for name in names) == "212213111322"


@given(st.lists(st.lists(st.integers(0, 25), max_size=4), max_size=40))
def test_what_is_shared_joins(shared):
    """Two numbers are together if and only if a chain of shared things leads from one to the other."""
    found = joined(shared)
    assert sorted(number for each in found for number in each) == list(range(len(shared)))
    together = {number: place for place, each in enumerate(found) for number in each}
    reach = [{number} for number in range(len(shared))]
    changed = True
    while changed:
        changed = False
        for near in reach:
            more = {other for one in near for other in together if set(shared[one]) & set(shared[other])}
            changed |= not more <= near
            near |= more
    assert all((together[one] == together[other]) == (other in reach[one]) for one in together for other in together)


def test_a_shared_device_joins_hosts():
    """Targets that share a device are in one group, and in the shard of its first host."""
    targets = fleet(["b.example", "a.example", "c.example"])
    places: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
        each.ledger_key: ((each.host, HOST),) for each in targets
    }
    places["t0", ""] += (("2141866", "device"),)
    places["t1", ""] += (("2141866", "device"),)
    assert sorted(map(sorted, keys(groups(targets, 3, places)))) == [["t0", "t1"], ["t2"]]

    def part(some: list[FleetTarget], key: str) -> int:
        found = (number for number in range(1, 98) if key in str(keys(groups(some, 3, places, (number, 97)))))
        return next(found)

    assert part(targets, "t0") == part(targets, "t1") == part(targets[1:2], "t1") != part(targets[:1], "t0")


def test_what_has_a_result_is_left_out():
    """The order of the others stays as it was, and a group of which nothing is left is none."""
    found = groups(fleet(["a.example", "b.example", "a.example", "a.example"]), 5)
    done = {("t1", ""), ("t2", "")}
    kept = keys(left(found, done))
    assert kept == [[key for key in group if key not in {"t1", "t2"}] for group in keys(found) if group != ["t1"]]


def test_one_host_may_be_written_in_several_ways():
    """Case and a dot at the end make no other host."""
    assert {host_of(each) for each in ("a.example", "A.Example", "a.example.")} == {"a.example"}


def test_fifty_thousand_targets_are_grouped_quickly():
    """The time grows with the number of targets, also where a chain of devices joins all of them."""
    targets = fleet(f"h{number}.example" for number in range(50_000))
    places = {each.ledger_key: ((each.host, HOST), (str(number // 2), "device"), (str((number + 1) // 2), "device"))
              for number, each in enumerate(targets)}  # fmt: skip
    began = process_time()
    assert len(groups(targets, 1, places)) == 1
    assert process_time() - began < 5
