"""Works out what 50,000 and 1,000,000 callbacks take, from what was measured: the tables of docs/fleet.md.

To update: measure again as MEASURED says, write the figure there, and run `python -m docs.generate fleet`.
"""

from math import ceil
from typing import NamedTuple

SIZES = (50_000, 1_000_000)
RUN_MINUTES = 9.0
"""Minutes that a full run takes: four deliveries over seven minutes, samples before and counts after."""
BUSY = 0.7
"""Share of a core that is planned with: a loop that is always busy measures its own lateness."""
NIGHT = 60.0
"""Minutes in which a fleet is to be done."""
FILES_OF_A_PROCESS = 20_000
FILES_OF_AN_ACTIVE_RUN = 16
ACTIVE = 100
"""Hosts at once of one process, by default."""
BATCH = 50
"""Targets of one task of a scan on Dask, at most; a task of a full run has the targets of one host."""


class Measured(NamedTuple):
    """One figure, and how it was got."""

    value: float
    unit: str
    how: str


MEASURED = {
    "scan_cpu": Measured(
        7.9,
        "ms of processor time for a target's scan",
        "5,000 targets of `python -m tests.many.prove plain`, 2026-11-28",
    ),
    "full_cpu": Measured(
        1750,
        "ms of processor time for a target's full run with an observer",
        "10 targets of the test bed on the real schedule, start-up included, 2026-11-28",
    ),
    "scan_connections": Measured(1, "connection for a target's scan", "counted by the endpoints"),
    "full_connections": Measured(
        289,
        "connections for a target's full run with an observer, which is asked over connections of its own",
        "counted at the 7 of these 10 that are not served by nginx",
    ),
    "scan_ledger": Measured(16.1, "KB in the ledger for a target's scan", "the same run of 5,000"),
    "full_ledger": Measured(150, "KB in the ledger for a target's full run with an observer", "the same run of 10"),
    "base_memory": Measured(64, "MiB of a process of the fleet before its targets", "peak of a run of 200"),
    "target_memory": Measured(
        3.2,
        "KiB for each target of a scan, whose summary is kept until the end",
        "80 MiB for 5,000, 67 for 1,000, in one process",
    ),
    "waiting_memory": Measured(
        72, "KiB for a target with an observer that waits for its next retry", "500 of them, in virtual time"
    ),
    "tasks": Measured(118, "tasks a second of one Dask scheduler", "empty tasks with resources; 332 without them"),
}
"""Name → what the tables are worked out from."""


def tables() -> dict[str, str]:
    """Give the two tables by the names of their blocks."""
    return {"measured": _measured(), "reckoning": _worked_out()}


def _measured() -> str:
    lines = ["| Measured | | How |", "|---:|---|---|"]
    lines += [f"| {each.value:g} | {each.unit} | {each.how} |" for each in MEASURED.values()]
    return "\n".join(lines) + "\n"


def _worked_out() -> str:
    columns = [(size, kind) for kind in ("scan", "full") for size in SIZES]
    head = "| | " + " | ".join(f"{size:,}, {'scan' if kind == 'scan' else 'full run'}" for size, kind in columns) + " |"
    found = [_of(size, kind) for size, kind in columns]
    rows = [f"| {what} | " + " | ".join(each[what] for each in found) + " |" for what in found[0]]
    return "\n".join([head, "|---|" + "---:|" * len(columns), *rows]) + "\n"


def _of(size: int, kind: str) -> dict[str, str]:
    """Work out one column."""
    seconds = size * _value(f"{kind}_cpu") / 1000
    alone = seconds / BUSY / 60 + (RUN_MINUTES if kind == "full" else 0)
    begins = NIGHT - (RUN_MINUTES if kind == "full" else 0)
    cores = max(1, ceil(seconds / BUSY / 60 / begins))
    # Begun evenly over the hour, so many are under way, and all but the active ones wait.
    under_way = size * RUN_MINUTES / begins if kind == "full" else 0
    memory = cores * _value("base_memory") + size * _value("target_memory") / 1024
    memory += under_way * _value("waiting_memory") / 1024
    tasks = size if kind == "full" else ceil(size / BATCH)
    return {
        "connections": f"{size * _value(f'{kind}_connections'):,.0f}",
        "processor time": _time(seconds / 60),
        "one core": _time(alone),
        "cores for an hour": f"{cores}",
        "connections a second in that hour": f"{size * _value(f'{kind}_connections') / begins / 60:,.0f}",
        "targets that wait at a time": f"{under_way:,.0f}" if under_way else "none",
        "memory of all processes": f"{memory / 1024:,.1f} GiB",
        "open files of a process, of 20,000": f"{ACTIVE * FILES_OF_AN_ACTIVE_RUN:,}",
        "ledger": f"{size * _value(f'{kind}_ledger') / 1e6:,.1f} GB",
        "tasks on Dask": f"{tasks:,}",
        "time of the scheduler for them": _time(tasks / _value("tasks") / 60),
    }


def _time(minutes: float) -> str:
    if minutes < 1:
        return f"{minutes * 60:.0f} s"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:,.1f} h"


def _value(name: str) -> float:
    return MEASURED[name].value
