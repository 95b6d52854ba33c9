"""Cloud firewalls as rule sets: what AWS, Azure, GCP and Terraform's view of them have in common."""

import re
from typing import Any

from sigcheck.allowlist.addresses import Addresses, interval, of_spans
from sigcheck.allowlist.ruleset import (
    Accept,
    AllOf,
    Always,
    AnyOf,
    Base,
    Chain,
    Condition,
    End,
    FileRules,
    Line,
    Opaque,
    PortRange,
    Ports,
    Refuse,
    Rule,
    RuleSet,
    Where,
)

EVERYWHERE = frozenset({"*", "any", "0.0.0.0/0", "virtualnetwork"})


def closed_list(name: str, rules: list[Rule], end: Line) -> RuleSet:
    """Make a rule set that refuses what no rule admits: the default of every cloud."""
    return RuleSet(name, (Base(Chain(name, tuple(rules)), Refuse(), end),))


def one_of(kind: str, groups: list[RuleSet], choice: str, notes: tuple[str, ...] = ()) -> FileRules:
    """Make the reading of a file with several groups, of which the file does not say which are attached."""
    return FileRules(kind, tuple(groups), choice if len(groups) > 1 else "", notes)


def from_cidrs(texts: list[str]) -> Condition:
    """Tell whether the source is in one of the networks; a text that is no network is Opaque."""
    found: list[Addresses] = []
    unknown: list[Condition] = []
    for text in texts:
        try:
            found.append(_source(text))
        except ValueError:
            unknown.append(Opaque(f"source {text} is not understood"))
    source = Where("source", of_spans(span for each in found for span in each.spans))
    return AnyOf((source, *unknown)) if unknown else source


def _source(text: str) -> Addresses:
    return interval(text.strip())


def to_ports(low: Any, high: Any) -> Condition:
    """Tell whether the destination port is in a range; -1, 0 to 0 and null mean what AWS means by them.

    Any, for all.
    """
    if isinstance(low, int) and isinstance(high, int):
        return Ports("destination", ((low, high),))
    return Opaque("the port range is not understood")


def port_list(texts: list[str], end: End = "destination") -> Condition:
    """Tell whether the port is in `443`, `8000-8999` or `*`."""
    ranges: list[PortRange] = []
    unknown: list[Condition] = []
    for text in texts:
        low, dash, high = text.partition("-")
        if text == "*":
            ranges.append((0, 65535))
        elif re.fullmatch(r"\s*\d{1,5}\s*(-\s*\d{1,5}\s*)?", text, re.ASCII):
            ranges.append((int(low), int(high) if dash else int(low)))
        else:
            unknown.append(Opaque(f"port {text} is not understood"))
    return AnyOf((Ports(end, tuple(ranges)), *unknown))


def to_addresses(texts: list[str]) -> Condition:
    """Tell whether the destination is one of these; which machine has them, unless they are all, is not known."""
    if not texts or EVERYWHERE & {text.lower() for text in texts}:
        return Always(holds=True)
    return Opaque(f"applies only to machines at {', '.join(texts[:3])}; whether the endpoint is one is not in the file")


def carries(protocol: Any, every: frozenset[str] = frozenset({"-1", "all", "*", "any"})) -> Condition:
    """Tell whether a rule for this protocol speaks of TCP."""
    if protocol is None:
        return Opaque("the protocol is not in the file")
    name = str(protocol).lower()
    return Always(holds=name in every or name in {"tcp", "6"})


def admits(conditions: list[Condition], line: Line) -> Rule:
    """Make an admitting rule of all these conditions."""
    return Rule(AllOf(tuple(conditions)), Accept(), line)
