"""Real TLS clients, run on a chain over a real handshake: curl, `openssl s_client` and a JDK."""

import contextlib
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sigcheck.model.chain import Family
from tests import java, pki
from tests.tls12 import AnyChainServer

AS_17_0_15 = java.SOURCES / "security.properties"
"""What OpenJDK 17.0.15 switched off in TLS; later updates of 17 switch off more."""
FAMILY: dict[str, Family] = {"curl": "openssl", "openssl": "openssl", "jdk": "jdk"}
"""Which family of clients each one stands for, in the order of the table."""

TOOLS = ("curl", "openssl", "javac", "java")


@dataclass(frozen=True)
class Said:
    """What one client made of one chain."""

    accepts: bool
    words: str


class Jdk:
    """One JVM that makes all handshakes of a test run: starting it costs more than fifty of them."""

    def __init__(self, properties: Path | None = None) -> None:
        options = [f"-Djava.security.properties={properties}"] if properties else []
        self._connection = socket.create_connection(("127.0.0.1", java.shared("Client", *options)))
        self._lines = self._connection.makefile("rw", encoding="utf-8", newline="\n")
        self.version = self._line().partition("\t")[2]

    def _line(self) -> str:
        line = self._lines.readline()
        if not line:
            raise RuntimeError("the JVM is gone")
        return line.rstrip("\n")

    def ask(self, port: int, roots: Path, host: str) -> Said:
        """Make one handshake."""
        self._lines.write(f"{port}\t{roots}\t{host}\n")
        self._lines.flush()
        verdict, _, words = self._line().partition("\t")
        return Said(verdict == "accept", words)

    def close(self) -> None:
        """Ask it no more."""
        self._lines.close()
        self._connection.close()


@contextlib.contextmanager
def jdk(properties: Path | None = None) -> Iterator[Jdk]:
    """Give a JVM for many handshakes, with security properties in place of its own ones."""
    client = Jdk(properties)
    try:
        yield client
    finally:
        client.close()


def missing() -> Sequence[str]:
    """Name the clients that are not installed here."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def curl(port: int, roots: Path, host: str) -> Said:
    """Ask curl for a page."""
    address = host.rstrip(".")
    command = ["curl", "-sS", "--noproxy", "*", "--max-time", "10", "--cacert", str(roots)]
    for name in {address, host}:
        command += ["--resolve", f"{name}:{port}:127.0.0.1"]
    command += [f"https://{host}:{port}/"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    return Said(done.returncode == 0, done.stderr.strip())


def s_client(port: int, roots: Path, host: str) -> Said:
    """Ask openssl s_client for a verified handshake."""
    name = host.rstrip(".")
    check = "-verify_ip" if name.replace(".", "").isdigit() else "-verify_hostname"
    command = [
        "openssl",
        "s_client",
        "-connect",
        f"127.0.0.1:{port}",
        "-CAfile",
        str(roots),
        "-no-CApath",
        "-no-CAstore",
    ]
    command += ["-verify_return_error", check, name] + ([] if check == "-verify_ip" else ["-servername", name])
    done = subprocess.run(command, input="", capture_output=True, text=True, errors="replace", timeout=60)
    errors = [line for line in done.stderr.splitlines() if "error" in line or "rror:" in line]
    return Said(done.returncode == 0, "; ".join(errors))


def ask_all(chain: pki.Chain, folder: Path, machine: Jdk) -> dict[str, Said]:
    """Serve a chain and let each client have a handshake with it."""
    roots = folder / "roots.pem"
    roots.write_text(pki.pem(chain.roots))
    with AnyChainServer(chain.presented, chain.private, chain.staple) as server:
        return {
            "curl": curl(server.port, roots, chain.host),
            "openssl": s_client(server.port, roots, chain.host),
            "jdk": machine.ask(server.port, roots, chain.host),
        }
