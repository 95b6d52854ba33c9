"""The query of a form callback, left where it is or moved into the body, as an old official text says."""

import json

import pytest

from sigcheck.callback import FORM
from sigcheck.cli import run
from sigcheck.config import RunConfig
from sigcheck.errors import UsageProblem
from sigcheck.model.rule import Status
from sigcheck.planning import make_plan
from tests.evidence import answer, exchange, failure, samples
from tests.misbehaving import misbehaving
from tests.rulecases import Case, check, table

URL = "https://a.example/x?id={device}&k=a%26b"


def sent(form_query, url=URL, body="t={time}&d={data}"):
    """Give the target and the body of a request for the device 20AEAB."""
    config = RunConfig(url=url, body=body, content_type=FORM, form_query=form_query, device="20AEAB", data="1012")
    plan = make_plan(config, draw=lambda _: 7)
    message = plan.factory.sample(1)
    request = plan.callback.render(message)
    return request.target, request.body.decode().replace(str(message.time), "TIME")


@pytest.mark.parametrize(
    ("form_query", "body", "expected"),
    [
        ("query", "t={time}&d={data}", ("/x?id=20AEAB&k=a%26b", "t=TIME&d=1012")),
        ("body", "t={time}&d={data}", ("/x", "id=20AEAB&k=a%26b&t=TIME&d=1012")),
    ],
)
def test_where_the_query_goes(form_query, body, expected):
    """Moved, its parameters come first, as they were, and the URL has no query; by default nothing is moved."""
    assert sent(form_query, body=body) == expected


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"url": "https://a.example/x", "content_type": FORM, "body": "d={device}&t={time}"}, "the URL has no query"),
        ({"url": URL, "method": "POST"}, "the callback sends no form"),
        ({"url": URL}, "the callback sends no form"),
    ],
    ids=["no-query", "json", "get"],
)
def test_nothing_to_move(given, says):
    """Without a form or without a query the option is a mistake."""
    with pytest.raises(UsageProblem, match=f"form_query is given, and {says}"):
        make_plan(RunConfig(form_query="body", **given))


def test_a_dry_run_shows_it(capsys):
    """What is listed is what would be sent, and the secret of the query is hidden in the body, too."""
    given = ["--content-type", FORM, "--body", "t={time}", "--form-query", "body", "--only", "response"]
    assert run(["verify", "https://a.example/x?id={device}&token=hunter2x", *given, "--samples", "1", "--dry-run"]) == 0
    said = capsys.readouterr()
    assert "POST https://a.example/x\n" in said.out
    assert "&token=***&t=" in said.out
    assert "hunter2x" not in said.out + said.err


TAKEN, REFUSED = answer(200), answer(400, reason="Bad Request")


@table(
    Case("response-form-query", "not-asked", {}, Status.SKIP, "--form-query both sends one"),
    Case("response-form-query", "both", {"moved": exchange(TAKEN)}, Status.PASS, "answered 200"),
    Case("response-form-query", "url-only", {"moved": exchange(REFUSED)}, Status.FAIL, "was answered 400", "should"),
    Case(
        "response-form-query",
        "body-only",
        {"moved": exchange(TAKEN), "samples": samples(REFUSED, REFUSED)},
        Status.FAIL,
        "none with the query in the URL was accepted",
    ),
    Case(
        "response-form-query",
        "neither",
        {"moved": exchange(REFUSED), "samples": samples(REFUSED)},
        Status.UNDECIDED,
        "no message was accepted",
    ),
    Case("response-form-query", "no-answer", {"moved": exchange(failure())}, Status.UNDECIDED, "got no answer"),
)
def test_what_is_concluded(case):
    """A receiver that takes a message in one place only is told so, and nothing is concluded from no answer."""
    check(case)


def test_one_message_is_sent_the_other_way(capsys):
    """Tried both ways, the samples keep their query, and one message more has it in the body."""
    with misbehaving("answers") as server:
        given = ["--content-type", FORM, "--body", "t={time}", "--form-query", "both", "--allow-private"]
        code = run(["verify", f"{server.url}?id={{device}}", *given, "--only", "response", "--samples", "2",
                    "--format", "json"])  # fmt: skip
    report = json.loads(capsys.readouterr().out)
    assert code == 0
    found = {each["rule"]: each for each in report["results"]}["response-form-query"]
    assert found["status"] == "pass"
    assert report["evidence"]["requests"] == 4
    sent = [*report["evidence"]["samples"], report["evidence"]["moved"]]
    assert len({each["message"]["device"] for each in sent}) == 3
