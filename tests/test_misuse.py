"""What is said of a slip on the command line names the command that was written, and what to write instead."""

import re

import pytest

from sigcheck.cli import run

URL = "https://receiver.example/"


def complaint(capsys, *arguments):
    """Run a command that is refused, and give what it says."""
    assert run(list(arguments)) == 2
    return capsys.readouterr().err.removeprefix("sigcheck: ").strip()


@pytest.mark.parametrize("command", ["verify", "report"])
@pytest.mark.parametrize("rules", ["dedup-window", "tls,dedup-window", "*"])
def test_rules_behind_a_blank(capsys, command, rules):
    """The value of --allow-undecided stands behind an equals sign: that is said, and not that there are two URLs."""
    said = complaint(capsys, command, "--allow-undecided", rules, URL)
    assert said == f"--allow-undecided takes its value after an equals sign: write --allow-undecided={rules}"


def test_a_bare_option_in_front_of_a_url(capsys):
    """Without a value it still stands for all rules."""
    assert run(["verify", "--allow-undecided", URL, "--dry-run"]) == 0


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("report", "--effects"), "sigcheck report"),
        (("verify", URL, "--samples"), "sigcheck verify"),
        (("allowlist", "check", "--url"), "sigcheck allowlist check"),
        (("allowlist", "--port"), "sigcheck allowlist"),
    ],
)
def test_an_option_without_its_value(capsys, arguments, command):
    """The help that is named is that of the command that was written."""
    said = complaint(capsys, *arguments)
    assert said == f"Option '{arguments[-1]}' requires an argument: see `{command} --help`"


def test_one_mark_in_a_row(capsys):
    """A question ends its sentence, and a group with one command does not offer a choice."""
    assert complaint(capsys, "report", "--formt", "x") == (
        "there is no such option: did you mean --format? See `sigcheck report --help`"
    )
    assert complaint(capsys, "allowlist", "chek") == (
        "there is no such command: the only command here is check: see `sigcheck allowlist --help`"
    )


@pytest.mark.parametrize(
    ("arguments", "spans"),
    [
        (("verify",), ["[default: 10; 1 to 200]", "[default: 30; 0 to 300]"]),
        (("report",), ["[0 to 1000]"]),
        (("observe",), ["[0 to 4294967295]", "[default: 10.0; 0 to 3600]"]),
        (("allowlist",), ["[default: 443; 1 to 65535]"]),
    ],
)
def test_a_range_is_said_once_and_in_words(capsys, arguments, spans):
    """The help says each range as "1 to 200", whoever made the option."""
    run([*arguments, "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert re.search(r"<=?x", shown) is None
    for span in spans:
        assert shown.count(span) >= 1
    assert shown.count("1 to 200]") <= 1
