"""Runs `sigcheck verify` against a receiver of the fleet and says which rules failed: what the matrix is made of."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

from tests import warm
from tests.fleet.launch import Running
from tests.fleet.spec import Spec

SPEED = 120.0
SETTLE = 0.5
SETTLE_AT_ONCE = 0.2
LIMIT = 300
FAMILIES = "response,deadline,retry,dedup"
"""The fleet is plain http on loopback: what `reach` and `tls` say of that is not what it is about."""

WHERE = "from readings where device = {device} and time = {time} and seq_number = {seqNumber}"
QUERIES = {
    "sql": f"select count(*) {WHERE}",
    "exists": f"select exists(select 1 {WHERE})",
    "count-distinct": f"select count(distinct seq_number) {WHERE}",
    "limit": f"select count(*) from (select 1 {WHERE} limit 1) one",
    "group-by": f"select count(*) from (select 1 {WHERE} group by device, time, seq_number) one",
}
OBSERVERS = ("message", "total", "distinct-api", "zero", *QUERIES)


@dataclass(frozen=True)
class Detection:
    """What one run found: the rules that failed as `must` or `should` (`warned`), if it passed, what stayed open."""

    found: tuple[str, ...]
    warned: tuple[str, ...]
    passed: bool
    undecided: tuple[str, ...]
    summaries: dict[str, str]

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
        }
        return cls(**given)

    def unexpected(self, spec: Spec) -> set[str]:
        """Give the rules that failed without being expected to, warnings that the spec allows left out."""
        return set(self.found) - set(spec.expected) - (set(spec.warned) & set(self.warned))

    def left_open(self, spec: Spec) -> set[str]:
        """Give the rules that a fair receiver leaves undecided without a reason of its own."""
        return set(self.undecided) - set(spec.undecided) - {"dedup-window"}


def observing(running: Running, observer: str) -> list[str]:
    """Give the options of an observer of that kind."""
    urls = {
        "message": running.effects_url,
        "total": running.total_url,
        "distinct-api": f"{running.effects_url}&distinct=1",
    }
    if observer == "zero":
        return ["--observe-command", "sh -c 'echo 0' {device} {time} {seqNumber}"]
    if observer in urls:
        return ["--observe-url", urls[observer], "--observe-pointer", "/count"]
    return ["--observe-sql", running.sql_url, "--observe-query", QUERIES[observer]]


def arguments(running: Running, observer: str) -> list[str]:
    """Give the command line for a receiver, with the observer of that kind."""
    spec = running.spec
    given = [running.url, "--allow-private", "--only", FAMILIES, "--format", "json", "--quiet"]
    given += ["--speed", f"{speed_of(spec):g}", "--settle", f"{settle_of(spec):g}", "--patience", "15"]
    given += ["--effects-within", f"{within_of(spec):g}"]
    given += [*observing(running, observer), *spec.options]
    # A compressed run cannot see how long duplicates are remembered: what is left must be beyond doubt.
    given += ["--fail-header", "X-Fail: 1", "--allow-undecided=dedup-window"]
    if spec.scenario == "late-answer":
        # Each answer takes 11 s: one is enough to know it.
        given += ["--samples", "1"]
    if "--restart-command" in spec.options:
        return given
    if spec.scenario == "restart" or (spec.good and spec.database == "postgresql"):
        given += ["--restart-command", running.restart_command]
    return given


def speed_of(spec: Spec) -> float:
    """Give the compression: a retry must meet a receiver that takes 11 s still at work, 1 s would be too late."""
    return 240.0 if spec.scenario == "late-answer" else SPEED


def speed_of_memory(spec: Spec) -> float:
    """Give by how much a receiver's memory is compressed with the schedule: where it must show in the run."""
    return SPEED if spec.real_time else 1.0


def settle_of(spec: Spec) -> float:
    """Give the settle time: longer than a receiver that is slow on purpose takes, as a user would set it."""
    if spec.done_at_once:
        return SETTLE_AT_ONCE
    slowest = max(spec.design.jobs, default=0.0) if spec.good and not spec.page_only else 0.0
    return max(SETTLE, 2 * slowest) if spec.scenario != "late-answer" else 0.5


def within_of(spec: Spec) -> float:
    """Give how long an effect may take: longer than any of the receiver's own takes, so that none is called lost."""
    return 1.0 + 2 * max(spec.design.jobs, default=0.0)


def detect(running: Running, observer: str | None = None) -> Detection:
    """Verify a receiver, in a process of its own as a user would."""
    given = arguments(running, observer or running.spec.observer)
    done = warm.run("sigcheck.__main__", ["verify", *given], timeout=LIMIT)
    if done.returncode not in {0, 1, 3}:
        raise AssertionError(f"exit code {done.returncode}: {done.stderr}{done.stdout[-2000:]}")
    report = json.loads(done.stdout)
    results = {result["rule"]: result for result in report["results"]}
    return Detection(
        found=tuple(name for name, each in results.items() if each["status"] == "fail" and each["level"] != "note"),
        warned=tuple(name for name, each in results.items() if (each["status"], each["level"]) == ("fail", "should")),
        passed=report["exit_code"] == 0,
        undecided=tuple(name for name, each in results.items() if each["status"] == "undecided"),
        summaries={name: each["summary"] for name, each in results.items() if each["status"] != "skip"},
    )


def detect_all(running: Running, observer: str | None = None) -> tuple[Detection, ...]:
    """Verify a receiver once, or twice at the same time and then a third time, as its spec says."""
    if not running.spec.thrice:
        return (detect(running, observer),)
    with ThreadPoolExecutor(2) as pool:
        beside = [pool.submit(detect, running, observer) for _ in range(2)]
        return (*(each.result() for each in beside), detect(running, observer))
