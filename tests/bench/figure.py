"""A measured figure with its goal, and the little statistics of the bench."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SIGCHECK = str(Path(sys.executable).parent / "sigcheck")


class Figure(NamedTuple):
    """What was measured, in words; `goal` in words too. `met` is None for a figure without a goal, or a skip."""

    what: str
    seen: str
    goal: str = ""
    met: bool | None = None

    def line(self) -> str:
        """Give the row of the table."""
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        return f"  {self.what:52} {self.seen:>30}  {self.goal:22} {verdict}".rstrip()


def skipped(what: str, why: str) -> Figure:
    """Give the figure of something that cannot be measured here."""
    return Figure(what, "skipped", why)


def at_most(what: str, value: float, limit: float, unit: str = "", detail: str = "") -> Figure:
    """Give a figure whose goal is an upper bound."""
    seen = f"{value:.2f}{unit}" + (f" ({detail})" if detail else "")
    return Figure(what, seen, f"at most {limit:g}{unit}", value <= limit)


def wall(command: Sequence[str], *, codes: tuple[int, ...] = (0,), env: dict[str, str] | None = None) -> float:
    """Run a command and give its wall time in seconds; raises RuntimeError for another exit code."""
    started = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=env, check=False)
    spent = time.perf_counter() - started
    if done.returncode not in codes:
        tail = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()[-1:]
        raise RuntimeError(f"{command[0]} exited {done.returncode}: {' '.join(tail)}")
    return spent


def interleaved(commands: Sequence[Sequence[str]], rounds: int, codes: tuple[int, ...] = (0,)) -> list[float]:
    """Give the shortest wall time of each command: one of each a round, so that a slow spell hits all of them.

    What else runs on the machine only ever adds to a time, so the shortest says most about the program.
    """
    for command in commands:
        wall(command, codes=codes)  # warms the caches
    times: list[list[float]] = [[] for _ in commands]
    for _ in range(rounds):
        for place, command in enumerate(commands):
            times[place].append(wall(command, codes=codes))
    return [min(each) for each in times]


def milliseconds(seconds: float) -> str:
    """Write a short time."""
    return f"{seconds * 1000:.1f} ms"
