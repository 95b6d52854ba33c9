"""HTTPS receivers whose connections are not all alike: one of several machines, or every n-th connection, is another.

with changing(lambda served: good if served.number % 4 else bad) as server:
    report = verify_tls(server, trust)
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from msgspec import structs

from sigcheck.message import MessageFactory
from sigcheck.model.report import Report
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.runs import Run
from tests import pki
from tests.chains import roots_of
from tests.running import planned

GOOD = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@dataclass
class Served:
    """One accepted connection: the address that it came to, and its number since `Server.restart`, from 1."""

    host: str
    number: int


@dataclass
class Server:
    """A running receiver. `requests` are the connections over which a request came."""

    port: int
    accepted: int = 0
    requests: list[Served] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def restart(self) -> None:
        """Count connections from 1 again."""
        with self.lock:
            self.accepted = 0

    def next(self, host: str) -> Served:
        """Count one connection."""
        with self.lock:
            self.accepted += 1
            return Served(host, self.accepted)


Pick = Callable[[Served], ssl.SSLContext]
Reply = Callable[[Served, ssl.SSLSocket], bytes]


@contextmanager
def changing(
    pick: Pick, *, hosts: tuple[str, ...] = ("127.0.0.1",), reply: Reply = lambda served, tls: GOOD
) -> Iterator[Server]:
    """Serve every connection with the context that `pick` gives for it, and answer each request with `reply`."""
    listeners = [socket.create_server((hosts[0], 0), backlog=128)]
    port = listeners[0].getsockname()[1]
    listeners += [socket.create_server((host, port), backlog=128) for host in hosts[1:]]
    server = Server(port)
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket, served: Served) -> None:
        with suppress(OSError), connection:
            connection.settimeout(10)
            with pick(served).wrap_socket(connection, server_side=True) as tls:
                if tls.recv(65536):
                    server.requests.append(served)
                    tls.sendall(reply(served, tls))

    def accept(listener: socket.socket, host: str) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                thread = threading.Thread(target=serve, args=(connection, server.next(host)))
                threads.append(thread)
                thread.start()

    acceptors = [threading.Thread(target=accept, args=pair) for pair in zip(listeners, hosts, strict=True)]
    for thread in acceptors:
        thread.start()
    try:
        yield server
    finally:
        for listener in listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in (*acceptors, *threads):
            thread.join(15)


def context_of(chain: pki.Chain, directory: Path) -> ssl.SSLContext:
    """Make a server context that presents a chain."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "chain.pem").write_text(pki.pem(chain.presented))
    (directory / "key.pem").write_bytes(chain.private_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "chain.pem", directory / "key.pem")
    return context


def verify_tls(
    server: Server,
    trust: pki.Chain,
    *,
    hosts: tuple[str, ...] = ("127.0.0.1",),
    samples: int = 17,
    families: tuple[str, ...] = ("reach", "tls", "response"),
    tell: Callable[[object], None] = lambda event: None,
    no_sni: bool = False,
) -> Report:
    """Verify a server as `--resolve HOST:PORT:ADDRESS,…` would, with the root of `trust` as the public one."""
    plan = planned(
        f"https://{pki.HOST}:{server.port}/callback",
        policy=structs.replace(SIGFOX_CLOUD, answer_limit=5.0),
        only=families,
        allow_private=True,
        no_sni=no_sni,
        samples=samples,
        patience=0.0,
        resolve=(f"{pki.HOST}:{server.port}:{','.join(hosts)}",),
        factory=MessageFactory("516C4EC0", "0102", int(datetime.now(UTC).timestamp()), 7),
    )
    plan = structs.replace(plan, roots=roots_of(trust))
    return asyncio.run(Run(plan.config, on_event=tell, plan=plan).play())
