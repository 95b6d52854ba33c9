"""The command line wins over variables and these over the file, also where settings cannot be used together."""

import json

import pytest

from sigcheck.cli import run
from tests import pki

URL = "https://receiver.example/x"
ELSEWHERE = "https://effects.example/"
NAMES = (
    "OBSERVE_URL",
    "OBSERVE_COMMAND",
    "FAIL_HEADER",
    "FAIL_COMMAND",
    "CONFIG",
    "NO_CONFIG",
    "ALL",
    "DEVICE",
    "ONLY",
)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Work in an empty folder, and without variables."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(f"SIGCHECK_{name}", raising=False)
    return tmp_path


def export(monkeypatch, variables):
    """Set SIGCHECK_* variables."""
    for name, value in variables.items():
        monkeypatch.setenv(f"SIGCHECK_{name}", value)


WINS = {
    "command-over-url": ({"OBSERVE_URL": ELSEWHERE, "OBSERVE_HEADER": "X-A: 1"}, ["--observe-command", "echo 1"]),
    "url-over-sql": ({"OBSERVE_SQL": "sqlite:///x", "OBSERVE_QUERY": "select 1"}, ["--observe-url", ELSEWHERE]),
    "metric-over-pointer": ({"OBSERVE_POINTER": "/n"}, ["--observe-url", ELSEWHERE, "--observe-metric", "n"]),
    "command-over-header": ({"FAIL_HEADER": "X-Fail: 1"}, ["--fail-command", "echo 1"]),
    "header-over-command": ({"FAIL_COMMAND": "echo 1"}, ["--fail-header", "X-Fail: 1"]),
    "no-config": ({"CONFIG": "none.toml"}, ["--no-config"]),
    "config": ({"NO_CONFIG": "1"}, ["--config", "good.toml"]),
    "url-over-all": ({"ALL": "1"}, []),
    "dry-run": ({"REPORT": "x.txt"}, []),
}


@pytest.mark.parametrize("case", WINS)
def test_an_option_wins_over_the_variable_that_excludes_it(case, here, monkeypatch, capsys):
    """What the variable says is left out, as a target leaves out what the defaults say."""
    variables, options = WINS[case]
    (here / "good.toml").write_text("[defaults]\nsamples = 3\n", encoding="utf-8")
    export(monkeypatch, variables)
    assert run(["verify", URL, "--dry-run", *options]) == 0, capsys.readouterr().err


def test_a_name_wins_over_the_variable_that_means_all(here, monkeypatch, capsys):
    """One target is listed like one, not like several."""
    text = f'[targets.a]\nurl = "{URL}"\n[targets.b]\nurl = "{URL}"\n'
    (here / "sigcheck.toml").write_text(text, encoding="utf-8")
    export(monkeypatch, {"ALL": "1"})
    assert run(["verify", "a", "--dry-run", "--format", "json"]) == 0
    assert "actions" in json.loads(capsys.readouterr().out)
    assert run(["verify", "a", "--all", "--dry-run"]) == 2
    assert "--all is given together with" in capsys.readouterr().err


def test_a_variable_replaces_the_observer_of_a_target(here, monkeypatch, capsys):
    """Nothing of the other observer is left."""
    text = f'[targets.a]\nurl = "{URL}"\nobserve.url = "{ELSEWHERE}"\nobserve.default = 0\n'
    (here / "sigcheck.toml").write_text(text, encoding="utf-8")
    export(monkeypatch, {"OBSERVE_COMMAND": "echo 1"})
    assert run(["config", "show", "a", "--format", "json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)["targets"]
    given = {name for name, each in shown["settings"].items() if each["where"] != "default"}
    assert [name for name in given if name.startswith("observe.")] == ["observe.command"]
    assert shown["settings"]["observe.command"]["where"] == "SIGCHECK_OBSERVE_COMMAND"


REFUSED = {
    "two-observers": (
        {"OBSERVE_URL": ELSEWHERE, "OBSERVE_COMMAND": "echo 1"},
        [],
        "sigcheck: SIGCHECK_OBSERVE_URL and SIGCHECK_OBSERVE_COMMAND cannot be used together",
    ),
    "two-failures": (
        {"FAIL_HEADER": "X-Fail: 1", "FAIL_COMMAND": "echo 1"},
        [],
        "sigcheck: SIGCHECK_FAIL_HEADER and SIGCHECK_FAIL_COMMAND cannot be used together",
    ),
    "two-files": (
        {"CONFIG": "x.toml", "NO_CONFIG": "1"},
        [],
        "sigcheck: SIGCHECK_CONFIG and SIGCHECK_NO_CONFIG cannot be used together",
    ),
    "device": ({"DEVICE": "hunter2"}, [], "sigcheck: SIGCHECK_DEVICE is not a Sigfox device id"),
    "data": ({"DATA": "hunter2"}, [], "sigcheck: SIGCHECK_DATA is not a Sigfox payload"),
    "fix": ({"BODY": "hunter2"}, ["--method", "GET"], "leave SIGCHECK_BODY out, or give --method POST"),
    "only": ({"ONLY": "hunter2"}, [], "sigcheck: SIGCHECK_ONLY: no rule or family has this name"),
    "only-typed": ({"ONLY": "hunter2"}, ["--only", "hunter3"], "sigcheck: --only: no rule or family"),
    "skip": ({"SKIP": "hunter2"}, [], "sigcheck: SIGCHECK_SKIP: no rule or family has this name"),
    "undecided": ({"ALLOW_UNDECIDED": "hunter2"}, [], "sigcheck: SIGCHECK_ALLOW_UNDECIDED: no rule or family"),
    "observer": ({"OBSERVE_URL": "hunter2"}, [], "sigcheck: SIGCHECK_OBSERVE_URL: the URL has no scheme"),
    "dry-run": ({"DRY_RUN": "1"}, ["--report", "x.txt"], "a dry run has no report to write: leave --report out"),
    "dry-run-too": ({"DRY_RUN": "1", "REPORT": "x.txt"}, [], "no report to write: leave SIGCHECK_REPORT out"),
    "header": ({"HEADER": "hunter2"}, [], "sigcheck: SIGCHECK_HEADER: a header has no colon"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_mistake_is_called_by_what_was_given(case, monkeypatch, capsys):
    """A variable by its name, and not by that of an option which nobody typed; no value is quoted."""
    variables, options, says = REFUSED[case]
    export(monkeypatch, variables)
    assert run(["verify", URL, *([] if "DRY_RUN" in variables else ["--dry-run"]), *options]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "hunter" not in error


OTHERS = {
    "observe-device": (["observe", "--observe-command", "echo 1"], {"DEVICE": "hunter2"}, "SIGCHECK_DEVICE is not"),
    "observe-proof": (
        ["observe", "--observe-command", "echo 1"],
        {"DUPLICATE_COMMAND": "hunter2"},
        "SIGCHECK_DUPLICATE_COMMAND needs --prove: give --prove",
    ),
    "chain-time": (["chain", "x.pem", "--host", "a.example"], {"AT": "hunter2"}, "SIGCHECK_AT is not a date"),
    "chain-host": (["chain", "x.pem"], {"HOST": "hunter 2"}, "SIGCHECK_HOST is not a host name"),
    "report": (["verify", URL], {"REPORT": "hunter2.docx"}, "SIGCHECK_REPORT has no known suffix"),
    "config": (["config", "check"], {"CONFIG": "x.toml", "NO_CONFIG": "1"}, "SIGCHECK_CONFIG and SIGCHECK_NO_CONFIG"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_commands_call_variables_by_their_names(case, here, monkeypatch, capsys):
    """It is the same for options that are no settings of a run."""
    arguments, variables, says = OTHERS[case]
    (here / "x.pem").write_text(pki.pem(pki.chain().presented))
    export(monkeypatch, variables)
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "hunter" not in error


def test_more_wins_over_a_variable_that_asks_for_less(monkeypatch, capsys):
    """A typed --verbose is not silenced by SIGCHECK_QUIET."""
    export(monkeypatch, {"QUIET": "1"})
    command = ["verify", "http://127.0.0.1:9/", "--allow-private", "--only", "reach"]
    assert run(command) == 1
    quiet = capsys.readouterr()
    assert run([*command, "--verbose"]) == 1
    verbose = capsys.readouterr()
    assert quiet.err == ""
    assert len(verbose.out) > len(quiet.out)


def test_a_mistake_in_the_defaults_is_named_with_its_line(here, capsys):
    """Whether a URL or a target of the file is verified: the wrong line is that of the default."""
    text = '[defaults]\nskip = ["reech"]\nbody = "x"\n'
    (here / "sigcheck.toml").write_text(text + f'[targets.a]\nurl = "{URL}"\n', encoding="utf-8")
    assert run(["verify", URL, "--dry-run"]) == 2
    assert "sigcheck: sigcheck.toml:2: skip: no rule or family has this name" in capsys.readouterr().err
    assert run(["verify", URL, "--dry-run", "--skip", "reach", "--method", "GET"]) == 2
    assert "a GET callback has no body: leave body out, or give --method POST" in capsys.readouterr().err
    assert run(["verify", "a", "--dry-run"]) == 2
    assert "sigcheck: sigcheck.toml:2: skip: no rule or family has" in capsys.readouterr().err
