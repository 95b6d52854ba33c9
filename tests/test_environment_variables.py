"""What `verify` takes from the environment: options by their SIGCHECK_* names, and ${NAME} in what is given."""

import json

import click
import pytest

import sigcheck
from sigcheck.callback import fill
from sigcheck.cli import COMMANDS, cli, run
from sigcheck.config import RunConfig
from sigcheck.config.setting import fields
from tests.evidence import MESSAGE

URL = "https://receiver.example/x"


def listed(capsys, *arguments):
    """Give the JSON listing of a dry run."""
    assert run(["verify", *arguments, "--dry-run", "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def requests(whole, kind="sample"):
    """Give the actions of a kind."""
    return [action for action in whole["actions"] if action["kind"] == kind]


def test_every_setting_has_its_variable(monkeypatch, capsys):
    """The help knows them all, and each is read: a number, a choice, a flag, a text, and several lines."""
    monkeypatch.setenv("SIGCHECK_SAMPLES", "3")
    monkeypatch.setenv("SIGCHECK_ONLY", "response,deadline")
    monkeypatch.setenv("SIGCHECK_METHOD", "PUT")
    monkeypatch.setenv("SIGCHECK_HEADER", "X-A: {device}\nX-B: {time}\n")
    monkeypatch.setenv("SIGCHECK_DEVICE", "20AEAB")
    sent = requests(listed(capsys, URL))
    assert len(sent) == 4  # three samples, and one message by HTTP/1.0
    headers = dict(sent[0]["headers"])
    assert (sent[0]["method"], headers["X-A"]) == ("PUT", "20AEAB")
    assert headers["X-B"].isdigit()
    assert {field.variable for field in fields(RunConfig).values()} >= {"SIGCHECK_OBSERVE_URL", "SIGCHECK_FAIL_ON"}


def options(command, path=()):
    """Give every option of a command and of those below it, with the words that lead to it."""
    for name, below in getattr(command, "commands", {}).items():
        yield from options(below, (*path, name))
    yield from ((path, param) for param in command.params if isinstance(param, click.Option))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_every_command_has_its_variable(name):
    """SIGCHECK_ and the option's name in capitals, the same for the same option wherever it is."""
    found = list(options(cli.get_command(click.Context(cli), name), (name,)))
    for _, param in found:
        longest = max(param.opts, key=len)
        assert param.envvar == "SIGCHECK_" + longest.removeprefix("--").replace("-", "_").upper()
    assert found or name in {"explain", "completion"}


def test_the_command_line_wins(monkeypatch, capsys):
    """An option that is given is not looked up."""
    monkeypatch.setenv("SIGCHECK_SAMPLES", "3")
    assert len(requests(listed(capsys, URL, "--only", "response", "--samples", "2"))) == 3  # and one by HTTP/1.0


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("SIGCHECK_SAMPLES", "hunter2", "SIGCHECK_SAMPLES must be a whole number from 1 to 100"),
        ("SIGCHECK_SPEED", "0", "SIGCHECK_SPEED must be a number from 1 to 1000"),
        ("SIGCHECK_VANTAGE", "Hunter2 hunter2", "SIGCHECK_VANTAGE must be outside, inside or names of places"),
        ("SIGCHECK_QUIET", "hunter2", "SIGCHECK_QUIET must be true or false"),
        ("SIGCHECK_ALLOW_PRIVATE", "hunter2", "SIGCHECK_ALLOW_PRIVATE must be true or false"),
        ("SIGCHECK_FORMAT", "hunter2", "SIGCHECK_FORMAT must be one of text, json"),
        ("SIGCHECK_ONLY", "reech", "no rule or family has this name: did you mean reach?"),
    ],
)
def test_a_wrong_variable_is_refused(variable, value, says, monkeypatch, capsys):
    """It is refused as the option would be, by its own name, and its value is not quoted."""
    monkeypatch.setenv(variable, value)
    assert run(["verify", URL, "--dry-run"]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "hunter2" not in error


def test_what_a_variable_held_is_in_no_listing(monkeypatch, capsys):
    """A secret in the URL's path, a header or the body is hidden wherever it stands."""
    monkeypatch.setenv("TOKEN", "plainword")
    assert run(["verify", "https://receiver.example/${TOKEN}/in", "--body", "{time} ${TOKEN}", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "plainword" not in out
    assert "***" in out


@pytest.mark.parametrize(("value", "state"), [(None, "not set"), ("", "empty"), (" \n", "empty")])
def test_a_variable_without_a_value_is_an_error_that_names_it(value, state, monkeypatch, capsys):
    """Nothing is sent with half a secret: many CI systems pass a secret that they do not have as an empty variable."""
    monkeypatch.delenv("TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("TOKEN", value)
    assert run(["verify", URL, "--header", "X-A: ${TOKEN}", "--dry-run"]) == 2
    assert capsys.readouterr().err == (
        f"sigcheck: --header needs the environment variable TOKEN, which is {state}: "
        "set it, or write $${TOKEN} if no variable is meant\n"
    )


HERE = ("--resolve", "plainword.invalid:443:127.0.0.1", "--resolve", "plainword.invalid:80:127.0.0.1")
"""The name that the variable makes leads to this machine, where nothing listens."""


def test_a_file_in_a_variable_may_have_blanks(monkeypatch, tmp_path, capsys):
    """Reports are named a line each."""
    files = [tmp_path / "a report.json", tmp_path / "another.txt"]
    monkeypatch.setenv("SIGCHECK_REPORT", "\n".join(map(str, files)))
    assert run(["verify", "http://127.0.0.1:9/", "--allow-private", "--only", "reach", "-q"]) == 1
    assert [file.is_file() for file in files] == [True, True]


QUOTED = (
    ("https://a.example:99999/${TOKEN}",),
    ("https://a.example/${TOKEN} x",),
    ("https://a.example/${TOKEN}#f",),
    ("https://a.example/{${TOKEN}}",),
    ("https://${TOKEN}.invalid/x", "--only", "reach", *HERE),
    ("https://${TOKEN}.invalid/x", "--only", "reach", "--format", "json", *HERE),
    ("https://${TOKEN}.invalid/${TOKEN}", "--dry-run"),
    (URL, "--header", "Accept: ${TOKEN}"),
    (URL, "--header", "${TOKEN} bad: 1"),
    (URL, "--observe-command", "${TOKEN} x", "--dry-run"),
    (URL, "--observe-command", "x", "--observe-metric", 'n{tenant="${TOKEN}"}', "--dry-run"),
    (URL, "--observe-command", "x", "--observe-metric", "${TOKEN} n"),
    (URL, "--observe-sql", "sqlite:///${TOKEN}.db", "--observe-query", "select 1"),
    (URL, "--observe-sql", "${TOKEN}://x", "--observe-query", "select 1"),
    (URL, "--restart-command", "'${TOKEN}"),
)


@pytest.mark.parametrize("arguments", QUOTED, ids=lambda each: " ".join(each)[:40])
def test_no_error_progress_or_report_quotes_what_a_variable_held(arguments, monkeypatch, capsys):
    """Plain words are secrets, too, where a variable held them: in a host, in what is wrong, in a line of progress."""
    monkeypatch.setenv("TOKEN", "plainword")
    run(["verify", *arguments])
    shown = capsys.readouterr()
    assert shown.out + shown.err != ""
    assert "plainword" not in shown.out + shown.err


@pytest.mark.parametrize(
    "observer",
    [("--observe-command", "${TOKEN} x"), ("--observe-sql", "sqlite:///${TOKEN}.db", "--observe-query", "select 1"),
     ("--observe-url", "http://${TOKEN}.invalid/x", *HERE),
     ("--observe-command", "echo n 1", "--observe-metric", 'n{tenant="${TOKEN}"}'),
     ("--observe-command", "echo n 1", "--observe-metric", '${TOKEN}'),
     ("--observe-command", "echo n 1", "--observe-metric", '${TOKEN} n')],
    ids=["command", "sql", "url", "label", "series", "no-series"],
)  # fmt: skip
def test_what_observe_says_quotes_no_variable(observer, monkeypatch, capsys):
    """`sigcheck observe` hides it as `verify` does."""
    monkeypatch.setenv("TOKEN", "plainword")
    assert run(["observe", *observer]) in {2, 3}
    shown = capsys.readouterr()
    assert shown.out + shown.err != ""
    assert "plainword" not in shown.out + shown.err


@pytest.mark.parametrize("setting", ["restart_command", "fail_command", "fail_header", "observe_command"])
def test_a_variable_without_a_value_is_no_setting_left_out(setting, monkeypatch, tmp_path, capsys):
    """Whoever asks for a scenario by a variable that is empty is told so, and not given a run without it."""
    monkeypatch.setenv("E", "")
    monkeypatch.chdir(tmp_path)
    option = "--" + setting.replace("_", "-")
    assert run(["verify", URL, option, "${E}", "--dry-run"]) == 2
    assert capsys.readouterr().err.startswith(f"sigcheck: {option} needs the environment variable E, which is empty: ")
    key = setting.replace("observe_", "observe.")
    (tmp_path / "sigcheck.toml").write_text(f'[targets.a]\nurl = "{URL}"\n{key} = "${{E}}"\n', encoding="utf-8")
    assert run(["verify", "a", "--dry-run"]) == 2
    assert f"{key} needs the environment variable E, which is empty: " in capsys.readouterr().err


AWKWARD = ("cor?rect-horse", "cor;rect-horse", "cor::rect-horse", "cor#rect-horse", "correct-horse\n", "cor'rect-horse",
           'cor"rect-horse', "cor\\rect-horse", "cor rect-horse", "cor{Rect}-horse", "cor&x=rect-horse")  # fmt: skip
"""Values that a URL, a shell and a template of the portal each read in a way of their own."""

PLACES = (
    ("https://a.example/hook/${TOKEN}",),
    ("https://a.example/hook?k=${TOKEN}",),
    (URL, "--header", "X-A: b${TOKEN}"),
    (URL, "--body", '{"a": "${TOKEN}"}'),
    (URL, "--observe-url", "https://o.example/${TOKEN}/n"),
    (URL, "--observe-command", "count -k ${TOKEN} {device}"),
    (URL, "--observe-command", "sh -c 'echo $0' \"${TOKEN}\""),
    (URL, "--restart-command", "restart '${TOKEN}'"),
)


@pytest.mark.parametrize("value", AWKWARD)
@pytest.mark.parametrize("arguments", PLACES, ids=lambda each: " ".join(each)[-30:])
def test_no_half_of_an_awkward_value_is_shown(arguments, value, monkeypatch, capsys):
    """Neither what cuts a URL at its marks nor what splits a command may make something else of a secret first."""
    monkeypatch.setenv("TOKEN", value)
    assert run(["verify", *arguments, "--dry-run"]) in {0, 2}
    shown = capsys.readouterr()
    assert shown.out + shown.err != ""
    assert [part for part in ("cor", "rect", "horse", "Rect") if part in shown.out + shown.err] == []


@pytest.mark.parametrize("value", AWKWARD)
@pytest.mark.parametrize("quotes", ["{}", "'{}'", '"{}"', "x={}"])
def test_a_command_is_given_what_the_variable_held(value, quotes, monkeypatch, capsys):
    """Spaces and quotes in it are its own: it is a part of one word, as in quotes of a shell."""
    monkeypatch.setenv("TOKEN", value)
    monkeypatch.setenv("ASKED", f"x={value}" if quotes == "x={}" else value)
    command = 'sh -c \'test "$1" = "$ASKED" && echo 2\' sh ' + quotes.format("${TOKEN}")
    assert run(["observe", "--observe-command", command, "--settle", "0.1"]) == 0
    assert "counts 2 effects" in capsys.readouterr().out


def test_a_variable_that_is_not_meant(monkeypatch, capsys):
    """`$${NAME}` is sent as `${NAME}`, whatever its name, and no variable of the portal is looked for in it."""
    for name in ("device", "NOSUCH", "NO_SUCH"):
        monkeypatch.delenv(name, raising=False)
        arguments = [URL, "--body", f'{{"a": "$${{{name}}} {{device}}"}}', "--header", f"X-A: $${{{name}}}"]
        assert run(["verify", *arguments, "--dry-run"]) == 0
        capsys.readouterr()
        sent = fill(sigcheck.decode({"url": URL, "body": arguments[2]}).body or "", MESSAGE)
        assert sent == f'{{"a": "${{{name}}} {MESSAGE.device}"}}'


def test_an_observer_that_sends_a_secret_back_as_a_key(monkeypatch, tmp_path, capsys):
    """The keys of its answer are text from elsewhere, and a pointer may have come from a variable."""
    monkeypatch.setenv("TOKEN", "hunter2~hun/ter2")
    answer = tmp_path / "answer"
    answer.write_text('{"hunter2~hun/ter2": {"hunter2~hun/ter2": 3}}', encoding="utf-8")
    command = f"sh -c 'cat {answer}' ${{TOKEN}}"
    for more in ((), ("--observe-pointer", "/hunter2~0hun~1ter2"), ("--observe-pointer", "/x${TOKEN}")):
        assert run(["observe", "--observe-command", command, *more, "--settle", "0.1"]) == 3
        said = capsys.readouterr().out.replace(str(tmp_path), "")
        assert ("--observe-pointer /***" in said) or ("nothing at /x***" in said)
        assert "hunter2" not in said


def test_a_value_is_known_without_the_line_end_of_its_file(monkeypatch, capsys):
    """A secret that was read from a file ends its line, and whoever sends it back does not."""
    monkeypatch.setenv("TOKEN", "correct-horse\n")
    script = 'sh -c \'printf %s "$0" | tr -d "\\n"\' ${TOKEN}'
    assert run(["observe", "--observe-command", script, "--settle", "0.1"]) == 3
    said = capsys.readouterr().out
    assert "the observer answered '***'" in said
    assert "horse" not in said
