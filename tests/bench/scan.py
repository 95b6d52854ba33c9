"""Scans and full diagnoses a second and core, beside blackbox_exporter's TLS probes of the same nginx.

Both programs are whole: sigcheck reads a configuration file and writes a ledger of reports, blackbox_exporter answers
HTTP requests for metrics. Each makes the same number of TLS connections with verification against the same private CA,
a few at a time. What is compared is the CPU seconds that each process used (user and system, as the kernel counts
them), so that whoever else is at work on the machine, nginx among them, has no part in it; sigcheck's start, measured
by a run of one target, is subtracted, and blackbox_exporter's is not counted.
"""

import asyncio
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests import pki
from tests.bench.endpoint import CONFIG, READY_WITHIN
from tests.bench.figure import SIGCHECK, Figure, skipped

TARGETS = 600
FULL = 60
ROUNDS = 3
AT_ONCE = 20
GOAL = 0.7
GOAL_FULL = 70.0
NAME = "a.bench.test"
MODULE = """modules:
  tls:
    prober: tcp
    timeout: 5s
    tcp:
      tls: true
      tls_config: {{ca_file: {ca}, server_name: {name}}}
"""
ONLY = "reach,tls,response,deadline"


def measure() -> Iterator[Figure]:
    """Yield what each of them does a second and core, and the ratio; what is not installed is skipped with a word."""
    what = "fleet run --scan"
    nginx, blackbox = shutil.which("nginx"), shutil.which("prometheus-blackbox-exporter")
    if nginx is None:
        yield skipped(what, "nginx is not installed")
        return
    with tempfile.TemporaryDirectory(prefix="sigcheck-bench-") as name, _serving(nginx, Path(name)) as port:
        folder = Path(name)
        start = min(_sigcheck(folder, port, 1, "--scan") for _ in range(ROUNDS))
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append((TARGETS - 1) / (_sigcheck(folder, port, TARGETS, "--scan") - start))
            if blackbox is not None:
                theirs.append(TARGETS / _blackbox(blackbox, folder, port, TARGETS))
        yield Figure(f"{what}, {TARGETS} targets", f"{max(ours):.0f}/s and core")
        if blackbox is None:
            yield skipped(f"{what} / blackbox_exporter", "prometheus-blackbox-exporter is not installed")
        else:
            ratio = max(ours) / max(theirs)
            detail = f"{ratio:.2f} ({max(ours):.0f} / {max(theirs):.0f} a second and core)"
            yield Figure(f"{what} / blackbox_exporter", detail, f"at least {GOAL:g}", ratio >= GOAL)
        full = ("--only", ONLY, "--samples", "1")
        start = min(_sigcheck(folder, port, 1, *full) for _ in range(ROUNDS))
        rate = max((FULL - 1) / (_sigcheck(folder, port, FULL, *full) - start) for _ in range(ROUNDS))
        yield Figure(
            f"full diagnosis, 1 sample, {FULL} targets",
            f"{rate:.0f}/s and core",
            f"at least {GOAL_FULL:g}",
            rate >= GOAL_FULL,
        )


@contextmanager
def _serving(nginx: str, folder: Path) -> Iterator[int]:
    """Run nginx with a certificate for every name below bench.test; gives its port."""
    chain = pki.chain(now=datetime.now(UTC), leaf={"names": pki.dns("*.bench.test")}, host=NAME)
    (folder / "chain.pem").write_text(pki.pem(chain.presented), encoding="ascii")
    (folder / "ca.pem").write_text(pki.pem(chain.roots), encoding="ascii")
    (folder / "key.pem").write_bytes(chain.private_pem)
    port = _free_port()
    config = CONFIG.format(folder=folder, port=port, chain=folder / "chain.pem", key=folder / "key.pem")
    config = config.replace("events {}", "events { worker_connections 4096; }")
    (folder / "nginx.conf").write_text(config, encoding="utf-8")
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.terminate()


def _sigcheck(folder: Path, port: int, count: int, *options: str) -> float:
    """Run a fleet of targets that are all well; gives the CPU seconds of its process."""
    lines = ["[defaults]", f'ca_file = "{folder}/ca.pem"', "allow_private = true"]
    for number in range(count):
        host = f"t{number}.bench.test"
        lines += [f"[targets.t{number}]", f'url = "https://{host}:{port}/sigfox"']
        lines += [f'resolve = ["{host}:{port}:127.0.0.1"]']
    (folder / "sigcheck.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ledger = folder / "results.jsonl"
    ledger.unlink(missing_ok=True)
    command = [SIGCHECK, "fleet", "run", "--quiet", "--config", str(folder / "sigcheck.toml"), "--ledger", str(ledger)]
    # One process: the start of more of them would have to be subtracted, too.
    command += ["--jobs", "1", "--at-once", str(AT_ONCE), *options]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"the fleet exited {done.returncode}: {done.stdout[-300:]!r} {done.stderr[-300:]!r}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _blackbox(program: str, folder: Path, port: int, count: int) -> float:
    """Have blackbox_exporter probe the server that often; gives the CPU seconds that its process used meanwhile."""
    (folder / "blackbox.yml").write_text(MODULE.format(ca=folder / "ca.pem", name=NAME), encoding="utf-8")
    own = _free_port()
    command = [program, f"--config.file={folder}/blackbox.yml", f"--web.listen-address=127.0.0.1:{own}"]
    # One core: with more, its garbage collector would use them beside the probes.
    environment = os.environ | {"GOMAXPROCS": "1"}
    with subprocess.Popen(
        [*command, "--log.level=error"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        try:
            _wait_for(own, process)
            asyncio.run(_probes(own, port, AT_ONCE))
            before = _used(process.pid)
            asyncio.run(_probes(own, port, count))
            return _used(process.pid) - before
        finally:
            process.terminate()


async def _probes(own: int, port: int, count: int) -> None:
    """Ask for that many probes over a few connections; raises RuntimeError where one failed."""
    left = iter(range(count))
    request = f"GET /probe?module=tls&target=127.0.0.1:{port} HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    async def lane() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", own)
        for _ in left:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            body = await reader.readexactly(int(length.partition(b":")[2]))
            if b"probe_success 1\n" not in body:
                raise RuntimeError("a probe of blackbox_exporter's failed")
        writer.close()

    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))


def _used(pid: int) -> float:
    """Give the CPU seconds that a process has used, by its scheduler's nanoseconds where those are told."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(each.read_text().split()[0]) for each in tasks) / 1e9


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("a server did not start")
