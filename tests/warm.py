"""Python processes that begin with their imports made: on these a new interpreter spends most of a short life.

    done = warm.run("sigcheck.__main__", ["verify", url])

A server (`python -m tests.warm SOCKET`) imports once what the test run needs, and forks a process for each request. It
is one for all workers of a test run, and ends with whoever began it. A process is like one of `python -m MODULE`: its
module's `main` is called, in a process group of its own, with its own streams, and with the environment and the folder
of whoever asked for it.
"""

import atexit
import contextlib
import fcntl
import gc
import json
import multiprocessing
import os
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
VARIABLE = "TESTS_WARM_SOCKET"
IMPORTED = (
    "anyio._backends._asyncio", "anyio.streams.tls", "fastapi", "flask", "gunicorn.app.base",
    "gunicorn.workers.gthread", "hypercorn.asyncio", "importlib.resources.readers", "psycopg", "pymarkdown.__main__",
    "sigcheck.cli", "sigcheck.cli.fleet_playing", "sigcheck.cli.fleet_report", "sigcheck.cli.fleet_running",
    "sigcheck.cli.rejudging", "sigcheck.cli.targets", "sigcheck.cli.verify", "sigcheck.cli.verifying",
    "sigcheck.observers", "sigcheck.probes.command", "sigcheck.probes.sql", "sigcheck.probes.url",
    "sigcheck.progress.lines", "sigcheck.report.full", "sigcheck.report.json", "sigcheck.report.page",
    "sigcheck.report.screen", "sigcheck.saved", "statistics", "tests.commandline", "tests.fleet.serve", "uvicorn",
    "waitress",
)  # fmt: skip
HIGH = 200
"""A number of descriptors that no process of ours comes near."""

PATIENCE = 5
"""Seconds that those that end with the test run have for it."""

_lock = threading.Lock()


class Process:
    """A forked process with these streams (0, 1 and 2) and further descriptors, which are 3, 4 and so on to it.

    Where its input is None it is one that ends when the server does: at the end of the whole test run.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str | bytes | os.PathLike[str]],
        streams: tuple[int | None, int, int],
        descriptors: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        kept = streams[0] is None
        given = [each for each in (*streams, *descriptors) if each is not None]
        surroundings = [dict(environment or os.environ), str(Path.cwd())]
        asked = json.dumps([module, [*map(os.fsdecode, arguments)], *surroundings, kept])
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(address())
        socket.send_fds(self._connection, [b"!"], given)
        self._connection.sendall(asked.encode() + b"\n")
        self._code: int | None = None
        self.pid = self._told()

    def _told(self) -> int:
        """Read a line of the server: first the number of the process, and when it has ended its code."""
        line = b"".join(iter(lambda: self._connection.recv(1).strip(), b""))
        if not line:
            raise RuntimeError("the warm server is gone")
        return int(line)

    def poll(self) -> int | None:
        """Give the exit code, or None while it runs."""
        return self.wait(0)

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end and give the exit code, that of a signal negative; None where time is over before."""
        if self._code is None and select.select([self._connection], [], [], timeout)[0]:
            self._code = self._told()
            self._connection.close()
        return self._code

    def let_go(self) -> None:
        """Wait for it no more: it ends when its input does."""
        self._connection.close()

    def kill(self) -> None:
        """Kill it and all that it has started, as a crash would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()


def run(
    module: str,
    arguments: Sequence[str | bytes | os.PathLike[str]],
    *,
    timeout: float,
    environment: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run a module's `main` to its end, without input; raises subprocess.TimeoutExpired."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, Path(os.devnull).open("rb") as nothing:
        process = Process(module, arguments, (nothing.fileno(), out.fileno(), err.fileno()), (), environment)
        code = process.wait(timeout)
        if code is None:
            process.kill()
            raise subprocess.TimeoutExpired([module, *arguments], timeout)
        return subprocess.CompletedProcess([module, *arguments], code, _written(out), _written(err))


def _written(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def shared() -> Path:
    """Give a folder that all workers of a test run have in common."""
    return Path(address()).parent


def once(name: str, make: Callable[[Path], object]) -> Path:
    """Give the path of that name in the common folder, which whoever asks first makes."""
    place = shared() / name
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            make(place.with_suffix(".new"))
            place.with_suffix(".new").rename(place)
    return place


def programs() -> Path:
    """Give a folder for PATH in which `sigcheck` is a program that is begun warm, for scripts that call it by name."""
    return once("bin", _make_programs)


def _make_programs(folder: Path) -> None:
    folder.mkdir()
    client = shlex.join([sys.executable, "-I", "-S", str(Path(__file__).with_name("warm_program.py")), address()])
    (folder / "sigcheck").write_text(f'#!/bin/sh\nexec {client} sigcheck.__main__ "$@"\n')
    (folder / "sigcheck").chmod(0o755)


def address() -> str:
    """Give the path of the server's socket; where nobody has begun one, it is one of this process."""
    with _lock:
        if VARIABLE not in os.environ:
            begun = contextlib.ExitStack()
            begun.enter_context(server())
            atexit.register(begun.close)
        return os.environ[VARIABLE]


@contextlib.contextmanager
def server() -> Iterator[None]:
    """Run the server while the context lasts, or the process, for it and all that it starts."""
    if VARIABLE in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="sigcheck-warm-", ignore_cleanup_errors=True) as folder:
        os.environ[VARIABLE] = str(Path(folder, "socket"))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.environ[VARIABLE])
            listener.listen(128)
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.warm", str(listener.fileno())],
                stdin=subprocess.PIPE, cwd=ROOT, pass_fds=(listener.fileno(),), start_new_session=True,
            )  # fmt: skip
        try:
            yield
        finally:
            del os.environ[VARIABLE]
            process.stdin.close()
            process.wait()


def serve(listener: socket.socket) -> None:
    """Fork a minder for each request, until standard input ends."""
    signal.signal(signal.SIGCHLD, reap)
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        for name in IMPORTED:
            import_module(name)
        gc.freeze()  # what all share is not to be written to by a search for garbage
        connection, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            with contextlib.suppress(BrokenPipeError):
                mind(connection)
            os._exit(0)
        connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.alarm(PATIENCE)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def reap(*_: object) -> None:
    """Take note of the minders that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def mind(connection: socket.socket) -> None:
    """Start what was asked for, and say how it ends."""
    _, descriptors, _, _ = socket.recv_fds(connection, 1, HIGH)
    with connection.makefile() as asked:
        module, arguments, environment, directory, kept = json.loads(asked.readline())
    if kept:
        descriptors = [os.dup(0), *descriptors]
    fork = multiprocessing.get_context("fork").Process
    process = fork(target=become, args=(module, arguments, environment, directory, descriptors))
    process.start()
    assert process.pid is not None
    with contextlib.suppress(OSError):  # it may have done so itself, and be gone
        os.setpgid(process.pid, process.pid)
    for descriptor in descriptors:
        os.close(descriptor)
    connection.sendall(b"%d\n" % process.pid)
    process.join()
    assert process.exitcode is not None
    connection.sendall(b"%d\n" % process.exitcode)


def become(
    module: str, arguments: list[str], environment: dict[str, str], directory: str, descriptors: list[int]
) -> None:
    """Be the process that was asked for."""
    os.setpgid(0, 0)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, HIGH + number)
    os.closerange(3, HIGH)
    for number in range(len(descriptors)):
        os.dup2(HIGH + number, number)
    os.closerange(max(3, len(descriptors)), HIGH + len(descriptors))
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(directory)
    started = import_module(module)
    sys.argv = [str(started.__file__), *arguments]
    started.main()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
