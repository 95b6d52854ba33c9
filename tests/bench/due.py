"""How far the deliveries of the replay are from their due times, alone and while an observer is polled."""

import json
import subprocess
from collections.abc import Iterator

from tests.bench.figure import SIGCHECK, Figure, milliseconds
from tests.fleet.quick import receiving

SPEED = "60"
GOAL = 0.010
EFFECTS = "/effects?device={device}&time={time}&seqNumber={seqNumber}"


def measure() -> Iterator[Figure]:
    """Yield the largest error of one run without an observer and of one with all scenarios in the waits."""
    with receiving() as origin:
        for what, options in (
            ("without an observer", ["--only", "retry"]),
            (
                "with an observer and scenarios",
                ["--only", "retry,dedup", "--settle", "0.2", "--observe-url", origin + EFFECTS, "--allow-undecided"],
            ),
        ):
            errors = _errors(f"{origin}/sigfox", options)
            yield Figure(
                f"sent after due, {what} (largest of {len(errors)})",
                milliseconds(max(errors)),
                f"within {GOAL * 1000:g} ms",
                max(map(abs, errors)) <= GOAL,
            )


def _errors(url: str, options: list[str]) -> list[float]:
    command = [SIGCHECK, "verify", url, "--allow-private", "--speed", SPEED, "--quiet", "--format", "json", *options]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    scenarios = json.loads(done.stdout)["evidence"]["scenarios"]
    replay = next(scenario for scenario in scenarios if scenario["scenario"] == "retry")
    errors = [each["started"] - each["due"] for each in replay["exchanges"] if each["due"] is not None]
    if len(errors) < 3:
        raise RuntimeError("the replay had no retries")
    return errors
