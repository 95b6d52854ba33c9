"""Colour in a pipe: none by itself, and what was asked for stays."""

import os
import subprocess
import sys

import pytest

from tests.docs_blocks import ROOT


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
    ids=["neither", "FORCE_COLOR", "both"],
)
def test_colour_in_a_pipe(variables, coloured):
    """FORCE_COLOR colours a report that goes into a pipe; NO_COLOR wins over it."""
    done = subprocess.run(
        [sys.executable, "-m", "sigcheck", "verify", "http://127.0.0.1:9/", "--allow-private", "--only", "reach"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert (b"\x1b[" in done.stdout) is coloured
