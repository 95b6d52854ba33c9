"""Scans one target as a worker of a fleet does, and servers for it: what came of it, and what they saw."""

import asyncio
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sigcheck.config.given import Given
from sigcheck.config.wanted import Wanted
from sigcheck.fleet.event_loops import fast_loop
from sigcheck.fleet.target import FleetRun, FleetTarget, HostGroup, Outcome, Started
from sigcheck.fleet.working import Worker
from tests import pki
from tests.tls_servers import Server, listening, reset

NOW = datetime.now(UTC)
HOST = pki.HOST
LIMIT = 0.6
OLD = ssl.TLSVersion.TLSv1_1
ALERT = bytes.fromhex("15030300020228")

LOOPS = [asyncio.new_event_loop]
if find_spec("uvloop") is not None:
    LOOPS.append(fast_loop)


class Scanned:
    """What came of a scan: its report as JSON, and the server that saw it."""

    def __init__(self, outcome: Outcome):
        self.outcome = outcome
        self.summary = outcome.summary
        self.report = json.loads(bytes(outcome.report))
        self.results = {each["rule"]: each for each in self.report["results"]} if self.report else {}
        evidence = self.report["evidence"] if self.report else {}
        self.network, self.tls = evidence.get("network") or {}, evidence.get("tls") or {}

    def of(self, status: str, *levels: str) -> list[str]:
        """Give the rules of a status."""
        return [
            rule
            for rule, each in self.results.items()
            if each["status"] == status and (not levels or each["level"] in levels)
        ]


def scan(
    trust: pki.Chain | None,
    url: str,
    tmp_path: Path,
    loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
    **settings: Any,
) -> Scanned:
    """Scan a URL as a worker of the fleet does."""
    if trust is not None:
        settings["ca_file"] = str(tmp_path / "roots.pem")
        Path(settings["ca_file"]).write_text(pki.pem(trust.roots))
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"name": "quick", "answer_limit": LIMIT}))
    settings = {"url": url, "allow_private": True, "policy": str(policy)} | settings
    wanted = Wanted("", {name: (Given(value, name, name),) for name, value in settings.items()})
    told = []
    with asyncio.Runner(loop_factory=loop) as runner:
        worker = Worker(FleetRun("0", scan=True))
        runner.run(worker.run(HostGroup((FleetTarget("one", wanted),)), told.append))
    assert [type(each) for each in told] == [Started, Outcome]
    return Scanned(told[1])


def scan_of(trust: pki.Chain, server: Server, tmp_path: Path, **settings: Any) -> Scanned:
    """Scan a server by the host's name."""
    url = f"https://{HOST}:{server.port}/x"
    return scan(trust, url, tmp_path, **{"resolve": [f"{HOST}:{server.port}:127.0.0.1"]} | settings)


@contextmanager
def serving(context: ssl.SSLContext, said: list[bytes] | None = None) -> Iterator[Server]:
    """Serve TLS; `said` takes what each connection sent over it."""

    def serve(_: Server, connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as tls:
            heard = tls.recv(1024)
            if said is not None:
                said.append(heard)

    with listening(serve) as server:
        yield server


def refusing(_: Server, connection: socket.socket) -> None:
    """Refuse any hello with handshake_failure."""
    connection.recv(65536)
    connection.sendall(ALERT)


def in_the_clear(_: Server, connection: socket.socket) -> None:
    """Be a web server without TLS."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def silent(server: Server, connection: socket.socket) -> None:
    """Say nothing."""
    server.stopping.wait(10)


def resetting(_: Server, connection: socket.socket) -> None:
    """Reset the connection at the hello."""
    connection.recv(65536)
    reset(connection)
