"""Sets of IPv4 addresses as disjoint intervals: exact arithmetic, no sampling of addresses.

IPv4 alone, because the Cloud's range is IPv4: an IPv6 source in a rule is the empty set here.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Network, ip_network, summarize_address_range
from operator import itemgetter

from msgspec import Struct

LAST = 2**32 - 1

Span = tuple[int, int]


_first, _last = itemgetter(0), itemgetter(1)


class Addresses(Struct, frozen=True):
    """An immutable set of IPv4 addresses; `spans` are inclusive, ascending, disjoint and never adjacent.

    Build it with the functions below, which keep that order; two equal sets compare equal.
    """

    spans: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __or__(self, other: "Addresses") -> "Addresses":
        return of_spans(self.spans + other.spans)

    def __and__(self, other: "Addresses") -> "Addresses":
        few, many = (self, other) if len(self.spans) <= len(other.spans) else (other, self)
        met: list[Span] = []
        for first, last in few.spans:
            begin, end = _touching(many.spans, first, last)
            met.extend((max(first, low), min(last, high)) for low, high in many.spans[begin:end])
        return Addresses(tuple(met))

    def __invert__(self) -> "Addresses":
        gaps: list[Span] = []
        begin = 0
        for first, last in self.spans:
            if begin < first:
                gaps.append((begin, first - 1))
            begin = last + 1
        if begin <= LAST:
            gaps.append((begin, LAST))
        return Addresses(tuple(gaps))

    def __sub__(self, other: "Addresses") -> "Addresses":
        if len(other.spans) > len(self.spans):
            return self & ~other
        left = Remaining(self)
        left.take(other)
        return left.all()

    def __contains__(self, address: str) -> bool:
        number = int(IPv4Address(address))
        return any(first <= number <= last for first, last in self.spans)

    def __le__(self, other: "Addresses") -> bool:
        return not self - other

    @property
    def size(self) -> int:
        """How many addresses the set holds."""
        return sum(last - first + 1 for first, last in self.spans)

    def cidrs(self) -> tuple[str, ...]:
        """Give the fewest networks that cover exactly this set, ascending."""
        return tuple(
            str(network)
            for first, last in self.spans
            for network in summarize_address_range(IPv4Address(first), IPv4Address(last))
        )


class Remaining:
    """A set that a long list takes one part after the other out of: in place, or each part would copy the whole."""

    def __init__(self, addresses: Addresses) -> None:
        self._spans = list(addresses.spans)

    def __bool__(self) -> bool:
        return bool(self._spans)

    def within(self, addresses: Addresses) -> Addresses:
        """Give what is left of these addresses."""
        if len(addresses.spans) > len(self._spans):
            return addresses & self.all()
        met: list[Span] = []
        for first, last in addresses.spans:
            begin, end = _touching(self._spans, first, last)
            met.extend((max(first, low), min(last, high)) for low, high in self._spans[begin:end])
        return Addresses(tuple(met))

    def touches(self, addresses: Addresses) -> bool:
        """Tell whether any of these addresses is left."""
        return any(begin < end for begin, end in (_touching(self._spans, *span) for span in addresses.spans))

    def take(self, addresses: Addresses) -> None:
        """Take these addresses out."""
        for first, last in addresses.spans:
            begin, end = _touching(self._spans, first, last)
            if begin < end:
                low, high = self._spans[begin][0], self._spans[end - 1][1]
                self._spans[begin:end] = _around(low, first, last, high)

    def put(self, addresses: Addresses) -> None:
        """Put these addresses back."""
        if addresses:
            self._spans = list(of_spans([*self._spans, *addresses.spans]).spans)

    def all(self) -> Addresses:
        """Give everything that is left."""
        return Addresses(tuple(self._spans))


def _touching(spans: Sequence[Span], first: int, last: int) -> tuple[int, int]:
    """Give the slice of ascending spans that have an address between these two."""
    begin = bisect_left(spans, first, key=_last)
    return begin, bisect_right(spans, last, lo=begin, key=_first)


def _around(low: int, first: int, last: int, high: int) -> tuple[Span, ...]:
    """Give what is left of one span when another is taken out of it."""
    return (*(((low, first - 1),) if low < first else ()), *(((last + 1, high),) if last < high else ()))


NONE = Addresses()
ALL = Addresses(((0, LAST),))


def of_spans(spans: Iterable[Span]) -> Addresses:
    """Make a set of inclusive intervals in any order, overlapping or not."""
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return Addresses(tuple(merged))


def between(first: str, last: str) -> Addresses:
    """Make the interval of two addresses, both included. Raises ValueError for what is no IPv4 interval."""
    low, high = int(IPv4Address(first)), int(IPv4Address(last))
    if low > high:
        raise AddressValueError(f"{first}-{last} runs backwards")
    return Addresses(((low, high),))


def network(text: str) -> Addresses:
    """Make the set of a network or an address, host bits ignored as firewalls do.

    An IPv6 network is the empty set.

    Takes 185.110.96.0/22, 185.110.96.0/255.255.252.0, a single address. Raises ValueError for anything else.
    """
    parsed = ip_network(text, strict=False)
    if not isinstance(parsed, IPv4Network):
        return NONE
    return Addresses(((int(parsed.network_address), int(parsed.broadcast_address)),))


def networks(texts: Iterable[str]) -> Addresses:
    """Make the union of several networks. Raises ValueError for the first that is none."""
    return of_spans(span for text in texts for span in network(text).spans)


def interval(text: str) -> Addresses:
    """Make the set of `a-b`, of a network, or of an address. Raises ValueError for anything else."""
    first, dash, last = text.partition("-")
    return between(first, last) if dash and ":" not in text else network(text)
