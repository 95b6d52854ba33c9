"""The servers of the matrix: each a context manager that serves one receiver over TLS on 127.0.0.1.

It is called with the authority, a folder of its own and whether the receiver is right, and gives the port. What
this machine lacks is a MissingProgramError with the program's name.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from sigcheck.demo.authority import Authority
from tests.fleet.design import Design
from tests.fleet.launch import START_SECONDS, launch
from tests.fleet.spec import Spec
from tests.servers.plain import plain
from tests.servers.proxies import apache, caddy, free_port, haproxy, nginx, nginx_proxy, program, running, wait_for_port

HERE = Path(__file__).parent
PHP_WORKERS = 8
Serve = Callable[[Authority, Path, bool], AbstractContextManager[int]]


@dataclass(frozen=True)
class Server:
    """One row of the matrix: `receiver` says what stands behind, `remembers` how the right one knows a message."""

    name: str
    receiver: str
    remembers: str
    serve: Serve


def behind(proxy: Callable[[Authority, Path, int], AbstractContextManager[int]]) -> Serve:
    """Put the receiver on Python's own server behind a proxy."""

    @contextmanager
    def serve(authority: Authority, folder: Path, right: bool) -> Iterator[int]:
        with plain(folder, right=right) as backend, proxy(authority, folder, backend) as port:
            yield port

    return serve


def python(server: Literal["uvicorn", "gunicorn", "hypercorn"], workers: int = 1) -> Serve:
    """Let a Python server speak TLS itself."""

    @contextmanager
    def serve(authority: Authority, folder: Path, right: bool) -> Iterator[int]:
        with launch(spec_of(server, right, workers), folder, authority=authority) as running:
            yield int(urlsplit(running.url).port or 0)

    return serve


def spec_of(server: Literal["uvicorn", "waitress", "gunicorn", "hypercorn"], right: bool, workers: int = 1) -> Spec:
    """Give a receiver of the fleet: a unique key, or nothing of the kind."""
    design = Design() if right else Design(dedup="none")
    return Spec(f"{server}-{'right' if right else 'broken'}", server, design, workers=workers)


@contextmanager
def waitress(authority: Authority, folder: Path, right: bool) -> Iterator[int]:
    """Put waitress, which speaks no TLS, behind nginx."""
    with launch(spec_of("waitress", right), folder) as running:
        backend = int(urlsplit(running.url).port or 0)
        with nginx_proxy(authority, folder, backend) as port:
            yield port


@contextmanager
def php(authority: Authority, folder: Path, right: bool) -> Iterator[int]:
    """Run PHP as FastCGI behind nginx."""
    backend = free_port()
    argv = [program("php-cgi"), "-n", "-b", f"127.0.0.1:{backend}"]
    params = {
        "SCRIPT_FILENAME": HERE / "receiver.php",
        "REQUEST_METHOD": "$request_method",
        "QUERY_STRING": "$query_string",
        "CONTENT_TYPE": "$content_type",
        "CONTENT_LENGTH": "$content_length",
        "RECEIVER_STORE": folder / "effects",
        "RECEIVER_KIND": "right" if right else "broken",
    }
    location = f"fastcgi_pass 127.0.0.1:{backend}; " + " ".join(
        f"fastcgi_param {name} {value};" for name, value in params.items()
    )
    with running(argv, folder / "php.log", PHP_FCGI_CHILDREN=str(PHP_WORKERS)) as process:
        wait_for_port(backend, process, folder / "php.log")
        with nginx(authority, folder, location) as port:
            yield port


@contextmanager
def node(authority: Authority, folder: Path, right: bool) -> Iterator[int]:
    """Run Node's https server."""
    log = folder / "node.log"
    kind = "right" if right else "broken"
    argv = [program("node"), str(HERE / "receiver.js"), kind, str(authority.chain_file), str(authority.key_file)]
    with running(argv, log) as process:
        limit = time.monotonic() + START_SECONDS
        pause = threading.Event()
        while (told := re.search(r"listening on (\d+)\n", log.read_text())) is None:
            if time.monotonic() > limit or process.poll() is not None:
                raise RuntimeError(log.read_text())
            pause.wait(0.02)
        yield int(told[1])


SQLITE = "a unique key in SQLite"
PYTHON_SERVER = "Python's http.server"
SERVERS = {
    server.name: server
    for server in (
        Server("nginx", PYTHON_SERVER, SQLITE, behind(nginx_proxy)),
        Server("Apache", PYTHON_SERVER, SQLITE, behind(apache)),
        Server("HAProxy", PYTHON_SERVER, SQLITE, behind(haproxy)),
        Server("Caddy", PYTHON_SERVER, SQLITE, behind(caddy)),
        Server("uvicorn", "FastAPI", SQLITE, python("uvicorn")),
        Server("gunicorn", "Flask, two workers", SQLITE, python("gunicorn", 2)),
        Server("hypercorn", "FastAPI", SQLITE, python("hypercorn")),
        Server("waitress behind nginx", "Flask", SQLITE, waitress),
        Server("PHP (FastCGI) behind nginx", "one PHP file", "a file under a lock", php),
        Server("Node", "the https module", "memory", node),
    )
}
"""Name → server, in the order of the documentation."""
