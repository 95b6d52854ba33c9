"""`sigcheck demo` ends when it is told to, and whoever listens to it or not."""

import signal
import subprocess

import pytest

from tests.commandline import PROGRAM


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("redirection", ["", " >&-"], ids=["listened-to", "stdout-closed"])
def test_signals_in_the_demo(redirection, number):
    """Ctrl-C and SIGTERM end the whole demo with the partial report of the first receiver and exit code 130."""
    process = subprocess.Popen(
        ["bash", "-c", f'exec "$@" demo{redirection}', "bash", *PROGRAM],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in process.stderr:
        if "replay: 4 deliveries" in line:
            break
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "please report it" not in err
    if not redirection:
        assert f"PARTIAL: interrupted by {number.name}" in out
        assert "the bad receiver" not in out
