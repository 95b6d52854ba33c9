"""The TLS probe against real servers, and our JDK hello against a real JDK's."""

import os
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPResponseBuilder, OCSPResponseStatus

from sigcheck.model.handshake import Handshake, HandshakeFault
from sigcheck.wire import Conversation, jdk17_hello
from tests.clients import AS_17_0_15, jdk
from tests.system import missing
from tests.test_wire import extensions_of
from tests.tls_servers import authority, chain_of, failed, listening, look, self_signed, shaken

pytestmark = pytest.mark.system
READY = 10.0


def need(program: str) -> str:
    """Give the path of a program, or skip."""
    return shutil.which(program) or missing(program)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Give an authority with a good leaf."""
    return authority(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def rsa(tmp_path_factory):
    """Give a self-signed leaf with an RSA key."""
    return self_signed(tmp_path_factory.mktemp("rsa"))


@pytest.fixture(scope="module")
def staple(tmp_path_factory) -> Path:
    """Give a file with an OCSP response in DER, of the smallest kind."""
    path = tmp_path_factory.mktemp("staple") / "staple.der"
    response = OCSPResponseBuilder.build_unsuccessful(OCSPResponseStatus.UNAUTHORIZED)
    path.write_bytes(response.public_bytes(Encoding.DER))
    return path


@contextmanager
def s_server(made, *options: str):
    """Run `openssl s_server` on a port that it chooses; give the port."""
    command = [need("openssl"), "s_server", "-accept", "127.0.0.1:0", "-4", "-www"]
    files = ["-cert", str(made.chain_file), "-key", str(made.key_file), "-cert_chain", str(made.chain_file)]
    with subprocess.Popen(
        [*command, *files, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            for line in process.stdout:
                if line.startswith("ACCEPT"):
                    break
            else:
                pytest.fail("openssl s_server did not start")
            # What it prints of each handshake must not fill the pipe.
            drain = threading.Thread(target=process.stdout.read)
            drain.start()
            yield int(line.rpartition(":")[2])
        finally:
            process.kill()
            drain.join(READY)


@contextmanager
def nginx(made, folder: Path, *lines: str):
    """Run nginx with these lines in its server block; give the port."""
    program = need("nginx")
    port = free_port()
    config = folder / "nginx.conf"
    paths = " ".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    pair = f"ssl_certificate {made.chain_file}; ssl_certificate_key {made.key_file};"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {paths} {pair}\n"
        f"server {{ listen 127.0.0.1:{port} ssl; server_name localhost;\n" + "\n".join(lines) + "\n} }\n"
    )
    with subprocess.Popen([program, "-c", str(config), "-p", str(folder), "-e", f"{folder}/error.log"]) as process:
        try:
            for _ in range(200):
                with socket.socket() as attempt:
                    if attempt.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if process.poll() is not None:
                    pytest.fail((folder / "error.log").read_text())
                threading.Event().wait(0.02)
            yield port
        finally:
            process.terminate()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_staple_is_read_in_either_version(good, staple, version):
    """The stapled OCSP response is read as OpenSSL's server sends it, in TLS 1.2 and in TLS 1.3."""
    with s_server(good, version, "-status_file", str(staple)) as port:
        outcome = shaken(look(port, str(good.ca_file)))
    assert outcome.staple == staple.read_bytes()
    assert outcome.read_by == "sigcheck"


@pytest.mark.parametrize(
    ("options", "read_by"),
    [
        pytest.param(("-tls1_3", "-groups", "P-256"), "sigcheck", id="p256"),
        pytest.param(("-tls1_3", "-groups", "P-384"), "sigcheck", id="retry-p384"),
        pytest.param(("-tls1_3", "-groups", "P-521"), "sigcheck", id="retry-p521"),
        pytest.param(("-tls1_3", "-groups", "X448"), "sigcheck", id="retry-x448"),
        pytest.param(("-tls1_3", "-groups", "ffdhe2048"), "sigcheck", id="retry-ffdhe2048"),
        pytest.param(("-tls1_3", "-groups", "ffdhe8192"), "sigcheck", id="retry-ffdhe8192"),
        pytest.param(("-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"), "sigcheck", id="chacha20"),
        pytest.param(("-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"), "sigcheck", id="ccm"),
        pytest.param(("-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256"), "sigcheck", id="ccm-8"),
        pytest.param(("-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"), "sigcheck", id="dhe"),
        pytest.param(("-tls1_2", "-cipher", "DHE-RSA-CAMELLIA256-SHA:@SECLEVEL=0"), "sigcheck", id="camellia"),
        pytest.param(("-tls1", "-cipher", "ALL:@SECLEVEL=0"), "sigcheck", id="tls-1.0"),
    ],
)
def test_chain_is_read_over_every_key_exchange(rsa, options, read_by):
    """Groups, ciphers and versions that a server may insist on never hide its chain."""
    with s_server(rsa, *options) as port:
        outcome = shaken(look(port, str(rsa.ca_file)))
    assert outcome.chain[0] == chain_of(rsa)[0]
    assert outcome.read_by == read_by


@pytest.mark.parametrize("group", ["ffdhe3072", "ffdhe4096", "ffdhe6144"])
def test_a_group_that_a_jdk_offers_is_no_refusal_of_it(good, group):
    """A server of finite field groups alone answers a JDK's hello, with SNI and without, and nothing says otherwise."""
    with s_server(good, "-tls1_3", "-groups", group) as port:
        facts = look(port, str(good.ca_file))
    assert isinstance(facts.jdk, Handshake)
    assert isinstance(facts.without_server_name, Handshake)


@pytest.mark.parametrize(
    ("line", "want"),
    [
        pytest.param("ssl_verify_client off;", "not asked", id="off"),
        pytest.param("ssl_verify_client optional;", "offered", id="optional"),
        # nginx completes the handshake and refuses by HTTP: the delivery probe sees that 400.
        pytest.param("ssl_verify_client on;", "offered", id="on"),
    ],
)
def test_client_certificate_of_nginx(good, tmp_path, line, want):
    """What nginx asks for in the handshake is told, and no request is sent to find out."""
    with nginx(good, tmp_path, f"ssl_client_certificate {good.ca_file};", line) as port:
        outcome = shaken(look(port, str(good.ca_file)))
    assert outcome.client_certificate == want
    assert outcome.openssl_code == 0


def test_nginx_that_rejects_the_name(good, tmp_path):
    """`ssl_reject_handshake` hangs up on the name with an alert, and that is no silence."""
    with nginx(good, tmp_path, "ssl_reject_handshake on;") as port:
        outcome = failed(look(port, str(good.ca_file)))
    assert outcome.alert == "unrecognized_name"


def test_nginx_staples_and_speaks_two_versions(good, staple, tmp_path):
    """A usual nginx: TLS 1.2 and 1.3, its staple, the same certificate without SNI, and a JDK is welcome."""
    with nginx(
        good, tmp_path, "ssl_protocols TLSv1.2 TLSv1.3; ssl_stapling on;", f"ssl_stapling_file {staple};"
    ) as port:
        facts = look(port, str(good.ca_file))
    assert [offer.accepted for offer in facts.protocols] == [False, False, True, True]
    assert shaken(facts).staple == staple.read_bytes()
    assert isinstance(facts.jdk, Handshake)
    assert isinstance(facts.without_server_name, Handshake)
    assert facts.without_server_name.chain == chain_of(good)


def test_nginx_over_plain_http_on_the_port(good, tmp_path):
    """A listener without `ssl` answers our hello with HTTP, and that is said."""
    plain = free_port()
    with nginx(good, tmp_path, f"listen 127.0.0.1:{plain};") as port:
        outcome = failed(look(plain, str(good.ca_file)))
        assert shaken(look(port, str(good.ca_file))).openssl_code == 0
    assert outcome.fault is HandshakeFault.PLAIN_HTTP


def free_port() -> int:
    """Give a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_our_jdk_hello_is_that_of_the_jdk_beside_us(good):
    """Suites, extensions, their order and contents are what a JDK 17 with the settings of 17.0.15 sends."""
    for program in ("java", "javac"):
        need(program)
    hellos = []
    with (
        listening(lambda _, connection: hellos.append(connection.recv(65536))) as server,
        jdk(AS_17_0_15) as client,
    ):
        if not client.version.startswith("17."):
            missing("a JDK 17")
        assert not client.ask(server.port, good.ca_file, "a.example").accepts
    theirs = hellos[0]
    ours = Conversation(jdk17_hello(os.urandom(60), "a.example"), os.urandom).opening
    assert tuple(extensions_of(ours)) == tuple(extensions_of(theirs))
    random = {51}
    assert {code: body for code, body in extensions_of(ours).items() if code not in random} == {
        code: body for code, body in extensions_of(theirs).items() if code not in random
    }
    assert [len(extensions_of(hello)[51]) for hello in (ours, theirs)] == [107, 107]
    assert ours[:11] == theirs[:11]
    assert suite_list(ours) == suite_list(theirs)


def suite_list(hello: bytes) -> bytes:
    """Give the cipher suites of a hello's record."""
    at = 9 + 34
    at += 1 + hello[at]
    return hello[at + 2 : at + 2 + int.from_bytes(hello[at : at + 2])]
