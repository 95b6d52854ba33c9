"""Connections that are sent on to a container: what is predicted of Docker's, firewalld's and ufw's rules happens."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.question import File, Question
from sigcheck.policy import SIGFOX_CLOUD
from tests.allowlist.containers import BRIDGE, CONTAINER, CONTAINERS, ESTABLISHED, HOST, NFT_CONTAINERS, docker, router
from tests.allowlist.namespaces import CLIENTS, ECHO, World, demand, world
from tests.allowlist.test_packet_filters import judged

pytestmark = pytest.mark.system

TABLES = ("raw", "mangle", "nat", "filter")


@pytest.fixture(scope="module")
def host() -> Iterator[World]:
    """Give the two namespaces, and a container behind a bridge of the receiver's, for the whole module."""
    demand("ip", "iptables-nft-restore")
    container = f"sigcheck-{os.getpid()}-container"
    with world() as made:

        def ip(*arguments: str) -> None:
            subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=60)

        echo = None
        try:
            ip("netns", "add", container)
            ip("-n", made.receiver, "link", "add", BRIDGE, "type", "bridge")
            ip("-n", made.receiver, "link", "add", "veth0", "type", "veth", "peer", "name", "eth0", "netns", container)
            ip("-n", made.receiver, "link", "set", "veth0", "master", BRIDGE)
            ip("-n", made.receiver, "addr", "add", "172.18.0.1/16", "dev", BRIDGE)
            ip("-n", container, "addr", "add", f"{CONTAINER}/16", "dev", "eth0")
            for name in ("veth0", BRIDGE):
                ip("-n", made.receiver, "link", "set", name, "up")
            ip("-n", container, "link", "set", "eth0", "up")
            ip("-n", container, "route", "add", "default", "via", "172.18.0.1")
            made.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
            echo = subprocess.Popen(
                ["ip", "netns", "exec", container, sys.executable, "-c", ECHO, "443", "8443"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            assert echo.stdout is not None
            assert echo.stdout.readline() == "ready\n"
            yield made
        finally:
            if echo is not None:
                echo.communicate(timeout=60)
            subprocess.run(["ip", "netns", "del", container], capture_output=True, timeout=60, check=False)


def admitted(text: str) -> dict[str, bool]:
    """Ask `allowlist check` for every client by itself; a client that it cannot tell fails the test."""
    found: dict[str, bool] = {}
    for client in CLIENTS:
        answer = check([File("rules", text)], Question((f"{client}/32",), 443, interface=HOST))
        assert answer.judgement.verdict != "unclear", answer.judgement
        found[client] = answer.exit_code == 0
    return found


@pytest.mark.parametrize("name", CONTAINERS)
def test_packets_go_where_it_was_predicted(host: World, name: str) -> None:
    """The kernel admits exactly the clients that the reading admits, of `iptables-save` and of `iptables -S` alike."""
    expected, rules = CONTAINERS[name]
    host.flush()
    host.run("iptables-nft-restore", stdin=rules)
    saved = host.run("iptables-nft-save")
    listed = "".join(host.run("iptables-nft", "-t", table, "-S") for table in TABLES)
    counted = host.run("iptables-nft-save", "-c")
    packets = {client: said == "in" for client, said in host.knock().items()}
    host.flush()
    assert admitted(saved) == packets
    assert admitted(counted) == packets
    assert admitted(listed) == packets
    for text in (saved, listed):
        question = Question(SIGFOX_CLOUD.ranges, 443, interface=HOST)
        assert check([File("rules", text)], question).judgement.verdict == expected


@pytest.mark.parametrize("name", NFT_CONTAINERS)
def test_packets_of_nftables_go_where_it_was_predicted(host: World, name: str) -> None:
    """The kernel admits exactly the clients that the reading of `nft -j list ruleset` admits."""
    expected, rules = NFT_CONTAINERS[name]
    host.flush()
    host.run("nft", "-f", "-", stdin=rules)
    exported = host.run("nft", "-j", "list", "ruleset")
    packets = {client: said == "in" for client, said in host.knock().items()}
    host.flush()
    assert admitted(exported) == packets
    question = Question(SIGFOX_CLOUD.ranges, 443, interface=HOST)
    assert check([File("rules", exported)], question).judgement.verdict == expected


def test_the_filter_table_alone_is_no_evidence() -> None:
    """Which connections are sent on to the container stands in *nat; the line that admits them is named."""
    whole = docker(policy="DROP")
    alone = whole[whole.index("*filter") :]
    found = judged(alone)
    assert found.verdict == "unclear"
    assert found.decides is not None
    assert found.decides.text.startswith(f"-A DOCKER -d {CONTAINER}/32")
    assert "*nat is not in the file: use `iptables-save` without -t" in found.not_understood[0].reason
    assert judged(whole).verdict == "open"


def test_the_nat_table_alone_is_no_evidence() -> None:
    """What is sent on may be refused in the filter table, and what is not, too."""
    whole = docker()
    found = judged(whole[: whole.index("*filter")])
    assert found.verdict == "unclear"
    assert "the filter table is not in the file" in " ".join(each.reason for each in found.not_understood)
    listed = "-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT\n"
    assert judged(listed).verdict == "unclear"


def test_a_bridge_that_no_rule_names_is_asked_for() -> None:
    """Where the file does not say which interface leads to the container, a rule on one cannot be told."""
    rules = router(ESTABLISHED, f"-o {BRIDGE} -j ACCEPT", "-j DROP")
    found = judged("\n".join(line for line in rules.splitlines() if "MASQUERADE" not in line), interface=HOST)
    assert found.verdict == "unclear"
    assert f"holds only if {BRIDGE} leads to {CONTAINER}/32" in " ".join(each.reason for each in found.not_understood)
