"""Verifies receivers of the fleet side by side, ahead of the tests that ask what was found: each run mostly waits.

`begin` starts one process for all workers of a test run; what a run found is in a file that `runs_of` waits for.
"""

import json
import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from tests import warm
from tests.fleet.detect import Detection, detect_all, speed_of_memory
from tests.fleet.launch import launch
from tests.fleet.postgres import shared_cluster
from tests.fleet.registry import FLEET
from tests.fleet.spec import Spec

AT_ONCE = 8
PROCESS = "ahead"
Run = tuple[str, str]
"""The name of a receiver, and of an observer ("" for its own)."""


def begin(runs: Sequence[Run]) -> None:
    """Begin the process that makes these runs; those that wait longest are made first."""
    ordered = sorted(dict.fromkeys(runs), key=lambda run: -slowness(FLEET[run[0]]))
    with (warm.shared() / f"{PROCESS}.log").open("wb") as log:
        process = warm.Process("tests.fleet.ahead", [json.dumps(ordered)], (None, log.fileno(), log.fileno()))
    (warm.shared() / PROCESS).write_text(str(process.pid))
    process.let_go()


def slowness(spec: Spec) -> float:
    """Say how long a run against a receiver takes, beside others: by how long it takes for a message."""
    return max(spec.design.work, *spec.design.jobs, (spec.design.proxy_rate or 0) / 10)


def runs_of(name: str, observer: str = "") -> tuple[Detection, ...]:
    """Wait for what the runs against a receiver found; raises AssertionError where they failed."""
    place, pause = place_of((name, observer)), threading.Event()
    while not place.exists():
        if not alive():
            raise AssertionError((warm.shared() / f"{PROCESS}.log").read_text())
        pause.wait(0.05)
    told = json.loads(place.read_text())
    if "problem" in told:
        raise AssertionError(told["problem"])
    return tuple(Detection.from_json(each) for each in told["runs"])


def alive() -> bool:
    """Whether the process still runs."""
    number = warm.shared() / PROCESS
    return not number.exists() or Path("/proc", number.read_text()).exists()


def place_of(run: Run) -> Path:
    """Give the file of a run."""
    return warm.shared() / "-".join(("run", *run))


def make(run: Run) -> None:
    """Make a run, and write down what it found, or what went wrong."""
    try:
        with tempfile.TemporaryDirectory(dir=warm.shared()) as folder:
            told: dict[str, object] = {"runs": [asdict(each) for each in verified(*run, Path(folder))]}
    except Exception:  # noqa: BLE001 - whatever it is, the test that asks for the run tells it
        told = {"problem": traceback.format_exc()}
    written = place_of(run).with_suffix(".new")
    written.write_text(json.dumps(told))
    written.rename(place_of(run))


def verified(name: str, observer: str, folder: Path) -> tuple[Detection, ...]:
    """Launch a receiver and verify it, as often as its spec says."""
    spec = FLEET[name]
    postgres = None
    if spec.database == "postgresql" and (cluster := shared_cluster()):
        postgres = cluster.new_schema()
    with launch(spec, folder, postgres=postgres, speed=speed_of_memory(spec)) as running:
        return detect_all(running, observer or None)


def main() -> None:
    """Make the runs that the argument names, and stay until the test run ends, or end at once where it ends before."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for run in json.loads(sys.argv[1]):
            pool.submit(make, tuple(run))
        sys.stdin.read()
        os._exit(0)
