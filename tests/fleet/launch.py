"""Run one receiver of the fleet as real processes on a free port of 127.0.0.1.

with launch(spec, tmp_path) as receiver:
    verify(receiver.url, observe_url=receiver.effects_url, restart_command=receiver.restart_command)
"""

import os
import select
import shlex
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sigcheck.demo.authority import Authority
from tests import warm
from tests.fleet.spec import Spec

ROOT = Path(__file__).parents[2]
# A start takes about a second; two cores may be busy with other tests.
START_SECONDS = 60.0


@dataclass
class Running:
    """A running receiver of the fleet.

    `effects_url` is a template with placeholders, `total_url` counts everything; `sql_url` is its database, whose
    view `readings` has a row (device, time, seq_number, data) for each effect. `restart_command` kills and starts
    it on the same port and database, and returns when it serves again.
    """

    spec: Spec
    url: str
    effects_url: str
    total_url: str
    sql_url: str
    restart_command: str
    log: Path
    _server: "Server"

    def restart(self) -> None:
        self._server.restart()


class Server:
    """The server of a spec on a listening socket that outlives its processes."""

    def __init__(self, spec: Spec, database: str, log: Path, authority: Authority | None = None) -> None:
        self.spec = spec
        self._pair = [str(authority.chain_file), str(authority.key_file)] if authority else []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.database = database
        self.log = log
        self._process: warm.Process | None = None
        self._ours = -1
        self._lock = threading.Lock()

    def start(self) -> None:
        ready, tell = os.pipe()
        # It ends when its standard input does: with us, however we end.
        given, self._ours = os.pipe()
        try:
            with self.log.open("ab") as log:
                self._process = warm.Process(
                    "tests.fleet.serve",
                    [self.spec.server, str(self.spec.workers), self.database, self.spec.design.to_json(), *self._pair],
                    (given, log.fileno(), log.fileno()),
                    (self.listener.fileno(), tell),
                )
            os.close(tell)
            tell = -1
            self._wait_until_each_worker_serves(ready)
        finally:
            os.close(given)
            os.close(ready)
            if tell >= 0:
                os.close(tell)

    def _wait_until_each_worker_serves(self, ready: int) -> None:
        """Read a byte a worker; the end of the pipe means that all are dead."""
        serving = 0
        while serving < self.spec.workers:
            if not select.select([ready], [], [], START_SECONDS)[0]:
                raise RuntimeError(f"{self.spec.name} does not start:\n{self.log.read_text()}")
            told = os.read(ready, self.spec.workers)
            if not told:
                raise RuntimeError(f"{self.spec.name} died at its start:\n{self.log.read_text()}")
            serving += len(told)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            os.close(self._ours)
            self._process = None

    def restart(self) -> None:
        with self._lock:
            self.kill()
            self.start()


@contextmanager
def launch(
    spec: Spec,
    directory: Path,
    *,
    postgres: str | None = None,
    speed: float = 1.0,
    authority: Authority | None = None,
) -> Iterator[Running]:
    """Serve `spec` while the context lasts; its files are made in `directory`.

    `postgres` is the URL of a schema of its own, for the specs that ask for PostgreSQL. `speed` says by how much
    the schedule is compressed: memories are shortened by it, and nothing else.
    With an `authority` it speaks TLS, where its server can.
    """
    log = directory / f"{spec.name}.log"
    if spec.database == "postgresql":
        if postgres is None:
            raise ValueError(f"{spec.name} needs the URL of a PostgreSQL schema")
        database = postgres
    else:
        database = f"sqlite:///{directory / spec.name}.sqlite3"
    server = Server(spec.compressed(speed), database, log, authority)
    control = socket.create_server(("127.0.0.1", 0))
    obeying = threading.Thread(target=obey, args=(control, server), name=f"restarts-{spec.name}")
    try:
        server.start()
        obeying.start()
        origin = f"http{'s' if authority else ''}://127.0.0.1:{server.listener.getsockname()[1]}"
        yield Running(
            spec=spec,
            url=f"{origin}/sigfox",
            effects_url=f"{origin}/effects?device={{device}}&time={{time}}&seqNumber={{seqNumber}}",
            total_url=f"{origin}/effects",
            sql_url=database,
            restart_command=shlex.join(
                [sys.executable, str(Path(__file__).with_name("restart.py")), str(control.getsockname()[1])]
            ),
            log=log,
            _server=server,
        )
    finally:
        # Shut down first: a thread that waits in accept would not notice the close.
        with suppress(OSError):
            control.shutdown(socket.SHUT_RDWR)
        control.close()
        if obeying.ident:
            obeying.join()
        server.kill()
        server.listener.close()


def obey(control: socket.socket, server: Server) -> None:
    """Restart the server for each connection, then say so."""
    while True:
        try:
            connection, _ = control.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            try:
                server.restart()
            except RuntimeError as error:
                connection.sendall(str(error).encode())
            else:
                connection.sendall(b"serving")
