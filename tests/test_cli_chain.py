"""`sigcheck chain`: files in, exit codes and reports out, in a process of its own where that matters."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from sigcheck.cli import run
from tests import pki

AT = ("--at", pki.NOW.isoformat())


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Write a good chain, its roots and a leaf alone."""
    chain = pki.chain()
    texts = {"roots": chain.roots, "chain": chain.presented, "leaf": chain.presented[:1]}
    paths = {name: tmp_path / f"{name}.pem" for name in texts}
    for name, ders in texts.items():
        paths[name].write_text(pki.pem(ders))
    return {name: str(path) for name, path in paths.items()}


def test_a_good_file_is_compliant(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 0, and the report names the roots."""
    code = run(["chain", files["chain"], "--host", pki.HOST, "--ca-file", files["roots"], *AT])
    out = capsys.readouterr().out
    assert (code, "PASSED IN PART" in out, "roots.pem" in out) == (0, True, True)


def test_a_file_without_its_intermediate_is_not(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1, the one rule, and the line that mends it; the same in JSON."""
    arguments = ["chain", files["leaf"], "--host", pki.HOST, "--ca-file", files["roots"], *AT]
    assert run([*arguments, "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    failed = [result["rule"] for result in document["results"] if result["status"] == "fail"]
    assert (failed, document["exit_code"], document["requests"]) == (["tls-chain-incomplete"], 1, 0)
    assert run(arguments) == 1


def test_report_files_have_the_same_verdict(files: dict[str, str], tmp_path: Path) -> None:
    """--report writes the judgement in the format of each file's suffix, as verify does."""
    reports = {name: tmp_path / name for name in ("a.json", "a.xml", "a.csv")}
    options = [word for path in reports.values() for word in ("--report", str(path))]
    assert run(["chain", files["leaf"], "--host", pki.HOST, "--ca-file", files["roots"], *AT, *options, "-q"]) == 1
    assert json.loads(reports["a.json"].read_text())["exit_code"] == 1
    assert '<property name="exit_code" value="1" />' in reports["a.xml"].read_text()
    assert "tls-chain-incomplete" in reports["a.csv"].read_text()


def test_the_time_decides(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """The same file is refused for a time after its end."""
    assert run(["chain", files["chain"], "--host", pki.HOST, "--ca-file", files["roots"], "--at", "2031-01-01"]) == 1
    assert "tls-expired" in capsys.readouterr().out


def test_warnings_count_where_they_are_asked_to(tmp_path: Path, files: dict[str, str]) -> None:
    """--fail-on should turns a warning into exit 1."""
    path = tmp_path / "disorder.pem"
    chain = pki.chain(serve=("leaf", "root", "intermediate"))
    path.write_text(pki.pem(chain.presented))
    arguments = ["chain", str(path), "--host", pki.HOST, "--ca-file", files["roots"], *AT]
    assert (run(arguments), run([*arguments, "--fail-on", "should"])) == (0, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--host": "https://a.example.com/x"}, "is not a host name"),
        ({"--host": "a.example.com:8443"}, "is not a host name"),
        ({"--host": "user@a.example.com"}, "is not a host name"),
        ({"--at": "yesterday"}, "is not a date"),
        ({"--ca-file": "/nowhere/roots.pem"}, "cannot be read"),
    ],
    ids=["url", "port", "login", "time", "roots"],
)
def test_bad_arguments_are_usage_errors(
    files: dict[str, str], change: dict[str, str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2 and one line on stderr; nothing on stdout."""
    options = {"--host": pki.HOST, "--ca-file": files["roots"]} | change
    code = run(["chain", files["chain"], *[part for pair in options.items() for part in pair]])
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err


def test_standard_input_is_read_and_bytes_that_are_no_certificate_are_explained(files: dict[str, str]) -> None:
    """`-` reads a pipe; what is in it is judged, however odd."""
    text = pki.pem([b"\x30\x03\x02\x01\x01"])
    command = [sys.executable, "-m", "sigcheck", "chain", "-", "--host", pki.HOST, "--ca-file", files["roots"]]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (1, "")
    assert "cannot be read" in done.stdout
    empty = subprocess.run(command, input="", capture_output=True, text=True, timeout=30)
    assert (empty.returncode, empty.stderr.count("\n")) == (2, 1)


def test_no_file_at_all_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A closed standard input and an empty file name, as of an unset variable, are named; neither is a bug of ours."""
    command = f"{shlex.quote(sys.executable)} -m sigcheck chain - --host {pki.HOST} <&-"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=30)
    assert (done.returncode, "standard input is empty" in done.stderr) == (2, True)
    assert run(["chain", "", "--host", pki.HOST]) == 2
    assert "PEMFILE is empty" in capsys.readouterr().err


S_CLIENT = """CONNECTED(00000003)
---
Certificate chain
 0 s:CN = callback.example.com
   i:CN = Good Intermediate
{first} 1 s:CN = Good Intermediate
   i:CN = Good Root
{second}---
Server certificate
{leaf}subject=CN = callback.example.com
"""
KEYTOOL = "Certificate #0\n====\n{first}Certificate #1\n====\n{second}"
GNUTLS = "- Certificate[0] info:\n - subject `CN=x'\n{first}- Certificate[1] info:\n{second}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (S_CLIENT, "lists 2 certificates that the server sent, and holds 1 of them: export it again with -showcerts"),
        (KEYTOOL, "lists 2 certificates that the server sent, and holds none of them: export it again with -rfc"),
        (
            GNUTLS,
            "lists 2 certificates that the server sent, and holds none of them: export it again with --print-cert",
        ),
    ],
    ids=["s_client", "keytool", "gnutls"],
)
def test_a_list_of_more_than_is_shown(text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a tool lists and does not show is no chain: nothing is judged, and the option that shows it is named."""
    leaf, issuer = (pki.pem([der]) for der in pki.chain().presented[:2])
    path = tmp_path / "saved.txt"
    path.write_text(text.format(first="", second="", leaf=leaf))
    assert run(["chain", str(path), "--host", pki.HOST, *AT]) == 2
    assert says in capsys.readouterr().err
    path.write_text(text.format(first=leaf, second=issuer, leaf=""))
    assert run(["chain", str(path), "--host", pki.HOST, *AT]) != 2
