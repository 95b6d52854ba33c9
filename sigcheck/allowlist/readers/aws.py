"""Reads `aws ec2 describe-security-groups`: inbound permissions; a group refuses what it does not admit."""

from typing import Any

from sigcheck.allowlist.question import File, Question, Surroundings
from sigcheck.allowlist.readers.groups import admits, carries, closed_list, from_cidrs, one_of, to_ports
from sigcheck.allowlist.readers.json_text import brief, decode, objects
from sigcheck.allowlist.ruleset import Condition, FileRules, Line, Opaque, Rule, RuleSet
from sigcheck.errors import UsageProblem

CHOICE = "which of the groups are attached is not in the file: use --group-ids"


def read(file: File, question: Question, surroundings: Surroundings) -> FileRules:  # noqa: ARG001
    """Read the groups. Raises UsageProblem for JSON without any."""
    document = decode(file)
    listed = document.get("SecurityGroups") if isinstance(document, dict) else document
    if isinstance(document, dict) and "IpPermissions" in document:
        listed = [document]  # one group alone, as --query 'SecurityGroups[0]' prints it
    groups = [_group(file, group, index) for index, group in enumerate(objects(listed))]
    if not groups:
        raise UsageProblem(f"{file.name} holds no security group", "use `aws ec2 describe-security-groups`")
    return one_of("aws", groups, CHOICE)


def _group(file: File, group: dict[str, Any], index: int) -> RuleSet:
    name = f"{group.get('GroupId', index)} ({group.get('GroupName', '')})"
    rules: list[Rule] = []
    for number, permission in enumerate(objects(group.get("IpPermissions"))):
        line = Line(file.name, place=f"{name}, IpPermissions[{number}]", text=brief(permission))
        about = [carries(permission.get("IpProtocol"))]
        if str(permission.get("IpProtocol")) != "-1":
            about.append(to_ports(permission.get("FromPort"), permission.get("ToPort")))
        cidrs = [str(each.get("CidrIp")) for each in objects(permission.get("IpRanges"))]
        rules.append(admits([*about, from_cidrs(cidrs)], line))
        rules.extend(admits([*about, unknown], line) for unknown in _elsewhere(permission))
    end = Line(file.name, place=name, text="a security group refuses what it does not admit")
    return closed_list(name, rules, end)


def _elsewhere(permission: dict[str, Any]) -> list[Condition]:
    """Give the sources kept elsewhere. Members of another group are private: never the Cloud."""
    lists = [each.get("PrefixListId") for each in objects(permission.get("PrefixListIds"))]
    return [Opaque(f"the addresses of prefix list {name} are not in the file") for name in lists]
