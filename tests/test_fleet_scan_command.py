"""A scan on a machine that lacks something or was stopped, and the command that scans."""

import asyncio
import errno
import json
import os
import socket

import pytest

from sigcheck.fleet.ledger import read_lines
from sigcheck.fleet.scanning import SCAN_RULES
from sigcheck.rules import RULES
from tests import pki
from tests.changing import context_of
from tests.commandline import sigcheck
from tests.scanned import (
    NOW,
    scan,
    scan_of,
    silent,
)
from tests.test_lateness import block
from tests.tls_servers import Server, listening


@pytest.fixture(scope="module")
def good():
    """Give a good chain."""
    return pki.chain(now=NOW)


class Full(asyncio.SelectorEventLoop):
    """The loop of a process that has no file descriptor left for a connection."""

    async def sock_connect(self, sock, address):
        """Refuse as the system does."""
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def test_no_room_for_a_socket_is_this_machines(good, tmp_path):
    """Where no descriptor is left, the receiver is accused of nothing, and nothing is green."""
    seen = scan(good, "https://127.0.0.1:9/x", tmp_path, loop=Full)
    assert [each["outcome"] for each in seen.network["addresses"]] == ["local"]
    assert (seen.of("fail"), seen.summary.exit_code) == ([], 3)
    assert "open files" in seen.results["reach-no-answer"]["summary"]


class HeldUp(asyncio.SelectorEventLoop):
    """The loop of a process that is stopped for a while, once or each time it has connected."""

    def __init__(self, times):
        super().__init__()
        self.times = times

    async def sock_connect(self, sock, address):
        """Connect, and be stopped a little later."""
        await super().sock_connect(sock, address)
        if self.times:
            self.times -= 1
            self.call_later(0.1, block, 1.2)


def test_a_target_is_looked_at_again_where_this_process_was_stopped(good, tmp_path):
    """What the first connection missed meanwhile is no fact about the receiver."""
    context = context_of(good, tmp_path)

    def serve(server: Server, connection: socket.socket) -> None:
        if server.connections == 1:
            silent(server, connection)
            return
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(10)

    with listening(serve) as server:
        seen = scan_of(good, server, tmp_path, loop=lambda: HeldUp(1))
    assert (server.connections, seen.of("fail"), seen.summary.exit_code) == (2, [], 0)


@pytest.mark.slow
def test_a_process_that_is_stopped_every_time_accuses_nobody(good, tmp_path):
    """After the last look it stays undecided, and says why."""
    with listening(silent) as server:
        seen = scan_of(good, server, tmp_path, loop=lambda: HeldUp(3))
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
