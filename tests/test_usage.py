"""What cannot be used is one line on stderr that names it, and exit code 2."""

import os
import re

import pytest

from sigcheck.cli import run
from tests.commandline import sigcheck

USAGE = {
    "no-command": ((), "Usage:"),
    "unknown-command": (("verfy",), "there is no such command: did you mean verify?"),
    "no-url": (("verify",), "there is nothing to verify: give a URL"),
    "unknown-option": (("verify", "http://127.0.0.1:1/", "--sped", "2"), "did you mean --speed?"),
    "no-scheme": (("verify", "receiver.example"), "has no scheme: write https://receiver.example"),
    "bad-scheme": (("verify", "ftp://receiver.example"), "has the scheme 'ftp'"),
    "bad-port": (("verify", "http://127.0.0.1:99999/"), "has a bad port"),
    "no-host": (("verify", "http:///x"), "has no host"),
    "space": (("verify", "http://127.0.0.1/a b"), "has a space"),
    "control": (("verify", "http://127.0.0.1/\x1b[31m"), "control character U+001B"),
    "not-utf-8": (("verify", b"http://127.0.0.1/\xff"), "is not UTF-8"),
    "empty-url": (("verify", ""), "has no scheme"),
    "only-typo": (("verify", "http://127.0.0.1:1/", "--only", "dedup-duplicat"), "did you mean dedup-duplicate?"),
    "skip-typo": (("verify", "http://127.0.0.1:1/", "--skip", "reech"), "did you mean reach?"),
    "only-empty": (("verify", "http://127.0.0.1:1/", "--only", "reach,,tls"), "empty name"),
    "nothing-left": (("verify", "http://127.0.0.1:1/", "--only", "reach", "--skip", "reach"), "no rule is left"),
    "speed-0": (("verify", "http://127.0.0.1:1/", "--speed", "0"), "--speed"),
    "speed-negative": (("verify", "http://127.0.0.1:1/", "--speed=-1"), "--speed"),
    "speed-nan": (("verify", "http://127.0.0.1:1/", "--speed", "nan"), "--speed"),
    "patience-inf": (("verify", "http://127.0.0.1:1/", "--patience", "inf"), "--patience"),
    "settle-nan": (("verify", "http://127.0.0.1:1/", "--settle", "nan"), "--settle"),
    "samples-0": (("verify", "http://127.0.0.1:1/", "--samples", "0"), "--samples"),
    "device": (("verify", "http://127.0.0.1:1/", "--device", "xyz"), "--device is not a Sigfox device id"),
    "data": (("verify", "http://127.0.0.1:1/", "--data", "0"), "--data is not a Sigfox payload"),
    "custom-data": (("verify", "http://127.0.0.1:1/?x={customData#x}"), "has the variable {customData#x}"),
    "form-without-body": (("verify", "http://127.0.0.1:1/", "--content-type", "application/x-www-form-urlencoded"),
                          "a form needs a body template"),
    "batch-without-pattern": (("verify", "http://127.0.0.1:1/?b={batch}"), "the URL has {batch}, and there is no line"),
    "pattern-without-batch": (("verify", "http://127.0.0.1:1/", "--line-pattern", "{device}"), "stands neither"),
    "header-of-the-cloud": (("verify", "http://127.0.0.1:1/", "--header", "Accept: hunter2"), "the portal forbids"),
    "anchor": (("verify", "http://127.0.0.1:1/", "--sarif-anchor", "https://a.example/x"), "--sarif-anchor is a URL"),
    "junit-undecided": (("verify", "http://127.0.0.1:1/", "--junit-undecided", "error"), "skipped, failure"),
    "rules-format": (("rules", "--format", "junit"), "must be one of text, json, csv, markdown"),
    "header": (("verify", "http://127.0.0.1:1/", "--header", "hunter2"), "a header has no colon"),
    "body-file": (("verify", "http://127.0.0.1:1/", "--body", "@/nowhere"), "'/nowhere' cannot be read (No such file"),
    "body-endless": (("verify", "http://127.0.0.1:1/", "--body", "@/dev/zero"), "is larger than 1000000 bytes"),
    "ca-absent": (("verify", "https://127.0.0.1:1/", "--ca-file", "/nowhere.pem"), "/nowhere.pem"),
    "ca-folder": (("verify", "https://127.0.0.1:1/", "--ca-file", "/"), "/ cannot be read"),
    "ca-empty": (("verify", "https://127.0.0.1:1/", "--ca-file", "/dev/null"), "/dev/null"),
    "ca-no-pem": (("verify", "https://127.0.0.1:1/", "--ca-file", __file__), "test_usage.py"),
    "resolve": (("verify", "http://a.example/", "--resolve", "a.example:80"), "--resolve cannot be read"),
    "two-observers": (("verify", "http://127.0.0.1:1/", "--observe-url", "http://127.0.0.1/", "--observe-command", "x"),
                      "cannot be used together"),
    "pointer-alone": (("verify", "http://127.0.0.1:1/", "--observe-pointer", "/a"), "needs an observer"),
    "pointer-slash": (("verify", "http://127.0.0.1:1/", "--observe-command", "x", "--observe-pointer", "a"),
                      "put a slash before it"),
    "pointer-and-metric": (("verify", "http://127.0.0.1:1/", "--observe-command", "x", "--observe-pointer", "/a",
                            "--observe-metric", "a"), "cannot be used together"),
    "metric-query": (("verify", "http://127.0.0.1:1/", "--observe-command", "x", "--observe-metric", "sum(a)"),
                     "does not name a series"),
    "default-alone": (("verify", "http://127.0.0.1:1/", "--observe-default", "0"), "needs an observer"),
    "interval-alone": (("verify", "http://127.0.0.1:1/", "--observe-interval", "1"), "needs an observer"),
    "interval-nan": (("verify", "http://127.0.0.1:1/", "--observe-interval", "nan"), "--observe-interval"),
    "observe-nothing": (("observe",), "no observer is given: give --observe-url"),
    "observe-no-message": (("observe", "--observe-command", "count {device} {time}", "--device", "1"),
                           "the observer counts one message, and --time is missing"),
    "observe-no-parts": (("observe", "--observe-command", "count {device} {time} {seqNumber}"),
                         "one message, and --device, --time and --seq-number are missing: name"),
    "three-observers": (("verify", "http://127.0.0.1:1/", "--observe-url", "http://a/", "--observe-command", "x",
                         "--observe-sql", "sqlite:///x"),
                        "--observe-url, --observe-command and --observe-sql cannot be used together: give one of them"),
    "duplicate-alone": (("observe", "--observe-command", "true", "--duplicate-command", "true"), "give --prove"),
    "command-quotes": (("verify", "http://127.0.0.1:1/", "--observe-command", "echo '"), "cannot be split into words"),
    "method-empty": (("verify", "http://127.0.0.1:1/", "--method", ""), "--method: the portal has no such method"),
    "restart-empty": (("verify", "http://127.0.0.1:1/", "--restart-command", ""), "--restart-command is empty"),
    "fail-command-empty": (("verify", "http://127.0.0.1:1/", "--fail-command", ""), "--fail-command is empty"),
    "fail-header-empty": (("verify", "http://127.0.0.1:1/", "--fail-header", ""), "--fail-header is empty"),
    "fail-twice": (("verify", "http://127.0.0.1:1/", "--fail-header", "X: 1", "--fail-command", ""),
                   "cannot be used together"),
    "observer-url": (("verify", "http://127.0.0.1:1/", "--observe-url", "here"), "has no scheme"),
    "observer-variable": (("verify", "http://127.0.0.1:1/", "--observe-url", "http://127.0.0.1/?n={seqnumber}"),
                          "--observe-url has the variable {seqnumber}, which sigcheck cannot fill"),
    "observer-header-variable": (("verify", "http://127.0.0.1:1/", "--observe-url", "http://127.0.0.1/",
                                  "--observe-header", "X-Device: {Device}"), "has the variable {Device}"),
    "command-variable": (("verify", "http://127.0.0.1:1/", "--observe-command", "count {seqnumber}"),
                         "--observe-command has {seqnumber}, which is not filled: write {seqNumber}"),
    "query-variable": (("verify", "http://127.0.0.1:1/", "--observe-sql", "sqlite:///x", "--observe-query",
                        "select '{a}', {seq_number}"), "--observe-query has {seq_number}, which is not filled"),
    "report-suffix": (("verify", "http://127.0.0.1:1/", "--report", "x.doc"), "--report has no known suffix"),
    "report-folder": (("verify", "http://127.0.0.1:1/", "--report", "/nowhere/x.json"), "no folder '/nowhere'"),
    "report-name": (("verify", "http://127.0.0.1:1/", "--report", f"/tmp/{'x' * 300}.json"), "(File name too long)"),
    "report-is-folder": (("verify", "http://127.0.0.1:1/", "--report", "/proc/self/x.json"), "cannot be written"),
    "sql-name": (("verify", "http://127.0.0.1:1/", "--observe-sql", f"sqlite:///{'x' * 300}", "--observe-query", "q"),
                 "(File name too long)"),
    "sql-url": (("verify", "http://127.0.0.1:1/", "--observe-query", "q",
                 "--observe-sql", "postgresql://u:hunter2@[::1/x"), "--observe-sql cannot be parsed"),
    "format": (("verify", "http://127.0.0.1:1/", "--format", "yaml"), "--format"),
    "explain-typo": (("explain", "dedup-duplicat"), "did you mean dedup-duplicate or"),
    "explain-empty": (("explain", ""), "the word is empty"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "says"), USAGE.values(), ids=USAGE)
def test_usage_errors_are_2(arguments, says, capsys):
    """What cannot be used is one line on stderr that names it, exit code 2, and no report."""
    assert run([os.fsdecode(word) for word in arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert says in shown.err
    if arguments:
        assert len(shown.err.splitlines()) == 1
        assert shown.err.startswith("sigcheck: ")
    assert "hunter2" not in shown.err
    assert "\x1b" not in shown.err


def test_a_usage_error_of_the_process():
    """The process itself exits 2, with the one line and no traceback."""
    done = sigcheck("verify", b"http://127.0.0.1/\xff")
    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(r"sigcheck: URL .* is not UTF-8: percent-encode it\n", done.err)
