"""Reads `ipset save`, the named sets that iptables rules ask for with `--match-set`."""

from sigcheck.allowlist.addresses import Addresses, interval
from sigcheck.allowlist.question import File, IpSet
from sigcheck.allowlist.readers import quoting
from sigcheck.allowlist.readers.iptables_match import port_ranges
from sigcheck.allowlist.ruleset import PortRange


def read_sets(file: File) -> tuple[IpSet, ...]:
    """Read every set of the file; an element that is not understood stays in it as such."""
    kinds: dict[str, tuple[str, ...]] = {}
    elements: dict[str, list[tuple[Addresses | PortRange | None, ...]]] = {}
    fleeting: set[str] = set()
    for raw in file.text.splitlines():
        try:
            words = quoting.split(raw)
        except ValueError:
            continue
        match words:
            case ["create" | "-N", name, kind, *rest]:
                kinds[name] = tuple(kind.partition(":")[2].split(","))
                elements[name] = []
                if "timeout" in rest or kind.startswith("list:"):
                    fleeting.add(name)
            case ["add" | "-A", name, member, *rest]:
                if name in kinds:
                    elements[name].append(_element(member, kinds[name]))
                    if "nomatch" in rest or "timeout" in rest:
                        fleeting.add(name)
            case _:
                continue
    return tuple(IpSet(name, parts, tuple(elements[name]), exact=name not in fleeting) for name, parts in kinds.items())


def _element(member: str, parts: tuple[str, ...]) -> tuple[Addresses | PortRange | None, ...]:
    words = member.split(",")
    if len(words) != len(parts):
        return (None,)
    return tuple(_part(word, kind) for word, kind in zip(words, parts, strict=True))


def _part(word: str, kind: str) -> Addresses | PortRange | None:
    try:
        if kind in {"ip", "net"}:
            return interval(word)
        if kind == "port":
            protocol, colon, port = word.rpartition(":")
            if colon and protocol != "tcp":
                return (-1, -1)
            return port_ranges(port, "-")[0]
    except ValueError:
        return None
    return None
