"""--no-sni: all that stands for the Cloud sends no server name, and a wrong default certificate is a must."""

import ssl
from datetime import UTC, datetime

import pytest
from msgspec import json, structs

from sigcheck.cli import run
from sigcheck.config import RunConfig
from sigcheck.model.evidence import Settings
from sigcheck.model.handshake import Handshake, HandshakeFailure, HandshakeFault
from sigcheck.model.rule import Status
from sigcheck.planning import make_plan
from tests import pki
from tests.changing import changing, context_of, verify_tls
from tests.misbehaving import misbehaving
from tests.running import failed, result
from tests.test_presented import BAD

NOW = datetime.now(UTC)
OTHER = "other.example.com"
FIX = (
    "Switch 'Send SNI' on in the portal (sendSni in the API), or make this host the default of the server at its "
    "address."
)


@pytest.fixture(scope="module")
def good():
    """Give the chain for the host."""
    return pki.chain(now=NOW)


class Site:
    """A server that has one certificate as its default and another one for those who name the host; `asked` by SNI."""

    def __init__(self, default, named, folder, *, refuses=None):
        self.asked = []
        self._named = context_of(named, folder / "named")
        self._refuses = refuses
        self.context = context_of(default, folder / "default")
        self.context.sni_callback = self._choose

    def _choose(self, connection, name, _context):
        self.asked.append(name)
        if name is None:
            return self._refuses
        connection.context = self._named
        return None


@pytest.fixture
def site(good, tmp_path):
    """Give a function that makes a site whose named certificate is the good one."""

    def make(default, **more):
        return Site(default, good, tmp_path, **more)

    return make


def seen_of(made, good, *, no_sni=True, **more):
    """Verify a site; gives the report."""
    with changing(lambda served: made.context) as server:
        return verify_tls(server, good, samples=3, no_sni=no_sni, **more)


def test_nothing_but_the_comparison_names_the_host(site, good):
    """Of all handshakes, those of the deliveries included, one has SNI."""
    made = site(good)
    report = seen_of(made, good)
    assert made.asked.count(pki.HOST) == 1
    assert made.asked.count(None) == len(made.asked) - 1 >= 10
    assert failed(report) == failed(report, "should") == []
    tls = report.evidence.tls
    assert {each.server_name for each in (*tls.handshakes, *tls.jdk_handshakes)} == {None}
    assert (tls.without_server_name, tls.with_server_name.server_name) == (None, pki.HOST)
    assert report.evidence.settings.no_sni
    assert "no SNI sent" in report.scope.conditions
    assert result(report, "tls-needs-sni").summary == "the same certificate is presented without SNI"


def test_with_sni_the_host_is_named(site, good):
    """Without the option one handshake has no SNI, and all others have it."""
    made = site(good)
    report = seen_of(made, good, no_sni=False)
    assert made.asked.count(None) == 1
    assert (report.evidence.tls.with_server_name, report.evidence.settings.no_sni) == (None, False)
    assert "no SNI sent" not in report.scope.conditions


@pytest.mark.parametrize("defect", ["tls-name-mismatch", "tls-self-signed", "tls-expired", "tls-untrusted-root"])
def test_a_wrong_default_is_one_must_that_names_the_cause(defect, site, good):
    """Whatever is wrong with the default certificate: it is presented because no SNI was sent."""
    report = seen_of(site(BAD[defect]()), good)
    assert failed(report) == ["tls-needs-sni"]
    found = result(report, "tls-needs-sni")
    assert f"which clients refuse for {pki.HOST}; with SNI it presents one that they accept" in found.summary
    assert found.fix == FIX
    assert result(report, defect).status is Status.SKIP
    assert "see tls-needs-sni" in result(report, defect).summary


def test_the_wrong_certificate_is_named(site, good):
    """The finding says whose certificate came in place of the right one."""
    report = seen_of(site(BAD["tls-name-mismatch"]()), good)
    assert f"the certificate of '{OTHER}'" in result(report, "tls-needs-sni").summary
    # OpenSSL verified no name, since none was sent: ours is the same verdict.
    (shown,) = report.evidence.tls.handshakes
    assert shown.openssl_code == 62
    assert shown.openssl_message == f"Hostname mismatch, certificate is not valid for '{pki.HOST}'."


def test_without_that_rule_the_chain_rules_say_it(site, good):
    """Where tls-needs-sni was not asked for, the rule about the defect itself fails."""
    report = seen_of(site(BAD["tls-name-mismatch"]()), good, families=("tls-name-mismatch",))
    assert failed(report) == ["tls-name-mismatch"]


def test_with_sni_it_stays_a_should(site, good):
    """A callback that sends SNI meets no wrong certificate: it is a warning then, as it was."""
    report = seen_of(site(BAD["tls-name-mismatch"]()), good, no_sni=False)
    assert (failed(report), failed(report, "should")) == ([], ["tls-needs-sni"])


def test_another_default_that_is_good_passes(site, good):
    """A default certificate of its own that is for the host as well is in order."""
    report = seen_of(site(pki.chain(now=NOW, leaf={"days": 85, "owner": "another"})), good)
    assert failed(report) == []
    assert "valid for this name too" in result(report, "tls-needs-sni").summary


def test_a_certificate_that_is_wrong_by_either_way_is_the_chains(good, tmp_path):
    """SNI is not to blame for a server whose certificate is refused with it, too."""
    bad = BAD["tls-name-mismatch"]()
    other = pki.chain(now=NOW, leaf={"names": pki.dns("third.example.com")})
    report = seen_of(Site(bad, other, tmp_path), good)
    assert failed(report) == ["tls-name-mismatch"]
    assert result(report, "tls-needs-sni").status is Status.SKIP


def test_a_refusal_without_sni_names_the_cause(site, good):
    """A server that ends handshakes without a name fails tls-handshake-failed, which says that SNI is what it lacks."""
    made = site(good, refuses=ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
    report = seen_of(made, good)
    assert failed(report) == ["tls-handshake-failed"]
    found = result(report, "tls-handshake-failed")
    assert "without SNI, " in found.summary
    assert "; with SNI the server presents a certificate" in found.summary
    assert found.fix == FIX
    tls = report.evidence.tls
    assert isinstance(tls.handshakes[0], HandshakeFailure)
    assert isinstance(tls.with_server_name, Handshake)
    assert {each.outcome.kind.value for each in report.evidence.samples} == {"tls failed"}


def test_a_server_that_breaks_with_sni_alone_passes(good, tmp_path):
    """What a client with SNI would meet is no matter of a callback that sends none."""
    made = Site(good, good, tmp_path)
    made.context.sni_callback = lambda _tls, name, _context: ssl.ALERT_DESCRIPTION_INTERNAL_ERROR if name else None
    report = seen_of(made, good)
    assert failed(report) == []
    assert "with SNI the handshake failed" in result(report, "tls-needs-sni").summary
    assert report.evidence.tls.with_server_name.fault is HandshakeFault.ALERT


def test_plain_http_gets_a_note(capsys):
    """The option has no effect on plain HTTP, as the portal's page says: a line says so, and the run goes on."""
    with misbehaving("answers") as server:
        assert run(["verify", server.url, "--no-sni", "--allow-private", "--only", "response", "--samples", "1"]) == 0
    assert "note: --no-sni has no effect on plain HTTP, which has no TLS handshake\n" in capsys.readouterr().err
    assert make_plan(RunConfig(url="https://receiver.example/", no_sni=True)).warnings == ()


def test_the_dry_run_says_it(capsys):
    """The list of what a run would do names the handshakes as they are made."""
    for options, says in (((), "the first also without a server name"), (("--no-sni",), "the first also with one")):
        assert run(["verify", "https://receiver.example/x", "--dry-run", *options]) == 0
        assert says in capsys.readouterr().out


def test_there_is_no_curl_command_for_it(capsys):
    """Curl cannot leave the name out, so --curl says so instead of giving a command that sends it."""
    assert run(["send", "https://receiver.example/x", "--no-sni", "--curl"]) == 2
    assert "curl always sends SNI, so there is no command for --no-sni" in capsys.readouterr().err
    assert run(["send", "http://receiver.example/x", "--no-sni", "--curl"]) == 0


def test_send_names_no_host_either(site, good):
    """`sigcheck send --no-sni` makes its one delivery without the name."""
    made = site(good)
    with changing(lambda served: made.context) as server:
        url = f"https://{pki.HOST}:{server.port}/x"
        run(["send", url, "--no-sni", "--resolve", f"{pki.HOST}:{server.port}:127.0.0.1"])
    assert made.asked == [None]


def test_old_settings_load():
    """A report that was saved before there was this option has SNI on."""
    document = json.decode(json.encode(structs.replace(Settings(), no_sni=True)))
    assert json.decode(json.encode(document), type=Settings).no_sni is True
    del document["no_sni"]
    assert json.decode(json.encode(document), type=Settings).no_sni is False
