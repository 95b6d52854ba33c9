"""CSV: a table that csv reads back, and that no spreadsheet calculates."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.model.report import Reports
from sigcheck.report import RenderOptions, render, render_all
from sigcheck.report.csv import HEADER, cell, table
from tests.hostile_report import saying
from tests.specimens import several, specimens
from tests.test_disarm import hostile, is_harmless

LOOK = RenderOptions("0.1.0")
SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"


def rows(text):
    """Read a table back."""
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_row_for_each_finding_and_each_rule():
    """Every finding has a row of its own, every other rule one, and the header names the columns."""
    report = specimens()["broken"]
    found = rows(render(report, "csv", LOOK))
    assert tuple(found[0]) == HEADER
    expected = [each.rule for each in report.results for _ in each.findings or (None,)]
    assert [row["rule"] for row in found] == expected
    findings = [each.message for result in report.failed for each in result.findings]
    assert [row["summary"] for row in found if row["status"] == "fail"] == findings
    assert {row["target"] for row in found} == {"orders"}


def test_lines_end_as_the_standard_has_it():
    """CRLF at the end of each line, the last one too, and none within a cell."""
    text = render_all(several(), "csv", LOOK)
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n") == len(rows(text)) + 1


def test_several_targets_in_one_table():
    """Each row names its target; the header stands once."""
    text = render_all(several(), "csv", LOOK)
    assert list(dict.fromkeys(row["target"] for row in rows(text))) == list(specimens())


def test_what_broke_has_a_row():
    """A run that was cut short says so in a row of its own, and so do targets that were not reached."""
    last = rows(render(specimens()["interrupted"], "csv", LOOK))[-1]
    assert (last["rule"], last["status"], last["verdict"]) == ("run", "broken", "interrupted")
    assert "interrupted by Ctrl-C" in last["summary"]
    last = rows(render_all(Reports((specimens()["healthy"],), "interrupted by SIGTERM"), "csv", LOOK))[-1]
    assert (last["exit_code"], last["summary"]) == ("130", "not every target was verified: interrupted by SIGTERM")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1 days", "'-1 days"), ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "  '=1"), ("\t=1", "\\x09=1"), ("\r=1", "\\x0d=1"), ("a;=1", "a;'=1"), ("a, -1", "a, '-1"),
        ("\uff1d1", "'\uff1d1"), ("a = b", "a = b"), ("a-b", "a-b"), ("1 - 2", "1 - 2"), ("", ""), ('"=1', '"=1'),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_calculate(text, shown):
    """A sign at the beginning, or behind another separator, is text; elsewhere it stays as it is."""
    assert cell(text) == shown


def test_numbers_stay_numbers():
    """The exit code is not in quotes, so that a spreadsheet can count with it."""
    assert table(("a", "b"), [("x", 3)]) == '"a","b"\r\n"x",3\r\n'


@settings(max_examples=100)
@given(text=st.one_of(hostile, st.text(SIGNS + ";,|\t \r\n'\"x", max_size=12)))
def test_hostile_text_stays_text(text):
    """Whatever a server says: as many columns as the header has, and no cell begins like a formula, however split."""
    written = render(saying(text), "csv", LOOK)
    read = list(csv.reader(io.StringIO(written, newline=""), strict=True))
    assert {len(row) for row in read} == {len(HEADER)}
    assert is_harmless(written.replace("\r\n", "\n"))
    for value in (value for row in read for value in row):
        for separator in ";,|":
            assert not [part for part in value.split(separator) if part.lstrip(" \xa0")[:1] in tuple(SIGNS)]
