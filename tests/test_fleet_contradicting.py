"""A summary in a ledger that somebody has edited: it is compared with its report before anything is shown."""

import pytest

from sigcheck.fleet.ledger import Line
from tests.commandline import sigcheck
from tests.ledgers import a_run, begin, end, result, write


@pytest.fixture
def ledger(tmp_path):
    """Give a ledger with a target that fails and one that is well."""
    return write(tmp_path / "l.jsonl", a_run("r", {"bad": "mismatch", "good": "healthy"}))


def summary_of_bad(data, was, now):
    """Change the summary of the target that fails, and not its report, which stands behind it."""
    at = data.index(b'"target":"bad"')
    before, behind = data[:at], data[at:]
    assert was in behind[: behind.index(b'"report":')]
    return before + behind.replace(was, now, 1)


@pytest.mark.parametrize(
    ("was", "now", "field"),
    [
        (b'"verdict":"non-compliant"', b'"verdict":"compliant"', "verdict"),
        (b'"word":"non-compliant"', b'"word":"compliant"', "word"),
        (b'"exit_code":1', b'"exit_code":0', "exit_code"),
        (b'"rule":"tls-name-mismatch"', b'"rule":"tls-weak"', "causes"),
        (b'"binds":true', b'"binds":false', "causes"),
        (b'"more":0', b'"more":1', "more"),
        (b'"partial":false', b'"partial":true', "partial"),
        (b"https://bad.example/", b"https://worse.example/", "url"),
    ],
)
@pytest.mark.parametrize("name", ["text", "html"])
def test_a_summary_that_its_report_contradicts_is_refused(was, now, field, name, ledger):
    """Whether a format shows the summary or the report, none shows a verdict that the other does not have."""
    ledger.write_bytes(summary_of_bad(ledger.read_bytes(), was, now))
    done = sigcheck("fleet", "report", str(ledger), "--format", name)
    assert (done.code, done.out) == (2, "")
    assert f"line 2 of {ledger} contradicts itself: its summary and its report differ in {field}" in done.err


def test_a_report_that_was_taken_away_is_missed(ledger):
    """A result without a report says why there is none, or is no result."""
    data = ledger.read_bytes()
    at = data.index(b'"report":')
    ledger.write_bytes(data[:at] + b'"report":null,"fix":""}' + data[data.index(b"\n", at) :])
    done = sigcheck("fleet", "report", str(ledger))
    assert (done.code, "line 2 of" in done.err, "neither a report nor a problem" in done.err) == (2, True, True)


def test_a_summary_of_another_version_is_made_anew(tmp_path):
    """What an older sigcheck has summed up is not compared: its reports are judged again, and summed up as today."""
    path = write(tmp_path / "l.jsonl", a_run("r", {"bad": "mismatch"}, version="0.0.9"))
    path.write_bytes(summary_of_bad(path.read_bytes(), b'"exit_code":1', b'"exit_code":0'))
    done = sigcheck("fleet", "report", str(path), "-q")
    assert (done.code, done.out.startswith("NON-COMPLIANT  ")) == (1, True)


def test_a_line_that_is_there_twice_is_one_result(tmp_path):
    """Of a target that has several lines the first whole one counts."""
    lines: list[Line] = [begin("r", 1), result("r", "a", "healthy"), result("r", "a", "mismatch"), end("r", 1)]
    done = sigcheck("fleet", "report", str(write(tmp_path / "l.jsonl", lines)), "-q")
    assert (done.code, "1 target: 1 compliant" in done.out) == (0, True)


@pytest.mark.parametrize(
    "line",
    [b'{"line":"result","run":"r","summary":' + b"[" * 100_000 + b"\n", b'{"line":"end"' + b" " * 40_000_000 + b"}\n"],
    ids=["deep", "long"],
)
def test_a_line_that_no_run_writes_is_refused(line, ledger):
    """Nesting without end, and a line of 40 MB, are one line on stderr."""
    with ledger.open("ab") as file:
        file.write(line)
    done = sigcheck("fleet", "report", str(ledger))
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
