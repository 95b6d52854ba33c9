"""`sigcheck doctor` describes this machine, and a broken one too: never a traceback, never a secret."""

import json
import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from msgspec.structs import replace

from sigcheck.cli import run
from sigcheck.doctor import words
from sigcheck.doctor.collect import name_servers
from sigcheck.doctor.facts import Bundle, Dns, Facts, Files, Name, Openssl, Room, Terminal, Trouble
from sigcheck.doctor.judge import judge, usable
from sigcheck.errors import UsageProblem
from tests.commandline import sigcheck as command
from tests.misbehaving import misbehaving

TERMINAL = Terminal(terminal=True, encoding="utf-8", unicode=True, width=100, colour=False)
NOW = datetime(2026, 11, 28, tzinfo=UTC)
OF_OTHERS = ("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY",
             "all_proxy", "OPENSSL_CONF")  # fmt: skip


WELL = Facts(
    at=NOW,
    sigcheck="0.1.0",
    python="CPython 3.11.7",
    system="Linux x86_64",
    openssl=Openssl("OpenSSL 3.0.22 25 Aug 2026", ("TLS 1.2", "TLS 1.3"), ("TLS 1.2", "TLS 1.3"), False, False),
    bundle=Bundle("2026.10.19", 117, NOW - timedelta(40)),
    variables=(),
    proxies=(),
    dns=Dns(("192.0.2.53",)),
    name=None,
    clock=None,
    addresses=("192.0.2.2",),
    ranges=("185.110.96.0/22",),
    ipv4=True,
    ipv6=True,
    files=Files(20_000),
    room=Room("/tmp", 1 << 30),
    terminal=TERMINAL,
    ci=None,
    postgresql=None,
)
"""What is known of a machine on which all is well."""


def doctor(*arguments, **variables):
    """Run it as JSON, without what the environment of the tests has set; gives the exit code and the checks by name."""
    done = command("doctor", "--format", "json", *arguments, environment=dict.fromkeys(OF_OTHERS, "") | variables)
    assert done.err == ""
    checks = json.loads(done.out)["checks"]
    return done.code, {each["name"]: each for each in checks}


def test_all_is_well():
    """Where nothing is amiss, each check is ok and has no fix, and the text ends with the verdict."""
    checks = judge(WELL)
    assert [(each.name, each.fix) for each in checks if each.status != "ok" or each.fix] == []
    text = words.as_text(checks, width=100, colour=False, ascii_marks=False)
    assert text.splitlines()[-1] == f"USABLE  {len(checks)} ok  (exit 0)"
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("change", "name", "status", "says"),
    [
        ({"openssl": Trouble("no module")}, "openssl", "fail", "cannot be used (no module)"),
        ({"openssl": Openssl("OpenSSL 1 x", ("TLS 1.2", "TLS 1.3"), ("TLS 1.3",), False, True)}, "openssl", "warn",
         "does not offer TLS 1.2 to an observer"),
        ({"openssl": Openssl("OpenSSL 3 x", ("TLS 1.2", "TLS 1.3"), ("TLS 1.2", "TLS 1.3"), True, False)}, "openssl",
         "warn", "FIPS mode"),
        ({"bundle": Bundle("2025.11.1", 117, NOW - timedelta(392))}, "certifi", "warn", "is 392 days old"),
        ({"bundle": Bundle("2025.11.28", 117, NOW - timedelta(365))}, "certifi", "ok", "is 365 days old"),
        ({"bundle": Bundle("2026.12.28", 117, NOW + timedelta(30))}, "certifi", "warn", "in the future"),
        ({"bundle": Bundle("7", 117, None)}, "certifi", "ok", "does not tell its age"),
        ({"bundle": Bundle("2026.11.1", 0, NOW)}, "certifi", "fail", "holds no root"),
        ({"bundle": Bundle("2026.11.1", 140, NOW, "/etc/ssl/x.pem")}, "certifi", "warn", "/etc/ssl/x.pem"),
        ({"variables": (("SSL_CERT_FILE", "/x"),)}, "certificates", "warn", "SSL_CERT_FILE is set, and sigcheck ignor"),
        ({"dns": Trouble("Permission denied")}, "dns", "warn", "Permission denied"),
        ({"dns": Dns(())}, "dns", "warn", "lists no name server, so names are looked up at 127.0.0.1"),
        ({"name": Name("a.example", ("192.0.2.1",))}, "name", "ok", "a.example resolves to 192.0.2.1."),
        ({"name": Name("a.example", ("192.0.2.1", "2001:db8::1"), ("2001:db8::1",))}, "name", "ok", "no route to 2001"),
        ({"name": Name("a.example", ("2001:db8::1",), ("2001:db8::1",))}, "name", "fail", "no route to it"),
        ({"name": Name("a.example", problem="unknown")}, "name", "warn", "does not resolve (unknown)"),
        ({"name": Name("a.example", problem="down", local=True)}, "name", "fail", "does not resolve (down)"),
        ({"dns": Dns(("192.0.2.53", "192.0.2.54"))}, "dns", "ok", "They were not asked"),
        ({"ipv4": False}, "ipv4", "warn", "no route to the IPv4 internet"),
        ({"ipv4": False, "ipv6": False}, "internet", "warn", "cannot verify a receiver elsewhere"),
        ({"openssl": replace(WELL.openssl, configured=True, unread="it is not there")}, "openssl", "warn",
         "nothing was configured by it: it is not there."),
        ({"openssl": replace(WELL.openssl, configured=True)}, "openssl", "ok", "as OPENSSL_CONF configures it"),
        ({"openssl": replace(WELL.openssl, configured=True, offered=())}, "openssl", "fail", "no version of TLS"),
        ({"terminal": replace(TERMINAL, terminal=False)}, "terminal", "ok", "not go to a terminal. It is UTF-8, w"),
        ({"ipv6": False}, "ipv6", "ok", "no route to the IPv6 internet"),
        ({"addresses": ("192.0.2.2", "185.110.99.255")}, "range", "warn", "185.110.99.255 is inside"),
        ({"addresses": ("185.110.100.0",)}, "range", "ok", "are not inside"),
        ({"files": Files(100)}, "limits", "warn", "allows 100 open files"),
        ({"files": Files(20, ("no file is left", "raise it"))}, "limits", "fail", "no file is left"),
        ({"room": Room("/tmp", 1 << 20)}, "temporary", "warn", "only 1024 KiB free"),
        ({"room": Trouble("none")}, "temporary", "warn", "no folder"),
        ({"ci": "Jenkins"}, "ci", "ok", "This is Jenkins."),
        ({"postgresql": Trouble("no libpq")}, "postgresql", "warn", "no libpq"),
        ({"postgresql": "3.3"}, "postgresql", "ok", "psycopg 3.3 is installed"),
        ({"terminal": replace(TERMINAL, unicode=False, encoding="latin-1")}, "terminal", "warn", "It is latin-1"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)  # fmt: skip
def test_a_fact_is_judged(change, name, status, says):
    """What makes a run wrong fails, what may do so warns and says what to do."""
    checks = judge(replace(WELL, **change))
    check = next(each for each in checks if each.name == name)
    assert (check.status, says in check.found) == (status, True), check
    assert bool(check.fix) == (status != "ok")
    assert usable(checks) == (status != "fail")


def test_the_last_line():
    """It counts, and says where a machine is of use only for receivers nearby."""

    def last(**change):
        checks = judge(replace(WELL, **change))
        return words.as_text(checks, width=80, colour=False, ascii_marks=False).splitlines()[-1]

    assert last(openssl=Trouble("x"), ipv4=False).startswith("NOT USABLE  12 ok, 1 warning, 1 failure  (")
    assert last(ipv4=False).startswith("USABLE  13 ok, 1 warning  (")
    assert last(ipv4=False, ipv6=False).startswith(
        "USABLE ONLY FOR RECEIVERS IN ITS OWN NETWORKS  13 ok, 2 warnings  (e"
    )
    assert last(ipv4=False, ipv6=False, openssl=Trouble("x")).startswith("NOT USABLE  12 ok, 2 warnings, 1 failure  (")


def test_an_openssl_conf_that_configures_nothing(tmp_path):
    """A file that is absent, a folder, or that OpenSSL cannot parse is said; an empty one is in order."""
    path = tmp_path / "openssl.cnf"
    for make, status, says in (
        (lambda: None, "warn", "the file that it names cannot be read (No such file or directory)"),
        (lambda: path.write_text("a = b\n[[[ c\n"), "warn", "OpenSSL cannot parse the file that it names (line 2)"),
        (lambda: path.write_text(""), "ok", "as OPENSSL_CONF configures it"),
    ):
        make()
        code, checks = doctor(OPENSSL_CONF=str(path))
        assert (code, checks["openssl"]["status"]) == (0, status)
        assert says in checks["openssl"]["found"]
        assert ("as OPENSSL_CONF configures it" in checks["openssl"]["found"]) == (status == "ok")


MISSING_PROVIDER = "openssl_conf = a\n[a]\nproviders = b\n[b]\nmissing = c\n[c]\nactivate = 1\n"


def test_an_openssl_without_ciphers(tmp_path):
    """Where no provider was loaded, doctor says so, and a run is refused as this machine's fault, with doctor named."""
    path = tmp_path / "openssl.cnf"
    path.write_text(MISSING_PROVIDER)
    code, checks = doctor(OPENSSL_CONF=str(path))
    assert (code, checks["openssl"]["status"]) == (1, "fail")
    assert 'the provider "default"' in checks["openssl"]["fix"]
    for arguments in (["verify", "https://127.0.0.1:9/", "--allow-private", "--only", "tls"], ["demo"]):
        done = command(*arguments, environment={"OPENSSL_CONF": str(path)})
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert done.err.startswith("sigcheck: this machine's OpenSSL has no ciphers: `sigcheck doctor` says why")


def test_plain_http_behind_https():
    """A clock that is asked for by TLS of a server of plain HTTP: the line says what the server speaks."""
    with serving(list) as (url, _):
        _, checks = doctor("--clock", url.replace("http:", "https:"))
    said = "TLS failed: the server did not answer in TLS. Most often it speaks plain HTTP on this port."
    assert said in checks["clock"]["found"]
    assert "wrong version" not in checks["clock"]["found"]


def test_the_real_machine():
    """On this machine there are the facts that Python itself has of it, and nothing is asked of the network."""
    _, checks = doctor()
    assert sys.version.split()[0] in checks["python"]["found"]
    assert "TLS 1.2 and TLS 1.3" in checks["openssl"]["found"]
    assert "roots" in checks["certifi"]["found"]
    assert {"name", "clock"}.isdisjoint(checks)


def test_variables_that_are_ignored():
    """Proxies and certificates of the environment are told of, with their secrets hidden."""
    code, checks = doctor(
        SSL_CERT_DIR="/x", HTTPS_PROXY="http://me:hunter2@proxy.example:3128", http_proxy="you:hunter2@p.example:1"
    )
    assert code == 0
    assert checks["certificates"]["found"].startswith("SSL_CERT_DIR is set, and sigcheck ignores it")
    assert "HTTPS_PROXY=http://***@proxy.example:3128, http_proxy=***@p.example:1" in checks["proxy"]["found"]
    assert "hunter2" not in json.dumps(checks)


@pytest.mark.parametrize(
    ("setting", "code", "says"),
    [("MaxProtocol = TLSv1.2", 1, "offers TLS 1.2: a receiver that speaks only TLS 1.3 would seem to fail"),
     ("MaxProtocol = TLSv1.1", 1, "offers no version of TLS"), ("MinProtocol = TLSv1", 0, "TLS 1.2 and TLS 1.3")],
)  # fmt: skip
def test_the_configuration_of_openssl(tmp_path, setting, code, says):
    """What openssl.cnf forbids is seen by what OpenSSL then offers."""
    path = tmp_path / "openssl.cnf"
    path.write_text(f"openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n{setting}\n")
    found, checks = doctor(OPENSSL_CONF=str(path))
    assert says in checks["openssl"]["found"]
    assert "as OPENSSL_CONF configures it" in checks["openssl"]["found"]
    assert found == code


def test_an_openssl_without_algorithms(tmp_path):
    """FIPS mode without its module leaves Python no digest: that is said, and what else can be seen."""
    path = tmp_path / "openssl.cnf"
    path.write_text("openssl_conf = a\n[a]\nalg_section = b\n[b]\ndefault_properties = fips=yes\n")
    code, checks = doctor(OPENSSL_CONF=str(path))
    assert (code, checks["openssl"]["status"], checks["ipv6"]["status"]) == (1, "fail", "ok")


def test_no_certifi(tmp_path):
    """Without certifi there are no roots, and the fix is a command."""
    (tmp_path / "certifi.py").write_text("raise ImportError('there is none')\n")
    code, checks = doctor(PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", ".")]))
    assert code == 1
    assert "there is none" in checks["certifi"]["found"]
    assert "pip install" in checks["certifi"]["fix"]


@pytest.mark.parametrize(("limit", "code", "status"), [(20, 1, "fail"), (100, 0, "warn"), (2000, 0, "ok")])
def test_the_limit_of_open_files(limit, code, status):
    """A limit that a run cannot live with fails, one that only many targets cannot live with warns."""
    done = command("doctor", "--format", "json", shell=f'ulimit -n {limit}; "$@"')
    checks = {each["name"]: each for each in json.loads(done.out)["checks"]}
    assert (done.code, checks["limits"]["status"]) == (code, status)
    assert f"{limit} open files" in checks["limits"]["found"]


def test_resolv_conf(tmp_path):
    """Its name servers are listed; where it is no file, or binary, that is no trouble for doctor."""
    path = tmp_path / "resolv.conf"
    path.write_bytes(b"# x\nsearch a\nnameserver 192.0.2.1\nnameserver\n\xffnameserver 1\nnameserver ::1 # y\n")
    assert name_servers(path) == Dns(("192.0.2.1", "::1"))
    for bad in (tmp_path, tmp_path / "absent"):
        with pytest.raises(UsageProblem, match="cannot be read"):
            name_servers(bad)


def test_a_name_is_resolved_only_when_asked(tmp_path):
    """--host and a target's name are looked up as a run would."""
    (tmp_path / "sigcheck.toml").write_text('[targets.mine]\nurl = "https://me:hunter2@localhost/x"\n')
    for asked in (["--host", "localhost"], ["mine", "--config", str(tmp_path / "sigcheck.toml")]):
        _, checks = doctor(*asked)
        assert checks["name"]["found"].startswith("localhost resolves to 127.0.0.1")


@contextmanager
def serving(date):
    """Answer each request with a Date header, and note the requests."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.command, self.path))
            self.send_response_only(204)
            for each in date():
                self.send_header("Date", each)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/now?key=hunter2", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("ahead", "status", "says"),
    [(0, "ok", "The clock agrees"), (-60, "warn", "The clock is (59|60) s ahead of that of"),
     (7200 + 60, "fail", "The clock is 2 hours behind that of"), (-86400 * 3, "fail", "3 days ahead of")],
)  # fmt: skip
def test_the_clock_of_a_server(ahead, status, says):
    """One request, only when asked, and the Date header of its answer says how far the clocks are apart."""
    with serving(lambda: [format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)]) as (url, asked):
        code, checks = doctor("--clock", url)
    assert asked == [("GET", "/now?key=hunter2")]
    # The header has whole seconds.
    found = re.search(says, checks["clock"]["found"]) is not None
    assert (checks["clock"]["status"], found) == (status, True), checks["clock"]
    assert code == (status == "fail")
    assert "hunter2" not in json.dumps(checks)


@pytest.mark.parametrize(
    "date",
    [[], ["yesterday"], ["Sat, 31 Feb 2026 00:00:00 GMT"], ["Sat, 28 Nov 99999999999 00:00:00 GMT"], ["x" * 5000],
     ["\x1b[31m::error::x"]],
    ids=["none", "words", "31 February", "far away", "long", "hostile"],
)  # fmt: skip
def test_a_date_that_is_none(date):
    """It is quoted briefly and disarmed, and the clock stays uncompared."""
    with serving(lambda: date) as (url, _):
        code, checks = doctor("--clock", url)
    assert (code, checks["clock"]["status"]) == (0, "warn")
    assert ": its answer has no Date" in checks["clock"]["found"] or ": its Date header" in checks["clock"]["found"]
    assert len(checks["clock"]["found"]) < 300
    assert "\x1b" not in checks["clock"]["found"]
    assert "::error" not in checks["clock"]["found"]


@pytest.mark.parametrize("behaviour", ["refuses", "sends-garbage", "resets-at-once", "closes-after-request"])
def test_a_server_that_misbehaves(behaviour):
    """Whatever answers in place of a server is one line."""
    with misbehaving(behaviour) as server:
        code, checks = doctor("--clock", server.url)
    assert (code, checks["clock"]["status"]) == (0, "warn")


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", ["never-accepts", "reads-never-answers", "drips-status", "drips-body"])
def test_a_server_that_takes_its_time(behaviour):
    """After ten seconds doctor goes on."""
    with misbehaving(behaviour, seconds=30, pace=0.5) as server:
        began = datetime.now(UTC)
        _, checks = doctor("--clock", server.url)
        assert (datetime.now(UTC) - began).total_seconds() < 15
    assert checks["clock"]["status"] == "warn"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--host", "https://hunter2/"], "--host is not the name of a host"), (["--host", ""], "--host is not the name"),
     (["--clock", "hunter2"], "--clock: the URL has no scheme"), (["https://hunter2/"], "not a URL"),
     (["hunter2.example"], "give --host NAME"), (["a", "--host", "b.example"], "cannot be used together")],
)  # fmt: skip
def test_what_cannot_be_looked_at(arguments, says, capsys):
    """Exit 2 and one line, which quotes nothing."""
    assert run(["doctor", "--no-config", *arguments]) == 2
    said = capsys.readouterr().err
    assert (says in said, said.count("\n"), "hunter2" in said) == (True, 1, False)


def test_text_and_json_agree():
    """Both have the same checks; what is hostile in the environment is harmless in both."""
    checks = judge(replace(WELL, proxies=(("HTTP_PROXY", "\x1b[2J::error::"),)))
    text = words.as_text(checks, width=80, colour=True, ascii_marks=True)
    document = json.loads(words.as_json(checks, "0.1.0"))
    assert [each["name"] for each in document["checks"]] == [each.name for each in checks]
    assert all(each.name in text for each in checks)
    for shown in (text, words.as_json(checks, "0.1.0")):
        assert "\x1b[2J" not in shown
        assert "::error" not in shown


def test_nothing_is_sent_unasked():
    """Without --host, --clock and NAME no connection is made and no name is looked up."""
    program = """
import sys
def watch(event, arguments):
    if event in {"socket.getaddrinfo", "socket.sendto", "socket.sendmsg", "socket.gethostbyname"}:
        print(event, file=sys.stderr)
    if event == "socket.connect" and arguments[0].type != 2:  # a datagram socket sends nothing when it connects
        print(event, file=sys.stderr)
sys.addaudithook(watch)
from sigcheck.cli import run
sys.exit(run(["doctor"]) > 1)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "USABLE" in done.stdout
