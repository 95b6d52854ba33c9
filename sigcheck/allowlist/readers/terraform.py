"""Reads `terraform show -json`, a state or a plan.

Security groups of AWS, Azure and GCP as Terraform sees them.
"""

from collections.abc import Iterator
from typing import Any

from sigcheck.allowlist.question import File, Question, Surroundings
from sigcheck.allowlist.readers import azure, gcp
from sigcheck.allowlist.readers.groups import admits, carries, closed_list, from_cidrs, one_of, to_ports
from sigcheck.allowlist.readers.json_text import brief, decode, objects, strings
from sigcheck.allowlist.ruleset import AnyOf, Condition, FileRules, Line, Opaque, Rule, RuleSet
from sigcheck.errors import UsageProblem

CHOICE = "which of the groups guards the endpoint is not known: one file a group would settle it"
MODULES_DEEP = 30
# Sources that are no IPv4 networks: members of these groups are private, never the Cloud.
OTHER_SOURCES = ("ipv6_cidr_blocks", "security_groups", "source_security_group_id", "self")
# Azure's names as the provider spells them → as the portal's export does.
AZURE_NAMES = {
    "source_address_prefix": "sourceAddressPrefix",
    "source_address_prefixes": "sourceAddressPrefixes",
    "source_port_range": "sourcePortRange",
    "source_port_ranges": "sourcePortRanges",
    "destination_address_prefix": "destinationAddressPrefix",
    "destination_address_prefixes": "destinationAddressPrefixes",
    "destination_port_range": "destinationPortRange",
    "destination_port_ranges": "destinationPortRanges",
    "destination_application_security_group_ids": "destinationApplicationSecurityGroups",
}


def read(file: File, question: Question, surroundings: Surroundings) -> FileRules:  # noqa: ARG001
    """Read every resource that admits or refuses. Raises UsageProblem for a file without any."""
    document = decode(file)
    values = document.get("planned_values") or document.get("values") if isinstance(document, dict) else None
    found = list(_resources((values or {}).get("root_module"), 0)) if isinstance(values, dict) else []
    groups = [*_aws(file, found), *_azure(file, found), *_gcp(file, found)]
    if not groups:
        fix = "it reads aws_security_group, azurerm_network_security_group and google_compute_firewall"
        raise UsageProblem(f"{file.name} holds no firewall resource", fix)
    return one_of("terraform", groups, CHOICE)


def _resources(module: Any, depth: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give type, address and values of every managed resource, modules included."""
    if not isinstance(module, dict) or depth > MODULES_DEEP:
        return
    for each in objects(module.get("resources")):
        if each.get("mode", "managed") == "managed" and isinstance(each.get("values"), dict):
            yield str(each.get("type")), str(each.get("address")), each["values"]
    for child in objects(module.get("child_modules")):
        yield from _resources(child, depth + 1)


def _aws(file: File, found: list[tuple[str, str, dict[str, Any]]]) -> list[RuleSet]:
    groups: dict[str, tuple[str, list[Rule]]] = {}
    unsaid = {address for _, address, values in found if "ingress" not in values}
    for kind, address, values in found:
        if kind in {"aws_security_group", "aws_default_security_group"}:
            rules = [
                _aws_rule(file, f"{address}, ingress[{n}]", r) for n, r in enumerate(objects(values.get("ingress")))
            ]
            groups[str(values.get("id") or address)] = (address, rules)
    for kind, address, values in found:
        single = kind == "aws_vpc_security_group_ingress_rule"
        if not single and not (kind == "aws_security_group_rule" and values.get("type") == "ingress"):
            continue
        rule = _aws_rule(file, address, _as_block(values) if single else values)
        owner = str(values.get("security_group_id") or "")
        # A plan does not know the ids of groups that are still to be made; a single group is the one that is meant.
        if owner not in groups and len(groups) == 1:
            owner = next(iter(groups))
        groups.setdefault(owner, (owner or address, []))[1].append(rule)
    for name, rules in groups.values():
        if not rules and name in unsaid:
            later = Opaque("the group's ingress is not in the file (known after apply)")
            rules.append(admits([later], Line(file.name, place=f"{name}, ingress")))
    return [closed_list(name, rules, _end(file, name)) for name, rules in groups.values()]


def _end(file: File, name: str) -> Line:
    return Line(file.name, place=name, text="a security group refuses what it does not admit")


def _as_block(values: dict[str, Any]) -> dict[str, Any]:
    """Write a rule resource of the newer kind as the ingress block it stands for."""
    return {
        "protocol": values.get("ip_protocol"),
        "from_port": values.get("from_port"),
        "to_port": values.get("to_port"),
        "cidr_blocks": values.get("cidr_ipv4"),
        "prefix_list_ids": strings(values.get("prefix_list_id")),
        "ipv6_cidr_blocks": values.get("cidr_ipv6"),
        "security_groups": values.get("referenced_security_group_id"),
    }


def _aws_rule(file: File, place: str, block: dict[str, Any]) -> Rule:
    line = Line(file.name, place=place, text=brief({key: value for key, value in block.items() if value}))
    conditions: list[Condition] = [carries(block.get("protocol"))]
    if str(block.get("protocol")).lower() not in {"-1", "all"}:
        conditions.append(to_ports(block.get("from_port"), block.get("to_port")))
    conditions.append(AnyOf(tuple(_aws_sources(block))))
    return admits(conditions, line)


def _aws_sources(block: dict[str, Any]) -> Iterator[Condition]:
    yield from_cidrs(strings(block.get("cidr_blocks")))
    elsewhere = strings(block.get("prefix_list_ids"))
    if elsewhere:
        yield Opaque(f"the addresses of prefix list {', '.join(elsewhere)} are not in the file")
    if block.get("cidr_blocks") is None and not elsewhere and not any(block.get(key) for key in OTHER_SOURCES):
        # A plan leaves out what is known only after it is applied.
        yield Opaque("the source is not in the file (known after apply)")


def _azure(file: File, found: list[tuple[str, str, dict[str, Any]]]) -> list[RuleSet]:
    groups = [values for kind, _, values in found if kind == "azurerm_network_security_group"]
    single = [values for kind, _, values in found if kind == "azurerm_network_security_rule"]
    made: list[dict[str, Any]] = []
    for group in groups:
        mine = [r for r in single if r.get("network_security_group_name") == group.get("name")]
        made.append({"name": group.get("name"), "rules": [*objects(group.get("security_rule")), *mine]})
    if single and not groups:
        made.append({"name": single[0].get("network_security_group_name"), "rules": single})
    return [
        azure.group_of(file, {"name": each["name"], "securityRules": [_azure_names(rule) for rule in each["rules"]]})
        for each in made
    ]


def _azure_names(rule: dict[str, Any]) -> dict[str, Any]:
    return {AZURE_NAMES.get(key, key): value for key, value in rule.items()}


def _gcp(file: File, found: list[tuple[str, str, dict[str, Any]]]) -> list[RuleSet]:
    listed = [_gcp_names(values) for kind, _, values in found if kind == "google_compute_firewall"]
    networks = dict.fromkeys(str(each.get("network", "")) for each in listed)
    return [
        gcp.network_of(file, name, [each for each in listed if str(each.get("network", "")) == name])
        for name in networks
    ]


def _gcp_names(values: dict[str, Any]) -> dict[str, Any]:
    return {
        **values,
        "allowed": list(objects(values.get("allow"))),
        "denied": list(objects(values.get("deny"))),
        # A plan leaves out what is known only after it is applied, and writes null for what is not set.
        "sourceRanges": strings(values["source_ranges"]) if "source_ranges" in values else gcp.KNOWN_AFTER_APPLY,
        "destinationRanges": strings(values.get("destination_ranges")),
        "sourceTags": strings(values.get("source_tags")),
        "sourceServiceAccounts": strings(values.get("source_service_accounts")),
        "targetTags": strings(values.get("target_tags")),
        "targetServiceAccounts": strings(values.get("target_service_accounts")),
    }
