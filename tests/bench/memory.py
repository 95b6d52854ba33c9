"""Resident memory over a run against a server whose bodies never end: flat, because bodies are capped."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import SIGCHECK, Figure, at_most, skipped
from tests.bench.receiver import receiving

SAMPLES = 100
WARM = 10
GOAL = 1.05


def measure() -> Iterator[Figure]:
    """Yield the memory after all samples and the replay over that after the first samples."""
    what = f"memory after the replay and {SAMPLES} samples / after {WARM} of them"
    if not sys.platform.startswith("linux"):
        yield skipped(what, "reads /proc")
        return
    with receiving(endless=True) as origin:
        command = [SIGCHECK, "verify", f"{origin}/sigfox", "--allow-private", "--only", "response,retry"]
        options = ["--samples", str(SAMPLES), "--speed", "240"]
        with subprocess.Popen(
            [*command, *options], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            counts = [(line, _resident(process.pid)) for line in process.stderr]
    # The first samples come before the replay, the others behind it: the tenth of these is warm.
    warm = next(size for line, size in counts if f"sample {WARM} of " in line)
    last = [size for line, size in counts if re.search(r"delivery: sample \d+ of", line)][-1]
    if process.returncode != 0:
        raise RuntimeError(f"the run exited {process.returncode}")
    yield at_most(what, last / warm, GOAL, detail=f"{last / 1024:.1f} MiB / {warm / 1024:.1f} MiB")


def _resident(process: int) -> int:
    """Give the resident memory of a process in KiB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else 0
