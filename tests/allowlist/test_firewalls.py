"""What `allowlist check` predicts is what the packets do: real nftables, iptables and nginx in namespaces."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.formats import render
from sigcheck.allowlist.question import File, Question
from sigcheck.policy import INTEGRATION, SIGFOX_CLOUD
from tests.allowlist.firewalls import IPTABLES, NFTABLES
from tests.allowlist.namespaces import CLIENTS, INSIDE, World, demand, world
from tests.allowlist.nginx_places import NGINX

pytestmark = pytest.mark.system

RANGES = SIGFOX_CLOUD.ranges


@pytest.fixture(scope="module")
def pair() -> Iterator[World]:
    """Give the two namespaces, for the whole module."""
    demand("ip", "nft")
    with world() as made:
        yield made


@pytest.fixture
def clean(pair: World) -> Iterator[World]:
    """Give the namespaces without a rule, and leave them so."""
    pair.flush()
    yield pair
    pair.flush()


def predictions(text: str, port: int = 443, path: str | None = None) -> dict[str, bool]:
    """Ask `allowlist check` for every client by itself: does it get in; a client that it cannot tell fails the test."""
    found: dict[str, bool] = {}
    for client in CLIENTS:
        answer = check([File("rules", text)], Question((f"{client}/32",), port, path=path))
        assert answer.judgement.verdict != "unclear", answer.judgement
        found[client] = answer.exit_code == 0
    return found


def verdict(text: str, port: int = 443, path: str | None = None) -> str:
    """Ask `allowlist check` for the Cloud's range."""
    return check([File("rules", text)], Question(RANGES, port, path=path)).judgement.verdict


def test_the_namespaces_let_everybody_in_without_rules(clean: World) -> None:
    """Without a firewall every client gets its byte back: what the other tests see is the rules' doing."""
    assert clean.knock() == dict.fromkeys(CLIENTS, "in")


@pytest.mark.parametrize("name", NFTABLES)
def test_nftables_does_what_was_predicted(clean: World, name: str) -> None:
    """The kernel admits exactly the clients that the reading of `nft -j list ruleset` admits."""
    expected, rules = NFTABLES[name]
    clean.run("nft", "-f", "-", stdin=rules)
    exported = clean.run("nft", "-j", "list", "ruleset")
    packets = {client: said == "in" for client, said in clean.knock().items()}
    assert predictions(exported) == packets
    assert verdict(exported) == expected


@pytest.mark.parametrize("backend", ["nft", "legacy"])
@pytest.mark.parametrize("name", IPTABLES)
def test_iptables_does_what_was_predicted(clean: World, name: str, backend: str) -> None:
    """The kernel admits exactly the clients that the reading of `iptables-save` admits, with both backends."""
    demand(f"iptables-{backend}-restore")
    expected, rules = IPTABLES[name]
    clean.run(f"iptables-{backend}-restore", stdin=rules)
    exported = clean.run(f"iptables-{backend}-save")
    packets = {client: said == "in" for client, said in clean.knock().items()}
    assert predictions(exported) == packets
    assert verdict(exported) == expected


@pytest.mark.parametrize("name", NGINX)
def test_nginx_does_what_was_predicted(clean: World, name: str, tmp_path: Path) -> None:
    """Nginx answers 200 to exactly the clients that the reading of its configuration admits, 403 to the others."""
    demand("nginx")
    expected, path, lines = NGINX[name]
    (tmp_path / "logs").mkdir()
    text = f"""worker_processes 1;
user root;
pid {tmp_path}/nginx.pid;
error_log {tmp_path}/error.log;
events {{ }}
http {{
  access_log off;
{lines}
}}
"""
    file = tmp_path / "nginx.conf"
    file.write_text(text)
    command = ("nginx", "-p", str(tmp_path), "-c", str(file))
    clean.run(*command)
    try:
        asked = f"GET {path} HTTP/1.0\r\nHost: receiver\r\n\r\n"
        statuses = clean.knock(9443, asked)
        assert set(statuses.values()) <= {"200", "403"}, statuses
        assert predictions(text, 9443, path) == {client: said == "200" for client, said in statuses.items()}
        assert verdict(text, 9443, path) == expected
    finally:
        clean.run(*command, "-s", "stop")


@pytest.mark.parametrize("name", ["nftables", "iptables"])
def test_the_printed_rules_admit_the_cloud_alone(clean: World, name: str) -> None:
    """What `sigcheck allowlist --for` prints is taken by the real tool, admits the Cloud and refuses the others."""
    printed = render(RANGES, INTEGRATION, name)
    if name == "nftables":
        clean.run("nft", "-f", "-", stdin=printed)
        exported = clean.run("nft", "-j", "list", "ruleset")
    else:
        demand("iptables", "sh")
        clean.run("sh", "-e", stdin=printed)
        exported = clean.run("iptables-save")
    packets = {client: said == "in" for client, said in clean.knock().items()}
    assert packets == {client: client in INSIDE for client in CLIENTS}
    assert verdict(exported) == "admitted"


def test_ranges_that_overlap_are_taken_by_nftables(clean: World) -> None:
    """A policy may name the new range beside the old one in it: the printed set still loads, and admits both."""
    ranges = (*RANGES, "185.110.97.0/24")
    clean.run("nft", "-f", "-", stdin=render(ranges, INTEGRATION, "nftables"))
    assert check([File("rules", clean.run("nft", "-j", "list", "ruleset"))], Question(ranges)).exit_code == 0


def test_a_drop_is_silent_and_a_reject_is_not(clean: World) -> None:
    """The probe tells DROP from REJECT, so a refusal is never a lost packet of ours."""
    for action, seen in (("drop", "silence"), ("reject with tcp reset", "ConnectionRefusedError")):
        clean.flush()
        clean.run("nft", "-f", "-", stdin=NFTABLES["negated-source"][1].replace("drop", action))
        assert clean.knock()["198.51.100.7"] == seen


def test_the_namespaces_are_of_the_test_alone(pair: World) -> None:
    """The Cloud's addresses exist in the client's namespace and not in the machine's own."""
    demand("ip")
    assert shutil.which("ip") is not None
    assert "185.110" not in pair.run("ip", "-brief", "addr")
