"""`--dry-run` lists what a run would send, and sends nothing."""

import json

import pytest

from sigcheck.cli import run
from tests.misbehaving import misbehaving

URL = "https://me:hunter22@receiver.example/{device}?k=abc&n={seqNumber}&t={time}"
OBSERVED = ("--observe-url", "https://me:hunter23@b.example/?id={device}&t=hunter24", "--observe-header", "X: hunter25")


def listed(capsys, *arguments):
    """Give the JSON listing of a dry run."""
    assert run(["verify", *arguments, "--dry-run", "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_nothing_is_sent(capsys):
    """The receiver sees no connection at all."""
    with misbehaving("answers") as server:
        assert run(["verify", server.url, "--dry-run"]) == 0
        assert server.connections == 0
    shown = capsys.readouterr()
    assert "nothing was sent" in shown.out
    assert shown.err == ""


def test_every_request_is_listed(capsys):
    """Look-up, connections, handshakes, samples and deliveries come in the order of the run, each wholly filled in."""
    whole = listed(capsys, "https://receiver.example/x", "--samples", "3", "--speed", "1")
    kinds = [action["kind"] for action in whole["actions"]]
    assert kinds == ["resolve", "connect", "handshake", *["sample"] * 4, *["delivery"] * 4]
    assert whole["actions"][6]["what"] == "one message by HTTP/1.0"
    assert whole["requests"] == 8
    for action in whole["actions"][3:]:
        assert (action["method"], action["url"]) == ("POST", "https://receiver.example/x")
        assert dict(action["headers"])["user-agent"] == "SIGFOX"
        assert json.loads(action["body"]).keys() == {"device", "time", "seqNumber", "data"}
    deliveries = whole["actions"][7:]
    assert [action["due"] for action in deliveries] == [0, 60, 180, 420]
    assert len({action["body"] for action in deliveries}) == 1


@pytest.mark.parametrize(
    ("options", "due"),
    [
        (("--schedule-from", "first"), [0, 60, 120, 240]),
        (("--speed", "60"), [0, 1, 3, 7]),
    ],
    ids=["first", "compressed"],
)
def test_due_times_are_the_runs_own(options, due, capsys):
    """Reading and speed of the schedule show in the due times."""
    whole = listed(capsys, "https://receiver.example/x", "--only", "retry", "--speed", "1", *options)
    assert [action["due"] for action in whole["actions"] if action["kind"] == "delivery"] == due


def test_batches_are_listed_as_such(capsys):
    """Each retry of a callback with a line pattern is one request with three lines, and is called a batch."""
    line = ("--line-pattern", "{device};{time};{seqNumber};", "--body", "{batch}", "--content-type", "text/plain")
    whole = listed(capsys, "https://receiver.example/x", "--only", "retry", *line)
    deliveries = [action for action in whole["actions"] if action["kind"] == "delivery"]
    assert [action["what"] for action in deliveries] == ["the message, in a batch of 3 messages"] * 4
    assert [action["body"].count("\\x0a") for action in deliveries] == [2] * 4
    assert len({action["body"] for action in deliveries}) == 1


def test_only_what_the_rules_need(capsys):
    """A run for one family lists that family's requests alone."""
    whole = listed(capsys, "http://receiver.example/x", "--only", "reach")
    assert [action["kind"] for action in whole["actions"]] == ["resolve", "connect"]
    assert whole["requests"] == 0


def test_scenarios_and_readings(capsys):
    """With an observer the scenarios and the readings between the deliveries are listed too."""
    whole = listed(capsys, URL, *OBSERVED)
    scenarios = {action.get("scenario") for action in whole["actions"]}
    assert {"retry", "race", "look-alikes", "disorder", "lost answer"} <= scenarios
    counts = [action for action in whole["actions"] if action["kind"] == "count"]
    assert counts[0]["asks"] == "GET https://***@b.example/?id={device}&t=***"
    assert counts[0]["what"] == "before delivery 1: each message"


@pytest.mark.parametrize(
    ("observer", "due"),
    [((), [0, 1, 3, 7]), (("--observe-command", "echo 0"), [0, 60, 180, 420])],
    ids=["nobody-counts", "counted"],
)
def test_what_nobody_counts_is_sent_in_seconds(observer, due, capsys):
    """Without an observer the retries are compressed by default; with one they have the Cloud's pace."""
    whole = listed(capsys, "https://receiver.example/x", "--only", "retry", *observer)
    own = [each for each in whole["actions"] if each["kind"] == "delivery" and each["what"] == "the message"]
    assert [action["due"] for action in own] == due


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_hidden(form, capsys):
    """Logins, query values and headers are hidden, also those too short to search for; what is filled in is shown."""
    arguments = ["verify", URL, *OBSERVED, "--header", "X-A: xy{device}", "--method", "POST", "--samples", "1"]
    arguments += ["--device", "516C4EC0"]
    arguments += ["--body", "hunter22 {data}", "--dry-run", "--format", form]
    assert run(arguments) == 0
    out = capsys.readouterr().out
    assert "hunter2" not in out
    assert "k=abc" not in out
    assert "***516C4EC0" in out
    assert "https://receiver.example/516C4EC0?k=***&n=" in out
    assert "n=***" not in out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--report", "x.json"), "leave --report out"),
        (("--only", "nope"), "no rule or family"),
        (("--speed", "0"), "--speed"),
    ],
    ids=["report", "typo", "speed"],
)
def test_bad_options_are_found_without_sending(options, says, capsys):
    """A dry run checks its options as a run does."""
    assert run(["verify", "https://receiver.example/", "--dry-run", *options]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    "given",
    [
        ("--observe-sql", "postgresql://u:hunter2hunter@h/db", "--observe-query", "select 1 where k='hunter2hunter'"),
        ("--header", "X-Key: hunter2hunter", "--observe-command", "count.sh hunter2hunter {device}"),
        ("--header", "X-Key: hunter2hunter", "--body", '{"hunter2hunter":"{device}{time}{seqNumber}"}'),
        ("--header", "X-Key: hunter2hunter", "--content-type", "text/plain", "--body", "{device},{time},hunter2hunter"),
    ],
    ids=["query", "command", "name in the body", "list in the body"],
)
def test_a_secret_in_a_second_place_is_hidden_too(given, capsys):
    """What is secret in a header or a login is so wherever else it stands."""
    assert run(["verify", "http://127.0.0.1:1/in", "--allow-private", "--dry-run", *given]) == 0
    seen = capsys.readouterr()
    assert "hunter2" not in seen.out + seen.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--only", "response-not-2xx", "--samples", "1"), "a run would send up to 1 request\n"),
        (("--only", "response", "--samples", "2"), "a run would send up to 3 requests\n"),
        (("--only", "reach"), "a run would send no request\n"),
    ],
)
def test_requests_are_counted_in_words(options, says, capsys):
    """One request is no plural, and a run that sends none says so."""
    assert run(["verify", "http://receiver.example/x", *options, "--dry-run"]) == 0
    assert says in capsys.readouterr().out
