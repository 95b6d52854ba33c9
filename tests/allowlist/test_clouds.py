"""Readers of the clouds' JSON and of plain lists."""

import json
from typing import Any

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.judgement import Judgement
from sigcheck.allowlist.question import File, Question
from sigcheck.errors import UsageProblem

RANGE = "185.110.96.0/22"


def judged(document: Any, port: int = 443) -> Judgement:
    """Check a document, its kind told by its content."""
    text = document if isinstance(document, str) else json.dumps(document)
    return check([File("rules", text)], Question((RANGE,), port)).judgement


def aws(*permissions: dict[str, Any]) -> dict[str, Any]:
    """Write one security group as describe-security-groups does."""
    return {"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "web", "IpPermissions": list(permissions)}]}


def tcp(*cidrs: str, low: int = 443, high: int = 443, **more: Any) -> dict[str, Any]:
    """Write one TCP permission."""
    listed = [{"CidrIp": each} for each in cidrs]
    return {"IpProtocol": "tcp", "FromPort": low, "ToPort": high, "IpRanges": listed, "Ipv6Ranges": [], **more}


@pytest.mark.parametrize(
    ("verdict", "document"),
    [
        pytest.param("admitted", aws(tcp(RANGE)), id="whole range"),
        pytest.param("admitted", aws(tcp("185.110.96.0/23"), tcp("185.110.98.0/23", low=0, high=65535)), id="in parts"),
        pytest.param("partly", aws(tcp("185.110.97.0/24")), id="old range"),
        pytest.param("open", aws(tcp("0.0.0.0/0")), id="open"),
        pytest.param("open", aws({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}), id="all traffic"),
        pytest.param("refused", aws(tcp(RANGE, low=80, high=442)), id="other ports"),
        pytest.param("refused", aws(tcp(Ipv6Ranges=[{"CidrIpv6": "::/0"}])), id="ipv6 only"),
        pytest.param("refused", aws(tcp(UserIdGroupPairs=[{"GroupId": "sg-2"}])), id="another group"),
        pytest.param("unclear", aws(tcp(PrefixListIds=[{"PrefixListId": "pl-1"}])), id="prefix list"),
        pytest.param("refused", aws(), id="no permission"),
        pytest.param("unclear", aws({"IpProtocol": "tcp", "IpRanges": [{"CidrIp": RANGE}]}), id="no ports"),
    ],
)
def test_aws(verdict: str, document: Any) -> None:
    """Inbound permissions admit, everything else is refused."""
    assert judged(document).verdict == verdict


def test_aws_groups_of_which_one_may_be_attached() -> None:
    """Two groups that differ leave it open which is attached; two that agree do not."""
    one, two = aws(tcp(RANGE))["SecurityGroups"][0], aws(tcp("10.0.0.0/8"))["SecurityGroups"][0]
    found = judged({"SecurityGroups": [one, two]})
    assert found.verdict == "unclear"
    assert "attached" in found.not_understood[0].reason
    assert judged({"SecurityGroups": [one, one]}).verdict == "admitted"


def terraform(*resources: tuple[str, dict[str, Any]], key: str = "values") -> dict[str, Any]:
    """Write `terraform show -json` with the resources in a child module."""
    listed = [{"mode": "managed", "type": t, "address": f"module.m.{t}.x", "values": v} for t, v in resources]
    return {"format_version": "1.0", key: {"root_module": {"child_modules": [{"resources": listed}]}}}


INGRESS = {"from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": [RANGE]}


@pytest.mark.parametrize(
    ("verdict", "document"),
    [
        pytest.param("admitted", terraform(("aws_security_group", {"id": "sg", "ingress": [INGRESS]})), id="aws state"),
        pytest.param(
            "admitted",
            terraform(
                ("aws_security_group", {"ingress": []}),
                (
                    "aws_vpc_security_group_ingress_rule",
                    {"cidr_ipv4": RANGE, "from_port": 443, "to_port": 443, "ip_protocol": "tcp"},
                ),
                key="planned_values",
            ),
            id="aws plan, rule resource",
        ),
        pytest.param(
            "partly",
            terraform(
                (
                    "aws_security_group_rule",
                    {"type": "ingress", "security_group_id": "sg", **INGRESS, "cidr_blocks": ["185.110.97.0/24"]},
                )
            ),
            id="aws rule",
        ),
        pytest.param(
            "unclear",
            terraform(("aws_security_group_rule", {"type": "ingress", **INGRESS, "cidr_blocks": None})),
            id="known after apply",
        ),
        pytest.param(
            "admitted",
            terraform(
                (
                    "azurerm_network_security_group",
                    {
                        "name": "n",
                        "security_rule": [
                            {
                                "name": "a",
                                "priority": 100,
                                "direction": "Inbound",
                                "access": "Allow",
                                "protocol": "Tcp",
                                "source_address_prefix": RANGE,
                                "destination_port_range": "443",
                            }
                        ],
                    },
                )
            ),
            id="azure",
        ),
        pytest.param(
            "admitted",
            terraform(
                (
                    "google_compute_firewall",
                    {
                        "name": "g",
                        "network": "n",
                        "source_ranges": [RANGE],
                        "allow": [{"protocol": "tcp", "ports": ["443"]}],
                        "deny": [],
                    },
                )
            ),
            id="gcp",
        ),
        pytest.param(
            "unclear",
            terraform(("google_compute_firewall", {"allow": [{"protocol": "tcp", "ports": ["443"]}]})),
            id="gcp source known after apply",
        ),
        pytest.param("unclear", terraform(("aws_security_group", {})), id="ingress known after apply"),
        pytest.param("refused", terraform(("aws_security_group", {"ingress": []})), id="no ingress"),
    ],
)
def test_terraform(verdict: str, document: Any) -> None:
    """The resources of three clouds are read out of a state and out of a plan."""
    assert judged(document).verdict == verdict


def azure(*rules: tuple[int, str, str, str], **more: Any) -> dict[str, Any]:
    """Write a group: priority, access, source, port of each rule."""
    listed = [
        {
            "name": f"r{p}",
            "priority": p,
            "direction": "Inbound",
            "access": access,
            "protocol": "*",
            "sourceAddressPrefix": source,
            "destinationPortRange": port,
            **more,
        }
        for p, access, source, port in rules
    ]
    return {"name": "nsg", "securityRules": listed}


@pytest.mark.parametrize(
    ("verdict", "document"),
    [
        pytest.param("admitted", azure((200, "Allow", RANGE, "443")), id="allow"),
        pytest.param(
            "partly", azure((300, "Allow", RANGE, "443"), (200, "Deny", "185.110.98.0/24", "*")), id="priority"
        ),
        pytest.param("open", azure((100, "Allow", "Internet", "400-500")), id="internet"),
        pytest.param("refused", azure((100, "Allow", "VirtualNetwork", "*")), id="virtual network"),
        pytest.param("unclear", azure((100, "Allow", "AzureFrontDoor.Backend", "443")), id="service tag"),
        pytest.param("unclear", azure((100, "Allow", "", "443")), id="no source"),
        pytest.param("admitted", [{"properties": azure((200, "Allow", RANGE, "443"))}], id="properties"),
        pytest.param("admitted", azure((200, "Allow", RANGE, "443"))["securityRules"], id="list of rules"),
    ],
)
def test_azure(verdict: str, document: Any) -> None:
    """The lowest priority number decides, and what no rule admits is refused."""
    assert judged(document).verdict == verdict


def gcp(**more: Any) -> dict[str, Any]:
    """Write one firewall rule of GCP."""
    allowed = [{"IPProtocol": "tcp", "ports": ["443"]}]
    return {"name": "f", "network": "n", "direction": "INGRESS", "sourceRanges": [RANGE], "allowed": allowed, **more}


DENIED = {"allowed": [], "denied": [{"IPProtocol": "all"}]}


@pytest.mark.parametrize(
    ("verdict", "document"),
    [
        pytest.param("admitted", [gcp()], id="allow"),
        pytest.param("refused", [gcp(disabled=True)], id="disabled"),
        pytest.param("refused", [gcp(), gcp(**DENIED)], id="deny wins at equal priority"),
        pytest.param("admitted", [gcp(priority=10), gcp(**DENIED)], id="priority"),
        pytest.param("unclear", [gcp(targetTags=["web"])], id="target tag"),
        pytest.param("refused", [gcp(sourceRanges=[], sourceTags=["web"])], id="source tag"),
        pytest.param("open", [gcp(sourceRanges=["0.0.0.0/0"])], id="open"),
        pytest.param("unclear", [gcp(), gcp(network="m", sourceRanges=["10.0.0.0/8"])], id="two networks"),
    ],
)
def test_gcp(verdict: str, document: Any) -> None:
    """Priority decides, deny before allow, and what no rule admits is refused."""
    assert judged(document).verdict == verdict


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        pytest.param("admitted", f"# Sigfox\n{RANGE}\n10.0.0.0/8 ; office\n", id="list"),
        pytest.param("admitted", "185.110.96.0-185.110.97.255, 185.110.98.0/23", id="interval and comma"),
        pytest.param("partly", "185.110.97.0/24\n", id="old range"),
        pytest.param("admitted", json.dumps([RANGE]), id="JSON list"),
        pytest.param("unclear", "10.0.0.0/8\nsigfox.example\n", id="a name in it"),
        pytest.param("open", "0.0.0.0/1\n128.0.0.0/1\n", id="the world in halves"),
    ],
)
def test_plain_list(verdict: str, text: str) -> None:
    """What is listed gets in, the rest does not."""
    assert judged(text).verdict == verdict


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        pytest.param("hello\n", "--kind", id="prose"),
        pytest.param("{}", "--kind", id="empty object"),
        pytest.param("table inet filter {\n", "nft -j", id="nft text"),
        pytest.param("Chain INPUT (policy ACCEPT)\n", "iptables-save", id="iptables -L"),
        pytest.param('resource "aws_security_group" "x" {\n', "terraform show -json", id="Terraform source"),
        pytest.param("create s hash:net family inet\n", "iptables-save", id="ipset alone"),
        pytest.param('{"SecurityGroups": []}', "describe-security-groups", id="no group"),
        pytest.param("[" * 5000, "--kind", id="deep JSON"),
    ],
)
def test_what_is_no_rule_file(text: str, fix: str) -> None:
    """A file that is no rules is a usage problem that names the fix, never a verdict."""
    with pytest.raises(UsageProblem) as caught:
        judged(text)
    assert fix in caught.value.fix


@pytest.mark.parametrize("port", ["9" * 5000, "²", "443-", "-"])
def test_a_port_that_is_no_port_is_not_understood(port: str) -> None:
    """A port that no cloud would take leaves the answer open, and is no crash."""
    rule = {"name": "r", "allowed": [{"IPProtocol": "tcp", "ports": [port]}], "sourceRanges": ["0.0.0.0/0"]}
    assert judged([rule]).verdict == "unclear"


AZURE: dict[str, Any] = {
    "name": "r",
    "access": "Allow",
    "direction": "Inbound",
    "protocol": "Tcp",
    "sourceAddressPrefix": "*",
    "destinationPortRange": "443",
}
GCP: dict[str, Any] = {"name": "r", "allowed": [{"IPProtocol": "tcp"}], "sourceRanges": ["0.0.0.0/0"]}


@pytest.mark.parametrize(
    ("verdict", "rule"),
    [
        ("unclear", AZURE | {"destinationAddressPrefix": "10.0.0.5"}),
        ("unclear", AZURE | {"sourcePortRange": "12345"}),
        ("open", AZURE | {"destinationAddressPrefix": "*", "sourcePortRanges": ["*"]}),
        ("unclear", GCP | {"destinationRanges": ["10.0.0.5/32"]}),
        ("open", GCP | {"destinationRanges": ["0.0.0.0/0"]}),
    ],
)
def test_a_rule_for_one_machine_is_not_taken_for_all(verdict: str, rule: dict[str, Any]) -> None:
    """A rule with a destination or a source port holds for some connections, and which is not in the file."""
    assert judged([rule]).verdict == verdict


def test_one_group_alone_is_read() -> None:
    """`--query 'SecurityGroups[0]'` prints the group without the list round it."""
    assert judged(aws(tcp(RANGE))["SecurityGroups"][0]).verdict == "admitted"
