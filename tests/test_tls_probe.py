"""The TLS probe against servers that Python's ssl makes: versions, suites, names, certificates of clients."""

import socket
import ssl
from pathlib import Path
from ssl import TLSVersion

import pytest

from sigcheck.demo.authority import Authority
from sigcheck.errors import UsageProblem
from sigcheck.model.handshake import Handshake, HandshakeFailure, HandshakeFault
from tests.tls_servers import authority, chain_of, context_of, failed, listening, look, self_signed, shaken, tls_server


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Authority:
    """Give an authority with a good leaf."""
    return authority(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def rsa(tmp_path_factory) -> Authority:
    """Give a self-signed leaf with an RSA key."""
    return self_signed(tmp_path_factory.mktemp("rsa"))


def accepted(facts) -> dict[str, bool | None]:
    """Give what was found of each version."""
    return {offer.protocol: offer.accepted for offer in facts.protocols}


@pytest.mark.parametrize("roots", ["path", "text"])
def test_good_endpoint_is_read_and_verified(good, roots):
    """A good endpoint shows its chain as sent, OpenSSL accepts it, and no more than eight connections are made."""
    with tls_server(context_of(good)) as server:
        facts = look(server.port, str(good.ca_file) if roots == "path" else good.ca_file.read_text())
    outcome = shaken(facts)
    assert outcome.chain == chain_of(good)
    assert (outcome.protocol, outcome.cipher) == ("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    assert (outcome.openssl_code, outcome.openssl_message) == (0, "ok")
    assert outcome.openssl_chain is None
    assert outcome.client_certificate == "not asked"
    assert outcome.server_name == "localhost"
    assert outcome.message_size == 4 + sum(len(der) + 5 for der in outcome.chain)
    assert isinstance(facts.jdk, Handshake)
    assert isinstance(facts.without_server_name, Handshake)
    assert facts.without_server_name.server_name is None
    assert server.connections <= 8 + 1  # one is the fixture's own, which ends the server


@pytest.mark.parametrize(
    ("oldest", "newest", "want"),
    [
        pytest.param(TLSVersion.TLSv1, TLSVersion.TLSv1, (True, False, False, False), id="only-1.0"),
        pytest.param(TLSVersion.TLSv1_1, TLSVersion.TLSv1_1, (False, True, False, False), id="only-1.1"),
        pytest.param(TLSVersion.TLSv1_2, TLSVersion.TLSv1_2, (False, False, True, False), id="only-1.2"),
        pytest.param(TLSVersion.TLSv1_3, TLSVersion.TLSv1_3, (False, False, False, True), id="only-1.3"),
        pytest.param(TLSVersion.TLSv1, TLSVersion.TLSv1_3, (True, True, True, True), id="all"),
        pytest.param(TLSVersion.TLSv1, TLSVersion.TLSv1_1, (True, True, False, False), id="only-old"),
    ],
)
def test_versions_are_found_one_by_one(good, oldest, newest, want):
    """Exactly the versions that the server was told to take are reported as accepted."""
    with tls_server(context_of(good, oldest=oldest, newest=newest)) as server:
        facts = look(server.port, str(good.ca_file))
    assert tuple(accepted(facts).values()) == want
    assert shaken(facts).chain == chain_of(good)


def test_jdk_is_refused_where_only_old_versions_are_spoken(good):
    """A server of TLS 1.0 shows its chain to us, refuses a JDK's hello, and OpenSSL's verification is not reached."""
    with tls_server(context_of(good, oldest=TLSVersion.TLSv1, newest=TLSVersion.TLSv1)) as server:
        facts = look(server.port, str(good.ca_file))
    assert isinstance(facts.jdk, HandshakeFailure)
    assert facts.jdk.alert == "protocol_version"
    assert shaken(facts).openssl_code is None
    assert shaken(facts).openssl_message


@pytest.mark.parametrize(
    ("ciphers", "name"),
    [
        pytest.param("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", id="no-forward-secrecy"),
        pytest.param("CAMELLIA128-SHA", "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA", id="camellia"),
        pytest.param("ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", id="cbc"),
        pytest.param("ARIA128-GCM-SHA256", None, id="aria-plain-rsa-is-not-offered"),
    ],
)
def test_suites_that_python_leaves_out_are_still_talked_to(rsa, ciphers, name):
    """The chain is read over suites that Python's own list lacks; what our hello lacks, OpenSSL reads for us."""
    context = context_of(rsa, newest=TLSVersion.TLSv1_2, ciphers=f"{ciphers}:@SECLEVEL=0")
    with tls_server(context) as server:
        facts = look(server.port, str(rsa.ca_file))
    assert shaken(facts).chain == chain_of(rsa)
    assert isinstance(facts.without_server_name, Handshake)
    if name is None:
        assert shaken(facts).read_by == "openssl"
    else:
        assert shaken(facts).cipher == name
        assert shaken(facts).read_by == "sigcheck"


def test_a_server_without_any_certificate_is_a_failed_handshake(rsa):
    """Anonymous key exchange: OpenSSL would shake hands, and a chain that is not there breaks nothing."""
    context = context_of(rsa, newest=TLSVersion.TLSv1_2, ciphers="AECDH-AES128-SHA:@SECLEVEL=0")
    with tls_server(context) as server:
        outcome = failed(look(server.port, str(rsa.ca_file)))
    assert (outcome.fault, outcome.alert) == (HandshakeFault.ALERT, "handshake_failure")


@pytest.mark.parametrize(
    ("host", "code"),
    [
        pytest.param("localhost", 0, id="name"),
        pytest.param("127.0.0.1", 0, id="address"),
        pytest.param("localhost.", 0, id="trailing-dot"),
        pytest.param("other.example", 62, id="wrong-name"),
        pytest.param("127.0.0.2", 64, id="wrong-address"),
    ],
)
def test_host_is_verified_and_asked_for(good, host, code):
    """The host is what OpenSSL verifies and what SNI asks for, whatever the address; addresses send no SNI."""
    with tls_server(context_of(good)) as server:
        facts = look(server.port, str(good.ca_file), host=host)
    assert shaken(facts).openssl_code == code
    literal = host.startswith("127")
    assert shaken(facts).server_name == (None if literal else host.rstrip("."))
    assert (facts.without_server_name is None) is literal


def test_without_sni_all_else_is_offered_as_with_it(good):
    """A server that insists on ALPN is not said to need SNI: the two hellos differ by the name alone."""
    context = context_of(good)

    def serve(server, connection):
        if b"http/1.1" in connection.recv(4096, socket.MSG_PEEK):
            with context.wrap_socket(connection, server_side=True) as tls:
                tls.recv(1024)

    with listening(serve) as server:
        facts = look(server.port, str(good.ca_file))
    assert isinstance(facts.without_server_name, Handshake)


def test_verdict_is_that_of_the_given_roots_alone(good, rsa):
    """A chain from another authority gets OpenSSL's code 20 and is shown all the same."""
    with tls_server(context_of(good)) as server:
        facts = look(server.port, str(rsa.ca_file))
    assert shaken(facts).openssl_code == 20
    assert shaken(facts).chain == chain_of(good)


@pytest.mark.parametrize("newest", [TLSVersion.TLSv1_2, TLSVersion.TLSv1_3])
@pytest.mark.parametrize("good_for", ["our hello", "OpenSSL"])
def test_the_chain_that_openssl_judged_is_told_where_it_is_another(good, rsa, newest, good_for):
    """Two machines behind one address: what OpenSSL says of the one's chain is not said of the other's."""
    contexts = {"good": context_of(good, newest=newest), "other": context_of(rsa, newest=newest)}
    first, then = ("good", "other") if good_for == "our hello" else ("other", "good")
    seen = []

    def serve(server, connection):
        seen.append(server.connections)
        # The very first connection is our own hello's; those of the variants are nobody's concern here.
        with contexts[first if len(seen) == 1 else then].wrap_socket(connection, server_side=True) as tls:
            tls.recv(1024)

    with listening(serve) as server:
        outcome = shaken(look(server.port, str(good.ca_file)))
    chains = {"good": chain_of(good), "other": chain_of(rsa)}
    assert (outcome.chain, outcome.openssl_chain) == (chains[first], chains[then])
    assert (outcome.openssl_code == 0) is (then == "good")


def test_large_certificate_message_is_read_whole(tmp_path):
    """A certificate message of 90 kB, past a JDK's limit, is read to its end."""
    large = self_signed(tmp_path, kind="ec", padding=90_000)
    with tls_server(context_of(large)) as server:
        facts = look(server.port, str(large.ca_file))
    assert shaken(facts).chain == chain_of(large)
    assert (shaken(facts).message_size or 0) > 90_000


def test_alpn_is_what_the_server_picks(good):
    """Offered h2 and http/1.1, the server's choice is reported."""
    context = context_of(good)
    context.set_alpn_protocols(["http/1.1"])
    with tls_server(context) as server:
        facts = look(server.port, str(good.ca_file))
    assert shaken(facts).alpn == "http/1.1"


@pytest.mark.parametrize("newest", [TLSVersion.TLSv1_2, TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
@pytest.mark.parametrize(
    ("mode", "want"),
    [
        pytest.param(ssl.CERT_NONE, "not asked", id="none"),
        pytest.param(ssl.CERT_OPTIONAL, "offered", id="optional"),
        pytest.param(ssl.CERT_REQUIRED, "demanded", id="required"),
    ],
)
def test_client_certificate_offered_is_told_from_demanded(good, mode, want, newest):
    """A server that asks for a certificate is told from one that insists, in either version of TLS."""
    context = context_of(good, newest=newest)
    context.verify_mode = mode
    context.load_verify_locations(good.ca_file)
    with tls_server(context) as server:
        facts = look(server.port, str(good.ca_file))
    assert shaken(facts).client_certificate == want


def test_client_certificate_is_found_behind_a_chain_that_openssl_refuses(good, rsa):
    """The demand is seen although verification fails first."""
    context = context_of(good)
    context.verify_mode = ssl.CERT_REQUIRED
    with tls_server(context) as server:
        facts = look(server.port, str(rsa.ca_file))
    assert shaken(facts).openssl_code == 20
    assert shaken(facts).client_certificate == "demanded"


def test_server_that_needs_sni_is_seen_to_present_another_certificate(good, rsa):
    """Without SNI the other certificate is what is recorded."""
    plain = context_of(rsa)

    def choose(tls, name, _):
        if name == "localhost":
            tls.context = named

    named = context_of(good)
    plain.sni_callback = choose
    with tls_server(plain) as server:
        facts = look(server.port, str(good.ca_file))
    assert shaken(facts).chain == chain_of(good)
    assert isinstance(facts.without_server_name, Handshake)
    assert facts.without_server_name.chain == chain_of(rsa)


def test_server_that_aborts_without_sni_is_recorded_with_its_alert(good):
    """A server that refuses a nameless client leaves its alert in the facts."""
    context = context_of(good)
    context.sni_callback = lambda _tls, name, _context: None if name else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    with tls_server(context) as server:
        facts = look(server.port, str(good.ca_file))
    assert isinstance(facts.without_server_name, HandshakeFailure)
    assert facts.without_server_name.alert == "unrecognized_name"
    assert shaken(facts).openssl_code == 0


def test_each_address_is_handshaken_in_order(good):
    """One entry an address, in the given order: a good one, and one on which nothing listens."""
    with tls_server(context_of(good)) as server:
        facts = look(server.port, str(good.ca_file), addresses=("127.0.0.2", "127.0.0.1"))
    assert failed(facts, 0).fault is HandshakeFault.REFUSED
    assert failed(facts, 0).address == "127.0.0.2"
    assert shaken(facts, 1).chain == chain_of(good)
    assert len(facts.protocols) == 4


@pytest.mark.parametrize("content", [None, "no PEM at all\n"], ids=["absent", "not-pem"])
def test_roots_that_cannot_be_read_are_the_users_problem(tmp_path, content, good):
    """A trust file that is absent or empty of certificates is named, with the fix."""
    path: Path = tmp_path / "roots.pem"
    if content is not None:
        path.write_text(content)
    with tls_server(context_of(good)) as server, pytest.raises(UsageProblem, match=r"roots\.pem"):
        look(server.port, str(path))


def test_address_of_version_six_is_handshaken(good):
    """An IPv6 address works as any other; skipped only where the machine has none."""
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    facts = look(1, str(good.ca_file), addresses=("::1",))
    assert failed(facts).fault in {HandshakeFault.REFUSED, HandshakeFault.UNREACHABLE}
