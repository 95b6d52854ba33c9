"""What starting costs: `sigcheck --version` against the one import that it needs."""

import sys
from collections.abc import Iterator

from tests.bench.figure import SIGCHECK, Figure, at_most, interleaved, milliseconds

ROUNDS = 30
GOAL = 1.2


def measure() -> Iterator[Figure]:
    """Yield the ratio, and those of the other commands that stay offline."""
    python = [sys.executable, "-c", "import click"]
    commands = [[SIGCHECK, "--version"], [SIGCHECK, "--help"], [SIGCHECK, "rules"], [SIGCHECK, "explain", "dedup-lost"]]
    click, *times = interleaved([python, *commands], ROUNDS)
    for command, spent in zip(commands, times, strict=True):
        name = " ".join(["sigcheck", *command[1:]])
        detail = f"{milliseconds(spent)} / {milliseconds(click)}"
        if command[1] == "--version":
            yield at_most(f"{name} / import click", spent / click, GOAL, detail=detail)
        else:
            yield Figure(f"{name} / import click", f"{spent / click:.2f} ({detail})")
