"""The printed range: every format is complete, says where it is from, and is read back by our own readers."""

import json
import re

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.formats import FORMATS, render
from sigcheck.allowlist.question import File, Question
from sigcheck.errors import UsageProblem
from sigcheck.policy import INTEGRATION, SIGFOX_CLOUD, Source

RANGES = SIGFOX_CLOUD.ranges
# What the issue asks for, by name.
WANTED = (
    *("cidr", "nginx", "apache", "caddy", "haproxy", "iptables", "nftables", "ufw", "firewalld"),
    *("aws-sg-cli", "aws-sg-terraform", "aws-waf", "azure-nsg", "gcp", "cloudflare"),
    *("k8s-networkpolicy", "k8s-ingress", "json"),
)
# Formats without a port: they stand where the port is already decided.
PORTLESS = {"cidr", "nginx", "apache", "caddy", "haproxy", "aws-waf", "cloudflare", "k8s-ingress"}


def test_every_format_is_there() -> None:
    """The registry holds the formats that were promised, in that order."""
    assert tuple(FORMATS) == WANTED


@pytest.mark.parametrize("name", WANTED)
def test_a_format_names_range_date_and_source(name: str) -> None:
    """Whoever finds the rule later sees what it is, how old it is and where it comes from."""
    printed = render(RANGES, INTEGRATION, name)
    for word in (*RANGES, INTEGRATION.read, INTEGRATION.url, "Sigfox"):
        assert word in printed
    assert printed.endswith("\n")


@pytest.mark.parametrize("name", [name for name in WANTED if name not in PORTLESS])
def test_a_format_takes_the_port(name: str) -> None:
    """A receiver on another port gets rules for that port, and none for 443."""
    printed = render(RANGES, INTEGRATION, name, 8443)
    assert re.search(r"\b8443\b", printed)
    assert not re.search(r"\b443\b", printed)


@pytest.mark.parametrize("name", WANTED)
def test_a_format_takes_several_ranges(name: str) -> None:
    """When Sigfox adds a range, no format forgets it."""
    printed = render(("192.0.2.0/24", "198.51.100.0/25"), INTEGRATION, name)
    body = "\n".join(line for line in printed.splitlines() if not line.startswith("#") and '"about"' not in line)
    assert "192.0.2.0/24" in body
    assert "198.51.100.0/25" in body
    assert RANGES[0] not in printed


@pytest.mark.parametrize("name", ["cidr", "nginx", "apache", "json"])
def test_what_is_printed_is_read_back(name: str) -> None:
    """Our own reader finds exactly the range admitted, and not the world."""
    printed = render(RANGES, INTEGRATION, name)
    answer = check([File("printed", printed)], Question(RANGES))
    assert answer.judgement.verdict == "admitted"
    assert check([File("printed", printed)], Question(("198.51.100.0/24",))).judgement.verdict == "refused"


def test_the_aws_command_is_a_permission_that_is_read_back() -> None:
    """The JSON in the AWS command is what describe-security-groups shows afterwards."""
    permission = re.search(r"--ip-permissions '(.*)'", render(RANGES, INTEGRATION, "aws-sg-cli"))
    assert permission is not None
    group = {"SecurityGroups": [{"GroupId": "sg", "IpPermissions": json.loads(permission[1])}]}
    assert check([File("group", json.dumps(group))], Question(RANGES)).judgement.verdict == "admitted"


@pytest.mark.parametrize("name", WANTED)
def test_a_hostile_source_stays_in_its_comment(name: str) -> None:
    """A policy file whose name holds a line end cannot smuggle a command into what is pasted."""
    source = Source("page\nrm -rf /", "x\n\x1b[2J", "2026\nreboot", "our choice")
    printed = render(RANGES, source, name)
    assert not re.search(r"^(rm|reboot)", printed, re.MULTILINE)
    assert "\x1b" not in printed


def test_unknown_format_and_bad_range_are_usage_problems() -> None:
    """The message lists the formats; a range that is none is named."""
    with pytest.raises(UsageProblem, match="no format pf"):
        render(RANGES, INTEGRATION, "pf")
    with pytest.raises(UsageProblem, match=r"185\.110\.97\.1/22"):
        render(("185.110.97.1/22",), INTEGRATION, "cidr")
