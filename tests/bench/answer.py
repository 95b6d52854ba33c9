"""The answer times that sigcheck measures, beside curl's from the same server: medians, several delays."""

import json
import shutil
import statistics
import subprocess
from collections.abc import Iterator

from tests.bench.figure import SIGCHECK, Figure, milliseconds, skipped
from tests.fleet.quick import receiving

DELAYS = (0.0, 0.010, 0.100, 0.500)
SAMPLES = {0.0: 30, 0.010: 30, 0.100: 15, 0.500: 5}
ROUNDS = 2
GOAL = 0.001
BODY = '{"device":"516C4EC0","time":1795000000,"seqNumber":7,"data":"00"}'
FORMAT = "%{time_starttransfer} %{time_pretransfer}\n"


def measure() -> Iterator[Figure]:
    """Yield the difference of the medians for each delay; the two take turns."""
    curl = shutil.which("curl")
    for delay in DELAYS:
        what = f"answer after {delay * 1000:.0f} ms, sigcheck - curl (median)"
        if curl is None:
            yield skipped(what, "curl is not installed")
            continue
        ours: list[float] = []
        theirs: list[float] = []
        with receiving(delay) as origin:
            for _ in range(ROUNDS):
                ours += _sigcheck(origin, SAMPLES[delay])
                theirs += [_curl(curl, origin) for _ in range(SAMPLES[delay])]
        mine, its = statistics.median(ours), statistics.median(theirs)
        seen = f"{(mine - its) * 1000:+.2f} ms ({milliseconds(mine)} - {milliseconds(its)})"
        yield Figure(what, seen, f"within {GOAL * 1000:g} ms", abs(mine - its) <= GOAL)


def _sigcheck(origin: str, samples: int) -> list[float]:
    command = [SIGCHECK, "verify", f"{origin}/sigfox", "--allow-private", "--only", "deadline-exceeded", "--quiet"]
    done = subprocess.run(
        [*command, "--format", "json", "--samples", str(samples)], capture_output=True, check=True, encoding="utf-8"
    )
    return [sample["answered_after"] for sample in json.loads(done.stdout)["evidence"]["samples"]]


def _curl(curl: str, origin: str) -> float:
    command = [curl, "-sS", "-o", "/dev/null", "-w", FORMAT, "-H", "Content-Type: application/json", "-d", BODY]
    done = subprocess.run([*command, f"{origin}/sigfox"], capture_output=True, check=True, encoding="utf-8")
    answered, ready = map(float, done.stdout.split())
    return answered - ready
