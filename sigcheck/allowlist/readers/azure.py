"""Reads Azure network security groups: `az network nsg show` or list, `nsg rule list`.

Or the ARM form with properties.
"""

from typing import Any

from sigcheck.allowlist.addresses import ALL
from sigcheck.allowlist.question import File, Question, Surroundings
from sigcheck.allowlist.readers.groups import carries, closed_list, from_cidrs, one_of, port_list, to_addresses
from sigcheck.allowlist.readers.json_text import brief, decode, objects, strings
from sigcheck.allowlist.ruleset import (
    Accept,
    Action,
    AllOf,
    Always,
    AnyOf,
    Condition,
    FileRules,
    Line,
    Opaque,
    Refuse,
    Rule,
    RuleSet,
    Unknown,
    Where,
)
from sigcheck.errors import UsageProblem

CHOICE = "which group is attached to the subnet or the interface is not in the file: export that one"
# Service tags. "Internet" is every address outside the virtual network; the Cloud is never inside it.
ACCESS: dict[str, Action] = {"allow": Accept(), "deny": Refuse()}
EVERYONE = frozenset({"*", "any", "internet", "0.0.0.0/0"})
NEVER_THE_CLOUD = frozenset({"virtualnetwork", "azureloadbalancer", "gatewaymanager"})


def read(file: File, question: Question, surroundings: Surroundings) -> FileRules:  # noqa: ARG001
    """Read the groups. Raises UsageProblem for JSON without any."""
    document = decode(file)
    if isinstance(document, dict):
        document = document.get("value", [document])
    listed = list(objects(document))
    if listed and all("access" in _properties(each) for each in listed):
        listed = [{"name": file.name, "securityRules": listed}]
    groups = [group_of(file, each) for each in listed if "securityRules" in _properties(each)]
    if not groups:
        raise UsageProblem(f"{file.name} holds no network security group", "use `az network nsg show`")
    return one_of("azure", groups, CHOICE)


def group_of(file: File, group: dict[str, Any]) -> RuleSet:
    """Turn one group into a rule set, its rules in the order of their priorities."""
    name = str(group.get("name", file.name))
    about = _properties(group)
    listed = [*objects(about.get("securityRules")), *objects(about.get("defaultSecurityRules"))]
    rules = [(_priority(_properties(rule)), rule_of(file, name, rule)) for rule in listed]
    ordered = [rule for _, rule in sorted(rules, key=lambda each: each[0]) if rule is not None]
    # Rule DenyAllInBound, priority 65500, cannot be removed; not every export shows it.
    end = Line(file.name, place=f"{name}, DenyAllInBound", text="a group refuses what it does not admit")
    return closed_list(name, ordered, end)


def rule_of(file: File, group: str, rule: dict[str, Any]) -> Rule | None:
    """Turn one inbound rule into a rule; None for an outbound one."""
    about = _properties(rule)
    if str(about.get("direction", "")).lower() != "inbound":
        return None
    line = Line(file.name, place=f"{group}, {rule.get('name')}", text=brief(_said(about)))
    access = str(about.get("access", "")).lower()
    action = ACCESS.get(access, Unknown("access is neither Allow nor Deny"))
    conditions: list[Condition] = [
        carries(about.get("protocol")),
        _sources(about),
        _ports(about),
        _from_ports(about),
        to_addresses(_either(about, "destinationAddressPrefix")),
    ]
    if about.get("destinationApplicationSecurityGroups"):
        conditions.append(Opaque("which machines are in the application security group is not in the file"))
    return Rule(AllOf(tuple(conditions)), action, line)


def _properties(value: dict[str, Any]) -> dict[str, Any]:
    inner = value.get("properties")
    return inner if isinstance(inner, dict) else value


def _priority(about: dict[str, Any]) -> int:
    number = about.get("priority")
    return number if isinstance(number, int) else 65535


def _either(about: dict[str, Any], name: str) -> list[str]:
    """Azure keeps one value in `name` and several in its plural; the other of the two is empty."""
    plural = f"{name}es" if name.endswith("x") else f"{name}s"
    return [text for text in [*strings(about.get(name)), *strings(about.get(plural))] if text]


def _ports(about: dict[str, Any]) -> Condition:
    listed = _either(about, "destinationPortRange")
    return port_list(listed) if listed else Opaque("the port is not in the file")


def _from_ports(about: dict[str, Any]) -> Condition:
    """Tell whether the port at the Cloud's end, one of many that are not known, is among those of the rule."""
    listed = _either(about, "sourcePortRange")
    wanted = port_list(listed, "source")
    return wanted if listed else Always(holds=True)


def _said(about: dict[str, Any]) -> dict[str, Any]:
    keys = (
        "priority",
        "access",
        "protocol",
        "sourceAddressPrefix",
        "sourceAddressPrefixes",
        "destinationPortRange",
    )
    return {key: about[key] for key in (*keys, "destinationPortRanges") if about.get(key)}


def _sources(about: dict[str, Any]) -> Condition:
    found: list[Condition] = []
    for text in _either(about, "sourceAddressPrefix"):
        tag = text.lower()
        if tag in EVERYONE:
            found.append(Where("source", ALL))
        elif tag in NEVER_THE_CLOUD:
            found.append(Always(holds=False))
        elif tag[0].isalpha() and ":" not in tag:
            found.append(Opaque(f"the addresses of service tag {text} are not in the file"))
        else:
            found.append(from_cidrs([text]))
    if not found and not about.get("sourceApplicationSecurityGroups"):
        found.append(Opaque("the source is not in the file"))
    return AnyOf(tuple(found))
