"""What is quick stays quick: commands that need no network load nothing that talks to one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commandline import QUICK

HEAVY = ("httpx", "httpcore", "rich", "cryptography", "asyncio", "anyio", "certifi", "idna")
PROGRAM = """
import json, sys
from sigcheck.cli import run
code = run(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["rules"], ["rules", "--format", "json"], ["explain", "dedup-duplicate"],
     ["explain"], ["explain", "600"], ["explain", "observing"], ["verify", "--help"], ["undelivered", "--help"],
     ["fleet", "run", "--help"], ["fleet", "report", "--help"]],
    ids=" ".join,
)  # fmt: skip
def test_heavy_modules_stay_out(arguments):
    """Listing, explaining and helping import neither HTTP, terminal, cryptography nor an event loop."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    assert done.stdout.strip()
    assert [name for name in HEAVY if name in modules] == []


def test_a_file_of_records_needs_no_client():
    """Explaining a file of undelivered callbacks loads neither a client of the API nor an event loop."""
    file = Path(__file__).parents[1] / "examples" / "account" / "undelivered.json"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "undelivered", str(file)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 1, done.stderr
    assert [name for name in (*HEAVY, "ssl") if name in modules] == []


def test_package_import_is_light():
    """`import sigcheck` alone loads no module of its own, and the version is there when asked for."""
    program = "import sys, sigcheck; print([m for m in sys.modules if m.startswith('sigcheck.')], sigcheck.__version__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.startswith("[] 0.")


def test_a_quiet_run_that_passes_lays_nothing_out(good):
    """As CI sees it on a good day: no HTTP library but our own, and no library for terminals."""
    arguments = ["verify", good, *QUICK, "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert (code, done.stdout.count("\n")) == (0, 1), done.stdout
    assert "passed" in done.stdout
    assert {"rich", "httpx"}.isdisjoint(modules)
