"""What is quick stays quick: commands that need no network load nothing that talks to one."""

import json
import subprocess
import sys

import pytest

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
     ["explain", "600"], ["verify", "--help"]],
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


def test_package_import_is_light():
    """`import sigcheck` alone loads no module of its own, and the version is there when asked for."""
    program = "import sys, sigcheck; print([m for m in sys.modules if m.startswith('sigcheck.')], sigcheck.__version__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.startswith("[] 0.")
