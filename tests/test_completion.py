"""Completion in real shells: what they offer when somebody presses the tab key."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from sigcheck.cli import COMMANDS, cli, run
from sigcheck.cli.shells import SHELLS, answer
from sigcheck.rules import RULES
from tests.commandline import sigcheck
from tests.shells import START, shell
from tests.system import missing

HEAVY = ("httpx", "httpcore", "rich", "cryptography", "asyncio", "anyio", "certifi", "idna", "sqlglot")
CONFIG = '[targets.shop]\nurl = "https://a.example/"\n[targets.lab]\nurl = "https://b.example/"\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with a configuration file, and with sigcheck on the path of shells."""
    (tmp_path / "sigcheck.toml").write_text(CONFIG)
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "sigcheck"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{Path.cwd()}" exec "{sys.executable}" -m sigcheck "$@"\n')
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def script(name, folder):
    """Write the script of a shell into a file, and see that the shell is here and finds no fault with it."""
    if shutil.which(name) is None:
        missing(name)
    path = folder / f"completion.{name}"
    path.write_text(sigcheck("completion", name).out)
    subprocess.run([name, "-n", str(path)], check=True, timeout=60)
    return path


def offered(line, monkeypatch, capfd, name="fish"):
    """Give what sigcheck itself answers to a shell for a line that is being typed, the last word incomplete."""
    *words, last = line.split(" ")
    monkeypatch.setenv("_SIGCHECK_COMPLETE", f"{name}_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", last if name == "fish" else str(len(words)))
    code = run([])
    seen = capfd.readouterr()
    assert seen.err == ""
    return code, [each.partition("\t")[0].partition(",")[2] for each in seen.out.splitlines() if each]


@pytest.mark.system
@pytest.mark.parametrize("name", START)
def test_the_tab_key(name, folder):
    """Commands, options, rules in lists and behind equals signs, targets and files are completed as one types."""
    cases = [
        ("sigcheck ver", "ver", "ify"),
        ("sigcheck verify --only reach,tls-un", "tls-un", "trusted-root"),
        ("sigcheck verify --allow-undecided=dedup-w", "dedup-w", "indow"),
        ("sigcheck verify --only=reach,dedup-rac", "dedup-rac", "e"),
        ("sigcheck verify sh", "sh", "op"),
        ("sigcheck verify --allow-undecided la", " la", "b"),
        ("sigcheck observe --config sigcheck.toml la", " la", "b"),
        ("sigcheck verify shop --forma", "--forma", "t"),
        ("sigcheck verify shop --format js", " js", "on"),
        ("sigcheck explain dedup-rac", "dedup-rac", "e"),
        ("sigcheck chain --ca-file sigch", " sigch", "eck.toml"),
        ("sigcheck verify --report=sigch", "=sigch", "eck.toml"),
        *([("sigcheck verify --report junit=sigch", "=sigch", "eck.toml")] if name == "bash" else []),
    ]
    with shell(name, script(name, folder), folder, folder / "bin") as opened:
        for line, end, rest in cases:
            opened.type(line)
            opened.until(end)
            opened.type("\t")
            opened.until(rest)
            opened.type("\x15")  # forget the line


@pytest.mark.system
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("sigcheck ver", ["verify"]),
        ("sigcheck verify ", ["lab", "shop"]),
        ("sigcheck verify --only reach,tls-un", ["reach,tls-untrusted-root"]),
        ("sigcheck verify --allow-undecided=dedup-w", ["--allow-undecided=dedup-window"]),
        ("sigcheck verify --format ", ["json", "text"]),
        ("sigcheck chain --ca-file sigch", ["sigcheck.toml"]),
        ("sigcheck explain dedup-rac", ["dedup-race"]),
    ],
)
def test_fish(line, found, folder):
    """Fish tells by itself what it would offer."""
    path = script("fish", folder)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {path}; complete -C '{line}'"],
        env={"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    offers = [each.partition("\t")[0] for each in done.stdout.splitlines()]
    assert [each for each in offers if each in found] == found, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("sigcheck help ch", ["chain"]),
        ("sigcheck verify --only=tls-y", ["--only=tls-young-root"]),
        ("sigcheck verify --skip dedup,ret", ["dedup,retry", "dedup,retry-rejected", "dedup,retry-answer-differs"]),
        ("sigcheck verify --skip retry,ret", ["retry,retry-rejected", "retry,retry-answer-differs"]),
        ("sigcheck verify shop l", ["lab"]),
        ("sigcheck verify shop s", []),
        ("sigcheck verify --no-config l", []),
        ("sigcheck verify --config /nowhere.toml l", []),
        ("sigcheck config show l", ["lab"]),
        ("sigcheck doctor l", ["lab"]),
        ("sigcheck verify --vantage i", ["inside"]),
        ("sigcheck verify --redact path,h", ["path,host"]),
        ("sigcheck verify --data ", []),
        ("sigcheck allowlist --for haproxy", ["haproxy"]),
        ("sigcheck allowlist check --kind ipta", ["iptables"]),
        ("sigcheck completion z", ["zsh"]),
        ("sigcheck frobnicate --x", []),
        ("sigcheck --vers", ["--version"]),
    ],
)
def test_what_is_offered(line, found, folder, monkeypatch, capfd):
    """Each value has its own candidates, and what is named already is not offered again."""
    code, offers = offered(line, monkeypatch, capfd)
    assert code == 0
    assert [each for each in offers if each.startswith(line.split(" ")[-1])] == found


@pytest.mark.parametrize(
    ("torn", "at"),
    [("--report junit =", 4), ("--report junit = re", 5), ("--report = junit =", 5), ("--report = junit = re", 6),
     ("--report = re", 4), ("--report =", 3)],
)  # fmt: skip
def test_bash_completes_the_file_of_a_report(torn, at, folder, monkeypatch, capfd):
    """Bash makes words of its own of FORMAT=FILE, and a file is wanted behind it, no target."""
    monkeypatch.setenv("_SIGCHECK_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"sigcheck verify {torn}")
    monkeypatch.setenv("COMP_CWORD", str(at))
    assert run([]) == 0
    (offer,) = capfd.readouterr().out.split()
    assert offer == f"file,{'re' if torn.endswith('re') else ''}"


def test_every_rule_and_family_can_be_named(folder, monkeypatch, capfd):
    """Nothing is missing where a rule is expected."""
    _, offers = offered("sigcheck verify --only ", monkeypatch, capfd)
    assert set(offers) == {rule.id for rule in RULES} | {rule.family for rule in RULES}


def test_commands_are_offered_without_importing_them(folder, monkeypatch, capfd):
    """The first word is completed from the table of commands."""
    program = "import sys\nfrom sigcheck.cli import run\nrun([])\nprint([m for m in sys.modules if 'sigcheck' in m])"
    environment = {"_SIGCHECK_COMPLETE": "bash_complete", "COMP_WORDS": "sigcheck ", "COMP_CWORD": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | environment, capture_output=True, text=True)
    assert set(COMMANDS) <= {each.partition(",")[2] for each in done.stdout.splitlines()}
    assert "sigcheck.cli.verify" not in done.stdout


@pytest.mark.parametrize("line", ["sigcheck verify --only reach,", "sigcheck verify ", "sigcheck explain "])
def test_it_is_quick(line, folder):
    """Completing loads nothing that a run needs: somebody waits at the keyboard."""
    program = "import sys\nfrom sigcheck.cli import run\nrun([])\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    environment = {"_SIGCHECK_COMPLETE": "fish_complete", "COMP_WORDS": line, "COMP_CWORD": ""}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | environment, capture_output=True, text=True)
    assert done.stdout.strip()
    assert set(HEAVY).isdisjoint(done.stderr.splitlines())


@pytest.mark.parametrize(
    "broken",
    [
        b"[targets",
        b"\xff\xfe",
        b"[targets.a]\nurl = 3\n[targets.'$(id)']\nurl='x'\n[targets.\"\\u001b[2J\"]\nurl='x'\n",
    ],
    ids=["no TOML", "no UTF-8", "hostile"],
)
def test_a_broken_file_is_silent(broken, folder, monkeypatch, capfd):
    """Nothing is said in the middle of what is being typed, and no name that a shell would obey is offered."""
    (folder / "sigcheck.toml").write_bytes(broken)
    code, offers = offered("sigcheck verify ", monkeypatch, capfd)
    assert code == 0
    assert [each for each in offers if "$" in each or "\x1b" in each] == []


@pytest.mark.parametrize("asked", ["tcsh_complete", "bash", "bash_source", "bash_complete"])
def test_a_shell_that_asks_wrongly(asked, monkeypatch, capfd):
    """Without a word to complete, or for another shell, there is no answer and no error."""
    monkeypatch.setenv("_SIGCHECK_COMPLETE", asked)
    monkeypatch.delenv("COMP_WORDS", raising=False)
    assert answer(cli) == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", SHELLS)
def test_the_script_says_how_to_install_it(name, capsys):
    """It stands in the first lines, as a comment of the script."""
    assert run(["completion", name]) == 0
    said = capsys.readouterr().out
    assert f"sigcheck completion {name}" in "\n".join(said.splitlines()[:5])
    assert "_SIGCHECK_COMPLETE" in said


def test_every_file_can_be_completed(folder):
    """Each option and argument whose value is the name of a file lets the shell complete it."""
    outer = click.Context(cli)
    for name, option in [("verify", "ca_file"), ("verify", "allowlist"), ("verify", "policy"), ("verify", "reports"),
                         ("verify", "config_path"), ("chain", "pemfile"), ("chain", "ca_file"), ("observe", "ca_file"),
                         ("allowlist", "policy_file")]:  # fmt: skip
        command = cli.get_command(outer, name)
        assert command is not None
        (param,) = (each for each in command.params if each.name == option)
        assert [each.type for each in param.shell_complete(click.Context(command), "x")] == ["file"], (name, option)
