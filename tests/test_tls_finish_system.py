"""Our finished handshake against OpenSSL's server in every suite and group, and beside a real JDK."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

from sigcheck.chain import describe
from sigcheck.model.handshake import Handshake, HandshakeFailure, HandshakeFault, HandshakePhase
from sigcheck.wire.codes import JDK17_SUITES
from tests import clients, pki
from tests.chains import roots_of
from tests.system import missing
from tests.test_tls_finish import REQUEST, chain, connect
from tests.test_tls_system import s_server
from tests.tls12 import AnyChainServer
from tests.tls13 import Server13
from tests.tls_servers import self_signed

pytestmark = pytest.mark.system
CURVES = ("X25519", "P-256", "P-384", "P-521", "X448")
GROUPS = (*CURVES, "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192")


@pytest.fixture(scope="module")
def leaves(tmp_path_factory) -> dict[str, object]:
    """One self-signed leaf of each kind of key."""
    return {kind: self_signed(tmp_path_factory.mktemp(kind), kind=kind) for kind in ("rsa", "ec", "dsa")}


@cache
def names() -> dict[str, str]:
    """Give the suites that the OpenSSL of this machine can serve: IANA name → its own name."""
    if shutil.which("openssl") is None:
        missing("openssl")
    command = ["openssl", "ciphers", "-stdname", "ALL:@SECLEVEL=0"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split()[0]: line.split()[2] for line in lines}


def finished(outcome) -> Handshake:
    """Give a handshake that must have been finished and answered."""
    assert isinstance(outcome, Handshake), outcome
    assert (outcome.finished, outcome.answered) == (True, True)
    return outcome


@pytest.mark.parametrize("asks", [(), ("-verify", "1")], ids=["", "asks-for-a-certificate"])
@pytest.mark.parametrize("suite", JDK17_SUITES.values())
def test_every_suite_of_a_jdk_is_finished_with(leaves, suite, asks):
    """OpenSSL takes our Finished and answers, in each suite that it can serve, asking for a certificate or not."""
    if suite not in names():
        pytest.skip(f"this OpenSSL has no {suite}")
    made = leaves["ec" if "_ECDSA_" in suite else "dsa" if "_DSS_" in suite else "rsa"]
    old = "_WITH_" in suite
    options = ("-tls1_2", "-cipher", f"{names()[suite]}:@SECLEVEL=0") if old else ("-tls1_3", "-ciphersuites", suite)
    with s_server(made, *options, *asks) as port:
        outcome = finished(connect(port, REQUEST))
    assert outcome.cipher == suite
    assert outcome.client_certificate == ("unknown" if asks else "not asked")


@pytest.mark.parametrize(
    ("version", "group"), [*(("-tls1_3", each) for each in GROUPS), *(("-tls1_2", each) for each in CURVES)]
)
def test_every_group_of_a_jdk_is_finished_with(leaves, version, group):
    """Each curve and each finite field of the hello leads to the end."""
    with s_server(leaves["rsa"], version, "-groups", group) as port:
        finished(connect(port, REQUEST))


@pytest.mark.parametrize("options", [("-no_ticket",), ("-num_tickets", "5"), ("-comp",)], ids=str)
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_what_a_server_may_leave_out_or_add_changes_nothing(leaves, version, options):
    """Without tickets or with many, and with a compression that nobody takes."""
    with s_server(leaves["rsa"], version, *options) as port:
        finished(connect(port, REQUEST))


@pytest.mark.parametrize(
    ("version", "phase"), [("-tls1_2", HandshakePhase.FINISHED), ("-tls1_3", HandshakePhase.REQUEST)]
)
def test_a_certificate_that_is_demanded_is_refused_in_its_phase(leaves, version, phase):
    """TLS 1.2 refuses before its Finished, TLS 1.3 only after ours."""
    with s_server(leaves["rsa"], version, "-Verify", "1") as port:
        outcome = connect(port, REQUEST)
    assert isinstance(outcome, HandshakeFailure), outcome
    assert (outcome.fault, outcome.phase) == (HandshakeFault.ALERT, phase)
    assert outcome.alert == ("handshake_failure" if version == "-tls1_2" else "certificate_required")


@pytest.fixture(scope="module")
def machine() -> Iterator[clients.Jdk]:
    """One JVM for all handshakes, with what 17.0.15 switches off."""
    absent = clients.missing()
    if absent:
        missing(absent[0])
    with clients.jdk(clients.AS_17_0_15) as client:
        yield client


@contextmanager
def openssl(folder: Path, made: pki.Chain, *options: str):
    """Serve a chain with OpenSSL; give something with a port."""
    files = SimpleNamespace(chain_file=folder / "chain.pem", key_file=folder / "key.pem")
    files.chain_file.write_text(pki.pem(made.presented))
    files.key_file.write_bytes(made.private_pem)
    with s_server(files, *options) as port:
        yield SimpleNamespace(port=port)


def scripted(version: type[AnyChainServer], kind: str = "p256", other: str = "", **options):
    """Make a maker of scripted servers; `other` is the kind of a private key that is not the certificate's."""

    def make(folder: Path):
        made = chain(kind)
        private = pki.key(other, "another") if other else made.private
        return made, version(made.presented, private, **options)

    return make


def real(*options: str, kind: str = "rsa2048", **leaf):
    """Make a maker of OpenSSL's servers."""

    def make(folder: Path):
        made = chain(kind, **leaf)
        return made, openssl(folder, made, *options)

    return make


KINDS = {
    "1.2-rsa": scripted(AnyChainServer, "rsa2048"),
    "1.2-ec": scripted(AnyChainServer, "p256"),
    "1.2-p384": scripted(AnyChainServer, "p384"),
    "1.2-ed25519": scripted(AnyChainServer, "ed25519"),
    "1.2-ed448": scripted(AnyChainServer, "ed448"),
    "1.2-rsa-key-transport": scripted(AnyChainServer, "rsa2048", transport=True),
    "1.2-mismatch-rsa": scripted(AnyChainServer, "rsa2048", other="rsa2048"),
    "1.2-mismatch-ec": scripted(AnyChainServer, "p256", other="p256"),
    "1.2-mismatch-kind": scripted(AnyChainServer, "rsa2048", other="p256"),
    "1.2-mismatch-transport": scripted(AnyChainServer, "rsa2048", other="rsa2048", transport=True),
    "1.2-finished": scripted(AnyChainServer, misdeed="finished"),
    "1.2-downgrade": scripted(AnyChainServer, misdeed="downgrade"),
    "1.2-closes-after-hello": scripted(AnyChainServer, misdeed="close-after-hello"),
    "1.2-closes-after-flight": scripted(AnyChainServer, misdeed="close-after-flight"),
    "1.2-alert-after-flight": scripted(AnyChainServer, misdeed="alert-after-flight"),
    "1.3-rsa": scripted(Server13, "rsa2048"),
    "1.3-ec": scripted(Server13, "p256"),
    "1.3-p521": scripted(Server13, "p521"),
    "1.3-ed25519": scripted(Server13, "ed25519"),
    "1.3-asks": scripted(Server13, ask=True),
    "1.3-mismatch-rsa": scripted(Server13, "rsa2048", other="rsa2048"),
    "1.3-mismatch-ec": scripted(Server13, "p256", other="p256"),
    "1.3-mismatch-curve": scripted(Server13, "p256", other="p384"),
    "1.3-mismatch-kind": scripted(Server13, "rsa2048", other="p256"),
    "1.3-pkcs1": scripted(Server13, "rsa2048", scheme=0x0401),
    "1.3-sha1": scripted(Server13, "p256", scheme=0x0203),
    "1.3-scheme-of-another-curve": scripted(Server13, "p384", scheme=0x0403),
    "1.3-unproven": scripted(Server13, misdeed="unproven"),
    "1.3-session": scripted(Server13, misdeed="session"),
    "1.3-finished": scripted(Server13, misdeed="finished"),
    "1.3-closes-after-hello": scripted(Server13, misdeed="close-after-hello"),
    "1.3-closes-after-flight": scripted(Server13, misdeed="close-after-flight"),
    "1.3-alert-after-flight": scripted(Server13, misdeed="alert-after-flight"),
    "only-1.2": real("-tls1_2"),
    "only-1.3": real("-tls1_3"),
    "only-camellia": real("-tls1_2", "-cipher", "ECDHE-RSA-CAMELLIA128-SHA256"),
    "only-p521": real("-groups", "P-521"),
    "only-brainpool": real("-tls1_2", "-groups", "brainpoolP256r1", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"),
    "only-sha1": real("-tls1_2", "-sigalgs", "RSA+SHA1", "-cipher", "DEFAULT:@SECLEVEL=0"),
    "only-pss": real("-tls1_2", "-sigalgs", "RSA-PSS+SHA512"),
    "usage-missing": real(usage=("key_agreement",)),
    "field-768": scripted(AnyChainServer, "rsa2048", field=768),
    "field-1024": scripted(AnyChainServer, "rsa2048", field=1024),
    "field-1032": scripted(AnyChainServer, "rsa2048", field=1032),
    "field-1536": scripted(AnyChainServer, "rsa2048", field=1536),
    "field-8192": scripted(AnyChainServer, "rsa2048", field=8192),
    "field-8256": scripted(AnyChainServer, "rsa2048", field=8256),
    "field-2048": scripted(AnyChainServer, "rsa2048", field=2048),
}


GETS_THROUGH = {
    *("1.2-rsa", "1.2-ec", "1.2-p384", "1.2-ed25519", "1.2-ed448", "1.2-rsa-key-transport"),
    *("1.3-rsa", "1.3-ec", "1.3-p521", "1.3-ed25519", "1.3-asks", "1.3-session", "1.3-scheme-of-another-curve"),
    *("only-1.2", "only-1.3", "only-p521", "only-sha1", "only-pss"),
    *("field-1024", "field-1536", "field-2048", "field-8192"),
}
"""What a JDK 17 with the settings of 17.0.15 shakes hands with."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_jdk_finishes_its_handshake_where_ours_is_finished(kind, machine, tmp_path):
    """Beside what it makes of the chain, a JDK gets through where our handshake does, and nowhere else."""
    made, serving = KINDS[kind](tmp_path)
    roots = tmp_path / "roots.pem"
    roots.write_text(pki.pem(made.roots))
    with serving as server:
        theirs = machine.ask(server.port, roots, made.host)
        ours = connect(server.port)
    facts = describe(made.presented, roots_of(made), made.host, datetime.now(UTC))
    trusted = next(verdict.accepts for verdict in facts.verdicts if verdict.family == "jdk")
    assert theirs.accepts is (trusted and isinstance(ours, Handshake)), (theirs.words, ours, facts.defects)
    assert theirs.accepts is (kind in GETS_THROUGH), theirs.words
