"""Reads `gcloud compute firewall-rules list --format=json`.

Lowest priority number first, deny before allow.
"""

from typing import Any

from sigcheck.allowlist.question import File, Question, Surroundings
from sigcheck.allowlist.readers.groups import carries, closed_list, from_cidrs, one_of, port_list, to_addresses
from sigcheck.allowlist.readers.json_text import brief, decode, objects, strings
from sigcheck.allowlist.ruleset import (
    Accept,
    Action,
    AllOf,
    AnyOf,
    Condition,
    FileRules,
    Line,
    Opaque,
    Refuse,
    Rule,
    RuleSet,
)
from sigcheck.errors import UsageProblem

CHOICE = "which network the endpoint is in is not in the file: use --filter=network=NAME"
# The documented default of a rule that names no priority.
DEFAULT_PRIORITY = 1000
# What Terraform's plan knows only later must not be taken for what a rule leaves out, which is everybody.
KNOWN_AFTER_APPLY = "known after apply"


def read(file: File, question: Question, surroundings: Surroundings) -> FileRules:  # noqa: ARG001
    """Read the rules, a rule set for each network. Raises UsageProblem for JSON without any."""
    document = decode(file)
    if isinstance(document, dict):
        document = document.get("items", [document])
    listed = [each for each in objects(document) if "allowed" in each or "denied" in each]
    if not listed:
        raise UsageProblem(f"{file.name} holds no firewall rule", "use `gcloud compute firewall-rules list`")
    networks = dict.fromkeys(str(each.get("network", "")) for each in listed)
    return one_of(
        "gcp",
        [network_of(file, name, [r for r in listed if str(r.get("network", "")) == name]) for name in networks],
        CHOICE,
    )


def network_of(file: File, network: str, listed: list[dict[str, Any]]) -> RuleSet:
    """Turn the firewall rules of one network into a rule set."""
    name = network.rpartition("/")[2] or file.name
    ordered = sorted(listed, key=_order)
    rules = [made for rule in ordered if (made := rule_of(file, rule)) is not None]
    end = Line(file.name, place=f"{name}, implied", text="ingress that no rule admits is refused")
    return closed_list(name, rules, end)


def _order(rule: dict[str, Any]) -> tuple[int, bool]:
    priority = rule.get("priority", DEFAULT_PRIORITY)
    return (priority if isinstance(priority, int) else DEFAULT_PRIORITY, not rule.get("denied"))


def rule_of(file: File, rule: dict[str, Any]) -> Rule | None:
    """Turn one ingress rule into a rule; None for egress and disabled ones."""
    if str(rule.get("direction", "INGRESS")).upper() != "INGRESS" or rule.get("disabled") is True:
        return None
    action: Action = Refuse() if rule.get("denied") else Accept()
    about = list(objects(rule.get("denied") or rule.get("allowed")))
    conditions: list[Condition] = [
        AnyOf(tuple(_traffic(each) for each in about)),
        _sources(rule),
        to_addresses(strings(rule.get("destinationRanges"))),
    ]
    for key in ("targetTags", "targetServiceAccounts"):
        if targets := strings(rule.get(key)):
            reason = f"applies only to machines with {key} {', '.join(targets)}"
            conditions.append(Opaque(f"{reason}; whether the endpoint is one is not in the file"))
    said = {key: rule[key] for key in ("priority", "sourceRanges", "allowed", "denied") if rule.get(key)}
    line = Line(file.name, place=str(rule.get("name")), text=brief(said))
    return Rule(AllOf(tuple(conditions)), action, line)


def _traffic(about: dict[str, Any]) -> Condition:
    ports = strings(about.get("ports"))
    protocol = carries(about.get("IPProtocol", about.get("protocol")))
    return AllOf((protocol, port_list(ports))) if ports else protocol


def _sources(rule: dict[str, Any]) -> Condition:
    """Ranges or tags: a tag means machines inside the network, never the Cloud."""
    if rule.get("sourceRanges") == KNOWN_AFTER_APPLY:
        return Opaque("the source is not in the file (known after apply)")
    ranges = strings(rule.get("sourceRanges"))
    inside = strings(rule.get("sourceTags")) + strings(rule.get("sourceServiceAccounts"))
    return from_cidrs(ranges if ranges or inside else ["0.0.0.0/0"])
