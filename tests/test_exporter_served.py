"""`sigcheck exporter` as a process: it answers scrapes with real scans, runs rounds, and ends at a signal."""

import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families as prometheus

from sigcheck.demo.authority import create_authority
from sigcheck.fleet.ledger import ResultLine, read_lines
from tests.commandline import PROGRAM, sigcheck
from tests.fleet.quick import receiving

FILE = """
[defaults]
allow_private = true
ca_file = "{ca}"
only = ["reach", "tls"]
[targets.orders]
url = "{origin}/sigfox?key=hunter2"
[targets.gone]
url = "https://127.0.0.1:9/"
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Give a configuration file with a target that is well, and one that refuses connections."""
    folder = tmp_path_factory.mktemp("exporter")
    authority = create_authority(folder, datetime.now(UTC))
    with receiving(0.0, certificate=authority) as origin:
        path = folder / "sigcheck.toml"
        path.write_text(FILE.format(ca=authority.ca_file, origin=origin))
        yield path


@contextmanager
def exporting(config, *options):
    """Start an exporter on a free port, and give it and its origin; it is killed in the end if it still runs."""
    command = [*PROGRAM, "exporter", "--config", str(config), "--listen", "127.0.0.1:0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=config.parent) as process:
        try:
            line = process.stderr.readline()
            while (origin := re.search(r"http://127\.0\.0\.1:\d+", line)) is None:
                line = process.stderr.readline()
            yield process, origin[0]
        finally:
            process.kill()


@contextmanager
def silenced(config, listener):
    """Start an exporter of a target that accepts connections and says nothing."""
    path = config.parent / "silent.toml"
    path.write_text(f'[targets.silent]\nurl = "https://127.0.0.1:{listener.getsockname()[1]}/"\nallow_private = true\n')
    with exporting(path) as started:
        yield started


def get(url):
    """Give the status and the body of an answer."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def value(body, name, **labels):
    """Give the one sample of this name that has these labels."""
    found = [
        sample.value
        for family in prometheus(body)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    (one,) = found
    return one


def test_scrapes_are_answered_with_scans(config):
    """A target that is well, one that is not, a URL; the secret of a query is in no answer. SIGTERM ends it with 0."""
    with exporting(config) as (process, origin):
        status, well = get(f"{origin}/probe?target=orders")
        assert (status, value(well, "sigcheck_probe_success")) == (200, 1)
        assert (
            value(well, "sigcheck_certificate_expiry_timestamp_seconds", target="orders")
            > datetime.now(UTC).timestamp()
        )
        assert value(well, "sigcheck_probe_address_info", address="127.0.0.1") == 1
        _, gone = get(f"{origin}/probe?target=gone")
        assert value(gone, "sigcheck_probe_success") == 0
        assert value(gone, "sigcheck_rule_status", rule="reach-refused", status="fail") == 1
        assert get(f"{origin}/probe?target=http://127.0.0.1:22/")[0] == 404
        _, process_metrics = get(f"{origin}/metrics")
        assert value(process_metrics, "sigcheck_exporter_probes_total", result="not well") == 1
        assert "hunter2" not in well + gone + process_metrics
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_a_signal_ends_scans_that_are_under_way(config):
    """Their scrapes are answered 503 at once, and neither they nor bad requests leave a line on stderr."""
    with socket.create_server(("127.0.0.1", 0)) as silent, silenced(config, silent) as (process, origin):
        host, port = origin.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as bad:
            bad.sendall(b"\x16\x03\x01\r\n\r\n")
            assert bad.recv(100).startswith(b"HTTP/1.1 400")
        with socket.create_connection((host, int(port))) as scrape:
            scrape.sendall(b"GET /probe?target=silent HTTP/1.1\r\nHost: x\r\n\r\n")
            with silent.accept()[0]:
                process.send_signal(signal.SIGTERM)
                answer = b"".join(iter(lambda: scrape.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 503")
        assert answer.endswith(b"the exporter is being stopped\n")
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_full_runs_go_on_beside(config, tmp_path):
    """With --every a round begins at once, its reports are in the ledger, and /metrics tells of them."""
    ledger = tmp_path / "results.jsonl"
    with exporting(config, "--every", "1h", "--ledger", str(ledger)) as (process, origin):
        for _ in range(200):
            body = get(f"{origin}/metrics")[1]
            if body.count("sigcheck_fleet_target_exit_code{") == 2:
                break
        assert value(body, "sigcheck_fleet_target_exit_code", target="gone") == 1
        assert value(body, "sigcheck_fleet_target_cause", rule="reach-refused") == 1
        assert 0 <= value(body, "sigcheck_fleet_target_last_run_age_seconds", target="gone") < 60
        for _ in range(200):
            body = get(f"{origin}/metrics")[1]
            if value(body, "sigcheck_exporter_rounds_total", result="done"):
                break
        assert value(body, "sigcheck_exporter_rounds_total", result="done") == 1
        assert value(body, "sigcheck_exporter_rounds_total", result="broke off") == 0
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert {each.summary.target for each in read_lines(ledger) if isinstance(each, ResultLine)} == {"orders", "gone"}
    with exporting(config, "--ledger", str(ledger)) as (_, origin):
        assert value(get(f"{origin}/metrics")[1], "sigcheck_fleet_target_exit_code", target="gone") == 1


def test_an_address_in_use_is_named_once(config):
    """The words of the system are given without those that name the address once more."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = sigcheck("exporter", "--config", str(config), "--listen", address)
    assert (done.code, done.err) == (
        2, f"sigcheck: --listen {address} cannot be used (Address already in use): give another address\n"
    )  # fmt: skip


def test_what_no_scan_can_check_is_told_at_the_start(config):
    """One file serves scans and full runs: a scan checks what it can of `only`, and says where that is nothing."""
    path = config.parent / "only.toml"
    path.write_text(
        '[defaults]\nallow_private = true\n[targets.both]\nurl = "http://127.0.0.1:9/"\n'
        'only = ["reach", "response"]\n[targets.full]\nurl = "http://127.0.0.1:9/"\nonly = ["response"]\n'
    )
    command = [*PROGRAM, "exporter", "--config", str(path), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            told, serving = process.stderr.readline(), process.stderr.readline()
            assert told.startswith("sigcheck: /probe cannot scan full: ")
            assert "target full: no rule is left that a scan can check" in told
            origin = re.search(r"http://[^/]+", serving)
            assert origin
            status, body = get(f"{origin[0]}/probe?target=both")
            assert (status, value(body, "sigcheck_rule_status", rule="reach-refused", status="fail")) == (200, 1)
            assert get(f"{origin[0]}/probe?target=full")[0] == 500
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--listen", "here"), "--listen must be HOST:PORT"),
        (("--listen", "127.0.0.1:70000"), "--listen must be HOST:PORT"),
        (("--listen", "192.0.2.1:9877"), "--listen 192.0.2.1:9877 cannot be used"),
        (("--every", "5s"), "--every must be a time from 1m to 30d"),
        (("--limit", "soon"), "--limit must be a time from 0.5s to 1m"),
        (("--ledger", "/"), "the ledger / cannot be read"),
        (("--no-config",), "there are no targets"),
    ],
)
def test_what_cannot_be_used_is_refused(options, says, config):
    """One line, exit code 2, and nothing is served."""
    where = () if "--no-config" in options else ("--config", str(config))
    done = sigcheck("exporter", *where, *options)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert says in done.err


def test_without_the_extra_it_says_how_to_get_it(config):
    """Uvicorn is no part of the core."""
    program = "import sys; sys.modules['uvicorn'] = None\nfrom sigcheck.cli import run; sys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "exporter", "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (
        2, "sigcheck: the exporter needs uvicorn: pip install 'sigcheck[exporter]'\n"
    )  # fmt: skip
