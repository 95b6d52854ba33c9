"""The packets of one connection, and for which addresses a condition on them holds.

Three-valued: a condition gives the addresses for which it surely holds and those for which it may, because what a
file does not settle is kept apart from what it does.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.allowlist import ruleset as form
from sigcheck.allowlist.addresses import ALL, NONE, Addresses, of_spans
from sigcheck.allowlist.question import Question

# Where no unicast packet to this host is ever addressed: loopback from outside, multicast, reserved, broadcast.
NEVER_A_HOST = of_spans([(0x7F000000, 0x7FFFFFFF), (0xE0000000, 0xFFFFFFFF)])


class Region(Struct, frozen=True):
    """Where a condition surely holds, where it may hold (a superset), and why the two differ."""

    must: Addresses
    may: Addresses
    reasons: tuple[str, ...] = ()


PacketKind = Literal["opening", "following", "answering"]


class Packet(Struct, frozen=True):
    """One packet of the connection; `end` is where the Cloud's address stands, ports are inclusive ranges."""

    kind: PacketKind
    end: form.End
    state: str
    source_port: form.PortRange
    destination_port: form.PortRange
    # Flags that are surely set and those that may be; all others are surely clear.
    flags: tuple[str, ...]
    perhaps: tuple[str, ...] = ()
    tracked: bool = True
    # Where a translation has sent the connection: the address at this end, and the interface that leads there, if
    # they are known; the port that it was opened to.
    own: Addresses | None = None
    toward: str | None = None
    opened_to: int = 0
    # Interfaces that lead to what is behind this host, so not to the Internet, and the addresses there.
    inner: frozenset[str] = frozenset()
    behind: Addresses = NONE


# RFC 6056: ephemeral ports are taken from 1024 and up; which one the Cloud uses is not known.
EPHEMERAL = (1024, 65535)


def opening(port: int) -> Packet:
    """Make the packet that opens the connection."""
    return Packet("opening", "source", "new", EPHEMERAL, (port, port), ("syn",))


def following(port: int) -> Packet:
    """Make the packets that the Cloud sends after that."""
    return Packet("following", "source", "established", EPHEMERAL, (port, port), ("ack",), ("psh", "fin"))


def answering(port: int) -> Packet:
    """Make the packets that this host sends back."""
    return Packet("answering", "destination", "established", (port, port), EPHEMERAL, ("ack",), ("psh", "fin", "syn"))


def region(condition: form.Condition, packet: Packet, question: Question) -> Region:
    """Tell for which addresses at the Cloud's end of the packet the condition holds."""
    match condition:
        case form.Always(holds=holds):
            return _settled(holds)
        case form.Opaque(reason=reason):
            return Region(NONE, ALL, (reason,))
        case form.Where(end=end, addresses=addresses):
            return _where(end, addresses, packet)
        case form.Ports(end=end, ranges=ranges):
            return _ports(ranges, packet.source_port if end == "source" else packet.destination_port)
        case form.Protocol(names=names):
            return _settled("tcp" in names or "all" in names)
        case form.State(names=names):
            if not packet.tracked:
                return Region(NONE, ALL, ("an earlier rule takes packets out of connection tracking",))
            return _settled(packet.state in names)
        case form.Flags():
            return _flags(condition, packet)
        case form.Interface(direction=direction, name=name):
            return _interface(direction, name, packet, question.interface)
        case form.AddressType(end=end, names=names):
            # Seen from this host: its own addresses are local, the Cloud's and a container's are plain unicast.
            return _settled(("unicast" if end == packet.end or packet.own is not None else "local") in names)
        case form.Translated():
            return _settled(packet.own is not None)
        case form.Original(condition=inner):
            opened = replace(
                opening(packet.opened_to or packet.destination_port[0]), inner=packet.inner, behind=packet.behind
            )
            return region(inner, opened, question)
        case form.Direction(original=original):
            return _settled((packet.kind != "answering") == original)
        case form.Not(condition=inner):
            found = region(inner, packet, question)
            return Region(~found.may, ~found.must, found.reasons)
        case form.AllOf(conditions=inner_all):
            return _all([region(each, packet, question) for each in inner_all])
        case form.AnyOf(conditions=inner_any):
            return _any([region(each, packet, question) for each in inner_any])


def _settled(holds: bool) -> Region:
    return Region(ALL, ALL) if holds else Region(NONE, NONE)


def _all(regions: Iterable[Region]) -> Region:
    must, may, reasons = ALL, ALL, list[str]()
    for each in regions:
        must, may = must & each.must, may & each.may
        reasons.extend(each.reasons)
    return Region(must, may, tuple(reasons) if must != may else ())


def _any(regions: Iterable[Region]) -> Region:
    musts, mays, reasons = list[tuple[int, int]](), list[tuple[int, int]](), list[str]()
    for each in regions:
        musts.extend(each.must.spans)
        mays.extend(each.may.spans)
        reasons.extend(each.reasons)
    must, may = of_spans(musts), of_spans(mays)
    return Region(must, may, tuple(reasons) if must != may else ())


def _where(end: form.End, addresses: Addresses, packet: Packet) -> Region:
    if end == packet.end:
        return Region(addresses, addresses)
    if addresses == ALL:
        return _settled(holds=True)
    if addresses <= NEVER_A_HOST:
        return _settled(holds=False)
    if packet.own is not None:
        return _settled(packet.own <= addresses)
    if addresses <= packet.behind:
        return _settled(holds=False)
    return Region(NONE, ALL, (f"holds only if this host's own address is in {_held(addresses)}",))


def _ports(ranges: tuple[form.PortRange, ...], port: form.PortRange) -> Region:
    if any(first <= port[0] and port[1] <= last for first, last in ranges):
        return _settled(holds=True)
    if any(first <= port[1] and port[0] <= last for first, last in ranges):
        return Region(NONE, ALL, ("depends on the port at the Cloud's end, which is not known",))
    return _settled(holds=False)


def _flags(condition: form.Flags, packet: Packet) -> Region:
    for flag in condition.mask:
        wanted = flag in condition.set
        if flag in packet.perhaps:
            continue
        if wanted != (flag in packet.flags):
            return _settled(holds=False)
    if any(flag in packet.perhaps for flag in condition.mask):
        return Region(NONE, ALL, ("depends on TCP flags that differ from packet to packet",))
    return _settled(holds=True)


def _interface(direction: str, name: str, packet: Packet, outer: str | None) -> Region:
    if name in {"+", "*"}:
        return _settled(holds=True)
    if name == "lo":
        return _settled(holds=False)
    stem = name.rstrip("+*")

    def is_it(known: str) -> bool:
        return known.startswith(stem) if stem != name else known == name

    if packet.own is not None and (direction == "in") == (packet.kind == "answering"):
        if packet.toward is None:
            return Region(NONE, ALL, (f"holds only if {name} leads to {_held(packet.own)}",))
        return _settled(is_it(packet.toward))
    if outer is not None:
        return _settled(is_it(outer))
    if name in packet.inner:
        return _settled(holds=False)
    return Region(NONE, ALL, (f"holds only on the interface {name}: give --interface",))


def _held(addresses: Addresses) -> str:
    return ", ".join(addresses.cidrs()[:3])


def unseen(packet: Packet) -> Packet:
    """Show the packet as it is before connection tracking has seen it: both kernels' matches call that invalid."""
    return replace(packet, state="invalid") if packet.tracked else packet


def untracked(packet: Packet) -> Packet:
    """Take the packet out of connection tracking."""
    return replace(packet, tracked=False)
