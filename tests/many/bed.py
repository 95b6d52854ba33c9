"""Starts the test bed, writes the file of its targets, and asks it what it counted."""

import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import urlopen

import msgspec

from tests.many import certificates
from tests.many.plan import Endpoint, Plan
from tests.many.receiver import COUNTS
from tests.many.serving import PARTS, PLAN, nginx_serves

ROOT = Path(__file__).parents[2]
READY_WITHIN = 30.0
FIRST_PORT, LAST_PORT = 20000, 30000
"""Below those that a system gives to connections."""
EFFECTS = "/effects?device={device}&time={time}&seqNumber={seqNumber}"


@dataclass(frozen=True)
class Bed:
    """A running test bed: `port` is that of all endpoints, `plain` those at which its processes tell what they saw."""

    plan: Plan
    folder: Path
    port: int
    plain: Sequence[int]

    @property
    def ca_file(self) -> Path:
        """Give the roots to trust."""
        return self.folder / certificates.CA

    def counts(self) -> dict[str, Counter[str]]:
        """Give connections, messages and deliveries, each host → how many; nginx counts no connections."""
        total: dict[str, Counter[str]] = {"connections": Counter(), "messages": Counter(), "deliveries": Counter()}
        for port in self.plain:
            with urlopen(f"http://127.0.0.1:{port}{COUNTS}") as answer:
                for what, counted in json.load(answer).items():
                    total[what] += Counter(counted)
        return total

    def configuration(self, path: Path, *, observed: bool = False, **defaults: Any) -> Path:
        """Write a configuration file with all targets; `observed`: with an observer, which counts at the target."""
        settings = {"allow_private": True, "ca_file": str(self.ca_file)} | defaults
        lines = ["[defaults]", *(f"{name} = {json.dumps(value)}" for name, value in settings.items())]
        for place in self.plan.places:
            origin = f"https://{place.host}:{self.port}"
            lines += [
                f"[targets.{place.name}]",
                f'url = "{origin}/sigfox"',
                f'resolve = ["{place.host}:{self.port}:{place.endpoint.address}"]',
                *([f'observe.url = "{origin}{EFFECTS}"'] if observed else []),
            ]
        path.write_text("\n".join(lines) + "\n")
        return path


@contextmanager
def running(plan: Plan, folder: Path) -> Iterator[Bed]:
    """Serve a plan while the context lasts; `folder` is for certificates and configuration."""
    certificates.write(folder)
    (folder / PLAN).write_bytes(msgspec.json.encode(plan))
    port = _free_port(plan.endpoints)
    with ExitStack() as stack:
        processes = []
        for part in range(PARTS):
            command = [sys.executable, "-m", "tests.many.serving", str(folder), str(port), str(part)]
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            stack.callback(_end, process)
            processes.append(process)
        plain = [int(process.stdout.readline()) for process in processes]
        _wait_for([(each.address, port) for each in plan.endpoints if nginx_serves(each)][-1:])
        yield Bed(plan, folder, port, plain)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def _free_port(endpoints: Sequence[Endpoint]) -> int:
    """Find a port that is free at the addresses of all."""
    for port in Random().sample(range(FIRST_PORT, LAST_PORT), 100):
        with ExitStack() as stack:
            try:
                for each in endpoints:
                    stack.enter_context(socket.create_server((each.address, port)))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free at all addresses")


def _wait_for(places: Sequence[tuple[str, int]]) -> None:
    end = time.monotonic() + READY_WITHIN
    for place in places:
        while True:
            try:
                socket.create_connection(place, timeout=1).close()
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
            else:
                break
