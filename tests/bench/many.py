"""Many runs in one process: what 200 of them at once measure of a receiver, against what one alone measures."""

import asyncio
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sigcheck.demo.authority import create_authority
from tests.bench.figure import Figure, milliseconds
from tests.bench.memory import resident
from tests.fleet.quick import receiving

RUNS = 200
DELAYS = (0.0, 0.020, 0.200)
SINGLE = 5
GOAL = 0.002


def measure() -> Iterator[Figure]:
    """Yield the difference of the medians for each delay, and what the runs cost."""
    with tempfile.TemporaryDirectory(prefix="sigcheck-bench-") as folder:
        authority = create_authority(Path(folder), datetime.now(UTC))
        for delay in DELAYS:
            with receiving(delay, certificate=authority) as origin:
                alone, _, _ = _runs(origin, authority.ca_file, 1, SINGLE)
                together, took, memory = _runs(origin, authority.ca_file, RUNS, 1)
            difference = together - alone
            yield Figure(
                f"answer after {delay * 1000:.0f} ms, {RUNS} runs - one (median)",
                f"{difference * 1000:+.2f} ms ({milliseconds(together)} - {milliseconds(alone)})",
                f"within {GOAL * 1000:g} ms",
                abs(difference) <= GOAL,
            )
            yield Figure(
                f"{RUNS} runs at once, answers after {delay * 1000:.0f} ms", f"{took:.1f} s, {memory} KB a run"
            )


def _runs(origin: str, ca_file: Path, runs: int, times: int) -> tuple[float, float, int]:
    """Make runs in a process of their own; gives the median answer time, the seconds, and the KiB of each run."""
    command = [sys.executable, "-m", "tests.bench.many", f"{origin}/sigfox", str(ca_file), str(runs), str(times)]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    median, took, memory = map(float, done.stdout.split())
    return median, took, round(memory / runs)


async def _at_once(url: str, ca_file: str, runs: int, times: int) -> None:
    import sigcheck

    loop = asyncio.get_running_loop()
    only = ["reach", "tls", "response", "deadline"]
    settings = {"url": url, "ca_file": ca_file, "allow_private": True, "only": only}
    await sigcheck.run(sigcheck.decode(settings | {"samples": 1}))  # its imports are made
    before, began = resident(), loop.time()
    answers: list[float] = []
    for _ in range(times):
        for report in await asyncio.gather(*(sigcheck.run(sigcheck.decode(settings)) for _ in range(runs))):
            if not report.ok:
                raise RuntimeError(f"a run was {report.verdict}: {[each.rule for each in report.failed]}")
            answers += [each.answered_after for each in report.evidence.samples if each.answered_after is not None]
    print(statistics.median(answers), loop.time() - began, resident() - before)


if __name__ == "__main__":
    asyncio.run(_at_once(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
