"""`sigcheck exporter` as a process: it answers scrapes with real scans, runs rounds, and ends at a signal."""

import re
import signal
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
            (origin,) = re.findall(r"http://127\.0\.0\.1:\d+", line)
            yield process, origin
        finally:
            process.kill()


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
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert {each.summary.target for each in read_lines(ledger) if isinstance(each, ResultLine)} == {"orders", "gone"}
    with exporting(config, "--ledger", str(ledger)) as (_, origin):
        assert value(get(f"{origin}/metrics")[1], "sigcheck_fleet_target_exit_code", target="gone") == 1


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
