"""The matches of iptables: words of a rule → conditions.

What is not understood becomes Opaque, never silence.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sigcheck.allowlist.addresses import Addresses, between, networks
from sigcheck.allowlist.question import IpSet
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


@dataclass(frozen=True)
class Option:
    """One option of a rule: `names` is the option and its arguments, `module` the -m it stands behind."""

    names: tuple[str, ...]
    negated: bool
    module: str


Options = tuple[Option, ...]

NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "0": "all"}
SERVICES = {
    "https": 443,
    "http": 80,
    "ssh": 22,
    "domain": 53,
    "http-alt": 8080,
    "https-alt": 8443,
    "imaps": 993,
}
# Options that belong to a target, or say nothing about which packets match.
SILENT = frozenset(
    [
        "-j",
        "--jump",
        "-g",
        "--goto",
        "-m",
        "--match",
        "--comment",
        "-c",
        "--set-counters",
        "--reject-with",
        "--log-prefix",
        "--log-level",
        "--log-uid",
        "--log-ip-options",
        "--log-tcp-options",
        "--log-tcp-sequence",
        "--nflog-prefix",
        "--nflog-group",
        "--nflog-threshold",
        "--nflog-range",
        "--nflog-size",
        "--ulog-prefix",
        "--to-ports",
        "--to-destination",
        "--to-source",
        "--random",
        "--random-fully",
        "--persistent",
        "--set-mark",
        "--set-xmark",
        "--save-mark",
        "--restore-mark",
        "--nfmask",
        "--ctmask",
        "--mask",
        "--clamp-mss-to-pmtu",
        "--set-mss",
        "--notrack",
        "--helper",
        "--add-set",
        "--del-set",
        "--exist",
        "--set-class",
        "--set-dscp",
        "--set-dscp-class",
        "--set-tos",
        "--ttl-set",
        "--ttl-inc",
        "--ttl-dec",
        "--zone",
        "--ctevents",
        "--type",
        "--tproxy-mark",
        "--on-port",
        "--on-ip",
        "--and-mark",
        "--or-mark",
        "--xor-mark",
        "-4",
        "--ipv4",
    ]
)


# Modules that ask nothing of a packet by themselves; of all others (socket, rpfilter) the name alone is a question.
NEEDS_NO_OPTION = frozenset({"tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmp6", "comment"})


def options(words: list[str]) -> Options:
    """Split the words of a rule into options: an option takes the words up to the next one."""
    found: list[Option] = []
    module, negated = "", False
    names: list[str] = []

    def finish() -> None:
        if names:
            found.append(Option(tuple(names), negated, module))

    for word in words:
        begins = word == "!" or (word.startswith("-") and len(word) > 1 and not word[1:].isdigit())
        # A comment or a log prefix may look like an option; "! x" after an option is the old way to negate it.
        free = len(names) == 1 and names[0] in {"--comment", "--log-prefix", "--nflog-prefix"}
        if not begins or free:
            names.append(word)
            continue
        finish()
        if len(names) == 2 and names[0] in {"-m", "--match"}:
            module = names[1]
        if word == "!":
            names, negated = [], True
            continue
        negated = negated and not names
        names = [word]
    finish()
    return tuple(found)


def _matches(option: Option) -> bool:
    """Tell an option that asks something of the packet from one of a target's."""
    name = option.names[0]
    if name in {"--mask", "--helper"}:
        return option.module in {"recent", "mark", "helper"}
    return name not in SILENT


def conditions(parsed: Options, sets: tuple[IpSet, ...]) -> Iterator[Condition]:
    """Give the condition of each option that matches on something, and of each match without an option."""
    asked = {option.module for option in parsed if option.names[0].startswith("--") and _matches(option)}
    for option in parsed:
        name, *values = option.names
        if name in {"-m", "--match"} and values[:1] and values[0] not in asked | NEEDS_NO_OPTION:
            yield Opaque(f"-m {values[0]} is not understood")
        if not _matches(option):
            continue
        condition = _condition(name, values, option.module, sets)
        if condition is not None:
            yield Not(condition) if option.negated else condition


def _condition(name: str, values: list[str], module: str, sets: tuple[IpSet, ...]) -> Condition | None:
    said = " ".join([name, *values])
    reader = EXACT.get(name)
    try:
        if reader is not None:
            return reader(values)
        if name == "--match-set" and len(values) == 2:
            return _match_set(values, sets)
        if name in {"--return-nomatch", "-f", "--fragment", "-6", "--ipv6"}:
            return None if name == "--return-nomatch" else Always(holds=False)
    except (ValueError, IndexError):
        return Opaque(f"{said} is not understood")
    if module in {"limit", "hashlimit", "connlimit", "recent"}:
        # One reason for the module, however many options it has.
        return Opaque(f"-m {module}: holds only at some rates")
    return Opaque(f"{said} is not understood")


def _end(end: End) -> Callable[[list[str]], Condition]:
    return lambda values: Where(end, networks(values[0].split(",")))


def _iprange(end: End) -> Callable[[list[str]], Condition]:
    return lambda values: Where(end, between(*(values[0].split("-") * 2)[:2]))


def _port(text: str) -> int:
    return SERVICES[text] if text in SERVICES else int(text)


def port_ranges(text: str, dash: str = ":") -> tuple[PortRange, ...]:
    """Read `80,443,1000:2000`; an open side is 0 or 65535. Raises ValueError for what is no port."""
    found: list[PortRange] = []
    for part in text.split(","):
        first, colon, last = part.partition(dash)
        low = _port(first) if first else 0
        found.append((low, (_port(last) if last else 65535) if colon else low))
    return tuple(found)


def _ports(end: End) -> Callable[[list[str]], Condition]:
    return lambda values: Ports(end, port_ranges(values[0]))


def _either_port(values: list[str]) -> Condition:
    ranges = port_ranges(values[0])
    return AnyOf((Ports("source", ranges), Ports("destination", ranges)))


def _protocol(values: list[str]) -> Condition:
    name = values[0].lower()
    return Protocol((NUMBERS.get(name, name),))


def _state(values: list[str]) -> Condition:
    names = tuple(name.lower() for name in values[0].split(","))
    # Nothing that is sent to this host has its source translated before it is filtered.
    return AnyOf((State(names), Translated())) if "dnat" in names else State(names)


def _original(reader: Callable[[list[str]], Condition]) -> Callable[[list[str]], Condition]:
    return lambda values: Original(reader(values))


def _tcp_flags(values: list[str]) -> Condition:
    every = ("fin", "syn", "rst", "psh", "ack", "urg")
    mask, flags = (tuple(part.lower().split(",")) for part in values[:2])
    mask = every if mask == ("all",) else mask
    return Flags(mask, every if flags == ("all",) else () if flags == ("none",) else flags)


def _address_type(end: End) -> Callable[[list[str]], Condition]:
    return lambda values: AddressType(end, tuple(values[0].lower().split(",")))


EXACT: dict[str, Callable[[list[str]], Condition]] = {
    **dict.fromkeys(("-s", "--source", "--src"), _end("source")),
    **dict.fromkeys(("-d", "--destination", "--dst"), _end("destination")),
    **dict.fromkeys(("--dport", "--destination-port", "--dports", "--destination-ports"), _ports("destination")),
    **dict.fromkeys(("--sport", "--source-port", "--sports", "--source-ports"), _ports("source")),
    "--ports": _either_port,
    "--src-range": _iprange("source"),
    "--dst-range": _iprange("destination"),
    **dict.fromkeys(("-p", "--protocol"), _protocol),
    **dict.fromkeys(("--ctstate", "--state"), _state),
    "--ctproto": _protocol,
    "--ctdir": lambda values: Direction(values[0].upper() == "ORIGINAL"),
    "--ctorigsrc": _original(_end("source")),
    "--ctorigdst": _original(_end("destination")),
    "--ctorigsrcport": _original(_ports("source")),
    "--ctorigdstport": _original(_ports("destination")),
    "--tcp-flags": _tcp_flags,
    "--syn": lambda _: Flags(("fin", "syn", "rst", "ack"), ("syn",)),
    **dict.fromkeys(("-i", "--in-interface"), lambda values: Interface("in", values[0])),
    **dict.fromkeys(("-o", "--out-interface"), lambda values: Interface("out", values[0])),
    "--src-type": _address_type("source"),
    "--dst-type": _address_type("destination"),
    "--icmp-type": lambda _: Always(holds=False),
    "--icmpv6-type": lambda _: Always(holds=False),
    "--pkt-type": lambda values: Always(holds=values[0] == "unicast"),
}


def _match_set(values: list[str], sets: tuple[IpSet, ...]) -> Condition:
    name, ends = values[0], values[1].split(",")
    known = next((each for each in sets if each.name == name), None)
    if known is None:
        return Opaque(f"ipset {name} is not in the files: add the output of `ipset save`")
    if not known.exact:
        return Opaque(f"ipset {name} has timeouts, exceptions (nomatch) or other sets as members")
    found: list[Condition] = []
    for element in known.elements:
        parts: list[Condition] = []
        for part, end in zip(element, ends, strict=False):
            side: End = "source" if end == "src" else "destination"
            if isinstance(part, Addresses):
                parts.append(Where(side, part))
            elif part is None or len(element) != len(ends):
                parts.append(Opaque(f"an element of ipset {name} is not understood"))
            else:
                parts.append(Ports(side, (part,)))
        found.append(AllOf(tuple(parts)))
    return AnyOf(tuple(found))
