"""A throw-away PostgreSQL cluster: a Unix socket in a private directory, no TCP, nothing synced to disk."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from tests import warm

# The user that the packages make; the server refuses to run as root.
SERVER_USER = "postgres"


@dataclass
class Cluster:
    """A running cluster. `new_schema` gives the URL of a fresh schema in it."""

    directory: Path

    def url(self, schema: str = "public") -> str:
        query = urlencode({"host": str(self.directory), "user": "fleet", "options": f"-csearch_path={schema}"})
        return f"postgresql:///postgres?{query}"

    def new_schema(self) -> str:
        schema = f"fleet_{secrets.token_hex(8)}"
        with psycopg.connect(self.url()) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
        return self.url(schema)


def server_programs() -> Path | None:
    """Find the newest directory with initdb and postgres in it, where the packages or the PATH have one."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if packaged:
        return packaged[-1].parent
    # Resolved: a link may stand in a directory without its siblings.
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def shared_cluster() -> Cluster | None:
    """Give the cluster of the whole test run, which whoever asks first begins; None where there is no PostgreSQL."""
    if server_programs() is None:
        return None
    return Cluster(Path(warm.once("cluster.directory", _begin).read_text()))


def _begin(told: Path) -> None:
    """Begin a cluster that ends with the test run, and write down where it is."""
    ready, tell = os.pipe()
    log = warm.shared() / "cluster.log"
    with log.open("wb") as output:
        warm.Process("tests.fleet.postgres", [], (None, output.fileno(), output.fileno()), (tell,)).let_go()
    os.close(tell)
    with os.fdopen(ready) as telling:
        directory = telling.read()
    if not directory:
        raise RuntimeError(log.read_text())
    told.write_text(directory)


def main() -> None:
    """Run a cluster, tell descriptor 3 where it is, and end it when standard input ends."""
    programs = server_programs()
    assert programs
    with running_cluster(programs) as cluster:
        os.write(3, str(cluster.directory).encode())
        os.close(3)
        sys.stdin.read()


@contextmanager
def running_cluster(programs: Path) -> Iterator[Cluster]:
    """Make a cluster and run it while the context lasts; raises CalledProcessError where initdb fails."""
    # Not pytest's directory: the path of a Unix socket is short, and the server's user must get to it.
    directory = Path(tempfile.mkdtemp(prefix="sigcheck-pg-"))
    prefix: list[str] = []
    if os.geteuid() == 0:
        owner = pwd.getpwnam(SERVER_USER)
        os.chown(directory, owner.pw_uid, owner.pw_gid)
        # It ends with us, however we end.
        prefix = ["setpriv", f"--reuid={SERVER_USER}", f"--regid={SERVER_USER}", "--clear-groups", "--pdeathsig=QUIT"]
    data = directory / "data"
    server = None
    try:
        subprocess.run(
            [*prefix, programs / "initdb", "--no-sync", "--auth=trust", "--username=fleet", "-E", "UTF8", "-D", data],
            check=True, capture_output=True, cwd=directory,
        )  # fmt: skip
        options = ["listen_addresses=", f"unix_socket_directories={directory}", "fsync=off", "max_connections=500"]
        with (directory / "log").open("wb") as log:
            server = subprocess.Popen(
                [*prefix, programs / "postgres", "-D", data, *(word for option in options for word in ("-c", option))],
                stdout=log, stderr=subprocess.STDOUT, cwd=directory, start_new_session=True,
            )  # fmt: skip
        cluster = Cluster(directory)
        wait_until_it_accepts(cluster, server)
        yield cluster
    finally:
        if server:
            # Immediate shutdown: nothing in it is worth a checkpoint.
            server.send_signal(signal.SIGQUIT)
            server.wait()
        shutil.rmtree(directory)


def wait_until_it_accepts(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server takes connections; raises RuntimeError with its log where it dies instead."""
    while True:
        try:
            psycopg.connect(cluster.url()).close()
        except psycopg.OperationalError:
            try:
                server.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError((cluster.directory / "log").read_text()) from None
        return
