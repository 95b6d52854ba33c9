"""`sigcheck verify` on a real terminal: width, colour, the changing line and the cursor."""

import json
import os
import re
import signal
import subprocess

import pytest

from tests.commandline import PROGRAM, QUICK
from tests.ledgers import a_run, write
from tests.terminal import read_all, terminal

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal(columns, bad):
    """On a terminal no line is wider than it, colour is on, and the progress line leaves nothing behind on stdout."""
    leader, follower = terminal(columns)
    process = subprocess.Popen(
        [*PROGRAM, "verify", bad, *QUICK, "-v"], stdin=subprocess.DEVNULL, stdout=follower, stderr=subprocess.DEVNULL,
        env=os.environ | {"TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(follower)
    text = read_all(leader).decode()
    assert process.wait(timeout=60) == 1
    assert "\x1b[" in text
    lines = ESCAPE.sub("", text).replace("\r", "").splitlines()
    assert max(map(len, lines)) <= columns
    assert any("response-not-2xx" in line for line in lines)


@pytest.mark.parametrize("command", [("report",), ("report", "--fail-on-new", "OLD"), ("diff", "OLD")])
@pytest.mark.parametrize("columns", [40, 80])
def test_what_a_fleet_says_fits_a_terminal(columns, command, tmp_path):
    """No line of a fleet's report or comparison is wider than the terminal but one to be copied, and none is cut."""
    old, new = tmp_path / "a-ledger-with-a-long-name.jsonl", tmp_path / "new.jsonl"
    write(old, a_run("old-run1", {"orders": "healthy", "alarms-north-of-the-river": "worst"}))
    write(new, a_run("new-run1", {"orders": "worst", "alarms-north-of-the-river": "worst"}))
    leader, follower = terminal(columns)
    process = subprocess.Popen(
        [*PROGRAM, "fleet", *(old.name if each == "OLD" else each for each in command), new.name],
        stdin=subprocess.DEVNULL, stdout=follower, stderr=subprocess.DEVNULL, cwd=tmp_path,
        env=os.environ | {"TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(follower)
    lines = ESCAPE.sub("", read_all(leader).decode()).replace("\r", "").splitlines()
    assert process.wait(timeout=60) == 1
    copied = "To see what to fix: sigcheck fleet report new.jsonl --target NAME"
    assert (copied in lines) == (command[0] == "report")
    assert max(len(line) for line in lines if line != copied) <= columns
    assert lines[-1].endswith("(exit 1)")


def test_progress_on_a_terminal(bad):
    """On a terminal the progress is one changing line on stderr that is taken away at the end."""
    leader, follower = terminal(80)
    process = subprocess.Popen(
        [*PROGRAM, "verify", bad, *QUICK, "--format", "json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=follower, env=os.environ | {"TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(follower)
    out, _ = process.communicate(timeout=30)
    shown = read_all(leader).decode()
    assert json.loads(out)["exit_code"] == process.returncode == 1
    assert "sample 1 of 1: 500" in shown
    assert "sigcheck: " not in shown


def test_a_second_signal_gives_the_cursor_back(good):
    """Asked twice, the program takes its changing line away first: the terminal is the user's again."""
    leader, follower = terminal()
    process = subprocess.Popen(
        [*PROGRAM, "verify", good, "--allow-private", "--only", "retry", "--speed", "1"], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=follower, env=os.environ | {"TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(follower)
    shown = b""
    while b"delivery 2/4 in 0:" not in shown:
        shown += os.read(leader, 65536)
    # Stopped in between, so that the second is there before the first has ended the run.
    for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
        process.send_signal(number)
    shown += read_all(leader)
    assert process.wait(timeout=60) == 130
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l")
