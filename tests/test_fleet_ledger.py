"""The ledger of a fleet: what is written stays, what is torn is dropped, and nobody else writes into it."""

from datetime import UTC, datetime

import pytest

from sigcheck.errors import UsageProblem
from sigcheck.fleet.ledger import EndLine, Ledger, ResultLine, RunLine, read_lines
from sigcheck.model.fleet import TargetSummary

BEGIN = RunLine("6f21c0aa", 1, "0.1.0", datetime(2026, 11, 28, tzinfo=UTC), seed=7, scan=False, targets=2)
END = EndLine("6f21c0aa", datetime(2026, 11, 28, tzinfo=UTC), 2)


def result(target):
    """Give the line of a target that is well."""
    summary = TargetSummary(target=target, verdict="compliant", word="compliant", exit_code=0)
    return ResultLine("6f21c0aa", summary, "0000beef")


def test_lines_come_back_as_they_were(tmp_path):
    """What was appended is read again, in its order, over two openings of the file."""
    path = tmp_path / "results.jsonl"
    lines = [BEGIN, result("a"), result("b"), END]
    for some in (lines[:2], lines[2:]):
        with Ledger(path) as ledger:
            for line in some:
                ledger.append(line)
    assert list(read_lines(path)) == lines


@pytest.mark.parametrize("torn", [b'{"line":"resu', b"x" * 200_000, b""], ids=["short", "long", "nothing"])
def test_a_torn_last_line_is_dropped(torn, tmp_path):
    """A reader passes over it, and the next writer takes it out before it appends."""
    path = tmp_path / "results.jsonl"
    with Ledger(path) as ledger:
        ledger.append(BEGIN)
        ledger.append(result("a"))
    with path.open("ab") as file:
        file.write(torn)
    assert list(read_lines(path)) == [BEGIN, result("a")]
    with Ledger(path) as ledger:
        ledger.append(result("b"))
    assert list(read_lines(path)) == [BEGIN, result("a"), result("b")]


def test_nobody_else_writes_into_it(tmp_path):
    """A second run that names the same file is told so, and changes nothing."""
    path = tmp_path / "results.jsonl"
    with Ledger(path) as ledger:
        ledger.append(BEGIN)
        with pytest.raises(UsageProblem, match="is being written by another run"):
            Ledger(path)
    assert list(read_lines(path)) == [BEGIN]


@pytest.mark.parametrize("line", ["[]", "{}", "hello", '{"line":"other"}', '{"line":"end","run":3}'])
def test_what_is_no_ledger_is_refused(line, tmp_path):
    """The error names the file and the line."""
    path = tmp_path / "results.jsonl"
    path.write_text(f"{line}\n")
    with pytest.raises(UsageProblem, match=r"line 1 of .*results\.jsonl does not belong in a ledger"):
        list(read_lines(path))
