"""Resident memory over a run against a server whose bodies never end: flat, because bodies are capped."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure, at_most, skipped
from tests.fleet.quick import receiving

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
        command = [sys.executable, "-m", "tests.bench.memory", f"{origin}/sigfox"]
        done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    sizes = [int(line) for line in done.stdout.split()]
    if len(sizes) != SAMPLES:
        raise RuntimeError(f"{len(sizes)} samples were taken")
    warm, last = sizes[WARM - 1], sizes[-1]
    yield at_most(what, last / warm, GOAL, detail=f"{last / 1024:.1f} MiB / {warm / 1024:.1f} MiB")


def resident() -> int:
    """Give the resident memory of this process in KiB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else 0


def _run(url: str) -> None:
    """Make the run in a process of its own; prints the memory after each sample."""
    import sigcheck
    from sigcheck.model.events import Event, Sampled

    def tell(event: Event) -> None:
        if isinstance(event, Sampled):
            print(resident())

    settings = {"only": ["response", "retry"], "samples": SAMPLES, "speed": 240.0, "allow_private": True}
    asyncio.run(sigcheck.run(sigcheck.decode({"url": url, **settings}), on_event=tell))


if __name__ == "__main__":
    _run(sys.argv[1])
