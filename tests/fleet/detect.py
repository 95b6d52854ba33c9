"""Runs `sigcheck verify` against a receiver of the fleet and says which rules failed: what the matrix is made of."""

import json
import subprocess
import sys
from dataclasses import dataclass

from tests.fleet.launch import Running
from tests.fleet.registry import Spec

SPEED = 120.0
SETTLE = 0.5
LIMIT = 300
FAMILIES = "response,deadline,retry,dedup"
"""The fleet is plain http on loopback: what `reach` and `tls` say of that is not what it is about."""

OBSERVERS = ("message", "sql", "total")


@dataclass(frozen=True)
class Detection:
    """What one run found: the rules that failed as `must` or `should`, whether it passed, and what stayed undecided."""

    found: tuple[str, ...]
    passed: bool
    undecided: tuple[str, ...]
    summaries: dict[str, str]


def arguments(running: Running, observer: str) -> list[str]:
    """Give the command line for a receiver, with the observer of that kind."""
    spec = running.spec
    given = [running.url, "--allow-private", "--only", FAMILIES, "--format", "json", "--quiet"]
    given += ["--speed", f"{speed_of(spec):g}", "--settle", f"{settle_of(spec):g}", "--patience", "15"]
    given += ["--effects-within", f"{within_of(spec):g}"]
    match observer:
        case "message":
            given += ["--observe-url", running.effects_url, "--observe-pointer", "/count"]
        case "total":
            given += ["--observe-url", running.total_url, "--observe-pointer", "/count"]
        case "sql":
            given += ["--observe-sql", running.sql_url, "--observe-query", QUERY]
    # A compressed run cannot see how long duplicates are remembered: what is left must be beyond doubt.
    given += ["--fail-header", "X-Fail: 1", "--allow-undecided=dedup-window"]
    if spec.scenario == "late-answer":
        # Each answer takes 11 s: one is enough to know it.
        given += ["--samples", "1"]
    if spec.scenario == "restart" or (spec.good and spec.database == "postgresql"):
        given += ["--restart-command", running.restart_command]
    return given


QUERY = "select count(*) from readings where device = {device} and time = {time} and seq_number = {seqNumber}"


def speed_of(spec: Spec) -> float:
    """Give the compression: a retry must meet a receiver that takes 11 s still at work, 1 s would be too late."""
    return 240.0 if spec.scenario == "late-answer" else SPEED


def settle_of(spec: Spec) -> float:
    """Give the settle time: longer than a receiver that is slow on purpose takes, as a user would set it."""
    slowest = max(spec.design.jobs, default=0.0) if spec.good else 0.0
    return max(SETTLE, 2 * slowest) if spec.scenario != "late-answer" else 0.5


def within_of(spec: Spec) -> float:
    """Give how long an effect may take: longer than any of the receiver's own takes, so that none is called lost."""
    return 1.0 + 2 * max(spec.design.jobs, default=0.0)


def detect(running: Running, observer: str = "message") -> Detection:
    """Verify a receiver, in a process of its own as a user would."""
    done = subprocess.run(
        [sys.executable, "-m", "sigcheck", "verify", *arguments(running, observer)],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    if done.returncode not in {0, 1, 3}:
        raise AssertionError(f"exit code {done.returncode}: {done.stderr}{done.stdout[-2000:]}")
    report = json.loads(done.stdout)
    results = {result["rule"]: result for result in report["results"]}
    return Detection(
        found=tuple(name for name, each in results.items() if each["status"] == "fail" and each["level"] != "note"),
        passed=report["exit_code"] == 0,
        undecided=tuple(name for name, each in results.items() if each["status"] == "inconclusive"),
        summaries={name: each["summary"] for name, each in results.items() if each["status"] != "skip"},
    )
