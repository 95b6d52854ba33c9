"""What is on the wire, to the byte: beside the golden requests, the two recorded samples, and what curl sends."""

import re
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from sigcheck.cli import run
from sigcheck.demo.authority import create_authority
from sigcheck.policy import SIGFOX_CLOUD
from tests.golden_requests import FILE, FIXED, batches, cases, masked, recorded, render
from tests.misbehaving import misbehaving
from tests.system import missing

RECORD = """\
POST https://receiver.example.com/api/Messages/sigfox HTTP/1.0
authorization : Basic bWU6aHVudGVy
content-length : 180
accept-encoding : gzip,deflate
accept-language : fr
host : receiver.example.com
user-agent : SIGFOX
accept-charset : UTF-8;q=0.9,*;q=0.7
content-type : application/json
"""
"""The head of the portal's record of a failed callback (2019, third party), its login and host replaced."""

SECOND = {
    "content-length": "0",
    "accept-encoding": "gzip,deflate",
    "accept-language": "fr",
    "user-agent": "SIGFOX",
    "accept-charset": "UTF-8;q=0.9,*;q=0.7",
    "content-type": "application/json",
}
"""Another developer's sample: a POST without a body, all of it in the query. The order of its headers is not known."""

BODY = (
    '{ "deviceId": "{device}", "time": {time}, "seqNumber": {seqNumber}, "data": "{data}", "reception": '
    '[{ "id": "{station}", "RSSI": {rssi}, "SNR": {snr} }], "duplicate": {duplicate} }'
)
DATA = "101200000000000000000000"
SAID = (
    '{ "deviceId": "20AEAB", "time": 1548682015, "seqNumber": 9, "data": "101200000000000000000000", "reception": '
    '[{ "id": "3849", "RSSI": -118.00, "SNR": 18.11 }], "duplicate": false }'
)
"""The body of the record. Its data was shortened there; with 12 bytes it has the length that the record gives."""

OUR_OWN = "x-sigcheck-run"


def head(request):
    """Give the request line and the headers of a request, in order."""
    line, *fields = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return line, [tuple(field.split(": ", 1)) for field in fields]


def test_the_file_is_current():
    """Each type, method and content type is sent as the file says, to the byte."""
    assert FILE.read_text(encoding="utf-8") == render(""), "`python -m docs.generate golden` writes it anew"


def test_every_combination_is_there():
    """Nine types, GET, and POST and PUT with three content types each; every head ends its lines with CR LF."""
    names = [name for name, _ in cases()]
    assert (len(names), len(set(names))) == (9 * 7, 9 * 7)
    with misbehaving("answers") as server:
        for _, words in list(cases())[:7]:
            assert b"\n" not in recorded(server, *words).partition(b"\r\n\r\n")[0].replace(b"\r\n", b"")


def test_like_the_record():
    """Headers, their order and their values are those of the portal's record; what differs is named here."""
    line, *fields = RECORD.splitlines()
    wanted = [tuple(field.split(" : ", 1)) for field in fields]
    with misbehaving("answers") as server:
        options = ("--header", "authorization: Basic bWU6aHVudGVy", "--type", "data/bidir", "--data", DATA)
        request = recorded(server, "", *options, "--body", BODY)
    sent, headers = head(masked(request))
    assert request.partition(b"\r\n\r\n")[2].decode() == SAID
    # 1. Its portal shows HTTP/1.0; one delivery of `verify` is made so, and all others are HTTP/1.1.
    assert (line.split()[0], line.split()[2]) == ("POST", "HTTP/1.0")
    assert (sent.split()[0], sent.split()[2]) == ("POST", "HTTP/1.1")
    # 2. X-Sigcheck-Run is ours, and the last.
    assert headers.pop() == (OUR_OWN, "0badcafe")
    assert headers == wanted


def test_like_the_second_sample():
    """A POST without a body has content-length 0 and the same headers, and everything is in the query."""
    with misbehaving("answers") as server:
        request = recorded(server, "?id={device}&t={time}&n={seqNumber}", "--method", "POST", "--body", "")
    line, headers = head(masked(request))
    assert line == "POST /callback?id=20AEAB&t=1548682015&n=9 HTTP/1.1"
    assert request.endswith(b"\r\n\r\n")
    assert {name: value for name, value in headers if name not in {OUR_OWN, "host"}} == SECOND


def test_a_name_keeps_its_letters():
    """A header of the callback is sent as it was given, in front of the Cloud's, and a login becomes authorization."""
    with misbehaving("answers") as server:
        _, headers = head(recorded(server, "", "--header", "X-Api-Key: 1234", "--header", "Authorization: Bearer x"))
        assert headers[:2] == [("X-Api-Key", "1234"), ("Authorization", "Bearer x")]
        server_url = server.url.replace("http://", "http://me:hunter2@")
        assert run(["send", server_url, "--no-config"]) == 0
        _, headers = head(server.requests[-1])
        assert headers[0] == ("authorization", "Basic bWU6aHVudGVyMg==")


def test_the_policy_has_the_same():
    """What the Cloud sends stands in the policy, once."""
    assert {**dict(SIGFOX_CLOUD.headers), "user-agent": SIGFOX_CLOUD.user_agent}.items() <= SECOND.items()


@pytest.mark.system
@pytest.mark.parametrize("kind", sorted({name.partition(",")[0] for name, _ in cases()}))
def test_curl_sends_the_same_bytes(kind, capsys):
    """The command of --curl sends to the byte what `send` sends, whatever the method and the content type."""
    if shutil.which("curl") is None:
        missing("curl")
    with misbehaving("answers") as server:
        for name, words in cases():
            if name.partition(",")[0] != kind:
                continue
            sent = masked(recorded(server, *words))
            assert by_curl(server, capsys, *words) == sent, name


ODD = '@it\'s "{x}" $HOME `id` \\ ::error:: é & = % #'
"""What a shell, curl or a CI log would take for something else."""

PLACES = {
    "query": ("?a={device}&b={info}", "--method", "POST", "--body", ""),
    "path": ("/x/../y/./it's-$HOME/{info}?q={device}", "--method", "PUT"),
    "JSON": ("", "--body", '{"device":"{device}","time":{time},"info":"{info}"}'),
    "text": ("", "--content-type", "text/plain", "--body", "{info}"),
    "form": ("", "--content-type", "application/x-www-form-urlencoded", "--body", "time={time}&info={info}"),
}


@pytest.mark.system
@pytest.mark.parametrize(("name", "words"), list(batches()))
def test_curl_sends_a_batch(name, words, capsys):
    """A batch, too, is the same to the byte."""
    with misbehaving("answers") as server:
        sent = masked(recorded(server, *words))
        assert b"20AEAB%3B1548682015%3B5169676368656B%3B" in sent, name
        assert by_curl(server, capsys, *words) == sent


@pytest.mark.system
@pytest.mark.parametrize("words", PLACES.values(), ids=PLACES)
def test_curl_sends_odd_bytes(words, capsys):
    """Quotes, dots, dollars and an @ at the beginning reach the receiver as `send` sends them, wherever they stand."""
    end, *options = words
    options += ["--type", "error", "--var", f"info={ODD}"]
    with misbehaving("answers") as server:
        sent = masked(recorded(server, end, *options))
        assert by_curl(server, capsys, end, *options) == sent


@pytest.mark.system
def test_curl_takes_secrets_from_the_environment(capsys, monkeypatch):
    """What came from a variable is named in the command, and filled in where it runs: escapes and line ends too."""
    monkeypatch.setenv("TOKEN", "hunter2-s3cret $(id)")
    monkeypatch.setenv("TEXT", "one\r\n\ttwo \x1b[31m 'three' \u202e\n")
    options = ("--header", "Authorization: Bearer ${TOKEN}", "--header", "X-Empty:", "--content-type", "text/plain")
    with misbehaving("answers") as server:
        sent = masked(recorded(server, "?d={device}", *options, "--body", "${TEXT}{time}"))
        assert by_curl(server, capsys, "?d={device}", *options, "--body", "${TEXT}{time}") == sent
    assert b"Bearer hunter2-s3cret $(id)\r\nX-Empty:\r\n" in sent
    assert run(["send", server.url, "--no-config", *options, "--body", "${TEXT}", "--curl"]) == 0
    shown = capsys.readouterr()
    assert "hunter2" not in shown.out + shown.err
    assert "three" not in shown.out + shown.err


@pytest.mark.system
def test_curl_behind_tls(capsys, tmp_path):
    """The roots of --ca-file and the address of --resolve are in the command, too."""
    authority = create_authority(tmp_path, datetime.now(UTC))
    with misbehaving("answers", tls=authority.server_context()) as server:
        local = ("--ca-file", str(authority.ca_file), "--resolve", f"localhost:{server.port}:127.0.0.1")
        server_url = server.url.replace("127.0.0.1", "localhost")
        assert run(["send", server_url, "--no-config", *FIXED, *local]) == 0
        sent = masked(server.requests[-1])
        capsys.readouterr()
        assert run(["send", server_url, "--no-config", *FIXED, *local, "--curl"]) == 0
        done = subprocess.run(["bash", "-c", capsys.readouterr().out], capture_output=True, timeout=20, check=False)
        assert (done.returncode, masked(server.requests[-1])) == (0, sent), done.stderr
        assert len(server.requests) == 2


def by_curl(server, capsys, end, *options):
    """Run the command that --curl prints, in a shell, and give what the server read."""
    capsys.readouterr()
    assert run(["send", server.url + end, "--no-config", *FIXED, *options, "--curl"]) == 0
    command = capsys.readouterr().out
    before = len(server.requests)
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=20, check=False)
    assert (done.returncode, len(server.requests)) == (0, before + 1), done.stderr
    assert re.match(rb"HTTP/1.1 204", done.stdout)
    return masked(server.requests[-1])
