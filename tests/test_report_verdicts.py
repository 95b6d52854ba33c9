"""The same verdict and the same exit code in every format, for each kind of report."""

import csv
import io
import json
import re
from xml.etree import ElementTree as ET

import pytest

from sigcheck.model.report import WORST_FIRST
from sigcheck.report import RenderOptions, render, render_all
from tests.specimens import several, specimens

LOOK = RenderOptions("0.1.0")
LINE = re.compile(r"(?:[\w ]+: )?(?P<word>[A-Z -]+?)  .*\(exit (?P<code>\d+)\)")


def of_line(line):
    """Read a verdict line."""
    match = LINE.fullmatch(line)
    assert match is not None, line
    return match["word"].lower(), int(match["code"])


def of_junit(text):
    """Read the properties of each suite."""
    for suite in ET.fromstring(text).iter("testsuite"):
        properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
        yield properties["word"], int(properties["exit_code"] or "")


def of_csv(text):
    """Read the columns of each target."""
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    yield from {row["target"]: (row["verdict"], int(row["exit_code"])) for row in rows}.values()


def of_gitlab(text):
    """Read the entries on verdicts; a target without one is compliant."""
    entries = [each for each in json.loads(text) if each["check_name"] == "verdict"]
    yield from [of_line(each["description"]) for each in entries] or [("compliant", 0)]


def of_github(text):
    """Read the plain lines at the end of the log."""
    yield from [of_line(line) for line in text.splitlines() if LINE.fullmatch(line)]


READ = {"csv": of_csv, "github": of_github, "gitlab": of_gitlab, "junit": of_junit}


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("specimen", specimens())
def test_a_format_has_the_verdict_of_the_report(name, specimen):
    """Verdict in words and exit code can be read back from each format."""
    report = specimens()[specimen]
    assert list(READ[name](render(report, name, LOOK))) == [(report.word, report.exit_code)]


@pytest.mark.parametrize("name", READ)
def test_a_format_has_the_verdicts_of_several_targets(name):
    """What was found of each target can be read back, and the worst of them is the exit code of the run."""
    reports = several()
    found = list(READ[name](render_all(reports, name, LOOK)))
    codes = {code for _, code in found}
    assert next(code for code in WORST_FIRST if code in codes) == reports.exit_code
    expected = {(report.word, report.exit_code) for report in reports.reports}
    # GitLab has no entry for a target at which nothing is to be seen; the log of GitHub ends with all of them together.
    assert expected - {("compliant", 0)} <= set(found)
