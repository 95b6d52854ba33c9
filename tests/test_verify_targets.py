"""`verify NAME… | --all`: several targets at once, and what is said of them in text, in JSON and by the exit code."""

import json
import os
import signal
import subprocess
import time

import jsonschema
import pytest

from sigcheck.cli import run
from tests.commandline import PROGRAM
from tests.docs_blocks import ROOT
from tests.misbehaving import misbehaving

CLOSED = "http://127.0.0.1:9/sigfox"


@pytest.fixture
def configured(tmp_path, monkeypatch, good):
    """Write a file of three targets, one of which cannot be reached."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BILLING_TOKEN", "hunter2hunter2")
    text = f"""
[defaults]
allow_private = true
only = ["reach", "response"]
samples = 1

[targets.orders]
url = "{good}"

[targets.billing]
url = "{good}"
headers.Authorization = "Bearer ${{BILLING_TOKEN}}"

[targets.alarms]
url = "{CLOSED}"
"""
    (tmp_path / "sigcheck.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_all_targets_in_the_order_of_the_file(configured, capsys):
    """Each has its report under its name and a line at the end; the exit code is the worst; progress names them."""
    assert run(["verify", "--all"]) == 1
    shown = capsys.readouterr()
    assert [line for line in shown.out.splitlines() if line.startswith("---")] == [
        "--- orders ---", "--- billing ---", "--- alarms ---", "--- 3 targets ---",
    ]  # fmt: skip
    end = shown.out[shown.out.index("--- 3 targets ---") :].splitlines()
    assert end[1:4] == [
        "orders   PASSED IN PART  (exit 0)",
        "billing  PASSED IN PART  (exit 0)",
        "alarms   NON-COMPLIANT  must: The port refuses connections (reach-refused)  (exit 1)",
    ]
    assert end[-1] == "NON-COMPLIANT  1 non-compliant · 2 passed in part  (exit 1)"
    assert {
        "sigcheck: orders: passed in part (exit 0)",
        "sigcheck: billing: passed in part (exit 0)",
        "sigcheck: alarms: non-compliant (exit 1)",
    } <= set(shown.err.splitlines())
    assert "hunter2" not in shown.out + shown.err


def test_one_document_for_all(configured, capsys):
    """In JSON it has the reports of all, its schema is published, and a report file is the same."""
    assert run(["verify", "--all", "--format", "json", "--report", "all.json", "-q"]) == 1
    document = json.loads(capsys.readouterr().out)
    schema = json.loads((ROOT / "docs" / "reports.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    assert (document["verdict"], document["exit_code"], document["partial"]) == ("non-compliant", 1, False)
    assert [(each["target"]["name"], each["exit_code"]) for each in document["reports"]] == [
        ("orders", 0), ("billing", 0), ("alarms", 1),
    ]  # fmt: skip
    assert json.loads((configured / "all.json").read_text(encoding="utf-8")) == document


def test_one_name_is_like_a_url(configured, capsys):
    """Its report and its document stand alone, and say its name."""
    assert run(["verify", "orders", "--format", "json", "-q"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["target"]["name"], document["exit_code"]) == ("orders", 0)
    assert run(["verify", "orders", "-q"]) == 0
    assert "---" not in capsys.readouterr().out
    assert run(["verify", "alarms", "orders", "alarms", "-q"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [" ".join(line.split()[:2]) for line in lines[:2]] == ["NON-COMPLIANT alarms", "PASSED IN"]
    assert lines[2:] == ["NON-COMPLIANT  1 non-compliant · 1 passed in part  (exit 1)"]


def test_the_defaults_hold_for_a_url(configured, good, capsys):
    """A URL gets what the file says of every target, unless no file is read; the command line wins."""
    assert run(["verify", good, "--format", "json", "-q"]) == 0
    scope = json.loads(capsys.readouterr().out)["scope"]
    assert scope["not_checked"] == ["tls", "deadline", "retry", "dedup", "exposure"]
    assert run(["verify", good, "--only", "reach", "--no-config", "-q"]) == 1
    assert "(reach-private-address)" in capsys.readouterr().out
    assert run(["verify", good, "--only", "reach", "-q"]) == 0


def test_the_environment_stands_between(configured, monkeypatch, capsys):
    """A variable wins over the file, an option over both, and `config show` says which it was."""
    monkeypatch.setenv("SIGCHECK_SAMPLES", "2")
    for arguments, samples in (((), 2), (("--samples", "3"), 3)):
        assert run(["verify", "orders", "--format", "json", "-q", *arguments]) == 0
        assert len(json.loads(capsys.readouterr().out)["evidence"]["samples"]) == samples
    assert run(["config", "show", "orders", "--format", "json"]) == 0
    settings = json.loads(capsys.readouterr().out)["targets"][0]["settings"]
    assert settings["samples"] == {"value": 2, "where": "SIGCHECK_SAMPLES"}
    assert settings["allow_private"] == {"value": True, "where": "sigcheck.toml:3"}
    assert settings["patience"] == {"value": 30.0, "where": "default"}


def test_every_option_has_its_variable(configured, monkeypatch, capsys):
    """Those of `verify` that choose targets, and those of other commands, too."""
    monkeypatch.setenv("SIGCHECK_ALL", "1")
    monkeypatch.setenv("SIGCHECK_JOBS", "1")
    assert run(["verify", "-q"]) == 1
    assert capsys.readouterr().out.count("\n") == 4
    monkeypatch.delenv("SIGCHECK_ALL")
    monkeypatch.setenv("SIGCHECK_JOBS", "0")
    assert run(["verify", "orders"]) == 2
    assert "SIGCHECK_JOBS must be a whole number from 1 to 200" in capsys.readouterr().err
    monkeypatch.delenv("SIGCHECK_JOBS")
    monkeypatch.setenv("SIGCHECK_FOR", "nginx")
    assert run(["allowlist"]) == 0
    assert "allow 185.110.96.0/22;" in capsys.readouterr().out


MISUSED = {
    "unknown": (["ordres"], "sigcheck.toml has no target of this name: did you mean orders?"),
    "unlike": (["hunter2"], "sigcheck.toml has no target of this name: `sigcheck config show` lists them"),
    "no-file": (["orders", "--no-config"], "there is no configuration file, so no target has this name: write one"),
    "no-scheme": (["receiver.example/x"], "the URL has no scheme: write https://receiver.example/x"),
    "mixed": (["orders", "https://receiver.example/x"], "a URL cannot be combined with other arguments: give one"),
    "urls": (["https://a.example/", "https://b.example/"], "a URL cannot be combined with other arguments: give one"),
    "torn": (["https://a.example/?k=a", "b"], "there are more arguments than one URL: put quotes around each value"),
    "all-and-name": (["--all", "orders"], "--all is given together with a URL or a name"),
    "both": (["orders", "--config", "x.toml", "--no-config"], "--config and --no-config cannot be used together"),
    "none-read": (["--all", "--no-config"], "there are no targets: write [targets.NAME] into a sigcheck.toml"),
    "missing": (["orders", "--config", "x.toml"], "configuration file x.toml cannot be read (No such file"),
    "option": (["orders", "--observe-sql", "sqlite:///x"], "--observe-sql and observe.query must be given together"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISUSED)
def test_what_means_no_target_is_refused(case, configured, capsys):
    """One line that names the remedy; a word that is no target's name is not quoted."""
    arguments, says = MISUSED[case]
    assert run(["verify", *arguments]) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert (shown.out, shown.err.count("\n"), "hunter2" in shown.err) == ("", 1, False)


def test_a_mistake_in_one_target_sends_nothing_to_any(configured, capsys):
    """All are planned before one is called: what goes wrong is a line of the file, and its keys are called as there."""
    with misbehaving("answers") as server:
        text = f'[targets.a]\nurl = "{server.url}"\n[targets.b]\nurl = "{server.url}"\nobserve.query = "select 1"\n'
        (configured / "sigcheck.toml").write_text(text, encoding="utf-8")
        assert run(["verify", "--all", "--allow-private"]) == 2
        assert server.connections == 0
    assert capsys.readouterr().err == (
        "sigcheck: sigcheck.toml:3: target b: observe.sql and observe.query must be given together: give both\n"
    )


def test_check_tells_of_every_problem(configured, capsys):
    """A line each, for all targets, wrong values and what does not go together too; then the exit code is 2."""
    assert run(["config", "check"]) == 0
    assert capsys.readouterr().out == "sigcheck.toml: 3 targets, all can be verified\n"
    (configured / "sigcheck.toml").write_text(
        '[defaults]\nsamples = 0\n[targets.a]\nurl = "a.example"\nsamples = 3\nsampels = 3\nmethod = "hunter2"\n'
        '[targets.b]\nurl = "https://b.example/${NONE}"\nheaders.X = "${NONE}"\n[targets.c]\nurl = "c.example"\n',
        encoding="utf-8",
    )
    assert run(["config", "check"]) == 2
    lines = [line.removeprefix("sigcheck: sigcheck.toml:") for line in capsys.readouterr().err.splitlines()]
    assert [line.partition(" must")[0].partition(" needs")[0].partition(": did")[0] for line in lines] == [
        "6: there is no key 'sampels'",
        "2: samples",
        "3: target a: the URL has no scheme: write https://a.example",
        "9: url",
        "10: headers.X",
        "12: url: the URL has no scheme: write https://c.example",
    ]
    (configured / "sigcheck.toml").write_text('[targets.c]\nurl = "c.example"\n', encoding="utf-8")
    assert run(["config", "check"]) == 2
    assert capsys.readouterr().err == (
        "sigcheck: sigcheck.toml:1: target c: the URL has no scheme: write https://c.example\n"
    )


def test_no_file_to_check(tmp_path, monkeypatch, capsys):
    """Who asks about the file and has none is told to write one."""
    monkeypatch.chdir(tmp_path)
    assert run(["config", "check"]) == 2
    assert capsys.readouterr().err.startswith("sigcheck: there is no configuration file: write a sigcheck.toml")
    (tmp_path / "sigcheck.toml").write_text("[defaults]\nsamples = 5\n", encoding="utf-8")
    assert run(["config", "check"]) == 0
    assert capsys.readouterr().out == "sigcheck.toml: no targets, and no mistakes\n"


def test_show_hides_every_secret(configured, capsys):
    """Logins, keys, tokens and literal values are hidden; variables stay as they are written."""
    (configured / "sigcheck.toml").write_text(
        '[targets.a]\nurl = "https://me:hunter2@a.example/x?key=hunter2"\nheaders.X-Key = "hunter2"\n'
        'body = \'{"k":"hunter2","t":{time}}\'\nobserve.command = "count --password hunter2 {device}"\n'
        'restart_command = "restart --token=hunter2"\nfail_header = "X-Fail: hunter2"\nonly = "reach"\n'
        '[targets.b]\nurl = "https://b.example/${SECRET_PART}?a=${SECRET_PART}&b=hunter2-${SECRET_PART}"\n'
        'headers.X-Key = "Bearer ${SECRET_PART}"\nobserve.sql = "postgresql://me:hunter2@db/x"\n'
        'observe.query = "select 1"\n[targets.c]\nurl = "https://c.example/"\n'
        'observe.url = "https://o.example/n?k=hunter2"\nobserve.headers.X = "hunter2"\n',
        encoding="utf-8",
    )
    for format_name in ("text", "json"):
        assert run(["config", "show", "--format", format_name]) == 0
        out = capsys.readouterr().out
        assert "hunter2" not in out
        assert "https://b.example/${SECRET_PART}?a=${SECRET_PART}&b=***${SECRET_PART}" in out
        assert "X-Key: ***${SECRET_PART}" in out


def test_a_dry_run_lists_every_target(configured, capsys):
    """As text one after the other, as JSON in one document; nothing is sent."""
    assert run(["verify", "--all", "--dry-run"]) == 0
    assert capsys.readouterr().out.count("dry run of ") == 3
    assert run(["verify", "--all", "--dry-run", "--format", "json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)["targets"]] == ["orders", "billing", "alarms"]


def test_the_observer_of_a_target_is_asked(configured, capsys):
    """`observe NAME` asks as `verify NAME` would, in the folder of the file."""
    (configured / "count").write_text("#!/bin/sh\necho 3\n", encoding="utf-8")
    (configured / "count").chmod(0o755)
    (configured / "sigcheck.toml").write_text(
        '[targets.a]\nurl = "https://a.example/"\nobserve.command = "./count"\n[targets.b]\nurl = "https://b/"\n',
        encoding="utf-8",
    )
    (configured / "deep").mkdir()
    os.chdir(configured / "deep")
    assert run(["observe", "a", "--settle", "0.1"]) == 0
    assert "counts 3 effects" in capsys.readouterr().out
    assert run(["observe", "b"]) == 2
    assert capsys.readouterr().err == (
        "sigcheck: ../sigcheck.toml:4: target b: no observer is given: "
        "give observe.url, observe.command or observe.sql\n"
    )


def test_an_interrupt_keeps_every_report(tmp_path):
    """Targets that are done, that run and that had not begun have their reports; the document says it is partial."""
    with misbehaving("answers") as server, misbehaving("reads-never-answers") as slow:
        lines = ["[defaults]", "allow_private = true", 'only = "response"', "samples = 1"]
        urls = {"quick": server.url, "slow": slow.url, "last": server.url}
        lines += [line for name, url in urls.items() for line in (f"[targets.{name}]", f'url = "{url}"')]
        (tmp_path / "sigcheck.toml").write_text("\n".join(lines), encoding="utf-8")
        process = subprocess.Popen(
            [*PROGRAM, "verify", "--all", "--jobs", "1", "--format", "json"],
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ,
        )  # fmt: skip
        began = time.monotonic()
        for line in process.stderr:
            if "slow: delivery" in line:
                break
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    document = json.loads(out)
    assert time.monotonic() - began < 10
    assert (process.returncode, document["exit_code"], document["verdict"]) == (130, 130, "interrupted")
    assert document["partial"] is True
    assert [(each["target"]["name"], each["verdict"]) for each in document["reports"]] == [
        ("quick", "compliant"), ("slow", "interrupted"), ("last", "interrupted"),
    ]  # fmt: skip
