"""`sigcheck fleet run --scan`: one connection a target, its right cause named, and nothing accused that is in order."""

import asyncio
import errno
import json
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from ipaddress import IPv4Address
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from cryptography import x509

from sigcheck.config.given import Given
from sigcheck.config.wanted import Wanted
from sigcheck.fleet.event_loops import fast_loop
from sigcheck.fleet.ledger import read_lines
from sigcheck.fleet.scanning import SCAN_RULES
from sigcheck.fleet.target import FleetRun, FleetTarget, HostGroup, Outcome, Started
from sigcheck.fleet.working import Worker
from sigcheck.rules import RULES
from tests import pki
from tests.changing import context_of
from tests.commandline import sigcheck
from tests.test_lateness import block
from tests.tls_servers import Server, listening, reset

NOW = datetime.now(UTC)
HOST = pki.HOST
LIMIT = 0.6
OLD = ssl.TLSVersion.TLSv1_1
ALERT = bytes.fromhex("15030300020228")

LOOPS = [asyncio.new_event_loop]
if find_spec("uvloop") is not None:
    LOOPS.append(fast_loop)


@pytest.fixture(scope="module")
def good():
    """Give a good chain."""
    return pki.chain(now=NOW)


class Scanned:
    """What came of a scan: its report as JSON, and the server that saw it."""

    def __init__(self, outcome: Outcome):
        self.outcome = outcome
        self.summary = outcome.summary
        self.report = json.loads(bytes(outcome.report))
        self.results = {each["rule"]: each for each in self.report["results"]} if self.report else {}
        evidence = self.report["evidence"] if self.report else {}
        self.network, self.tls = evidence.get("network") or {}, evidence.get("tls") or {}

    def of(self, status: str, *levels: str) -> list[str]:
        """Give the rules of a status."""
        return [
            rule
            for rule, each in self.results.items()
            if each["status"] == status and (not levels or each["level"] in levels)
        ]


def scan(
    trust: pki.Chain | None,
    url: str,
    tmp_path: Path,
    loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
    **settings: Any,
) -> Scanned:
    """Scan a URL as a worker of the fleet does."""
    if trust is not None:
        settings["ca_file"] = str(tmp_path / "roots.pem")
        Path(settings["ca_file"]).write_text(pki.pem(trust.roots))
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"name": "quick", "answer_limit": LIMIT}))
    settings = {"url": url, "allow_private": True, "policy": str(policy)} | settings
    wanted = Wanted("", {name: (Given(value, name, name),) for name, value in settings.items()})
    told = []
    with asyncio.Runner(loop_factory=loop) as runner:
        worker = Worker(FleetRun("0", scan=True))
        runner.run(worker.run(HostGroup((FleetTarget("one", wanted),)), told.append))
    assert [type(each) for each in told] == [Started, Outcome]
    return Scanned(told[1])


def scan_of(trust: pki.Chain, server: Server, tmp_path: Path, **settings: Any) -> Scanned:
    """Scan a server by the host's name."""
    url = f"https://{HOST}:{server.port}/x"
    return scan(trust, url, tmp_path, **{"resolve": [f"{HOST}:{server.port}:127.0.0.1"]} | settings)


@contextmanager
def serving(context: ssl.SSLContext, said: list[bytes] | None = None) -> Iterator[Server]:
    """Serve TLS; `said` takes what each connection sent over it."""

    def serve(_: Server, connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as tls:
            heard = tls.recv(1024)
            if said is not None:
                said.append(heard)

    with listening(serve) as server:
        yield server


def refusing(_: Server, connection: socket.socket) -> None:
    """Refuse any hello with handshake_failure."""
    connection.recv(65536)
    connection.sendall(ALERT)


def in_the_clear(_: Server, connection: socket.socket) -> None:
    """Be a web server without TLS."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def silent(server: Server, connection: socket.socket) -> None:
    """Say nothing."""
    server.stopping.wait(10)


def resetting(_: Server, connection: socket.socket) -> None:
    """Reset the connection at the hello."""
    connection.recv(65536)
    reset(connection)


@pytest.mark.parametrize("loop", LOOPS, ids=[each.__name__ for each in LOOPS])
@pytest.mark.parametrize("newest", ["TLSv1_2", "TLSv1_3"])
def test_a_good_target_is_accused_of_nothing(newest, loop, good, tmp_path):
    """It passes in part, over one connection that carries no data and is closed in order; the scope says what it is."""
    context = context_of(good, tmp_path)
    context.maximum_version = ssl.TLSVersion[newest]
    said: list[bytes] = []
    with serving(context, said) as server:
        seen = scan_of(good, server, tmp_path, loop=loop)
    assert (seen.summary.word, seen.summary.exit_code, seen.summary.causes) == ("passed in part", 0, ())
    assert seen.of("fail") == seen.of("undecided") == seen.of("broken") == []
    # An end of the stream without close_notify would be an error there.
    assert (server.connections, said) == (1, [b""])
    assert seen.report["requests"] == 0
    (shown,) = seen.tls["handshakes"]
    assert (shown["finished"], shown["openssl_code"]) == (True, 0)
    assert shown["protocol"] == newest.replace("_", ".")
    assert "a quick scan: one connection, no message" in seen.report["scope"]["conditions"]
    assert {"response", "retry", "dedup", "tls-jdk-refuses", "tls-needs-sni", "reach-address-differs"} <= set(
        seen.report["scope"]["not_checked"]
    )


BROKEN: dict[str, dict[str, Any]] = {
    "tls-expired": {"leaf": {"start": -100, "days": 50}},
    "tls-not-yet-valid": {"leaf": {"start": 5}},
    "tls-name-mismatch": {"leaf": {"names": pki.dns("other.example.com")}},
    "tls-chain-incomplete": {"serve": ("leaf",)},
}


@pytest.mark.parametrize("rule", BROKEN)
@pytest.mark.parametrize("newest", ["TLSv1_2", "TLSv1_3"])
def test_what_is_wrong_with_a_chain_is_named(rule, newest, good, tmp_path):
    """OpenSSL ends the handshake there; the chain and the cause are known from it all the same, and nothing else is."""
    chain = pki.chain(now=NOW, **BROKEN[rule])
    context = context_of(chain, tmp_path)
    context.maximum_version = ssl.TLSVersion[newest]
    with serving(context) as server:
        seen = scan_of(chain, server, tmp_path)
    assert seen.of("fail", "must") == [rule]
    assert [each.rule for each in seen.summary.causes] == [rule]
    assert seen.summary.exit_code == 1
    assert server.connections == 1
    (shown,) = seen.tls["handshakes"]
    assert len(shown["chain"]) == len(chain.presented)
    if not shown["finished"]:
        assert shown["openssl_code"] > 0
        assert seen.results["tls-handshake-failed"]["summary"].endswith(f"which ended the handshake: see {rule}")
        assert "tls-handshake-failed" in seen.of("skip")


def test_a_self_signed_certificate_is_named(good, tmp_path):
    """A certificate that nobody issued is told from a CA that is not trusted."""
    alone = pki.leaf(None, now=NOW, subject=HOST, names=pki.dns(HOST))
    chain = pki.served({"leaf": alone, "root": good.parts["root"]}, serve=("leaf",), now=NOW)
    with serving(context_of(chain, tmp_path)) as server:
        seen = scan_of(good, server, tmp_path)
    assert seen.of("fail", "must") == ["tls-self-signed"]


def test_an_untrusted_root_is_named(good, tmp_path):
    """A whole chain below somebody's own CA leads to no root that is trusted."""
    own = pki.chain(now=NOW, root={"subject": "Own Root"}, serve=("leaf", "intermediate", "root"))
    with serving(context_of(own, tmp_path)) as server:
        seen = scan_of(good, server, tmp_path)
    assert seen.of("fail", "must") == ["tls-untrusted-root"]


def test_a_key_of_another_certificate_is_named(good, tmp_path):
    """A server that cannot prove its key is refused by every client: it is a must, and the chain is judged too."""
    with listening(_of_another_key(good, tmp_path)) as server:
        seen = scan_of(good, server, tmp_path)
    assert seen.of("fail", "must") == ["tls-handshake-failed"]
    assert "private key does not match" in seen.results["tls-handshake-failed"]["summary"]
    assert "tls-expired" in seen.of("pass")


def _of_another_key(good, folder):
    """Make a server of TLS 1.2 whose signature is damaged on its way: that of another key is as wrong."""
    context = context_of(good, folder)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE")

    def serve(_: Server, connection: socket.socket) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(connection.recv(65536))
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        flight = bytearray(outgoing.read())
        # The ServerHelloDone record is the last nine bytes; the signature ends in front of it.
        flight[-10] ^= 1
        connection.sendall(flight)
        connection.recv(65536)

    return serve


REFUSED = {
    "plain-http": (in_the_clear, "fail", "the server answered in plain HTTP"),
    "silent": (silent, "fail", "the handshake was not finished within 0.6 s"),
    # Another client's hello may be let in: a scan does not know.
    "handshake-failure": (refusing, "undecided", "alert handshake_failure"),
    "reset": (resetting, "undecided", "the connection was reset"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("loop", LOOPS, ids=[each.__name__ for each in LOOPS])
def test_a_handshake_that_fails_is_named(name, loop, good, tmp_path):
    """What would meet every client fails; what may meet OpenSSL alone stays undecided, and neither is ever green."""
    serve, status, words = REFUSED[name]
    with listening(serve) as server:
        seen = scan_of(good, server, tmp_path, loop=loop)
    found = seen.results["tls-handshake-failed"]
    assert (found["status"], found["level"]) == (status, "must")
    assert words in found["summary"]
    assert seen.summary.exit_code == {"fail": 1, "undecided": 3}[status]
    assert seen.summary.causes[0].rule == "tls-handshake-failed"
    assert seen.of("fail", "must") == (["tls-handshake-failed"] if status == "fail" else [])
    assert server.connections == 1


def test_old_protocols_are_named(good, tmp_path):
    """A server that speaks TLS 1.1 at best refuses the versions of today by an alert that says so."""
    context = context_of(good, tmp_path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = OLD
    with serving(context) as server:
        seen = scan_of(good, server, tmp_path)
    assert seen.of("fail", "must") == ["tls-protocol-old"]
    assert "refuses TLS 1.2 and 1.3" in seen.results["tls-protocol-old"]["summary"]
    assert "tls-handshake-failed" in seen.of("skip")


def test_a_closed_port_is_named(good, tmp_path):
    """Nobody listens: the connection is refused, and no certificate was seen."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        seen = scan(good, f"https://127.0.0.1:{port}/x", tmp_path)
    assert seen.of("fail", "must") == ["reach-refused"]
    assert seen.tls == {}


def test_the_second_address_is_tried_where_the_first_refuses(good, tmp_path):
    """A client goes on to the next address; a third one is not looked at, and the scope says so."""
    with serving(context_of(good, tmp_path)) as server:
        where = f"{HOST}:{server.port}:127.0.0.7,127.0.0.1,127.0.0.8"
        seen = scan_of(good, server, tmp_path, resolve=[where])
    assert [each["outcome"] for each in seen.network["addresses"]] == ["refused", "connected", "not tried"]
    assert seen.of("fail") == []
    assert "2 of 3 addresses were tried" in seen.report["scope"]["conditions"]
    assert server.connections == 1


def test_an_address_of_ipv4_goes_first(good, tmp_path):
    """The published sender range is IPv4; every address counts where only its kind is judged."""
    with serving(context_of(good, tmp_path)) as server:
        seen = scan_of(good, server, tmp_path, resolve=[f"{HOST}:{server.port}:::1,127.0.0.1"], allow_private=False)
    assert [(each["address"], each["outcome"]) for each in seen.network["addresses"]] == [
        ("127.0.0.1", "connected"),
        ("::1", "not tried"),
    ]
    assert seen.results["reach-no-ipv4"]["summary"] == "1 of 2 addresses is IPv4"
    assert len(seen.results["reach-private-address"]["findings"]) == 2
    assert seen.results["reach-no-answer"]["summary"] == "the only address that was tried answered"


class Named:
    """A server whose certificate depends on SNI."""

    def __init__(self, good: pki.Chain, folder: Path) -> None:
        other = pki.chain(now=NOW, leaf={"names": pki.dns("other.example.com")})
        self.named = context_of(good, folder / "named")
        self.asked: list[str | None] = []
        self.context = context_of(other, folder / "default")
        self.context.sni_callback = self._choose

    def _choose(self, connection, name, _):
        self.asked.append(name)
        if name is not None:
            connection.context = self.named


def test_a_host_that_needs_sni_is_sent_it(good, tmp_path):
    """With SNI all is well; without it, the certificate of somebody else is named, after a whole handshake."""
    site = Named(good, tmp_path)
    with serving(site.context) as server:
        well = scan_of(good, server, tmp_path)
        bare = scan_of(good, server, tmp_path, no_sni=True)
    assert site.asked == [HOST, None]
    assert well.of("fail") == []
    assert bare.of("fail", "must") == ["tls-name-mismatch"]
    assert (bare.tls["handshakes"][0]["openssl_code"], bare.tls["handshakes"][0]["finished"]) == (62, True)


def test_an_address_is_verified_without_sni(tmp_path):
    """A host that is an address sends no SNI, and its certificate has to name it."""
    chain = pki.chain(now=NOW, host="127.0.0.1", leaf={"names": (x509.IPAddress(IPv4Address("127.0.0.1")),)})
    site = Named(chain, tmp_path)
    site.context = context_of(chain, tmp_path / "address")
    site.context.sni_callback = lambda connection, name, _: site.asked.append(name)
    with serving(site.context) as server:
        seen = scan(chain, f"https://127.0.0.1:{server.port}/x", tmp_path)
    assert (seen.of("fail"), site.asked) == ([], [None])


def test_plain_http_is_connected_to_only(good, tmp_path):
    """A target without TLS gets one connection, and is told that its deliveries are not encrypted."""
    said: Queue[bytes] = Queue()
    with listening(lambda _, connection: said.put(connection.recv(10))) as server:
        seen = scan(good, f"http://127.0.0.1:{server.port}/x", tmp_path)
        heard = said.get(timeout=5)
    assert (heard, server.connections) == (b"", 1)
    assert seen.of("fail") == ["tls-plain-http"]
    assert seen.summary.exit_code == 0


@pytest.mark.parametrize("newest", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("insists", [True, False])
def test_a_demand_for_a_client_certificate_is_told_from_an_offer(insists, newest, good, tmp_path):
    """The same connection shows which it is: nobody has to connect again."""
    context = context_of(good, tmp_path)
    context.maximum_version = ssl.TLSVersion[newest]
    context.verify_mode = ssl.CERT_REQUIRED if insists else ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=pki.pem(good.roots))
    with serving(context) as server:
        seen = scan_of(good, server, tmp_path)
    assert seen.of("fail") == ["tls-client-certificate"]
    assert seen.results["tls-client-certificate"]["level"] == ("must" if insists else "note")
    assert "tls-handshake-failed" in seen.of("skip" if insists else "pass")
    assert seen.of("undecided") == []
    assert server.connections == 1


def test_nothing_is_green_behind_a_chain_whose_rule_was_left_out(good, tmp_path):
    """A handshake that ended at the chain is no pass where nobody was asked what is wrong with the chain."""
    chain = pki.chain(now=NOW, **BROKEN["tls-expired"])
    with serving(context_of(chain, tmp_path)) as server:
        seen = scan_of(chain, server, tmp_path, only=["reach", "tls-handshake-failed"])
    assert (seen.summary.exit_code, seen.of("undecided")) == (3, ["tls-handshake-failed"])


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
