"""The exporter's application, with scans that are scripted: names alone, in the time of the scrape, never an outage."""

import asyncio
import json
import re
import socket
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from sigcheck.cli import exporting
from sigcheck.cli.fleet_targets import targets
from sigcheck.config.file import read_file
from sigcheck.config.given import Given
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem
from sigcheck.exporter.app import PLAIN, Exporter
from sigcheck.exporter.prober import Prober
from sigcheck.exporter.rounds import Rounds, families
from sigcheck.exporter.scanner import OVER, scan
from sigcheck.fleet.ledger import Ledger, ResultLine, RunLine
from sigcheck.model.fleet import summary_of
from tests import validators
from tests.clock import FakeClock
from tests.specimens import HOSTILE, SPECIMENS, specimens

EXAMPLES = Path(__file__).parents[1] / "examples" / "exporter"
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def served(scan, *, at_once=2, known=()):
    """Give an exporter of one target, `orders`."""
    prober = Prober({"orders": Wanted("orders", {})}, scan, at_once)
    return Exporter(prober, lambda: families(known), 10.0)


async def get(app, path, *, query="", headers=(), method="GET"):
    """Ask, and give the status, the content type and the body."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": list(headers)}
    await app(scope, None, send)
    return sent[0]["status"], dict(sent[0]["headers"])[b"content-type"].decode(), sent[1]["body"].decode()


def answers(report):
    """Give a scan that always shows this report."""

    async def scan(target, limit):
        return report

    return scan


def asked(app, path, **more):
    """Ask one thing in virtual time."""
    return FakeClock().run(get(app, path, **more))


def read(body, parse):
    """Give the samples of a body by name, as a strict parser reads them."""
    return {sample.name: sample for family in parse(body) for sample in family.samples}


@pytest.mark.parametrize(
    ("accept", "parse", "kind"),
    [
        (b"text/plain", prometheus, PLAIN),
        (
            b"application/openmetrics-text;q=0.9",
            openmetrics,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ),
    ],
    ids=["old", "openmetrics"],
)
@pytest.mark.parametrize("specimen", SPECIMENS)
def test_a_scan_is_told_in_both_formats(specimen, accept, parse, kind):
    """Its success, its time and its report are read back by the parser of the format that was asked for."""
    report = specimens()[specimen]
    status, told, body = asked(served(answers(report)), "/probe", query="target=orders", headers=[(b"accept", accept)])
    said = read(body, parse)
    assert (status, told) == (200, kind)
    assert said["sigcheck_probe_success"].value == (report.exit_code == 0)
    assert said["sigcheck_run_exit_code"].value == report.exit_code
    if parse is prometheus:
        assert validators.prometheus(body) == ""


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("", 400, "name one target"),
        ("target=orders&target=orders", 400, "name one target"),
        ("target=https://internal.example/hunter2", 404, "URLs are not probed"),
        ("target=hunter2", 404, "no target of this name"),
        ("&".join(["a=1"] * 100), 400, "name one target"),
        ("target=%ff%00hunter2", 404, "no target of this name"),
    ],
)
def test_only_names_of_the_configuration_are_scanned(query, status, words):
    """Nothing else makes a connection, and no answer repeats what it was asked."""

    async def scan(target, limit):
        raise AssertionError("nothing is to be scanned")

    seen, _, body = asked(served(scan), "/probe", query=query)
    assert seen == status
    assert words in body
    assert "hunter2" not in body


@pytest.mark.parametrize(
    ("header", "limit"),
    [(b"15", 10.0), (b"8", 7.5), (b"0.2", 0.1), (b"nan", 10.0), (b"-3", 10.0), (b"soon", 10.0), (b"1e999", 10.0)],
)
def test_a_scan_has_the_time_of_the_scrape(header, limit):
    """Half a second less than the scrape has, and never more than --limit."""
    seen = []

    async def scan(target, given):
        seen.append(given)
        return specimens()["healthy"]

    headers = [(b"x-prometheus-scrape-timeout-seconds", header)]
    assert asked(served(scan), "/probe", query="target=orders", headers=headers)[0] == 200
    assert seen == [pytest.approx(limit)]


def test_a_scan_ends_when_the_time_of_the_scrape_is_over():
    """A receiver that accepts a connection and says nothing leaves a partial report, long before the Cloud gives up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        given = {"url": f"https://127.0.0.1:{silent.getsockname()[1]}/", "allow_private": True}
        wanted = Wanted("silent", {name: (Given(value, name, name),) for name, value in given.items()})
        began = time.monotonic()
        report = asyncio.run(scan(wanted, 0.2))
    assert report.evidence.interrupted == OVER
    assert time.monotonic() - began < 5


def test_too_much_to_do_is_no_outage():
    """Two scans run at once; a third waits and has the time that is left, or is answered 503 where none is."""
    begun = []

    async def scan(target, limit):
        begun.append(limit)
        await asyncio.sleep(4 if len(begun) < 3 else 1)
        return specimens()["healthy"]

    async def several():
        app = served(scan)
        three = await asyncio.gather(*(get(app, "/probe", query="target=orders") for _ in range(3)))
        assert begun == [10, 10, 6]
        begun.clear()
        hasty = [(b"x-prometheus-scrape-timeout-seconds", b"2")]
        four = await asyncio.gather(*(get(app, "/probe", query="target=orders", headers=hasty) for _ in range(3)))
        return three, four, await get(app, "/metrics")

    three, four, metrics = FakeClock().run(several())
    assert [status for status, _, _ in three] == [200, 200, 200]
    assert sorted(read(body, prometheus)["sigcheck_probe_queue_seconds"].value for _, _, body in three) == [0, 0, 4]
    assert sorted(status for status, _, _ in four) == [200, 200, 503]
    assert 'sigcheck_exporter_probes_total{result="busy"} 1' in metrics[2]
    assert "sigcheck_exporter_probes_running 0" in metrics[2]


def test_a_target_that_cannot_be_scanned_is_said_so():
    """A variable that has gone since the start, for instance: the answer is no metric, so `up` is 0."""

    async def scan(target, limit):
        raise UsageProblem("url needs the environment variable TOKEN, which is not set", "set it")

    status, _, body = asked(served(scan), "/probe", query="target=orders")
    assert (status, body) == (500, "url needs the environment variable TOKEN, which is not set: set it\n")


def test_what_a_server_says_stays_in_its_label():
    """Control characters and line ends of a hostile server are shown, and break no line."""
    report = next(each for name, each in specimens().items() if "hostile" in name)
    known = [summary_of(HOSTILE, "", report)]
    for path, query in (("/probe", "target=orders"), ("/metrics", "")):
        body = asked(served(answers(report), known=known), path, query=query)[2]
        assert all(char == "\n" or char.isprintable() for char in body)
        assert read(body, prometheus)


@pytest.mark.parametrize(("path", "method", "status"), [("/", "GET", 200), ("/x", "GET", 404), ("/", "POST", 405)])
def test_other_requests(path, method, status):
    """A page says what there is, and nothing else is answered."""
    assert asked(served(answers(specimens()["healthy"])), path, method=method)[0] == status


def test_the_address_that_was_examined_is_told():
    """The one that accepted a connection; where none did, the first."""
    healthy = specimens()["healthy"]
    network = healthy.evidence.network
    assert network is not None
    refused = [structs.replace(network.addresses[0], address=f"203.0.113.{n}", outcome="refused") for n in (1, 2)]
    for addresses, told in (
        ((refused[0], network.addresses[0]), network.addresses[0].address),
        (refused, "203.0.113.1"),
    ):
        seen = structs.replace(healthy.evidence, network=structs.replace(network, addresses=tuple(addresses)))
        body = asked(served(answers(structs.replace(healthy, evidence=seen))), "/probe", query="target=orders")[2]
        assert f'sigcheck_probe_address_info{{target="orders",address="{told}"}} 1' in body


def test_head_has_no_body():
    """Its headers are those of GET."""
    app = served(answers(specimens()["healthy"]))
    assert asked(app, "/", method="HEAD") == (200, "text/plain; charset=utf-8", "")


def test_a_round_that_was_cut_short_forgets_no_verdict():
    """A partial report is better than none, and worse than the whole one before it."""
    rounds = Rounds(None, print)
    whole = summary_of("orders", "", specimens()["healthy"])
    partial = structs.replace(whole, partial=True, exit_code=130)
    for each, known in ((partial, partial), (whole, whole), (partial, whole)):
        rounds.ended(each)
        assert rounds.known == {("orders", ""): known}


def test_targets_are_told_in_the_order_of_their_names():
    """Whatever order a round drew: two scrapes are compared line by line."""
    known = [summary_of(name, "", specimens()["healthy"]) for name in ("b", "c", "a")]
    body = asked(served(None, known=known), "/metrics")[2]
    assert re.findall(r'exit_code\{target="(\w)"', body) == ["a", "b", "c"]


def test_the_last_whole_result_counts(tmp_path):
    """Of full runs in a ledger: not a scan, not a partial report after a whole one. /metrics tells its age."""
    path = tmp_path / "results.jsonl"
    whole = summary_of("orders", "", specimens()["healthy"])
    partial = structs.replace(whole, partial=True, exit_code=130, word="interrupted")
    scanned = structs.replace(whole, exit_code=1, word="non-compliant")
    with Ledger(path) as ledger:
        for run, scan, summary in (("a", False, whole), ("b", False, partial), ("c", True, scanned)):
            ledger.append(RunLine(run, 1, "0.1.0", NOW, seed=1, scan=scan, targets=1))
            ledger.append(ResultLine(run, summary, "00"))
    rounds = Rounds(path, print)
    rounds.look()
    assert list(rounds.known.values()) == [whole]
    said = read(asked(served(None, known=rounds.known.values()), "/metrics")[2], prometheus)
    assert said["sigcheck_fleet_target_exit_code"].labels == {"target": "orders", "vantage": ""}
    assert said["sigcheck_fleet_target_last_run_timestamp_seconds"].value == whole.ended_at.timestamp()
    assert said["sigcheck_fleet_target_last_run_age_seconds"].value > 0


def test_a_ledger_that_is_none_is_told_once(tmp_path):
    """It is read again when it has changed, and what was known of it is kept meanwhile."""
    path = tmp_path / "results.jsonl"
    summary = summary_of("orders", "", specimens()["healthy"])
    with Ledger(path) as ledger:
        ledger.append(RunLine("a", 1, "0.1.0", NOW, seed=1, scan=False, targets=1))
        ledger.append(ResultLine("a", summary, "00"))
    rounds = Rounds(path, print)
    rounds.look()
    path.write_text("no ledger\n")
    with pytest.raises(UsageProblem, match="does not belong in a ledger"):
        rounds.look()
    rounds.look()
    path.unlink()
    rounds.look()
    assert list(rounds.known.values()) == [summary]


def test_full_runs_keep_apart_what_shares_an_observer(tmp_path):
    """Groups are those of `fleet run`: two hosts whose effects one total counts are never run at once."""
    path = tmp_path / "sigcheck.toml"
    path.write_text(
        "[defaults]\nobserve.url = 'https://count.example/total'\n"
        "[targets.a]\nurl = 'https://a.example/'\n[targets.b]\nurl = 'https://b.example/'\n"
    )
    (group,) = exporting.grouped(targets((), None, {}, read_file(path)))(1)
    assert {each.key for each in group.targets} == {"a", "b"}


def test_the_alert_rules_are_sound():
    """Promtool takes the rules and the scrape configuration; the expressions of the dashboard are PromQL, too."""
    promtool = validators.program("promtool")
    done = subprocess.run(
        [promtool, "check", "config", str(EXAMPLES / "prometheus.yml")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_alerts_fire_for_what_they_say():
    """Promtool plays series to the rules: what fires, and what does not, is in the examples beside them."""
    promtool = validators.program("promtool")
    done = subprocess.run([promtool, "test", "rules", "alerts_test.yml"], capture_output=True, text=True, cwd=EXAMPLES)
    assert done.returncode == 0, done.stdout + done.stderr
    tested = set(re.findall(r"alertname: (\w+)\n +exp_alerts", (EXAMPLES / "alerts_test.yml").read_text()))
    assert tested == set(re.findall(r"alert: (\w+)", (EXAMPLES / "alerts.yml").read_text()))


def test_scrapes_are_closer_together_than_samples_live():
    """Prometheus forgets a sample after five minutes, and a rule with `for` begins anew where it finds none."""
    intervals = re.findall(r"scrape_interval: (\d+)m", (EXAMPLES / "prometheus.yml").read_text())
    assert len(intervals) == 2
    assert all(int(each) < 5 for each in intervals)


def test_the_dashboard_asks_for_what_there_is(tmp_path):
    """Its expressions are PromQL, and name metrics that the exporter serves."""
    panels = json.loads((EXAMPLES / "dashboard.json").read_text())["panels"]
    expressions = [target["expr"].replace("$__rate_interval", "5m") for each in panels for target in each["targets"]]
    assert len(expressions) == len(panels) > 5
    rules = [{"record": f"a:b{number}", "expr": expr} for number, expr in enumerate(expressions)]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool = validators.program("promtool")
    done = subprocess.run([promtool, "check", "rules", str(tmp_path / "rules.yml")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    known = {summary_of("orders", "", each).key: summary_of("orders", "", each) for each in [specimens()["worst"]]}
    app = served(answers(specimens()["worst"]), known=known.values())
    served_names = set()
    for path in ("/probe", "/metrics"):
        served_names |= read(asked(app, path, query="target=orders")[2], prometheus).keys()
    alerts = (EXAMPLES / "alerts.yml").read_text()
    named = {word for text in (*expressions, alerts) for word in re.findall(r"sigcheck_[a-z_]+", text)}
    assert named <= served_names
