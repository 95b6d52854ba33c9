"""What `sigcheck chain` costs beside `openssl verify`, on a file of three certificates, medians of one run."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import certifi

from tests import pki

RUNS = 15
BOUND = 2.0
"""Times the wall time of `openssl verify`, plus the interpreter's start with the imports that it needs."""

IMPORTS = """
import certifi, sigcheck.cli, sigcheck.cli.chain, sigcheck.cli.certificates, sigcheck.cli.output, sigcheck.report.text
from cryptography.x509 import verification
"""


def medians(*commands: list[str]) -> list[float]:
    """Give the median wall time of each command, in milliseconds; they take turns, so that a busy machine meets all."""
    times: list[list[float]] = [[] for _ in commands]
    for _ in range(RUNS):
        for taken, command in zip(times, commands, strict=True):
            began = time.perf_counter()
            subprocess.run(command, capture_output=True, check=False)
            taken.append(time.perf_counter() - began)
    return [statistics.median(taken) * 1000 for taken in times]


def main() -> int:
    """Print the figures; 1 when the bound is passed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chain.pem"
        chain = pki.chain(serve=("leaf", "intermediate", "root"))
        file.write_text(pki.pem(chain.presented))
        openssl, ours, start = medians(
            ["openssl", "verify", "-CAfile", certifi.where(), "-untrusted", str(file), str(file)],
            [sys.executable, "-m", "sigcheck", "chain", str(file), "--host", chain.host],
            [sys.executable, "-c", IMPORTS],
        )
    work = ours - start
    print(f"sigcheck chain {ours:.0f} ms, of which start and imports {start:.0f} ms; openssl verify {openssl:.1f} ms")
    print(f"  beyond start and imports: {work:.1f} ms = {work / openssl:.2f} times openssl verify (bound {BOUND:g})")
    return int(work > BOUND * openssl)


if __name__ == "__main__":
    sys.exit(main())
