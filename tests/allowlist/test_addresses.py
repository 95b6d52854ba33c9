"""Interval arithmetic: compared with the meaning of sets, address by address, at every border."""

from ipaddress import IPv4Address, IPv4Network, collapse_addresses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.allowlist.addresses import ALL, LAST, NONE, Addresses, Remaining, interval, network, of_spans

# Few distinct borders, so that intervals touch, nest and meet; the ends of the universe among them.
BORDERS = st.sampled_from([0, 1, 2, 5, 6, 7, 100, 101, 2**31, LAST - 1, LAST]) | st.integers(0, LAST)
SPANS = st.lists(st.tuples(BORDERS, BORDERS).map(lambda pair: (min(pair), max(pair))), max_size=6)
SETS = SPANS.map(of_spans)


def points(*sets: Addresses) -> list[int]:
    """Give every border of the sets and its neighbours: where two sets can differ."""
    found = {0, LAST}
    for each in sets:
        for first, last in each.spans:
            found |= {first, last, max(first - 1, 0), min(last + 1, LAST)}
    return sorted(found)


def holds(addresses: Addresses, point: int) -> bool:
    """Tell membership the slow way."""
    return any(first <= point <= last for first, last in addresses.spans)


@settings(deadline=None)
@given(SETS, SETS)
def test_union_intersection_difference_mean_what_sets_mean(left: Addresses, right: Addresses) -> None:
    """At every border, each operation agrees with the logic of its operands."""
    for point in points(left, right):
        a, b = holds(left, point), holds(right, point)
        assert holds(left | right, point) == (a or b)
        assert holds(left & right, point) == (a and b)
        assert holds(left - right, point) == (a and not b)
        assert holds(~left, point) == (not a)


@settings(deadline=None)
@given(SPANS)
def test_the_form_is_normal(spans: list[tuple[int, int]]) -> None:
    """Spans ascend with a gap between them, so equal sets are equal values."""
    made = of_spans(spans)
    assert all(one[1] + 1 < two[0] for one, two in zip(made.spans, made.spans[1:], strict=False))
    assert of_spans(reversed(spans)) == made
    assert of_spans(made.spans) == made


@settings(deadline=None)
@given(SETS, SETS)
def test_laws_of_sets(left: Addresses, right: Addresses) -> None:
    """Sizes add up, De Morgan holds, and a part is a part."""
    assert (left | right).size + (left & right).size == left.size + right.size
    assert ~(left | right) == ~left & ~right
    assert left & right <= left
    assert (left <= right) == (left | right == right)


@settings(deadline=None)
@given(SETS)
def test_cidrs_cover_exactly_the_set(addresses: Addresses) -> None:
    """The networks give the set back, and none of them can be merged with another."""
    networks = [IPv4Network(text) for text in addresses.cidrs()]
    spans = [(int(each.network_address), int(each.broadcast_address)) for each in networks]
    assert of_spans(spans) == addresses
    assert list(collapse_addresses(networks)) == networks


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        pytest.param("185.110.96.0/22", "185.110.96.0", "185.110.99.255", id="cidr"),
        pytest.param("185.110.97.11/22", "185.110.96.0", "185.110.99.255", id="host bits"),
        pytest.param("185.110.96.0/255.255.252.0", "185.110.96.0", "185.110.99.255", id="netmask"),
        pytest.param("185.110.97.11", "185.110.97.11", "185.110.97.11", id="address"),
        pytest.param("185.110.96.1-185.110.99.254", "185.110.96.1", "185.110.99.254", id="interval"),
    ],
)
def test_texts_of_networks(text: str, first: str, last: str) -> None:
    """Every way in which firewalls write networks gives its interval."""
    assert interval(text) == Addresses(((int(IPv4Address(first)), int(IPv4Address(last))),))


def test_ipv6_is_the_empty_set() -> None:
    """An IPv6 network admits none of the Cloud's addresses."""
    assert network("2001:db8::/32") == NONE
    assert ~NONE == ALL


@pytest.mark.parametrize("text", ["", "example.org", "185.110.96.0/33", "185.110.99.1-185.110.96.0", "1.2.3"])
def test_what_is_no_network_is_refused(text: str) -> None:
    """Nothing is guessed about a text that is no network."""
    with pytest.raises(ValueError, match=r".*"):
        interval(text)


def test_a_part_is_taken_out_in_place() -> None:
    """A long list that takes its parts one by one never makes the whole anew: the list stays the same object."""
    left = Remaining(ALL)
    inside = left._spans
    for number in range(0, 2000, 2):
        left.take(Addresses(((number, number),)))
    assert left._spans is inside
    assert left.all() == ALL - of_spans([(number, number) for number in range(0, 2000, 2)])
    assert left.within(Addresses(((0, 3),))) == of_spans([(1, 1), (3, 3)])
    left.put(Addresses(((0, 2000),)))
    assert left.all() == ALL
