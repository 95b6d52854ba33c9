"""The man pages: written from the help texts, and shown by groff and mandoc without a word of complaint."""

import shutil
import subprocess

import click
import pytest

from docs import man_pages
from sigcheck.cli import COMMANDS, cli
from tests.docs_blocks import ROOT
from tests.system import missing

PAGES = {name: ROOT / man_pages.file_of(name) for name in man_pages.names()}


def shown(path, *options):
    """Give a page as a terminal shows it, on one line."""
    if shutil.which("mandoc") is None:
        missing("mandoc")
    done = subprocess.run(["mandoc", "-T", "utf8", *options, path], capture_output=True, text=True, check=True)
    plain = done.stdout
    while "\b" in plain:  # bold is a letter struck twice
        at = plain.index("\b")
        plain = plain[: at - 1] + plain[at + 1 :]
    return " ".join(plain.split())


def test_each_command_has_its_page():
    """There is a page for the program and for each command, and none that is left over."""
    assert set(PAGES) == {"", *COMMANDS}
    assert {path.name for path in (ROOT / "docs" / "man").iterdir()} == {path.name for path in PAGES.values()}


@pytest.mark.system
@pytest.mark.parametrize("name", PAGES)
def test_no_complaint(name):
    """Mandoc finds nothing to warn of, and groff neither."""
    lint = ["mandoc", "-T", "lint", "-W", "warning", str(PAGES[name])]
    groff = ["groff", "-man", "-ww", "-z", "-T", "utf8", str(PAGES[name])]
    for command in (lint, groff):
        if shutil.which(command[0]) is None:
            missing(command[0])
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.system
@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_shown(name):
    """A page has every option with its words of help, those of inner commands too."""
    page = shown(PAGES[name], "-O", "width=1000")
    outer = click.Context(cli, info_name="sigcheck")
    command = cli.get_command(outer, name)
    assert command is not None
    inner = list(command.commands.values()) if isinstance(command, click.Group) else []
    found = [param for each in (command, *inner) for param in each.params if isinstance(param, click.Option)]
    for param in found:
        assert all(option in page for option in param.opts), param.opts
        assert " ".join((param.help or "").replace("`", "").split()) in page
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "ENVIRONMENT", "SEE ALSO"):
        assert f" {section} " in page


@pytest.mark.system
@pytest.mark.parametrize("name", man_pages.LIKE_VERIFY)
def test_every_exit_code_is_told(name):
    """The codes are those of docs/exit-codes.md, all of them."""
    page = shown(PAGES[name], "-O", "width=1000")
    exits = page.partition(" EXIT STATUS ")[2].partition(" ENVIRONMENT ")[0]
    for code, words in {"0": "compliant", "1": "non-compliant", "2": "the command line", "3": "undecided",
                        "4": "internal error", "130": "interrupted"}.items():  # fmt: skip
        assert f"{code} {words}" in exits


@pytest.mark.system
def test_what_roff_would_obey_is_shown(tmp_path):
    """Dots and quotes at the start of a line, backslashes and dashes come out as they are."""
    text = "x" * 76 + " .so /etc/passwd " + "y" * 60 + " 'ft B \\fB\\n(.x ^~`quoted words` --long-option \"…é"
    lines = man_pages._text(text)
    assert [line for line in lines if line.startswith((".", "'"))] == []
    path = tmp_path / "page.1"
    path.write_text('.TH A 1 "2026-11-23" "b" "c"\n.SH NAME\na \\- b\n.SH DESCRIPTION\n' + "\n".join(lines) + "\n")
    assert text.replace("`", "") in shown(path, "-O", "width=1000")


@pytest.mark.system
def test_man_finds_a_page_by_its_command(tmp_path):
    """Installed into a folder of manual pages, `man sigcheck verify` shows the page of verify."""
    if shutil.which("man") is None:
        missing("man")
    shutil.copytree(ROOT / "docs" / "man", tmp_path / "man1")
    environment = {"MANPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"}
    command = ["man", "sigcheck", "verify"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert "SIGCHECK-VERIFY(1)" in done.stdout, done.stderr
