"""Options of other tools, and numbers of the portal: what the person meant is said."""

import click
import pytest

import sigcheck
from sigcheck.cli import COMMANDS, cli, run
from sigcheck.cli.habits import TABLES
from sigcheck.cli.no_command import MEANT
from sigcheck.rules import RULES

URL = "https://receiver.example/"


def command(name):
    """Give one command as a person meets it."""
    return cli.get_command(click.Context(cli), name)


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
        (["--json"], "--body TEMPLATE for the body of the request, and --format json for the report"),
        (["-V"], "write sigcheck -V"),
        (["--version"], "write sigcheck --version"),
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


@pytest.mark.parametrize("name", TABLES)
def test_no_habit_hides_an_option(name):
    """What is listed as another tool's is no option of ours, and what is named instead is one."""
    ours = {each for param in command(name).params for each in (*param.opts, *param.secondary_opts)}
    assert ours.isdisjoint(TABLES[name])
    assert {word.rstrip(";,:.") for text in TABLES[name].values() for word in text.split() if word[:2] == "--"} <= ours


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["chain", "x.pem", "--insecure"], "there is no option --insecure: the certificate is always checked"),
        (["chain", "x.pem", "-H", "X-Key: hunter2"], "to examine a running receiver, write sigcheck verify URL"),
        (["chain", "-in", "x.pem"], "sigcheck chain PEMFILE --host NAME"),
        (["chain", "x.pem", "--json"], "--format json"),
        (["chain", "x.pem", "--frobnicate"], "? See `sigcheck chain --help`"),
        (["observe", "-H", "X-Key: hunter2"], "write --observe-header 'Name: value'"),
        (["observe", "-u", "me:hunter2"], "--observe-header 'Authorization: Basic …'"),
        (["observe", "-dhunter2"], "an observer is asked with GET"),
        (["observe", "--json"], "--observe-pointer"),
        (["-H", "X-Key: hunter2", URL], "write --header 'Name: value'; begin with sigcheck verify URL"),
        (["-dhunter2", URL], "given with --body"),
        (["-X", "PUT", URL], "--method GET, POST or PUT; begin with sigcheck verify URL"),
        (["-u", "me:hunter2", URL], "write https://login:password@host/"),
        (["--format", "json", "verify", URL], "--format is an option of verify, not of sigcheck: write it after"),
        (["--format", "json", "chain", "x.pem"], "as in sigcheck chain --format"),
        (["--host", "hunter2", URL], "as in sigcheck chain --host"),
        (["-v"], "as in sigcheck verify -v (-V shows the version)"),
        (["allowlist", "--kind", "hunter2", "check", "f"], "as in sigcheck allowlist check --kind"),
        (["config", "check", "-V"], "write sigcheck -V"),
        (["--frobnicate"], "there is no such option: see `sigcheck --help`"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_option_elsewhere(arguments, says, capsys):
    """Other commands know such options too, and in front of all commands it is said where an option belongs."""
    assert run(arguments) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "hunter2" not in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([f"{URL}?key=hunter2"], "a URL is not a command: write sigcheck verify URL"),
        (["example.com/sigfox?key=hunter2"], "write sigcheck verify URL, with a URL that begins with https://"),
        (["localhost:8080"], "write sigcheck verify URL, with a URL that begins with https://"),
        (["hunter2.pem"], "write sigcheck chain PEMFILE --host NAME"),
        (["hunter2.toml"], "write sigcheck verify --config FILE --all"),
        (["check", URL], "there is no command check: write sigcheck verify URL"),
        (["test", URL], "there is no command test: write sigcheck verify URL"),
        (["run", URL], "there is no command run: write sigcheck verify URL"),
        (["lint"], "there is no command lint: write sigcheck verify URL"),
        (["VERIFY", URL], "commands are written in small letters: write sigcheck verify"),
        (["verfy", URL], "there is no such command: did you mean verify?"),
        (["allow-list"], "there is no such command: did you mean allowlist?"),
        (["hunter2"], "there is no such command: it is one of verify, "),
        (["help", "hunter2"], "there is no such command: it is one of verify, "),
        (["config", "hunter2"], "there is no such command: it is one of check, "),
        (["allowlist", "--port"], "'--port' requires an argument"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_no_command(arguments, says, capsys):
    """One line says exactly how to go on, and quotes no word that may be a secret."""
    assert run(arguments) == 2
    seen = capsys.readouterr()
    assert says in seen.err
    assert "hunter2" not in seen.err
    assert (seen.out, seen.err.count("\n")) == ("", 1)


def test_what_is_meant_by_a_word_is_a_command():
    """Each word leads to a command that there is, and hides none."""
    assert {each.partition(" ")[0] for each in MEANT.values()} <= set(COMMANDS)
    assert set(MEANT).isdisjoint(COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "same"),
    [(["help"], ["--help"]), (["help", "verify"], ["verify", "--help"]), (["version"], ["--version"]),
     (["help", "allowlist", "check"], ["allowlist", "check", "--help"]), (["-V"], ["--version"])],
    ids=lambda value: " ".join(value),
)  # fmt: skip
def test_help_and_version_as_words(arguments, same, capsys):
    """Who writes them as commands gets what the options give, and -V is short for --version."""
    assert run(arguments) == 0
    said = capsys.readouterr().out
    assert run(same) == 0
    assert said == capsys.readouterr().out
    assert said.startswith(("Usage: sigcheck", f"sigcheck {sigcheck.__version__}\n"))


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
