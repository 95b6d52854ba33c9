"""`sigcheck verify` on a real terminal: width, colour, the changing line and the cursor."""

import json
import os
import re
import signal
import subprocess

import pytest

from tests.commandline import PROGRAM, QUICK
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
