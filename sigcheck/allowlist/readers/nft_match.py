"""The expressions of nftables' JSON → conditions: payload, meta, ct, sets, ranges, concatenations."""

from dataclasses import dataclass
from typing import Any

from sigcheck.allowlist.addresses import Addresses, between, network
from sigcheck.allowlist.readers.iptables_match import NUMBERS, SERVICES
from sigcheck.allowlist.readers.json_text import brief, strings
from sigcheck.allowlist.ruleset import (
    AddressType,
    AllOf,
    Always,
    AnyOf,
    Condition,
    Direction,
    End,
    Flags,
    Interface,
    Not,
    Opaque,
    Original,
    PortRange,
    Ports,
    Protocol,
    State,
    Translated,
    Where,
)

Pairs = list[tuple[Condition, Any]]
ENDS: dict[str, End] = {"saddr": "source", "daddr": "destination", "sport": "source", "dport": "destination"}
# None of these headers is in a TCP packet over IPv4.
OTHER_HEADERS = frozenset({"ip6", "icmp", "icmpv6", "udp", "sctp", "dccp", "udplite", "esp", "ah", "arp"})


@dataclass(frozen=True)
class Names:
    """The named sets and maps of the rule set, and the table in which `@name` is looked up."""

    known: dict[tuple[str, str, str], dict[str, Any]]
    family: str = ""
    table: str = ""

    def within(self, rule: dict[str, Any]) -> "Names":
        """Look names up in the table of a rule."""
        return Names(self.known, str(rule.get("family")), str(rule.get("table")))

    def find(self, reference: str) -> dict[str, Any] | None:
        """Find the set that `@name` means."""
        return self.known.get((self.family, self.table, reference.removeprefix("@")))


def condition(value: Any, names: Names) -> Condition:
    """Read a match statement; one that is not understood is Opaque."""
    try:
        return _match(value["left"], value.get("op", "=="), value["right"], names)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return Opaque(f"match {brief(value, 100)} is not understood")


def elements_equal(key: Any, data: Any, names: Names) -> Pairs | None:
    """Pair a condition (key equals element) with the value of each element of a map.

    None if not understood.
    """
    try:
        declared = names.find(data) if isinstance(data, str) else data
        if declared is None or declared.get("map", "verdict") != "verdict" or _fleeting(declared):
            return None
        listed = declared.get("set", declared.get("elem", []))
        return [(_equals(key, _plain(element), names), verdict) for element, verdict in listed]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return None


def _fleeting(declared: dict[str, Any]) -> bool:
    """Tell a set whose members come and go: filled by rules or with a timeout."""
    flags = strings(declared.get("flags"))
    return bool({"dynamic", "timeout"} & set(flags)) or "timeout" in declared


def _match(left: Any, operator: str, right: Any, names: Names) -> Condition:
    match operator:
        case "in" if left.get("payload", {}).get("field") == "flags":
            return AnyOf(tuple(Flags((flag,), (flag,)) for flag in _bits(right)))
        case "==" | "in":
            return _equals(left, right, names)
        case "!=":
            # `udp dport != 443` asks for the header too: it never holds for TCP.
            return AllOf((_present(left), Not(_equals(left, right, names))))
        case "<" | "<=" | ">" | ">=":
            return _compared(left, operator, right)
        case _:
            raise ValueError(operator)


def _present(left: Any) -> Condition:
    """Whether the packet has the headers that the left side looks at."""
    parts = left.get("concat", [left])
    absent = any(part.get("payload", {}).get("protocol") in OTHER_HEADERS for part in parts)
    return Always(holds=not absent)


def _compared(left: Any, operator: str, right: Any) -> Condition:
    number = int(right)
    low, high = {
        "<": (0, number - 1),
        "<=": (0, number),
        ">": (number + 1, 65535),
        ">=": (number, 65535),
    }[operator]
    payload = left["payload"]
    if payload["field"] not in {"sport", "dport"}:
        raise ValueError(payload["field"])
    return AllOf((_transport(payload), Ports(ENDS[payload["field"]], ((low, high),))))


def _plain(element: Any) -> Any:
    """Take the value out of an element that carries a timeout, a counter or a comment."""
    if isinstance(element, dict) and isinstance(element.get("elem"), dict):
        return element["elem"]["val"]
    return element


def _equals(left: Any, right: Any, names: Names) -> Condition:
    if isinstance(right, str) and right.startswith("@"):
        declared = names.find(right)
        if declared is None:
            return Opaque(f"set {right} is not in the file")
        if _fleeting(declared):
            return Opaque(f"the members of set {right} come and go")
        return AnyOf(tuple(_equals(left, _plain(each), names) for each in declared.get("elem", [])))
    if isinstance(right, dict) and "set" in right:
        return AnyOf(tuple(_equals(left, _plain(each), names) for each in right["set"]))
    if isinstance(right, list):
        return _one_of(left, right)
    ((kind, about),) = left.items()
    match kind:
        case "concat":
            pairs = zip(about, right["concat"], strict=True)
            return AllOf(tuple(_equals(part, value, names) for part, value in pairs))
        case "payload":
            return _payload(about, right)
        case "meta":
            return _meta(about["key"], right)
        case "ct":
            return _tracked(about, right)
        case "&":
            return _masked(about, right)
        case "fib" if about.get("result") == "type" and strings(about.get("flags")) in (["daddr"], ["saddr"]):
            end: End = "source" if "saddr" in strings(about["flags"]) else "destination"
            return AddressType(end, (str(right),))
        case _:
            raise ValueError(kind)


def _one_of(left: Any, right: list[Any]) -> Condition:
    """Read a bare list on the right: any of these bits (connection states, flags)."""
    if "ct" in left:
        return AnyOf(tuple(_tracked(left["ct"], each) for each in right))
    if "&" in left:
        return _masked(left["&"], right)
    raise ValueError(left)


def _payload(about: dict[str, Any], right: Any) -> Condition:
    protocol, name = about["protocol"], about["field"]
    match protocol, name:
        case "ip", "saddr" | "daddr":
            return Where(ENDS[name], _addresses(right))
        case "ip", "version":
            return Always(holds=right == 4)
        case "ip", "protocol":
            return Protocol((_protocol_name(right),))
        case "tcp" | "th", "sport" | "dport":
            return AllOf((_transport(about), Ports(ENDS[name], (_port_range(right),))))
        case "tcp", "flags":
            return Flags(("fin", "syn", "rst", "psh", "ack", "urg"), tuple(strings(right)))
        case other, _ if other in OTHER_HEADERS:
            return Always(holds=False)
        case _:
            raise ValueError(name)


def _transport(about: dict[str, Any]) -> Condition:
    return Always(holds=True) if about["protocol"] == "th" else Protocol((about["protocol"],))


def _protocol_name(value: Any) -> str:
    return NUMBERS.get(str(value), str(value))


def _addresses(value: Any) -> Addresses:
    if isinstance(value, str):
        return network(value)
    if "prefix" in value:
        return network(f"{value['prefix']['addr']}/{value['prefix']['len']}")
    return between(*value["range"])


def _port_range(value: Any) -> PortRange:
    if isinstance(value, dict):
        low, high = value["range"]
        return _port(low), _port(high)
    return _port(value), _port(value)


def _port(value: Any) -> int:
    return SERVICES[value] if isinstance(value, str) and value in SERVICES else int(value)


def _meta(key: str, right: Any) -> Condition:
    match key:
        case "l4proto":
            return Protocol((_protocol_name(right),))
        case "nfproto":
            return Always(holds=right in {"ipv4", 2})
        case "protocol":
            return Always(holds=right in {"ip", 0x0800})
        case "iif" | "iifname":
            return Interface("in", str(right))
        case "oif" | "oifname":
            return Interface("out", str(right))
        case "pkttype":
            return Always(holds=right in {"host", "unicast"})
        case _:
            raise ValueError(key)


def _tracked(about: dict[str, Any], right: Any) -> Condition:
    key, way = about["key"].removeprefix("ip "), about.get("dir")
    if way == "original" and key in {"proto-dst", "proto-src"}:
        return Original(_payload({"protocol": "tcp", "field": "dport" if key == "proto-dst" else "sport"}, right))
    if way == "original" and key in {"saddr", "daddr"}:
        return Original(_payload({"protocol": "ip", "field": key}, right))
    if way is not None or isinstance(right, dict):
        raise ValueError(about)
    match key:
        case "state":
            return State((str(right),))
        case "direction":
            return Direction(str(right) == "original")
        case "status" if right == "dnat":
            return Translated()
        case "status":
            return Opaque(f"holds for connections whose status is {right}")
        case _:
            raise ValueError(key)


def _masked(about: list[Any], right: Any) -> Condition:
    """`tcp flags & (fin | syn | rst | ack) == syn`: of the flags in the mask, exactly these are set."""
    left, mask = about
    payload = left["payload"]
    if (payload["protocol"], payload["field"]) != ("tcp", "flags"):
        raise ValueError(payload)
    return AllOf((Protocol(("tcp",)), Flags(tuple(_bits(mask)), tuple(_bits(right)))))


def _bits(value: Any) -> list[str]:
    """Read flags: a name, a list of names, or names joined with `|`; 0 is none."""
    if value == 0:
        return []
    if isinstance(value, dict):
        return [flag for part in value["|"] for flag in _bits(part)]
    names = strings(value)
    if not names:
        raise ValueError(value)
    return names
