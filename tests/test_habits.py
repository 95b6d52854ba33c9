"""Options of other tools, and numbers of the portal: what the person meant is said."""

import pytest

from sigcheck.cli import run
from sigcheck.cli.habits import VERIFY
from sigcheck.cli.verify import verify
from sigcheck.rules import RULES

URL = "https://receiver.example/"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--insecure"], "there is no option --insecure: the certificate is always checked"),
        (["-k"], "there is no option -k: the certificate is always checked"),
        (["--no-verify"], "the certificate is always checked"),
        (["--verify=no"], "the certificate is always checked"),
        (["--timeout", "5"], "the limit for an answer is the Cloud's; --patience"),
        (["-m", "5"], "the limit for an answer is the Cloud's; --patience"),
        (["--follow"], "sigcheck never does; give the final URL"),
        (["-L"], "sigcheck never does; give the final URL"),
        (["-d", "hunter2"], "a body template is given with --body"),
        (["-dhunter2"], "a body template is given with --body"),
        (["-H", "X-Key: hunter2"], "write --header 'Name: value'"),
        (["-XPUT"], "the method is given with --method"),
        (["-u", "me:hunter2"], "write https://login:password@host/"),
        (["--user=me:hunter2"], "write https://login:password@host/"),
        (["--cert", "x.pem"], "presents none"),
        (["--proxy", "http://me:hunter2@proxy/"], "uses no proxy"),
        (["-o", "x.json"], "--report FILE"),
        (["--frobnicate"], "there is no such option"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_an_option_of_another_tool(arguments, says, capsys):
    """Exit 2 and one line that says what the person meant, and repeats no value."""
    assert run(["verify", URL, *arguments]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "Did you mean" not in said or "No such option" in says
    assert "hunter2" not in said
    assert said.count("\n") == 1


def test_no_habit_hides_an_option():
    """What is listed as another tool's is no option of ours, or its sentence would never be seen."""
    ours = {name for parameter in verify.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert ours.isdisjoint(VERIFY)
    assert {word.rstrip(";,:.") for text in VERIFY.values() for word in text.split() if word.startswith("--")} <= ours


def test_the_habits_are_those_of_verify(capsys):
    """Another command has no use for them: its own help is named."""
    assert run(["chain", "x.pem", "--insecure"]) == 2
    assert "see `sigcheck chain --help`" in capsys.readouterr().err


def test_600(capsys):
    """The portal's number for no answer is explained, as an inference, with rules that there are."""
    assert run(["explain", "600"]) == 0
    said = capsys.readouterr().out
    assert "no HTTP answer at all" in " ".join(said.split())
    assert "inferred" in said
    named = {word.strip(",.") for word in said.split() if word.count("-") >= 1 and word.strip(",.").islower()}
    assert {"reach-unresolved", "tls-expired", "deadline-exceeded"} <= named & {rule.id for rule in RULES}


@pytest.mark.parametrize(
    ("word", "says"),
    [("404", "response-not-2xx"), ("503", "response-not-2xx"), ("302", "response-redirect"), ("204", "success"),
     ("100", "deadline-exceeded"), ("429", "limits the rate"), ("130", "Ctrl-C")],
)  # fmt: skip
def test_a_status(word, says, capsys):
    """A status is explained by its own entry or by its class."""
    assert run(["explain", word]) == 0
    assert says.lower() in capsys.readouterr().out.lower()
