"""A scan on a machine that lacks something or was stopped, and the command that scans."""

import asyncio
import json
import socket

import pytest

from sigcheck.fleet.ledger import read_lines
from sigcheck.fleet.scanning import SCAN_RULES
from sigcheck.probes.link import Link
from sigcheck.rules import RULES
from tests import pki
from tests.changing import context_of
from tests.commandline import sigcheck
from tests.scanned import (
    LOOPS,
    NOW,
    scan,
    scan_of,
    silent,
)
from tests.test_exporter_following import no_file_left
from tests.test_lateness import block
from tests.tls_servers import Server, listening


@pytest.fixture(scope="module")
def good():
    """Give a good chain."""
    return pki.chain(now=NOW)


@pytest.fixture
def full(monkeypatch):
    """Leave this process no file descriptor for a connection, and have as many as before behind it."""
    connect = Link.open

    async def opened(link):
        with no_file_left():
            await connect(link)

    monkeypatch.setattr(Link, "open", opened)


@pytest.mark.usefixtures("full")
def test_no_room_for_a_socket_is_this_machines(good, tmp_path):
    """Where no descriptor is left, the receiver is accused of nothing, and nothing is green."""
    seen = scan(good, "https://127.0.0.1:9/x", tmp_path)
    assert [each["outcome"] for each in seen.network["addresses"]] == ["local"]
    assert (seen.of("fail"), seen.summary.exit_code) == ([], 3)
    assert "open files" in seen.results["reach-no-answer"]["summary"]


@pytest.fixture
def held_up(monkeypatch):
    """Have this process stopped for a while behind each of so many connections: `held_up(times)`."""
    connect = Link.open

    def stopped(times):
        left = iter(range(times))

        async def opened(link):
            await connect(link)
            if next(left, None) is not None:
                asyncio.get_running_loop().call_later(0.1, block, 1.2)

        monkeypatch.setattr(Link, "open", opened)

    return stopped


@pytest.mark.parametrize("loop", LOOPS)
def test_a_target_is_looked_at_again_where_this_process_was_stopped(loop, good, held_up, tmp_path):
    """What the first connection missed meanwhile is no fact about the receiver."""
    context = context_of(good, tmp_path)

    def serve(server: Server, connection: socket.socket) -> None:
        if server.connections == 1:
            silent(server, connection)
            return
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(10)

    held_up(1)
    with listening(serve) as server:
        seen = scan_of(good, server, tmp_path, loop=loop)
    assert (server.connections, seen.of("fail"), seen.summary.exit_code) == (2, [], 0)


@pytest.mark.slow
def test_a_process_that_is_stopped_every_time_accuses_nobody(good, held_up, tmp_path):
    """After the last look it stays undecided, and says why."""
    held_up(3)
    with listening(silent) as server:
        seen = scan_of(good, server, tmp_path)
    assert (server.connections, seen.of("fail", "must"), seen.summary.exit_code) == (3, [], 3)
    assert "this process was stopped for 1." in seen.results["tls-handshake-failed"]["summary"]


FILE = """
[defaults]
allow_private = true
[targets.a]
url = "http://127.0.0.1:9/x"
observe.url = "http://127.0.0.1:9/effects?device={device}&time={time}"
[targets.b]
url = "http://127.0.0.2:9/x"
%s
"""


def fleet(tmp_path, more="", *arguments):
    """Run `fleet run --scan` on two targets."""
    (tmp_path / "sigcheck.toml").write_text(FILE % more)
    command = ("fleet", "run", "--scan", "--config", str(tmp_path / "sigcheck.toml"))
    return sigcheck(*command, "--ledger", str(tmp_path / "results.jsonl"), *arguments)


def test_the_command_scans(tmp_path):
    """`--scan` stands in the ledger's first line, and each report says that it is of a scan."""
    done = fleet(tmp_path)
    assert done.code == 1
    begun, *results, _ = read_lines(tmp_path / "results.jsonl")
    assert begun.scan
    assert {each.summary.causes[0].rule for each in results} == {"reach-refused"}
    assert all(json.loads(bytes(each.report))["evidence"]["settings"]["scan"] for each in results)
    other = sigcheck(
        "fleet",
        "run",
        "--config",
        str(tmp_path / "sigcheck.toml"),
        "--ledger",
        str(tmp_path / "results.jsonl"),
        "--resume",
    )
    assert (other.code, "is a scan: add --scan" in other.err) == (2, True)


@pytest.mark.parametrize("where", ["file", "option"])
def test_a_rule_that_a_scan_cannot_check_is_refused_before_anything_is_sent(where, tmp_path):
    """A clear line and exit code 2, whoever named the rule; the names that a scan has no use for may be left out."""
    more = ("only = ['dedup-lost']",) if where == "file" else ("", "--only", "reach,dedup-lost")
    done = fleet(tmp_path, *more)
    assert (done.code, done.out) == (2, "")
    assert "a scan cannot check dedup-lost, because it makes one connection and sends no message" in done.err
    assert ("target b" in done.err) == (where == "file")
    assert not (tmp_path / "results.jsonl").exists()
    assert fleet(tmp_path, "", "--skip", "dedup,tls", "--only", "reach").code == 1


def test_a_scan_checks_what_one_connection_shows():
    """Every rule that a scan checks exists, and it checks none of those that need a message or another connection."""
    known = {rule.id for rule in RULES}
    assert known >= SCAN_RULES
    assert {rule.partition("-")[0] for rule in SCAN_RULES} == {"reach", "tls"}
    assert not SCAN_RULES & {"reach-proxied", "reach-address-differs", "tls-jdk-refuses", "tls-needs-sni"}
