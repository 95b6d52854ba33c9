"""Headers of several places: one of the same name is replaced, wherever it is written, and a wrong one is named."""

import json

import pytest

from sigcheck.cli import run
from sigcheck.config import decode
from sigcheck.errors import UsageProblem

URL = "https://receiver.example/x"
DEFAULTS = '[defaults]\nheaders.Authorization = "old ${UNSET}"\nheaders.X-Kept = "1"\n'
TARGET = f'[targets.orders]\nurl = "{URL}"\n'


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in a folder with a file of headers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNSET", raising=False)
    (tmp_path / "h.txt").write_text("# of this machine\n\nauthorization: new\nX-B: 2\n", encoding="utf-8")
    return tmp_path


def sent(capsys, *arguments):
    """Give the headers of the first sample that a dry run lists, those of the user."""
    assert run(["verify", *arguments, "--dry-run", "--format", "json"]) == 0, capsys.readouterr().err
    whole = json.loads(capsys.readouterr().out)
    headers = next(each for each in whole["actions"] if each["kind"] == "sample")["headers"]
    return [name for name, _ in headers if name.lower() in {"authorization", "x-kept", "x-b"}]


OVER = {
    "file-over-defaults": (DEFAULTS + TARGET + 'header = "@h.txt"\n', ["orders"]),
    "option-over-target": (
        TARGET + 'headers.Authorization = "old"\nheaders.X-Kept = "1"\n',
        ["orders", "--header", "@h.txt"],
    ),
    "option-over-defaults": (DEFAULTS, [URL, "--header", "@h.txt"]),
    "inline-over-file": (
        '[defaults]\nheader = ["@h.txt", "X-Kept: 1"]\n' + TARGET + 'headers.AUTHORIZATION = "x"\nheaders.X-b = "3"\n',
        ["orders"],
    ),
    "file-over-file": (
        '[defaults]\nheader = ["@h.txt", "X-Kept: 1"]\n' + TARGET + 'header = "@h.txt"\n',
        ["orders"],
    ),
    "three-places": (
        DEFAULTS + TARGET + 'header = "@h.txt"\n',
        ["orders", "--header", "Authorization: x", "--header", "x-b: 1"],
    ),
}


@pytest.mark.parametrize("case", OVER)
def test_a_header_of_a_file_takes_the_place_of_its_namesake(case, here, capsys):
    """It does so as if it were written where the file is named; a variable of what is replaced need not be set."""
    text, arguments = OVER[case]
    (here / "sigcheck.toml").write_text(text, encoding="utf-8")
    assert sorted(name.lower() for name in sent(capsys, *arguments)) == ["authorization", "x-b", "x-kept"]


def test_the_callback_and_its_observer_have_headers_of_their_own(here, capsys):
    """The same holds for what the observer is asked with."""
    text = '[defaults.observe]\nurl = "https://a.example/"\nheaders.Authorization = "old ${UNSET}"\n'
    (here / "sigcheck.toml").write_text(text + TARGET + 'observe.header = "@h.txt"\n', encoding="utf-8")
    assert run(["verify", "orders", "--dry-run"]) == 0, capsys.readouterr().err


def test_twice_in_one_place_is_an_error(here, capsys):
    """Nobody replaces what he says himself."""
    assert run(["verify", URL, "--header", "@h.txt", "--header", "X-B: 3", "--dry-run"]) == 2
    assert "header 'X-B' is given twice" in capsys.readouterr().err


def test_a_file_and_what_it_replaces_are_shown(here, capsys):
    """`config show` leaves out what is not sent; where the file is missing, that cannot be known."""
    (here / "sigcheck.toml").write_text(DEFAULTS + TARGET + 'header = "@h.txt"\nonly = []\n', encoding="utf-8")
    assert run(["config", "show", "orders", "--format", "json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)["targets"]
    assert shown["settings"]["header"] == {
        "value": ["X-Kept: ***", "@h.txt"],
        "where": "sigcheck.toml:3, sigcheck.toml:6",
    }
    assert shown["settings"]["only"] == {"value": [], "where": "sigcheck.toml:7"}
    (here / "h.txt").unlink()
    assert run(["config", "show", "orders"]) == 0
    assert "Authorization: ***" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"X-A: 1\n\nhunter2\n", "--header file 'f.txt', line 3: a header has no colon"),
        (b"# no\nX A: hunter2\n", "--header file 'f.txt', line 2: a header's name is not valid"),
        (b"X-A: hunter2\xc3\xa9\n", "--header file 'f.txt', line 1: the value of header 'X-A' has characters"),
        (b"X-A: ${UNSET}\n", "--header file 'f.txt', line 1 needs the environment variable UNSET"),
        (b"X-A: \xff\n", "--header file 'f.txt' cannot be read (it is not UTF-8)"),
    ],
    ids=["colon", "name", "value", "variable", "latin-1"],
)
def test_a_wrong_line_of_a_file_is_named(raw, says, here, capsys):
    """The file and the line are said, and nothing is quoted."""
    (here / "f.txt").write_bytes(raw)
    assert run(["verify", URL, "--header", "@f.txt", "--dry-run"]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "hunter2" not in error


def test_an_editors_mark_before_the_first_header_is_no_fault(here, capsys):
    """Some editors on Windows begin a file with U+FEFF."""
    (here / "h.txt").write_bytes(b"\xef\xbb\xbfX-B: 2\r\nX-Kept: 1\r\n")
    assert sent(capsys, URL, "--header", "@h.txt") == ["X-B", "X-Kept"]


@pytest.mark.parametrize("name", ["header", "observe_header", "fail_header"])
def test_a_wrong_header_is_called_by_its_setting(name, monkeypatch):
    """Each is refused where it was given; what a variable held is not quoted."""
    monkeypatch.setenv("TOKEN", "plainword")
    with pytest.raises(UsageProblem, match=f"^{name}: the value of header ") as refused:
        decode({"url": URL, name: "X-${TOKEN}: é"})
    assert "plainword" not in str(refused.value)
