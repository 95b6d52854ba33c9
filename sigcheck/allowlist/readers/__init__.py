"""The readers: one for each kind of file, and which kind a text is."""

import json
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from sigcheck.allowlist.question import File, Question, Surroundings
from sigcheck.allowlist.ruleset import FileRules
from sigcheck.errors import UsageProblem

# What `--kind` names → where its `read` is; in the order of the documentation.
READERS = {
    name: f"sigcheck.allowlist.readers.{name}"
    for name in ("nginx", "apache", "iptables", "nft", "ufw", "aws", "terraform", "azure", "gcp", "cidr")
}
# Read beside an iptables file, never alone.
IPSET = "ipset"
KINDS = (*READERS, IPSET)

# Not possessive as a whole: Python 3.11 before its fifth patch goes on where a comment without an end stopped.
# The first that is found in a text that is no JSON names its kind. Each looks at one line at a time, and none can be
# read in two ways: a file of blank lines, or of one line of megabytes, is no more work than any other.
SIGNS: tuple[tuple[str, str], ...] = (
    (IPSET, r"\A(?:\s++|#[^\n]*+\n)*create \S+ (?:hash|bitmap|list):"),
    ("iptables", r"^\*(?:filter|nat|mangle|raw|security)[ \t\r]*+$"),
    ("iptables", r"^-P (?:INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING) [A-Z]+"),
    ("ufw", r"^Status: (?:in)?active[ \t\r]*+$"),
    ("apache", r"^[ \t]*+(?i:<VirtualHost|<Directory|<Location|<Files|<Require|<Limit|<IfModule)\b"),
    (
        "apache",
        r"^[ \t]*+(?i:Require[ \t]+(?:not[ \t]+)?(?:ip|all|host|local)|Order[ \t]+(?:allow|deny))\b",
    ),
    (
        "apache",
        r"^[ \t]*+(?i:Allow|Deny)[ \t]+(?i:from)\b",
    ),
    ("nginx", r"^[ \t]*+(?:allow|deny)[ \t]+(?!from\b)[^\s(]"),
    ("nginx", r"(?:^|[;{}])[ \t]*+(?:server|http|stream|events|location\s[^;{}\n]++|geo\s[^;{}\n]++)[ \t\r]*+\{"),
    ("nginx", r"(?:^|[;{}])[ \t]*+(?:server|http|stream|events)\s{1,80}\{"),
    ("nginx", r"^[ \t]*+(?:include|return|if)\b[^;{}\n]*+[;{]"),
    ("cidr", r"\A(?:\s++|[#;][^\n]*+\n)*[\"'\[]*+[0-9a-fA-F.:]+[./:][0-9a-fA-F]"),
)
# Exports that look like a format that is read, and are another.
NEARLY: tuple[tuple[str, str, str], ...] = (
    (
        r"^table (?:ip|ip6|inet|netdev|bridge) \S+ \{",
        "the text form of nftables",
        "export it with `nft -j list ruleset`",
    ),
    (r"^Chain INPUT \(policy", "`iptables -L`", "export it with `iptables-save`"),
    (r'^resource "', "Terraform source", "export it with `terraform show -json`"),
)


def detect(file: File) -> str:
    """Tell the kind of a file by its content. Raises UsageProblem when it is none that is known."""
    stripped = file.text.lstrip("\ufeff \t\r\n")
    if stripped.startswith(("{", "[")):
        try:
            kind = _json_kind(json.loads(stripped))
        except (ValueError, RecursionError):
            kind = None
        if kind is not None:
            return kind
    for pattern, what, fix in NEARLY:
        if re.search(pattern, file.text, re.MULTILINE):
            raise UsageProblem(f"{file.name} is {what}", fix)
    for kind, pattern in SIGNS:
        if re.search(pattern, file.text, re.MULTILINE):
            return kind
    raise UsageProblem(f"{file.name} is not a recognised rules format", f"give --kind {'|'.join(KINDS)}")


def _json_kind(document: Any) -> str | None:
    listed = document if isinstance(document, list) else [document]
    first = next((each for each in listed if isinstance(each, dict)), {})
    properties = first.get("properties")
    inner = properties if isinstance(properties, dict) else first
    if "nftables" in first:
        return "nft"
    if "SecurityGroups" in first or "IpPermissions" in first:
        return "aws"
    if "planned_values" in first or ("values" in first and "format_version" in first):
        return "terraform"
    if "securityRules" in inner or {"access", "direction"} <= inner.keys():
        return "azure"
    if "sourceRanges" in first or "allowed" in first or "denied" in first:
        return "gcp"
    for key, kind in (("value", "azure"), ("items", "gcp")):
        if isinstance(first.get(key), list):
            return kind
    return "cidr" if "ranges" in first or all(isinstance(each, str) for each in listed) else None


def read(file: File, kind: str, question: Question, surroundings: Surroundings) -> FileRules:
    """Read a file of a known kind. Raises UsageProblem for a file that cannot be one."""
    reader: Callable[[File, Question, Surroundings], FileRules] = import_module(READERS[kind]).read
    return reader(file, question, surroundings)
