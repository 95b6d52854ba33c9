"""The examples do what examples/README.md says of them, started by the commands that it gives."""

import json
import os
import re
import shlex
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests import warm
from tests.fleet.cloud import OTHER, Cloud, Message
from tests.fleet.launch import START_SECONDS

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]
README = ROOT / "examples" / "README.md"
# A port of the README → any free one, which the server then names in its log.
COMMANDS = {
    line.partition("examples.")[2].partition(".app")[0]: re.sub(r"\b80\d\d\b", "0", line)
    for line in README.read_text().split("```sh\n")[1].split("```")[0].splitlines()
}
GOOD = sorted(set(COMMANDS) - {"fastapi_naive"})
NAIVE = ("fastapi_naive", 1, ["dedup-duplicate"])
MESSAGE = Message()


@dataclass
class Processes:
    """A server's processes: one group, begun warm, its output in `log`, killed as a whole."""

    argv: list[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    _running: warm.Process | None = None

    def start(self) -> None:
        with self.log.open("ab") as log, Path(os.devnull).open("rb") as nothing:
            streams = (nothing.fileno(), log.fileno(), log.fileno())
            environment = os.environ | self.environment
            self._running = warm.Process("tests.fleet.programs", self.argv, streams, environment=environment)

    @property
    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def kill(self) -> None:
        """Kill the whole group, as a crash would."""
        if self._running is not None:
            self._running.kill()
        self._running = None


@pytest.fixture
def start(request, tmp_path):
    """Give a function that starts an example by its README command, on the same database each time."""
    started = []

    def start(name, token=""):
        words = [word for word in shlex.split(COMMANDS[name]) if "=" not in word or word.startswith("-")]
        sqlite = str(tmp_path / "receiver.sqlite3")
        database = request.getfixturevalue("database") if name == "postgres" else sqlite
        environment = {"RECEIVER_DATABASE": database, "RECEIVER_TOKEN": token}
        log = tmp_path / f"{len(started)}.log"
        processes = Processes(words, log, environment)
        processes.start()
        started.append(processes)
        origin = announced(processes)
        headers = (("Authorization", f"Bearer {token}"),) if token else ()
        return processes, Cloud(f"{origin}/sigfox", f"{origin}/effects", headers)

    yield start
    for processes in started:
        processes.kill()


@pytest.fixture
def database(cluster):
    """Make a schema of its own in the session's cluster."""
    return cluster.new_schema()


def announced(processes):
    """Read from the server's log where it listens."""
    limit = time.monotonic() + START_SECONDS
    pause = threading.Event()
    while time.monotonic() < limit:
        log = processes.log.read_text()
        if found := re.search(r"http://127\.0\.0\.1:\d+", log):
            return found[0]
        if not processes.alive:
            break
        pause.wait(0.02)
    raise RuntimeError(f"{processes.argv} does not start:\n{processes.log.read_text()}")


def test_readme_starts_every_example():
    """Each directory of examples/ has its command in the README."""
    assert set(COMMANDS) == {path.parent.name for path in (ROOT / "examples").glob("*/app.py")}


@pytest.mark.parametrize("name", GOOD)
def test_good_example_stores_a_message_once(name, start):
    """Retries, a race, a lost answer and disorder leave one reading a message."""
    _, cloud = start(name)
    for number in range(4):
        assert cloud.deliver(MESSAGE)[0] == 204
        assert cloud.deliver(OTHER.but(time=OTHER.time + number, seqNumber=number))[0] == 204
    raced, cut = MESSAGE.but(device="A2"), MESSAGE.but(device="A1")
    assert cloud.deliver_at_once(raced, 12) == [204] * 12
    cloud.deliver_and_hang_up(cut)
    assert cloud.deliver(cut)[0] == 204
    older, newer = MESSAGE.but(device="A3"), MESSAGE.but(device="A3", time=MESSAGE.time + 600, seqNumber=101)
    for message in (newer, older, newer, older):
        assert cloud.deliver(message)[0] == 204
    assert cloud.settled(MESSAGE) == 1
    assert [cloud.count(message) for message in (raced, cut, older, newer)] == [1] * 4
    # Four messages of OTHER's device, five of ours, and the one that settled.
    assert cloud.count() == 4 + 5 + 1


@pytest.mark.parametrize(("name", "code", "failed"), [*((name, 0, []) for name in GOOD), NAIVE], ids=[*GOOD, NAIVE[0]])
def test_sigcheck_says_so(name, code, failed, start):
    """`sigcheck verify`, as examples/README.md has it, finds the good examples compliant and the naive one out."""
    _, cloud = start(name)
    command = ["verify", cloud.url, "--allow-private", "--skip", "tls"]
    command += ["--observe-url", cloud.total_url + "?device={device}&time={time}&seqNumber={seqNumber}"]
    command += ["--observe-pointer", "/count", "--speed", "240", "--settle", "0.5", "--effects-within", "2"]
    command += ["--allow-undecided=dedup-window", "--format", "json", "--quiet"]
    done = warm.run("sigcheck.__main__", command, timeout=120)
    results = json.loads(done.stdout)["results"]
    assert [each["rule"] for each in results if (each["level"], each["status"]) == ("must", "fail")] == failed
    assert done.returncode == code


def test_naive_example_stores_each_delivery(start):
    """Four deliveries of one message leave four readings, and each is told that all is well."""
    _, cloud = start("fastapi_naive")
    assert [cloud.deliver(MESSAGE)[0] for _ in range(4)] == [200] * 4
    assert cloud.count(MESSAGE) == 4


@pytest.mark.parametrize("name", GOOD)
def test_good_example_survives_a_crash(name, start):
    """What was acknowledged before kill -9 has its reading after the next start, and a retry adds none."""
    processes, cloud = start(name)
    messages = [MESSAGE.but(time=MESSAGE.time + 600 * number, seqNumber=number) for number in range(20)]
    for message in messages:
        assert cloud.deliver(message)[0] == 204
    processes.kill()
    _, cloud = start(name)
    assert cloud.deliver(messages[-1])[0] == 204
    cloud.settled(MESSAGE)
    assert [cloud.count(message) for message in messages] == [1] * 20


@pytest.mark.parametrize("name", GOOD)
def test_token_is_asked_for_where_it_is_set(name, start):
    """Without the token neither a delivery nor a count is answered, with it both are."""
    _, cloud = start(name, token="geheim")
    stranger = Cloud(cloud.url, cloud.total_url)
    assert stranger.deliver(MESSAGE)[0] == 401
    assert stranger.deliver(MESSAGE, Authorization="Bearer Geheim")[0] == 401
    assert cloud.deliver(MESSAGE)[0] == 204
    assert cloud.settled(MESSAGE) == 1


@pytest.mark.parametrize("name", GOOD)
def test_what_no_database_can_hold_stops_nothing(name, start):
    """Numbers and texts beyond what a database takes are no server error, and the next message goes through."""
    _, cloud = start(name)
    for beyond in ({"time": 10**30}, {"time": float("inf")}, {"device": "\ud800"}, {"device": "\0"}, {"time": None}):
        assert cloud.deliver(MESSAGE.but(**beyond))[0] < 500
    assert cloud.settled(MESSAGE.but(device="A9")) == 0


def test_postgres_example_keeps_the_newest_value(start, database):
    """An older message that comes late is counted, and does not overwrite the latest value."""
    _, cloud = start("postgres")
    older, newer = MESSAGE, MESSAGE.but(time=MESSAGE.time + 600, seqNumber=101, data="FF")
    for message in (newer, older, older):
        assert cloud.deliver(message)[0] == 204
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT readings, latest_time, latest_data FROM devices").fetchone()
    assert row == (2, newer.time, "FF")


def test_examples_leave_no_file_behind():
    """No example has written its database into the repository."""
    assert not list(ROOT.glob("*.sqlite3*"))
    assert not list((ROOT / "examples").rglob("*.sqlite3*"))
