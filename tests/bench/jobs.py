"""Scaling of a fleet from one process to two: full diagnoses, without the replay, of TLS targets on loopback.

The receivers run on the same processors. What they use cannot be gained by a second process, so the ratio is set
against the one that is possible with the processor time that both sides were seen to use.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sigcheck.demo.authority import Authority
from sigcheck.fleet.ledger import EndLine, ResultLine, RunLine, read_lines
from tests import pki
from tests.bench.figure import Figure, skipped
from tests.fleet.quick import receiving

TARGETS = 120
RECEIVERS = 2
ROUNDS = 3
GOAL = 0.8
MOST_DISTURBED = 1.5
"""How much longer one process may take than it computes, before something else was busy here too."""

HEAD = """
[defaults]
allow_private = true
ca_file = "ca.pem"
only = ["reach", "tls", "response", "deadline"]
samples = 1
"""
TARGET = """
[targets.r{number}]
url = "https://r{number}.fleet.example:{port}/x"
resolve = ["r{number}.fleet.example:{port}:127.0.0.1"]
"""


class Run(NamedTuple):
    """Seconds of a fleet's run from its first line in the ledger to its last, and of processor time."""

    took: float
    cpu: float


def measure() -> Iterator[Figure]:
    """Yield targets a second with one process and with two, and how much of the possible gain was had."""
    what = f"fleet, {TARGETS} targets, full diagnosis without replay"
    if not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2:
        yield skipped(what, "needs two processors")
        return
    runs: dict[int, list[Run]] = {1: [], 2: []}
    before, fleets = _cpu(), 0.0
    with tempfile.TemporaryDirectory(prefix="sigcheck-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        authority = _authority(folder)
        origins = [stack.enter_context(receiving(certificate=authority)) for _ in range(RECEIVERS)]
        ports = [origin.rpartition(":")[2] for origin in origins]
        targets = (TARGET.format(number=number, port=ports[number % RECEIVERS]) for number in range(TARGETS))
        (folder / "sigcheck.toml").write_text(HEAD + "".join(targets), encoding="utf-8")
        for number in range(ROUNDS):
            for jobs, found in runs.items():
                found.append(_run(folder, jobs, folder / f"{number}-{jobs}.jsonl"))
                fleets += found[-1].cpu
    receivers = _cpu() - before - fleets
    one, two = (min(runs[jobs]) for jobs in (1, 2))
    for jobs, run in ((1, one), (2, two)):
        yield Figure(f"{what}, {jobs} process{'es' if jobs > 1 else ''}", f"{TARGETS / run.took:.0f} targets/s")
    count = 2 * ROUNDS * TARGETS
    ours, theirs = fleets / count, receivers / count
    # One process keeps one processor busy, and the receivers have the other; two share both with the receivers.
    possible = 2 * max(ours, theirs) / (ours + theirs)
    ratio = one.took / two.took
    disturbed = one.took > MOST_DISTURBED * TARGETS * max(ours, theirs)
    yield Figure(
        f"2 processes / 1, of {possible:.2f} that two processors allow",
        f"{ratio:.2f} ({ours * 1000:.1f} ms of ours and {theirs * 1000:.1f} ms of the receivers a target)",
        "not judged: others used the processors" if disturbed else f"at least {GOAL:g} of it",
        None if disturbed else ratio >= GOAL * possible,
    )


def _authority(folder: Path) -> Authority:
    """Write a good chain for all names of the fleet."""
    chain = pki.chain(leaf={"names": pki.dns("*.fleet.example")}, now=datetime.now(UTC))
    authority = Authority(folder / "ca.pem", folder / "chain.pem", folder / "key.pem")
    authority.ca_file.write_text(pki.pem(chain.roots), encoding="ascii")
    authority.chain_file.write_text(pki.pem(chain.presented), encoding="ascii")
    authority.key_file.write_bytes(chain.private_pem)
    return authority


def _run(folder: Path, jobs: int, ledger: Path) -> Run:
    """Run the fleet; raises RuntimeError where not every target was well: what ends early is quick."""
    before = _cpu()
    command = [sys.executable, "-m", "sigcheck", "fleet", "run", "-q", "--config", str(folder / "sigcheck.toml")]
    command += ["--ledger", str(ledger), "--jobs", str(jobs), "--at-address", "1000", "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = list(read_lines(ledger))
    well = sum(isinstance(line, ResultLine) and not line.summary.exit_code for line in lines)
    begin, end = lines[0], lines[-1]
    if well != TARGETS or not isinstance(begin, RunLine) or not isinstance(end, EndLine):
        raise RuntimeError(f"{well} of {TARGETS} targets were well: {done.stdout[-300:]} {done.stderr[-300:]}")
    return Run((end.ended_at - begin.started_at).total_seconds(), _cpu() - before)


def _cpu() -> float:
    """Give the processor time of all processes that were started here, and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
