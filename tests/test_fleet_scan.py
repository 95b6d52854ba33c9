"""`sigcheck fleet run --scan`: one connection a target, its right cause named, and nothing accused that is in order."""

import socket
import ssl
from ipaddress import IPv4Address
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from cryptography import x509

from tests import pki
from tests.changing import context_of
from tests.scanned import HOST, LOOPS, NOW, OLD, in_the_clear, refusing, resetting, scan, scan_of, serving, silent
from tests.tls_servers import Server, listening


@pytest.fixture(scope="module")
def good():
    """Give a good chain."""
    return pki.chain(now=NOW)


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
