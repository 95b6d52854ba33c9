"""One run of `sigcheck fleet run` over the test bed: what it cost, and whether it says what the plan says."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sigcheck.fleet.ledger import EndLine, Line, ResultLine, RunLine, read_lines
from tests.many.bed import ROOT
from tests.many.plan import UNDECIDED_BY_SCAN, Plan

LOOK_EVERY = 0.01


@dataclass(frozen=True)
class Trial:
    """What a run left. `cpu` and `peak` (KiB) are those of its process and of those that it waited for."""

    code: int
    seconds: float
    cpu: float
    peak: int
    out: str
    err: str


class Fleet:
    """A `sigcheck fleet run` that is under way, its output in files of `folder`."""

    def __init__(self, folder: Path, *arguments: str | Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "sigcheck", "fleet", "run", *map(str, arguments)]
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            self._begun = time.perf_counter()
            self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

    def wait(self) -> Trial:
        """Wait for its end."""
        _, status, used = os.wait4(self.process.pid, 0)
        took = time.perf_counter() - self._begun
        self.process.returncode = os.waitstatus_to_exitcode(status)
        out, err = ((self._folder / name).read_text("utf-8", "replace") for name in ("out", "err"))
        return Trial(self.process.returncode, took, used.ru_utime + used.ru_stime, used.ru_maxrss, out, err)

    def killed(self, when: Callable[[], bool]) -> Trial:
        """Kill it with SIGKILL as soon as that is so; raises RuntimeError where it ends before."""
        self.until(when)
        self.process.send_signal(signal.SIGKILL)
        return self.wait()

    def until(self, when: Callable[[], bool]) -> None:
        """Wait until that is so; raises RuntimeError where the run ends before."""
        while not when():
            if self._ended():
                raise RuntimeError(f"the run ended too early: {self.wait().err}")
            time.sleep(LOOK_EVERY)

    def _ended(self) -> bool:
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def lines_of(ledger: Path) -> int:
    """Count the whole lines of a ledger that is being written."""
    return ledger.read_bytes().count(b"\n") if ledger.exists() else 0


def results_of(lines: Iterable[Line]) -> list[ResultLine]:
    """Give the results of the last run."""
    found: list[ResultLine] = []
    run = ""
    for line in lines:
        if isinstance(line, RunLine) and line.run != run:
            found, run = [], line.run
        elif isinstance(line, ResultLine) and line.run == run:
            found.append(line)
    return found


def complaints(plan: Plan, results: Sequence[ResultLine], *, scan: bool = False) -> list[str]:
    """Say where the results of a run differ from the plan; nothing is said where each broken one is named, and alone.

    Every target has one result. The heaviest cause of a broken one is its rule, and nothing else of it failed. Nobody
    else has any cause. `scan`: it was a scan.
    """
    said = [f"{name} has {count} results" for name, count in _counted(results).items() if count > 1]
    by_name = {each.summary.target: each.summary for each in results}
    for place in plan.places:
        summary = by_name.get(place.name)
        if summary is None:
            said.append(f"{place.name} has no result")
            continue
        status = "undecided" if scan and place.endpoint.way in UNDECIDED_BY_SCAN else "fail"
        named = [(each.rule, each.status) for each in summary.causes[:1]]
        more = [each.rule for each in summary.causes[1:] if each.status == "fail"]
        if named != ([(place.rule, status)] if place.rule else []) or more or bool(place.rule) == summary.well:
            said.append(
                f"{place.name} is {place.endpoint.way or 'well'}, and is called {summary.word}: {named}, {more}"
            )
    return said


def misnamed(plan: Plan, text: str) -> list[str]:
    """Say where the text for people names others than the broken targets, or counts more or fewer of them.

    It lists the first ones of a large group, and counts all.
    """
    others = sorted({*re.findall(r"^    (t\d{4,})\b", text, re.MULTILINE)} - {*plan.broken})
    counted = sum(map(int, re.findall(r"^\S (\d+) targets?: ", text, re.MULTILINE)))
    said = [f"{name} is named" for name in others]
    return said if counted == len(plan.broken) else [*said, f"{counted} are not well, of {len(plan.broken)} broken"]


def executions(ledger: Path) -> tuple[int, int]:
    """Give how many runs of targets the last line counts, and how many of them were not the first of their target."""
    ends = [each for each in read_lines(ledger) if isinstance(each, EndLine)]
    return ends[-1].executions, sum(count - 1 for count in ends[-1].repeated.values())


def _counted(results: Iterable[ResultLine]) -> Counter[str]:
    return Counter(each.summary.target for each in results)
