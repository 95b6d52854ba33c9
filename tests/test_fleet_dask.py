"""A fleet on the workers of a Dask scheduler: each target has one result, and what cannot work is said before."""

import gc
import os
import pickle
import subprocess
import threading
import time

import pytest
from msgspec import structs

from sigcheck.errors import UsageProblem
from sigcheck.fleet.collecting import NEVER
from sigcheck.fleet.dask.address import scheduler_of
from sigcheck.fleet.ledger import EndLine, ResultLine, read_lines
from sigcheck.fleet.target import FleetRun, HostGroup
from tests.commandline import PROGRAM, sigcheck
from tests.dask_cluster import ROOT, Fleet, Watch, certificates, security_of, target, targets
from tests.misbehaving import misbehaving


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Make the certificates of a fleet."""
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def security(files):
    """Say who is who, in both directions."""
    return security_of(files)


def in_process(security, **more):
    """Begin a scheduler and workers in this process, which speak TLS with everybody."""
    from distributed import LocalCluster

    given = {"n_workers": 2, "threads_per_worker": 10, "resources": {"vantage-eu": 10}} | more
    return LocalCluster(
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        protocol="tls://",
        security=security,
        processes=False,
        silence_logs=60,
        **given,
    )


@pytest.fixture(scope="module")
def cluster(security):
    """Begin one for all tests that leave it as it was."""
    with in_process(security) as begun:
        yield begun


@pytest.mark.parametrize(
    ("address", "given", "says"),
    [
        ("tcp://10.0.0.7:8786", (None,) * 3, "is not encrypted, and the scheduler is on another machine"),
        ("tcp://scheduler.example.com:8786", (None,) * 3, "is not encrypted"),
        ("tcp://127.0.0.1:8786", ("ca", None, None), "uses no certificates"),
        ("tls://127.0.0.1:8786", (None,) * 3, "needs --dask-ca and --dask-cert and --dask-key"),
        ("tls://127.0.0.1:8786", (__file__, __file__, "/nowhere.key"), "--dask-key /nowhere.key cannot be read"),
        ("127.0.0.1:8786", (None,) * 3, "is not the address of a scheduler"),
        ("tls://host", (None,) * 3, "is not the address of a scheduler"),
        ("tls://me:hunter2@host:1", (None,) * 3, "is not the address of a scheduler"),
        ("tls://host:99999", (None,) * 3, "is not the address of a scheduler"),
    ],
)
def test_an_address_that_may_not_be_used(address, given, says):
    """It is refused before anything is connected, and never quoted."""
    with pytest.raises(UsageProblem, match=says) as refused:
        scheduler_of(address, *given)
    assert "hunter2" not in str(refused.value)


def test_files_that_are_no_certificates():
    """They are refused before anything is connected."""
    with pytest.raises(UsageProblem, match="--dask-ca, --dask-cert and --dask-key cannot be used"):
        scheduler_of("tls://127.0.0.1:8786", __file__, __file__, __file__).security()


def test_the_extra_is_missing(tmp_path, files):
    """One line names it."""
    (tmp_path / "distributed.py").write_text("raise ImportError")
    (tmp_path / "sigcheck.toml").write_text(FILE)
    arguments = ("--config", str(tmp_path / "sigcheck.toml"), "--ledger", str(tmp_path / "ledger"))
    path = f"{tmp_path}:{ROOT}"
    done = sigcheck("fleet", "run", *arguments, "--dask", "tcp://127.0.0.1:9", environment={"PYTHONPATH": path})
    assert (done.code, done.err) == (
        2,
        "sigcheck: --dask needs distributed: install it: pip install 'sigcheck[fleet]'\n",
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--dask", "tcp://10.0.0.7:8786"), "is not encrypted, and the scheduler is on another machine"),
        (("--dask", "tcp://127.0.0.1:9", "--at-once", "5"), "--at-once is given with --dask"),
        (("--dask-ca", "ca.pem"), "--dask-ca, --dask-cert and --dask-key go with --dask"),
    ],
)
def test_options_that_do_not_go_together(options, says, tmp_path):
    """They are exit 2 with one line, and no ledger is begun."""
    (tmp_path / "sigcheck.toml").write_text(FILE)
    arguments = ("--config", str(tmp_path / "sigcheck.toml"), "--ledger", str(tmp_path / "ledger"))
    done = sigcheck("fleet", "run", *arguments, *options)
    assert done.code == 2
    assert says in done.err
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "ledger").exists()


FILE = """
[defaults]
allow_private = true
only = ["reach"]
headers.Authorization = "Bearer ${FLEET_TOKEN}"
[targets.a]
url = "http://127.0.0.1:9/x"
[targets.b]
url = "http://127.0.0.2:9/x"
vantage = "eu"
[targets.c]
url = "http://127.0.0.2:9/y?key=hunter2"
"""


def command(tmp_path, cluster, files, *more):
    """Call `fleet run` on a cluster."""
    config, ledger = tmp_path / "sigcheck.toml", tmp_path / "results.jsonl"
    if not config.exists():
        config.write_text(FILE)
    arguments = ("fleet", "run", "--config", str(config), "--ledger", str(ledger), "--dask", cluster.scheduler_address)
    return sigcheck(*arguments, *files.options, *more), ledger


def test_each_target_has_one_report(cluster, files, tmp_path, monkeypatch):
    """The variable is that of the workers, a written out credential is warned of, and the place is in the report."""
    monkeypatch.setenv("FLEET_TOKEN", "correct-horse")  # of this process, which has the workers; warm ones began before
    done, path = command(tmp_path, cluster, files)
    assert done.code == 1
    assert "NON-COMPLIANT 3 targets seen from 2 vantages: 3 non-compliant" in " ".join(done.out.split())
    lines = list(read_lines(path))
    results = [line for line in lines if isinstance(line, ResultLine)]
    assert sorted(each.summary.key for each in results) == [("a", ""), ("b", "eu"), ("c", "")]
    assert isinstance(lines[-1], EndLine)
    assert (lines[-1].executions, lines[-1].repeated) == (3, {})
    assert [b'"place":"eu"' in bytes(each.report) for each in results] == [bool(e.summary.vantage) for e in results]
    assert "1 target has a credential written out" in done.err
    assert "correct-horse" not in path.read_text()
    assert "hunter2" not in path.read_text() + done.err + done.out
    assert "distributed" not in done.err.replace("under distributed.scheduler", "")
    again, _ = command(tmp_path, cluster, files, "--resume", "-q")
    assert again.code == 1
    assert again.out.startswith("NON-COMPLIANT  3 targets seen from 2 vantages: 3 non-compliant")


def test_what_a_worker_misses_is_said_before(cluster, files, tmp_path):
    """A variable that is not set, or a file that is not there: exit 2 with the worker, and a ledger without lines."""
    done, path = command(tmp_path, cluster, files)
    assert done.code == 2
    assert "has no value for the environment variable FLEET_TOKEN" in done.err
    assert "worker 0 tls://127.0.0.1:" in done.err
    assert path.read_text() == ""
    (tmp_path / "sigcheck.toml").write_text('[targets.a]\nurl = "http://127.0.0.1:9/x"\nca_file = "mine.pem"\n')
    done, path = command(tmp_path, cluster, files)
    assert done.code == 2
    assert f"cannot read the file {tmp_path / 'mine.pem'}" in done.err
    assert path.read_text() == ""


def test_a_place_without_workers_is_said_before(cluster, files, tmp_path):
    """It is named, and nothing is sent to the others."""
    fleet = Fleet(cluster.scheduler_address, files, tmp_path / "ledger", patience=0.3)
    with pytest.raises(UsageProblem, match="no worker is in asia, us: start one there with --resources"):
        fleet.run([target("a", "http://127.0.0.1:9/", each) for each in ("eu", "us", "asia")])
    assert (tmp_path / "ledger").read_text() == ""


def test_a_scheduler_without_workers(security, files, tmp_path):
    """It is waited for shortly, and then said."""
    with in_process(security, n_workers=0) as empty:
        fleet = Fleet(empty.scheduler_address, files, tmp_path / "ledger", patience=0.3)
        with pytest.raises(UsageProblem, match="has no worker: start one: dask worker"):
            fleet.run(targets(1, "http://127.0.0.1:9"))


def test_no_scheduler(files, tmp_path):
    """Where nobody listens, or somebody of another CA, one line says so."""
    fleet = Fleet("tls://127.0.0.1:9", files, tmp_path / "ledger", patience=0.3)
    with pytest.raises(UsageProblem, match="cannot be reached within"):
        fleet.run(targets(1, "http://127.0.0.1:9"))


def test_a_stranger_is_not_let_in(cluster, tmp_path):
    """A certificate of another CA opens nothing."""
    fleet = Fleet(cluster.scheduler_address, certificates(tmp_path), tmp_path / "ledger", patience=1)
    with pytest.raises(UsageProblem, match="do not accept each other's certificates"):
        fleet.run(targets(1, "http://127.0.0.1:9"))


def test_many_targets(cluster, files, tmp_path):
    """More than fit into the window, as a full run and in the batches of a scan: each has one result."""
    with misbehaving("answers") as server:
        for how in (FleetRun("00000001"), FleetRun("00000002", scan=True)):
            fleet = Fleet(cluster.scheduler_address, files, tmp_path / how.run, how=how)
            results, end = fleet.run(targets(50, server.url, only=("reach",)))
            assert len({each.summary.key for each in results}) == len(results) == end.executions == 50
            assert {each.summary.exit_code for each in results} == {0}


def test_garbage_is_collected_behind_runs_on_a_worker(cluster, files, tmp_path, monkeypatch):
    """While a worker runs targets, Python's full collections wait for them; afterwards they are as before."""
    monkeypatch.setattr("sigcheck.fleet.collecting.EACH", 5)
    monkeypatch.setattr("sigcheck.fleet.collecting.MOST", 5)
    before = gc.get_threshold()
    held: set[int] = set()
    collected: list[int] = []

    def note(phase, info):
        collected.append(info["generation"])

    with misbehaving("answers-late", seconds=0.3) as server:
        watch = Watch(lambda _number: held.add(gc.get_threshold()[2]))
        fleet = Fleet(cluster.scheduler_address, files, tmp_path / "ledger", watch)
        gc.collect()
        gc.callbacks.append(note)
        try:
            fleet.run(targets(20, server.url))
        finally:
            gc.callbacks.remove(note)
    assert NEVER in held
    assert 2 in collected
    assert gc.get_threshold() == before


def posted(name):
    """Whether a plugin of workers is a fleet's."""
    from sigcheck.fleet.dask.worker import POST

    return name.startswith(POST)


def test_what_a_killed_coordinator_left_is_taken_away(cluster, files, tmp_path):
    """The next one that comes to the scheduler ends what still runs for it, and leaves nothing itself."""
    ledger = tmp_path / "ledger"
    with misbehaving("answers-late", seconds=9) as server:
        text = f'[targets.slow]\nurl = "{server.url}"\nallow_private = true\nonly = ["response"]\n'
        (tmp_path / "sigcheck.toml").write_text(text)
        command = [*PROGRAM, "fleet", "run", "--config", str(tmp_path / "sigcheck.toml"), "--ledger", str(ledger)]
        running = subprocess.Popen(
            [*command, "--dask", cluster.scheduler_address, *files.options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while running.poll() is None and not (ledger.exists() and ledger.read_bytes()):
            time.sleep(0.05)
        running.kill()
        running.wait()
        (name,) = filter(posted, cluster.scheduler.worker_plugins)
        while any(name in client for client in cluster.scheduler.clients):
            time.sleep(0.05)
        assert sum(each.state.executing_count for each in cluster.workers.values()) == 1
        Fleet(cluster.scheduler_address, files, tmp_path / "next").run(
            targets(1, "http://127.0.0.1:9", only=("reach",))
        )
        soon = time.monotonic() + 3
        while any(each.state.executing_count for each in cluster.workers.values()):
            assert time.monotonic() < soon, "it goes on"
            time.sleep(0.05)
    assert not any(map(posted, cluster.scheduler.worker_plugins))
    assert [each.plugins.get(name) for each in cluster.workers.values()] == [None, None]


def test_the_batches_of_a_scan():
    """They have up to 50 targets of one place; a small scan is shared by all workers, and a full run has no batch."""
    from sigcheck.fleet.dask.session import batches

    grouped = [
        HostGroup((target(f"{place}{each}", "http://h/", place),)) for place in ("", "eu") for each in range(420)
    ]
    sizes = [(each[0].vantage, len(each)) for each in batches(grouped, 2, scan=True)]
    assert sizes == [("", 50)] * 8 + [("", 20)] + [("eu", 50)] * 8 + [("eu", 20)]
    assert [len(each) for each in batches(grouped[:8], 2, scan=True)] == [2, 2, 2, 2]
    assert [len(each) for each in batches(grouped[:3], 2, scan=False)] == [1, 1, 1]


def test_what_is_needed_and_sent():
    """Workers are asked for names and paths of their place, and what is pickled has no value of a variable."""
    secret = target("a", "https://h/${PART}", "eu", header=("Authorization: Bearer ${FLEET_TOKEN}", "@headers"))
    file = target(
        "b", "https://h/", body="@body.json", ca_file="ca.pem", devices=("ids.txt",), observe_command="x ${N}"
    )
    from sigcheck.fleet.dask.executor import needs_of

    needs = needs_of([HostGroup((secret,)), HostGroup((file,))])
    assert needs["eu"].variables == ("FLEET_TOKEN", "PART")
    assert needs["eu"].files == ("headers",)
    assert (needs[""].variables, needs[""].files) == (("N",), ("body.json", "ca.pem", "ids.txt"))
    os.environ["FLEET_TOKEN"] = "correct-horse"
    try:
        assert b"correct-horse" not in pickle.dumps(HostGroup((secret,)))
    finally:
        del os.environ["FLEET_TOKEN"]


def test_a_run_that_is_asked_to_end(cluster, files, tmp_path):
    """What runs on the workers tells its partial report; what has not begun is not begun."""
    with misbehaving("answers-late", seconds=8) as server:
        begun = Watch()
        fleet = Fleet(cluster.scheduler_address, files, tmp_path / "ledger", begun)
        begun.on_began = lambda number: fleet.executor.end("interrupted by SIGINT") if number == 4 else None
        results, end = fleet.run(targets(100, server.url))
    assert 4 <= len(results) <= 40
    assert all(each.summary.partial for each in results)
    assert end.executions >= len(results)


def test_a_scan_needs_less(cluster, files, tmp_path):
    """A worker is not asked for the variables and files of an observer, and they are not sent."""
    more = {"observe_url": "http://127.0.0.1:9/${FLEET_OBSERVER}", "observe_header": ("@nowhere",)}
    with misbehaving("answers") as server:
        fleet = Fleet(cluster.scheduler_address, files, tmp_path / "ledger", how=FleetRun("0badcafe", scan=True))
        results, _ = fleet.run(targets(3, server.url, only=("reach",), **more))
    assert [each.summary.exit_code for each in results] == [0, 0, 0]


def test_two_shards_of_one_run_on_one_cluster(cluster, files, tmp_path):
    """Each coordinator counts the runs of its own targets, though both runs have one id."""
    ends = {}

    def run(name):
        fleet = Fleet(cluster.scheduler_address, files, tmp_path / name)
        mine = [structs.replace(each, key=f"{name}{each.key}") for each in targets(10, server.url, samples=2)]
        ends[name] = fleet.run(mine)[1]

    with misbehaving("answers-late", seconds=0.2) as server:
        both = [threading.Thread(target=run, args=(name,)) for name in ("a", "b")]
        for each in both:
            each.start()
        for each in both:
            each.join()
    assert [(each.executions, each.repeated) for each in ends.values()] == [(10, {}), (10, {})]
