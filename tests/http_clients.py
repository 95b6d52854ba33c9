"""Real HTTP clients, each given every answer of the corpus by a bare socket: curl and the two clients of a JDK."""

import contextlib
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests import java
from tests.http_corpus import Case

CLIENTS = ("curl", "HttpURLConnection", "java.net.http")
"""In the order of the table, and as `sigcheck.model.answers` calls them."""

TOOLS = ("curl", "javac", "java")
AT_ONCE = 8
PATIENCE = {"close": 20.0, "reset": 20.0, "stay": 2.0}
"""Seconds that a client waits: short only where it would wait for ever."""

CUT_BODY = {18, 61}
BROKEN_BODY = {23, 28, 43, 56}
"""Exit codes of curl for a body alone: partial file, encoding; and those that may come within the headers as well."""


@dataclass(frozen=True)
class Said:
    """What one client made of one answer: the status it gave (None for none), and the body's size where it was read."""

    status: int | None
    body: int | None = None
    words: str = ""


class AnswerServer:
    """Plays one case on every connection, on port 0 of 127.0.0.1, until it is closed."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, work, *arguments) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        self._listener.settimeout(0.5)
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError, OSError):
                self._start(self._play, self._listener.accept()[0])

    def _play(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(20)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not _read_request(connection):
                return
            for part in self._case.script:
                if isinstance(part, bytes):
                    connection.sendall(part)
                else:
                    time.sleep(part)
            match self._case.close:
                case "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                case "stay":
                    connection.settimeout(0.2)
                    self._linger(connection)

    def _linger(self, connection: socket.socket) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                if not connection.recv(4096):
                    return

    def close(self) -> None:
        """Stop, and wait for the threads."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        for thread in self._threads:
            thread.join(30)
        self._listener.close()


def _read_request(connection: socket.socket) -> bool:
    request = b""
    while b"\r\n\r\n" not in request:
        data = connection.recv(4096)
        if not data:
            return False
        request += data
    head, _, body = request.partition(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )  # fmt: skip
    while len(body) < length:
        data = connection.recv(4096)
        if not data:
            return False
        body += data
    return True


class Jdk:
    """One JVM that makes all requests."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["java", *java.QUICK, "-cp", str(java.classes("HttpClients")), "HttpClients"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self.version = self._process.stdout.readline().strip().partition("\t")[2]

    def ask(self, asked: Sequence[tuple[int, float]]) -> list[dict[str, Said]]:
        """Post to each port, with this many seconds of patience, by both clients."""
        for place, (port, patience) in enumerate(asked):
            self._process.stdin.write(f"{place}\t{port}\t{patience * 1000:.0f}\n")
        self._process.stdin.flush()
        said: list[dict[str, Said]] = [{} for _ in asked]
        for _ in range(2 * len(asked)):
            number, client, status, size, broken, error = self._process.stdout.readline().rstrip("\n").split("\t")
            said[int(number)][client] = Said(
                None if status == "-" else int(status), None if size == "-" else int(size), error or broken
            )
        return said

    def close(self) -> None:
        """End the JVM."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)


@contextlib.contextmanager
def jdk() -> Iterator[Jdk]:
    """Start a JVM for many requests, and end it."""
    client = Jdk()
    try:
        yield client
    finally:
        client.close()


def missing() -> Sequence[str]:
    """Name the clients that are not installed here."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def curl(asked: Sequence[tuple[int, float]]) -> list[Said]:
    """Post to each port, with this many seconds of patience, by curl with its defaults: in turn, by few processes."""
    said: list[Said] = []
    while len(said) < len(asked):  # curl gives its other URLs up where it finds no memory for a line
        said += _curl(asked[len(said) :])
    return said


def _curl(asked: Sequence[tuple[int, float]]) -> list[Said]:
    with tempfile.TemporaryDirectory() as folder:
        files = [(Path(folder, f"{place}.body"), Path(folder, f"{place}.head")) for place in range(len(asked))]
        command = ["curl", "-q", "-sS"]
        for (port, patience), (body, dump) in zip(asked, files, strict=True):
            command += [] if (body, dump) == files[0] else ["--next"]
            command += ["--noproxy", "*", "--max-time", f"{patience:g}", "-o", str(body), "-D", str(dump)]
            command += ["-H", "Content-Type: application/json", "-d", '{"device":"516C4EC0"}']
            command += ["-w", "%{http_code}\t%{exitcode}\t%{errormsg}\n", f"http://127.0.0.1:{port}/callback"]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        assert done.stdout, done.stderr
        return [_said_by_curl(line, *each) for line, each in zip(done.stdout.splitlines(), files, strict=False)]


def _said_by_curl(line: str, body: Path, dump: Path) -> Said:
    status, code, error = line.split("\t", 2)
    head = dump.read_bytes() if dump.is_file() else b""
    if code == "0":
        return Said(int(status), body.stat().st_size if body.is_file() else 0)
    after_headers = int(code) in CUT_BODY or (int(code) in BROKEN_BODY and head.endswith((b"\n\r\n", b"\n\n")))
    return Said(int(status) if after_headers and int(status) else None, None, f"({code}) {error[:160]}")


def measure(wanted: Sequence[Case], machine: Jdk) -> dict[str, dict[str, Said]]:
    """Let every client have every answer; some at a time, those that make clients wait together."""
    said: dict[str, dict[str, Said]] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ordered = sorted(wanted, key=lambda case: case.close)
        for batch in (ordered[at : at + AT_ONCE] for at in range(0, len(ordered), AT_ONCE)):
            with contextlib.ExitStack() as stack:
                servers = [stack.enter_context(contextlib.closing(AnswerServer(case))) for case in batch]
                asked = [(server.port, PATIENCE[case.close]) for server, case in zip(servers, batch, strict=True)]
                # One process for those that make no client wait, since starting it is most of its work.
                waits = any(case.close == "stay" for case in batch)
                of_curl = [pool.submit(curl, each) for each in ([[each] for each in asked] if waits else [asked])]
                of_jdk = machine.ask(asked)
                by_curl = [each for job in of_curl for each in job.result()]
                for case, first, others in zip(batch, by_curl, of_jdk, strict=True):
                    said[case.id] = {"curl": first} | others
    return {case.id: said[case.id] for case in wanted}


def curl_version() -> str:
    """Name curl's version."""
    done = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[1]
