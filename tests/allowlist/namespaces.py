"""Two network namespaces joined by a veth pair: a receiver behind a real firewall, and clients at many addresses.

Addresses of the Cloud's range exist only inside them; nothing leaves the pair.
"""

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.system import missing

SERVER = "192.0.2.1"
INSIDE = ("185.110.96.0", "185.110.97.11", "185.110.98.4", "185.110.99.255")
OUTSIDE = ("198.51.100.7", "185.110.95.255", "185.110.100.0")
CLIENTS = (*INSIDE, *OUTSIDE)
# The ports on which the receiver echoes one byte; 9443 is left to nginx.
PORTS = (443, 8443, 80)
# A packet over veth takes microseconds, so an answer that is not there by then was dropped.
SILENCE = 0.7

ECHO = """
import selectors, socket, sys
chosen = selectors.DefaultSelector()
for port in map(int, sys.argv[1:]):
    listener = socket.create_server(("0.0.0.0", port), backlog=64)
    chosen.register(listener, selectors.EVENT_READ, "listener")
print("ready", flush=True)
chosen.register(sys.stdin, selectors.EVENT_READ, "end")
while True:
    for key, _ in chosen.select():
        if key.data == "end":
            sys.exit()
        try:
            if key.data == "listener":
                chosen.register(key.fileobj.accept()[0], selectors.EVENT_READ, "peer")
                continue
            said = key.fileobj.recv(1)
            if said:
                key.fileobj.sendall(said)
                continue
        except OSError:
            pass
        chosen.unregister(key.fileobj)
        key.fileobj.close()
"""

PROBE = """
import asyncio, json, sys
async def probe(address, port, http):
    try:
        async with asyncio.timeout(float(sys.argv[2])):
            reader, writer = await asyncio.open_connection(sys.argv[1], port, local_addr=(address, 0))
            try:
                writer.write(http.encode() or b"x")
                said = await reader.readline() if http else await reader.read(1)
            finally:
                writer.close()
    except TimeoutError:
        return "silence"
    except OSError as error:
        return type(error).__name__
    return said.decode().split(" ")[1] if http else ("in" if said else "closed")
async def all_of(order):
    return await asyncio.gather(*(probe(each, order["port"], order["http"]) for each in order["addresses"]))
print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps(asyncio.run(all_of(json.loads(line)))), flush=True)
"""


def demand(*programs: str) -> None:
    """Skip with a word where a program or root is missing; fail instead where SIGCHECK_SYSTEM=require."""
    lacking = [each for each in programs if shutil.which(each) is None]
    if os.geteuid() != 0:
        lacking.append("root")
    if not lacking:
        return
    missing(" and ".join(lacking))


class World:
    """The pair of namespaces, with the receiver and the probing client running in them."""

    def __init__(self, receiver: str, client: str) -> None:
        self.receiver = receiver
        self.client = client
        self._processes: list[subprocess.Popen[str]] = []
        self._probe: subprocess.Popen[str] | None = None

    def run(self, *command: str, stdin: str | None = None) -> str:
        """Run a command in the receiver's namespace; gives what it printed."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.receiver, *command], input=stdin, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def start(self) -> None:
        """Start the echoing receiver and the probe, and wait until both are ready."""
        ports = [str(port) for port in PORTS]
        self._spawn(self.receiver, ECHO, *ports)
        self._probe = self._spawn(self.client, PROBE, SERVER, str(SILENCE))

    def _spawn(self, namespace: str, program: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, sys.executable, "-c", program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        assert self._answer(process) == "ready\n"
        return process

    @staticmethod
    def _answer(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], 20)[0], "no answer from a namespace"
        return process.stdout.readline()

    def knock(self, port: int = 443, http: str = "", addresses: Sequence[str] = CLIENTS) -> dict[str, str]:
        """Connect from every address; gives "in", "silence", the status of an HTTP answer, or an error's name."""
        assert self._probe is not None
        assert self._probe.stdin is not None
        order = {"port": port, "http": http, "addresses": list(addresses)}
        self._probe.stdin.write(json.dumps(order) + "\n")
        self._probe.stdin.flush()
        return dict(zip(addresses, json.loads(self._answer(self._probe)), strict=True))

    def flush(self) -> None:
        """Take every rule out of the receiver's namespace."""
        self.run("nft", "flush", "ruleset")
        if shutil.which("iptables-legacy"):
            for table in ("filter", "nat", "mangle", "raw"):
                chains = {"filter": "INPUT OUTPUT", "raw": "PREROUTING", "nat": "", "mangle": ""}[table]
                script = [f"*{table}", *(f":{chain} ACCEPT" for chain in chains.split()), "COMMIT"]
                self.run("iptables-legacy-restore", stdin="\n".join(script) + "\n")

    def stop(self) -> None:
        """End the processes; they end by themselves when their input does."""
        for process in self._processes:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.stdout.close()
            process.wait(timeout=60)


@contextmanager
def world() -> Iterator[World]:
    """Make the namespaces, and take them away whatever happens."""
    receiver, client = (f"sigcheck-{os.getpid()}-{role}" for role in ("receiver", "client"))

    def ip(*arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=60)

    made = World(receiver, client)
    try:
        ip("netns", "add", receiver)
        ip("netns", "add", client)
        ip("-n", receiver, "link", "add", "wan0", "type", "veth", "peer", "name", "cloud0", "netns", client)
        ip("-n", receiver, "addr", "add", f"{SERVER}/32", "dev", "wan0")
        for address in CLIENTS:
            ip("-n", client, "addr", "add", f"{address}/32", "dev", "cloud0")
        for namespace, device in ((receiver, "wan0"), (client, "cloud0")):
            ip("-n", namespace, "link", "set", "lo", "up")
            ip("-n", namespace, "link", "set", device, "up")
            ip("-n", namespace, "route", "add", "default", "dev", device)
        made.start()
        yield made
    finally:
        made.stop()
        for namespace in (receiver, client):
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True, timeout=60, check=False)


def rules_folder() -> Path:
    """Give the folder with the rule sets that real tools printed."""
    return Path(__file__).with_name("data")
