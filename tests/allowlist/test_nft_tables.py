"""nft's JSON around the rules: tables that sleep, chains of one device, sets that count, and documents out of shape."""

import json
from typing import Any

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.judgement import Judgement
from sigcheck.allowlist.question import File, Question

RANGE = "185.110.96.0/22"


def judged(*objects: dict[str, Any], interface: str | None = None) -> Judgement:
    """Check objects as `nft -j list ruleset` prints them."""
    text = json.dumps({"nftables": [{"metainfo": {}}, *objects]})
    return check([File("nft.json", text)], Question((RANGE,), interface=interface)).judgement


def table(family: str = "inet", **more: Any) -> dict[str, Any]:
    """Write a table."""
    return {"table": {"family": family, "name": "t", **more}}


def chain(family: str = "inet", hook: str = "input", policy: Any = "drop", **more: Any) -> dict[str, Any]:
    """Write a base chain."""
    about = {"family": family, "table": "t", "name": "c", "hook": hook, "prio": 0, "policy": policy, "type": "filter"}
    return {"chain": about | more}


def rule(*expression: dict[str, Any]) -> dict[str, Any]:
    """Write a rule of the chain."""
    return {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 1, "expr": list(expression)}}


@pytest.mark.parametrize("flags", ["dormant", ["dormant"], "d"])
def test_a_dormant_table_refuses_nobody(flags: Any) -> None:
    """The kernel asks no chain of a dormant table; nft 1.0.6 prints the flag as its first letter."""
    assert judged(table(flags=flags), chain()).verdict == "open"


@pytest.mark.parametrize(
    ("verdict", "devices", "interface"),
    [
        ("unclear", {}, "eth0"),
        ("unclear", {"dev": "eth0"}, None),
        ("refused", {"dev": "eth0"}, "eth0"),
        ("open", {"dev": ["eth1", "eth2"]}, "eth0"),
    ],
)
def test_an_ingress_chain_is_that_of_its_devices(verdict: str, devices: dict[str, Any], interface: str | None) -> None:
    """A chain at ingress sees the packets of its devices alone, and nft 1.0.6 does not say which these are."""
    found = judged(table("netdev"), chain("netdev", "ingress", **devices), interface=interface)
    assert found.verdict == verdict


@pytest.mark.parametrize(("policy", "action"), [("accept", "drop"), ("drop", "accept")])
def test_a_rate_inside_a_set_holds_the_rule_back(policy: str, action: str) -> None:
    """What stands behind `update @flood { ip saddr limit rate over 10/second }` happens at some rates only."""
    source = {"payload": {"protocol": "ip", "field": "saddr"}}
    counting = {"op": "update", "elem": source, "set": "@flood", "stmt": [{"limit": {"rate": 10, "per": "second"}}]}
    found = judged(table(), chain(policy=policy), rule({"set": counting}, {action: None}))
    assert found.verdict == "unclear"
    assert "rates" in found.not_understood[0].reason


@pytest.mark.parametrize(
    "entry",
    [
        {"set": {"family": [], "table": {}, "name": []}},
        {"rule": {"family": {}, "expr": []}},
        {"rule": True},
        {"table": {"family": [], "name": {}, "flags": "dormant"}},
        chain(policy=[]),
        chain(policy="accept", table=[]),
    ],
)
def test_an_entry_out_of_shape_breaks_nothing(entry: dict[str, Any]) -> None:
    """A value of another type than nft's is an entry that is not understood, not a crash."""
    assert judged(table(), chain(policy="accept"), entry).verdict in {"open", "unclear"}
