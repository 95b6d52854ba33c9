"""A slip on the command line shows no secret: errors name the option and the fix, and no value."""

import pytest

from sigcheck.cli import run

URL = "http://127.0.0.1:1/"
SECRETS = ("swordfish", "S3cretOfMine", "eyJhbGciOiJIUzI1NiJ9.e30.x", "p@ss/w?rd#1")
SLIPS = {
    "unquoted header": ("verify", URL, "--header", "Authorization:", "Bearer", "{}"),
    "two URLs": ("verify", URL, "https://me:{}@a.example/?k={}"),
    "no command": ("https://me:{}@a.example/?k={}",),
    "a secret for a command": ("{}",),
    "a secret for a URL": ("verify", "{}"),
    "a login for a URL": ("verify", "me:{}"),
    "half a scheme": ("verify", "https:/me:{}@a.example/?k={}"),
    "another scheme": ("verify", "{}://a.example/"),
    "a bad port": ("verify", "https://me:{}@a.example:99999/?k={}&{}"),
    "a space": ("verify", "https://me:{}@a.example/?k={} x"),
    "speed": ("verify", URL, "--speed", "{}"),
    "samples": ("verify", URL, "--samples={}"),
    "choice": ("verify", URL, "--schedule-from", "{}"),
    "format": ("verify", URL, "--format", "{}"),
    "fail-on": ("verify", URL, "--fail-on", "{}"),
    "device": ("verify", URL, "--device", "{}"),
    "data": ("verify", URL, "--data", "{}"),
    "only": ("verify", URL, "--only", "{}"),
    "skip": ("verify", URL, "--skip", "reach,{}"),
    "allow": ("verify", URL, "--allow-undecided={}"),
    "method": ("verify", URL, "--method", "{}"),
    "content type": ("verify", URL, "--content-type", "{}"),
    "header without a colon": ("verify", URL, "--header", "{}"),
    "header with a space": ("verify", URL, "--header", "Bearer {}: x"),
    "fail header": ("verify", URL, "--fail-header", "{}"),
    "header value": ("verify", URL, "--header", "X-Key: {}é"),
    "resolve": ("verify", URL, "--resolve", "{}"),
    "observer's URL": ("verify", URL, "--observe-url", "{}"),
    "observer's header": ("verify", URL, "--observe-url", URL, "--observe-header", "{}"),
    "a URL for a command": ("verify", URL, "--observe-command", "https://me:{}@a.example/?k={}"),
    "a variable for a command": ("verify", URL, "--observe-command", "PGPASSWORD={} psql"),
    "an open quote": ("verify", URL, "--observe-command", "curl -u 'me:{}"),
    "restart by URL": ("verify", URL, "--restart-command", "https://me:{}@a.example/"),
    "pointer": ("verify", URL, "--observe-command", "x", "--observe-pointer", "{}"),
    "metric": ("verify", URL, "--observe-command", "x", "--observe-metric", "{} x"),
    "database": ("verify", URL, "--observe-sql", "{}", "--observe-query", "select 1"),
    "database of another kind": ("verify", URL, "--observe-sql", "mysql://me:{}@db/x", "--observe-query", "select 1"),
    "two observers": ("verify", URL, "--observe-url", "http://a.example/?{}", "--observe-command", "curl -u me:{}"),
    "report": ("verify", URL, "--report", "{}"),
    "an option of another tool": ("verify", URL, "--token={}"),
    "an option with its value": ("verify", URL, "-u", "me:{}"),
    "a value joined to it": ("verify", URL, "-p{}"),
    "a flag with a value": ("verify", URL, "--quiet={}"),
    "an option that is one": ("verify", URL, "--{}"),
    "an option with one in it": ("verify", URL, "--quiet{}"),
    "behind two dashes": ("verify", URL, "--", "{}"),
    "explain": ("explain", "{}"),
    "rules": ("rules", "{}"),
    "observe": ("observe", "{}"),
    "observe's message": ("observe", "--observe-command", "true", "--time", "{}"),
    "host": ("chain", "x.pem", "--host", "https://me:{}@a.example"),
    "doctor": ("doctor", "{}"),
    "doctor's host": ("doctor", "--host", "https://me:{}@a.example"),
    "doctor's clock": ("doctor", "--clock", "https:/me:{}@a.example/?k={}"),
    "completion": ("completion", "{}"),
    "help": ("help", "{}"),
    "a word of config": ("config", "{}"),
    "an option before the command": ("--header", "Authorization: {}", "verify", URL),
    "demo": ("demo", "{}"),
}  # fmt: skip


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("slip", SLIPS)
def test_no_error_repeats_what_may_be_a_secret(slip, secret, capsys):
    """One line, exit code 2, and nothing of the value."""
    code = run([argument.replace("{}", secret) for argument in SLIPS[slip]])
    seen = capsys.readouterr()
    assert (code, seen.out) == (2, "")
    assert len(seen.err.splitlines()) == 1
    assert secret not in seen.err
    assert secret.lower() not in seen.err.lower()
