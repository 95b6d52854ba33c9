"""The command: exit codes, streams, JSON, includes, and files that are hostile to a terminal."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sigcheck.cli import cli, run
from sigcheck.report import FORMATS

RANGE = "185.110.96.0/22"
Invoke = Callable[..., Result]


@pytest.fixture
def invoke() -> Invoke:
    """Run the command in this process, with its streams apart."""

    def go(*arguments: object, stdin: str | None = None) -> Result:
        # From the top: click remembers the help option of a command as its first caller had it.
        words = ["allowlist", *map(str, arguments)]
        return CliRunner().invoke(cli, words, input=stdin, catch_exceptions=False)

    return go


@pytest.mark.parametrize(
    ("code", "verdict", "text"),
    [
        pytest.param(0, "admitted", f"allow {RANGE};\ndeny all;\n", id="admitted"),
        pytest.param(0, "open", f"allow {RANGE};\n", id="open"),
        pytest.param(1, "partly", "allow 185.110.97.0/24;\ndeny all;\n", id="partly"),
        pytest.param(1, "refused", f"deny all;\nallow {RANGE};\n", id="shadowed"),
        pytest.param(3, "unclear", "include gone.conf;\nallow all;\n", id="unclear"),
    ],
)
@pytest.mark.parametrize("format_name", FORMATS)
def test_exit_codes_are_the_same_in_every_format(
    invoke: Invoke, code: int, verdict: str, text: str, format_name: str
) -> None:
    """The verdict decides the exit code, in each format of reports; only the open door is warned of on stderr."""
    result = invoke("check", "-", "--format", format_name, stdin=text)
    assert result.exit_code == code
    # Text and JSON are the command's own, and have its own words.
    assert verdict in result.stdout or format_name not in {"text", "json"}
    assert ("warning: port 443 is open" in result.stderr) == (verdict == "open")


def test_json_is_one_document_with_the_promised_fields(invoke: Invoke, tmp_path: Path) -> None:
    """verdict, missing ranges and the deciding line are there for a machine."""
    file = tmp_path / "old.conf"
    file.write_text("allow 185.110.97.0/24;\ndeny all;\n")
    document: dict[str, Any] = json.loads(invoke("check", file, "--format", "json").stdout)
    assert document["verdict"] == "partly"
    assert document["exit_code"] == 1
    assert document["missing"] == ["185.110.96.0/24", "185.110.98.0/23"]
    assert document["decides"] == {
        "file": str(file),
        "line": 2,
        "place": "",
        "text": "deny all",
        "where": f"{file}:2",
    }
    assert document["files"][0]["kind"] == "nginx"


@pytest.mark.parametrize("text", ["allow all;\n", "deny all;\n", "include gone.conf;\nallow all;\n"])
def test_report_files_have_the_verdict_of_the_command(invoke: Invoke, tmp_path: Path, text: str) -> None:
    """Each file of --report is in its own format, and tells the exit code of the command; secrets are in none."""
    files = {name: tmp_path / name for name in ("a.json", "a.xml", "a.csv")}
    options = [word for path in files.values() for word in ("--report", path)]
    code = invoke("check", "-", *options, "--url", "https://user:hunter2@a.example/?key=hunter3", stdin=text).exit_code
    assert json.loads(files["a.json"].read_text())["exit_code"] == code
    assert f'name="exit_code" value="{code}"' in files["a.xml"].read_text()
    assert files["a.csv"].read_text().splitlines()[1].endswith(f",{code}")
    assert not [path for path in files.values() if "hunter" in path.read_text()]


def test_a_shadowed_allow_is_named(invoke: Invoke) -> None:
    """The text says which line comes first and which one it shadows."""
    result = invoke("check", "-", stdin=f"deny all;\nallow {RANGE};\n")
    assert "decided by stdin:1  deny all" in result.stdout
    assert f"shadows stdin:2  allow {RANGE}" in result.stdout


def test_a_whole_file_is_named_once(invoke: Invoke, tmp_path: Path) -> None:
    """Where no line decides, the file does, and its name does not stand for its place as well."""
    file = tmp_path / "a.conf"
    file.write_text("allow from 192.0.2.1\n")
    result = invoke("check", file)
    assert f"decided by {file}  nothing here refuses it" in result.stdout


def test_port_comes_from_the_option_or_the_url(invoke: Invoke) -> None:
    """--url brings its port, --port overrides it."""
    rules = f"server {{ listen 8443; allow {RANGE}; deny all; }}"
    assert invoke("check", "-", stdin=rules).exit_code == 3
    assert invoke("check", "-", "--port", 8443, stdin=rules).exit_code == 0
    assert invoke("check", "-", "--url", "https://h:8443/{device}", stdin=rules).exit_code == 0
    assert invoke("check", "-", "--url", "https://h:8443/", "--port", 443, stdin=rules).exit_code == 3


def test_includes_are_found_beside_the_file_and_one_folder_up(invoke: Invoke, tmp_path: Path) -> None:
    """A snippet named from sites-enabled lies in nginx's own folder; a pattern may match nothing."""
    (tmp_path / "sites").mkdir()
    (tmp_path / "snippets").mkdir()
    (tmp_path / "snippets" / "cloud.conf").write_text(f"allow {RANGE};\ndeny all;\n")
    site = tmp_path / "sites" / "receiver"
    site.write_text("server { listen 443; include snippets/cloud.conf; include snippets/*.none; }")
    result = invoke("check", site)
    assert result.exit_code == 0
    assert "cloud.conf:1" in result.stdout
    site.write_text("server { listen 443; include snippets/*.conf; }")
    assert invoke("check", site).exit_code == 0
    site.write_text("server { listen 443; include snippets/gone.conf; }")
    assert invoke("check", site).exit_code == 3


@pytest.mark.parametrize("pattern", ["a" * 300, "sub/**.conf", "sub/\0", "sub/[.conf"])
def test_an_include_that_no_file_can_have_is_unread(invoke: Invoke, tmp_path: Path, pattern: str) -> None:
    """A pattern that a system cannot look for makes the answer unclear; it neither breaks nor walks the whole disk."""
    (tmp_path / "here").mkdir()
    file = tmp_path / "here" / "site.rules"
    file.write_text(f'include "{pattern}";\nallow all;\n')
    assert invoke("check", file).exit_code == 3


def test_included_files_are_those_that_nginx_includes(invoke: Invoke, tmp_path: Path) -> None:
    """An editor's hidden copy is not included, and a file without a line breaks nothing."""
    folder = tmp_path / "conf.d"
    folder.mkdir()
    (folder / "empty.conf").touch()
    (folder / ".old.conf").write_text("allow 185.110.97.0/24; deny all;")
    file = tmp_path / "nginx.conf"
    file.write_text(f"include conf.d/*.conf;\nallow {RANGE};\ndeny all;\n")
    assert invoke("check", file).exit_code == 0


def test_an_include_of_itself_ends(invoke: Invoke, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that includes itself is a usage problem, not an endless run."""
    file = tmp_path / "loop.conf"
    file.write_text("include loop.conf;\n")
    assert run(["allowlist", "check", str(file)]) == 2
    assert "includes too many files" in capsys.readouterr().err


@pytest.mark.parametrize("format_name", ["text", "json"])
def test_a_hostile_file_cannot_speak_to_the_terminal(invoke: Invoke, format_name: str) -> None:
    """Escape sequences, C1 controls and bidirectional overrides of a file arrive as visible text."""
    evil = "include \x1bJx\x9b\u202e\x07;\nallow all;\n"
    result = invoke("check", "-", "--format", format_name, stdin=evil)
    assert result.exit_code == 3
    assert not set(result.stdout) & set("\x1b\x9b\u202e\x07")
    assert "x1b" in result.stdout


def test_a_hostile_file_that_is_refused_cannot_either(capsys: pytest.CaptureFixture[str]) -> None:
    """The word that nginx would not take is quoted as visible text, in one line on stderr."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "evil.conf")
        file.write_text("allow \x1b[2Jx\x9b\u202e\x07\n::error::;\n")
        assert run(["allowlist", "check", str(file)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert not set(said) & set("\x1b\x9b\u202e\x07")
    assert "::error" not in said
    assert "evil.conf:1: nginx would not load this file" in said


def test_files_of_any_bytes_end_in_a_verdict_or_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes that are no text never end in a traceback."""
    file = tmp_path / "noise"
    for kind in ("nginx", "apache", "iptables", "nft", "ufw", "aws", "terraform", "azure", "gcp", "cidr"):
        for noise in (b"\xff\xfe\x00\x01", b"[[[[", b'{"a": [1, null]}', b"*filter\n:\n-A\n", b"\x00" * 100):
            file.write_bytes(noise)
            assert run(["allowlist", "check", str(file), "--kind", kind]) in {1, 2, 3}
            assert "a bug in sigcheck" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["check", "/nowhere/rules"], "/nowhere/rules cannot be read (No such file", id="no file"),
        pytest.param(["check", "."], "(Is a directory)", id="folder"),
        pytest.param(["check", "/dev/null"], "/dev/null is empty", id="device"),
        pytest.param(["check", "-", "--kind", "pf"], "no kind pf", id="kind"),
        pytest.param(["check", "-", "--port", "0"], "--port", id="port"),
        pytest.param(["check", "-", "--url", "host"], "no scheme", id="url"),
        pytest.param(["check", "-", "--sarif-anchor", "/x"], "leads out of the repository", id="anchor"),
        pytest.param(["check"], "Missing argument", id="no argument"),
        pytest.param(["--for", "pf"], "no format pf", id="format"),
        pytest.param(["--policy", "/nowhere"], "policy /nowhere cannot be read", id="policy"),
    ],
)
def test_usage_problems_are_one_line_and_exit_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be used is said in one line on stderr, with nothing on stdout."""
    assert run(["allowlist", *arguments]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_printing_is_the_default(invoke: Invoke) -> None:
    """Without a subcommand the range is printed, for any format of --list."""
    assert invoke().stdout.splitlines()[-1] == RANGE
    names = invoke("--list").stdout.split()
    assert "k8s-ingress" in names
    for name in names:
        assert RANGE in invoke("--for", name).stdout


def test_another_policy_replaces_the_range(invoke: Invoke, tmp_path: Path) -> None:
    """--policy changes what is printed and what is asked for."""
    policy = tmp_path / "policy.json"
    policy.write_text('{"name": "new", "read": "2027-01-31", "ranges": ["192.0.2.0/24"]}')
    assert invoke("--policy", policy).stdout.splitlines()[-1] == "192.0.2.0/24"
    assert "2027-01-31" in invoke("--policy", policy).stdout
    assert invoke("check", "-", "--policy", policy, stdin=f"{RANGE}\n").exit_code == 1
    assert invoke("check", "-", "--policy", policy, stdin="192.0.2.0/24\n").exit_code == 0
