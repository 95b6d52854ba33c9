"""What a fleet's waiting targets cost: memory of each, and how far deliveries are from their due times.

What the test bed holds itself is not counted (`tests.fleet.many_waiting` says how), nor what a process holds once.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure, milliseconds
from tests.bench.memory import resident
from tests.fleet.many_waiting import fleet
from tests.fleet.quick import receiving

VIRTUAL, TRACED, REAL = 10_000, 60, 1_000
"""Targets: without an observer over plain HTTP, with an observer over TLS, and in real time."""

WARM = 10
"""Targets that ran before resident memory is measured."""

SPEED = 4.0
"""60, 120 and 240 s become 15, 30 and 60."""
GOAL, KILOBYTES = 0.050, 20.0
EXACT = 1e-6


def measure() -> Iterator[Figure]:
    """Yield memory and due-time errors: in virtual time on the real schedule, and in real time compressed."""
    for count, way in ((TRACED, "traced"), (VIRTUAL, "resident")):
        held, error, took, accused = map(float, _apart("virtual", str(count), way))
        yield Figure(
            f"{count} waiting, {way} memory of each",
            f"{held / 1024:.1f} KB",
            f"at most {KILOBYTES:g} KB",
            held <= KILOBYTES * 1024,
        )
        yield Figure(f"{count} waiting in virtual time, sent after due", f"{error:.6f} s", "0 s", error <= EXACT)
        yield Figure(f"{count} runs in virtual time", f"{took:.0f} s, {accused:.0f} accused", "0 accused", not accused)
    with receiving() as origin:
        held, median, largest, deliveries = map(float, _apart("real", str(REAL), origin))
    yield Figure(
        f"{REAL} waiting in real time, sent after due (largest)",
        f"{milliseconds(largest)} of {deliveries:.0f} (median {milliseconds(median)})",
        f"within {GOAL * 1000:g} ms",
        largest <= GOAL,
    )
    yield Figure(f"{REAL} waiting in real time, resident memory of each", f"{held / 1024:.1f} KB")


def _apart(*arguments: str) -> list[str]:
    """Measure in a process of its own; gives what it printed."""
    command = [sys.executable, "-m", "tests.bench.waiting", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout.split()


def _traced() -> float:
    return float(tracemalloc.get_traced_memory()[0])


def _resident() -> float:
    return resident() * 1024.0


def _virtual(folder: Path, count: int, way: Callable[[], float]) -> None:
    import time

    observed = way is _traced
    kind: dict[str, Any] = {"observed": observed, "scheme": "https" if observed else "http"}
    # What all runs share is no target's, such as caches and sets that grew to the most that was in them: so many ran
    # before. Resident memory that they leave behind would be used again, so there it is only some.
    if observed:
        tracemalloc.start()
    fleet(folder, count if observed else WARM, **kind)
    (folder / "results.jsonl").unlink()
    began = time.perf_counter()
    seen = fleet(folder, count, **kind, measure=way)
    accused = sum(each.exit_code == 1 for each in seen.summaries)
    print(seen.held, max(seen.errors), time.perf_counter() - began, accused)


async def _real(folder: Path, count: int, origin: str) -> None:
    """Run targets at once against a receiver in another process, over plain HTTP."""
    from sigcheck.config.given import Given
    from sigcheck.config.wanted import Wanted
    from sigcheck.fleet.coordinator import Coordinator
    from sigcheck.fleet.executor import LocalExecutor
    from sigcheck.fleet.ledger import Ledger, ResultLine, read_lines
    from sigcheck.fleet.target import FleetRun, FleetTarget, HostGroup
    from sigcheck.progress.fleet import FleetSilence

    settings = {"speed": SPEED, "allow_private": True, "only": "reach,response,retry", "samples": 5}

    def target(number: int) -> HostGroup:
        given = {"url": f"{origin}/{number}"} | settings
        wanted = Wanted(f"{number}", {name: (Given(value, name, name),) for name, value in given.items()})
        return HostGroup((FleetTarget(f"{number}", wanted),))

    with Ledger(folder / "results.jsonl") as ledger:
        how, before = FleetRun("0badcafe", at_once=count), resident()
        groups = list(map(target, range(count)))
        peak = 0

        async def look() -> None:
            nonlocal peak
            while True:
                peak = max(peak, resident())
                await asyncio.sleep(1)

        looking = asyncio.create_task(look())
        await Coordinator(groups, how, LocalExecutor(), ledger, FleetSilence(None)).run()
        looking.cancel()
    errors = []
    for line in read_lines(folder / "results.jsonl"):
        if isinstance(line, ResultLine):
            report = json.loads(bytes(line.report))
            replay = next(each for each in report["evidence"]["scenarios"] if each["scenario"] == "retry")
            errors += [each["started"] - each["due"] for each in replay["exchanges"] if each["due"] is not None]
    print((peak - before) * 1024 / count, statistics.median(errors), max(errors), len(errors))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="sigcheck-bench-") as name:
        if sys.argv[1] == "virtual":
            _virtual(Path(name), int(sys.argv[2]), {"traced": _traced, "resident": _resident}[sys.argv[3]])
        else:
            asyncio.run(_real(Path(name), int(sys.argv[2]), sys.argv[3]))
