"""What a target of a fleet costs at 100, 1,000 and 5,000 of them, and how many full diagnoses a second there are.

The endpoints are those of tests/many, all healthy, on this machine: they take processor time of their own, so the rate
by the clock is that of both. Processor time and memory are the fleet's alone.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure, at_most
from tests.many.bed import running
from tests.many.plan import Plan
from tests.many.prove import ANSWERS, SCAN, SCANNED
from tests.many.trial import Fleet, Trial

SIZES = (100, 1000, 5000)
FLAT = 1.25
"""How much more a target may cost between the two large sizes than between the two small ones."""
DIAGNOSED = (100, 400)
DIAGNOSES = 70
"""A second, on one core."""


def measure() -> Iterator[Figure]:
    """Yield cost and memory at each size, whether they are flat, and the rate of full diagnoses."""
    runs = {size: _run(size, SCANNED, SCAN) for size in SIZES}
    for size, done in runs.items():
        yield Figure(
            f"scan of {size} targets, processor time of each",
            f"{done.cpu / size * 1000:.2f} ms ({size / done.seconds:.0f}/s by the clock)",
        )
        yield Figure(f"scan of {size} targets, peak memory", f"{done.peak / 1024:.0f} MiB")
    small, middle, large = SIZES
    early = _further(runs[small], runs[middle], middle - small)
    late = _further(runs[middle], runs[large], large - middle)
    yield at_most(
        f"a further target, {middle} to {large} / {small} to {middle}",
        late / early,
        FLAT,
        detail=f"{late * 1000:.2f} / {early * 1000:.2f} ms",
    )
    grown = (runs[large].peak - runs[middle].peak) / (large - middle)
    yield Figure(f"memory of a further target, {middle} to {large}", f"{grown:.1f} KiB")
    few, more = (_run(size, ANSWERS) for size in DIAGNOSED)
    each = _further(few, more, DIAGNOSED[1] - DIAGNOSED[0])
    yield Figure(
        "full diagnoses a second and core, one message each",
        f"{1 / each:.0f} ({each * 1000:.1f} ms)",
        f"at least {DIAGNOSES}",
        1 / each >= DIAGNOSES,
    )


def _run(targets: int, settings: dict[str, Any], arguments: tuple[str, ...] = ()) -> Trial:
    """Run a fleet of healthy targets in a process of its own; raises RuntimeError where one is not well."""
    with (
        tempfile.TemporaryDirectory(prefix="sigcheck-bench-") as folder,
        running(Plan(targets, ways=()), Path(folder)) as bed,
    ):
        file = bed.configuration(Path(folder) / "sigcheck.toml", **settings)
        ledger = Path(folder) / "results.jsonl"
        done = Fleet(Path(folder) / "run", "--config", file, "--ledger", ledger, *arguments).wait()
    if done.code:
        raise RuntimeError(f"the fleet exited {done.code}: {done.out[-500:]}{done.err[-500:]}")
    return done


def _further(few: Trial, more: Trial, targets: int) -> float:
    """Give the processor time of each target that one run has more than another: start-up is in both."""
    return (more.cpu - few.cpu) / targets
