"""What is lost with a worker or a scheduler of Dask: real processes are killed, and each target has one result."""

import os
import signal
import subprocess
import threading
import time

import pytest
from msgspec import structs

from sigcheck.errors import UsageProblem
from sigcheck.fleet.ledger import EndLine, ResultLine, read_lines
from tests.commandline import PROGRAM, sigcheck
from tests.dask_cluster import (
    Fleet,
    Watch,
    certificates,
    configured,
    other_version,
    processes,
    security_of,
    targets,
)
from tests.misbehaving import misbehaving

pytestmark = pytest.mark.slow
PORT = "8786"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Make the certificates of a fleet."""
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def config(tmp_path, files):
    """Give the folder of examples/fleet/dask.yaml."""
    return configured(tmp_path / "dask", files)


@pytest.fixture
def begin():
    """Give what begins a process of Dask."""
    with processes() as begin:
        yield begin


def scheduler(begin, tmp_path, config, port=0):
    """Begin a scheduler; gives its process and its address."""
    arguments = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--dashboard-address", "127.0.0.1:0"]
    process = begin(tmp_path / f"scheduler{port}.log", config, arguments)
    return process, process.begun("Scheduler at:")


def worker(begin, tmp_path, config, address, name, **environment):
    """Begin a worker that is known to the scheduler when this returns."""
    arguments = ["worker", address, "--name", name, "--nthreads", "4", "--nworkers", "1", "--no-dashboard"]
    arguments += ["--dashboard-address", "127.0.0.1:0", "--local-directory", str(tmp_path)]
    process = begin(tmp_path / f"{name}.log", config, arguments, **environment)
    process.begun("Registered to:")
    return process


def test_a_worker_killed_twice(files, tmp_path):
    """Each target is in the ledger once, and those that were begun again are counted."""
    from distributed import LocalCluster

    local = LocalCluster(
        n_workers=2,
        threads_per_worker=10,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        protocol="tls://",
        security=security_of(files),
        silence_logs=60,
    )
    with local as cluster, misbehaving("answers-late", seconds=0.4) as server:

        def began(number):
            if number in {30, 100}:
                os.kill(next(each.pid for each in list(cluster.workers.values()) if each.pid), signal.SIGKILL)

        fleet = Fleet(cluster.scheduler_address, files, tmp_path / "ledger", Watch(began))
        results, end = fleet.run(targets(150, server.url))
    assert len({each.summary.key for each in results}) == len(results) == 150
    assert {each.summary.exit_code for each in results} == {0}
    assert end.executions == 150 + sum(end.repeated.values()) - len(end.repeated) > 150
    assert sum("is lost" in said for said in fleet.said) >= 1


def test_a_scheduler_and_workers_with_tls(begin, files, config, tmp_path):
    """The scheduler is killed in the middle: exit 3, and with a new one --resume examines the rest."""
    first, address = scheduler(begin, tmp_path, config)
    first_workers = [worker(begin, tmp_path, config, address, name, FLEET_TOKEN="x") for name in ("a", "b")]
    with misbehaving("answers-late", seconds=0.5) as server:
        text = '[defaults]\nallow_private = true\nonly = ["reach", "response"]\nsamples = 2\npatience = 0\n'
        text += 'headers.Authorization = "Bearer ${FLEET_TOKEN}"\n'
        port = server.url.rpartition(":")[2].partition("/")[0]
        for each in range(60):
            text += f'[targets.t{each}]\nurl = "http://t{each}.test:{port}/"\n'
            text += f'resolve = "t{each}.test:{port}:127.0.0.1"\n'
        (tmp_path / "sigcheck.toml").write_text(text)
        ledger = tmp_path / "results.jsonl"
        command = ["fleet", "run", "-q", "--config", str(tmp_path / "sigcheck.toml"), "--ledger", str(ledger)]

        def kill():
            while not ledger.exists() or ledger.read_bytes().count(b"\n") < 12:
                stop.wait(0.05)
            first.kill()

        stop = threading.Event()
        killing = threading.Thread(target=kill)
        killing.start()
        done = sigcheck(*command, "--dask", address, *files.options)
        killing.join()
        for each in first_workers:
            each.kill()
        assert done.code == 3, done.err
        assert "the connection to the scheduler is lost: start it again, and give --resume" in done.err
        lines = list(read_lines(ledger))
        before = sum(isinstance(line, ResultLine) for line in lines)
        assert isinstance(lines[-1], EndLine)
        assert f"60 targets: {before} passed in part · {60 - before} not run" in " ".join(done.out.split())
        assert 10 <= before < 60

        _, address = scheduler(begin, tmp_path, config, port=address.rpartition(":")[2])
        for name in ("c", "d"):
            worker(begin, tmp_path, config, address, name, FLEET_TOKEN="x")
        done = sigcheck(*command, "--resume", "--dask", address, *files.options)
    assert done.code == 0, done.err
    assert "PASSED IN PART  60 targets: 60 passed in part" in done.out
    assert "settings of the scheduler" not in done.err
    results = [line for line in read_lines(ledger) if isinstance(line, ResultLine)]
    assert len({each.summary.key for each in results}) == len(results) == 60


def test_a_worker_of_another_version(begin, files, config, tmp_path):
    """It is named, and nothing is sent."""
    _, address = scheduler(begin, tmp_path, config)
    worker(begin, tmp_path, config, address, "old", path=other_version(tmp_path / "other"))
    fleet = Fleet(address, files, tmp_path / "ledger")
    with pytest.raises(UsageProblem, match=r"worker old tls://\S+ has sigcheck 0.0.9, and this machine has"):
        fleet.run(targets(1, "http://127.0.0.1:9"))
    assert (tmp_path / "ledger").read_bytes() == b""


def test_a_worker_that_joins_and_cannot_be_used(begin, files, config, tmp_path):
    """One without the variable is not used, which is said once; the other examines everything."""
    _, address = scheduler(begin, tmp_path, config)
    worker(begin, tmp_path, config, address, "good", FLEET_TOKEN="x")
    joining = []

    def began(number):
        if number == 1:
            joining.append(threading.Thread(target=worker, args=(begin, tmp_path, config, address, "bad")))
            joining[0].start()

    with misbehaving("answers-late", seconds=0.5) as server:
        fleet = Fleet(address, files, tmp_path / "ledger", Watch(began))
        results, _ = fleet.run(targets(100, server.url, header=("X: ${FLEET_TOKEN}",), samples=2))
    joining[0].join()
    assert len({each.summary.key for each in results}) == len(results) == 100
    assert {each.summary.exit_code for each in results} == {0}
    assert sum("worker bad" in said and "it is not used" in said for said in fleet.said) == 1, fleet.said


def test_a_worker_that_takes_the_place_of_one_that_was_killed(begin, files, config, tmp_path):
    """It runs what only the one that was killed might run, because a third one cannot be used."""
    _, address = scheduler(begin, tmp_path, config)
    good = worker(begin, tmp_path, config, address, "good", FLEET_TOKEN="x")
    later = []

    def replace():
        worker(begin, tmp_path, config, address, "bad")
        while not any("it is not used" in said for said in fleet.said):
            time.sleep(0.05)
        time.sleep(2.5)
        good.kill()
        worker(begin, tmp_path, config, address, "better", FLEET_TOKEN="x")

    def began(number):
        if number == 1:
            later.append(threading.Thread(target=replace))
            later[0].start()

    with misbehaving("answers-late", seconds=0.5) as server:
        fleet = Fleet(address, files, tmp_path / "ledger", Watch(began), nobody=30)
        results, _ = fleet.run(targets(100, server.url, header=("X: ${FLEET_TOKEN}",), samples=2))
    later[0].join()
    assert len({each.summary.key for each in results}) == len(results) == 100
    assert {each.summary.exit_code for each in results} == {0}


def test_a_target_that_kills_its_workers(begin, files, config, tmp_path):
    """It is not examined, in part, so that --resume tries it again; the others have their reports."""
    _, address = scheduler(begin, tmp_path, config)
    for name in ("a", "b"):
        worker(begin, tmp_path, config, address, name)
    with misbehaving("answers-late", seconds=0.3) as server:
        deadly = targets(1, server.url, only=("dedup",), observe_command="sh -c 'kill -9 $PPID'", effects_within=0)
        others = [structs.replace(each, key=f"other-{each.key}") for each in targets(11, server.url)[1:]]
        fleet = Fleet(address, files, tmp_path / "ledger")
        results, end = fleet.run([*deadly, *others])
    summaries = {each.summary.target: each.summary for each in results}
    assert {each.exit_code for key, each in summaries.items() if key != "t0"} == {0}
    assert len(summaries) == len(results) == 11
    assert summaries["t0"].partial
    assert summaries["t0"].problem == "its worker died each time while it was examined"
    assert end.repeated["t0"] >= 4


def test_nobody_is_left(begin, files, config, tmp_path):
    """Where no worker comes back, the run ends, and what has no result is left to --resume."""
    _, address = scheduler(begin, tmp_path, config)
    only = worker(begin, tmp_path, config, address, "only")
    with misbehaving("answers-late", seconds=1) as server:
        watch = Watch(lambda number: only.kill() if number == 2 else None)
        fleet = Fleet(address, files, tmp_path / "ledger", watch, nobody=1.5)
        results, end = fleet.run(targets(20, server.url))
    assert len(results) < 20
    assert end.interrupted == str(fleet.coordinator.lost.message) == "there has been no worker for 1.5 s"


def test_ctrl_c(begin, files, config, tmp_path):
    """The workers send partial reports of what they run, the exit code is 130, and no log of Dask is on stderr."""
    _, address = scheduler(begin, tmp_path, config)
    worker(begin, tmp_path, config, address, "only")
    ledger = tmp_path / "results.jsonl"
    with misbehaving("answers-late", seconds=9) as server:
        text = f'[targets.slow]\nurl = "{server.url}"\nallow_private = true\nonly = ["response"]\n'
        (tmp_path / "sigcheck.toml").write_text(text)
        command = [*PROGRAM, "fleet", "run", "--config", str(tmp_path / "sigcheck.toml"), "--ledger", str(ledger)]
        running = subprocess.Popen(
            [*command, "--dask", address, *files.options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while running.poll() is None and not (ledger.exists() and ledger.read_bytes()):
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    lines = list(read_lines(ledger))
    (result,) = (line for line in lines if isinstance(line, ResultLine))
    assert running.returncode == 130
    assert result.summary.partial
    assert lines[-1].interrupted == "interrupted by SIGINT"
    assert "Traceback" not in said
    assert "distributed" not in said
