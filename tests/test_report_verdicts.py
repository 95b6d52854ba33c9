"""The same verdict and the same exit code in every format, for each kind of report."""

import csv
import io
import json
import re
from xml.etree import ElementTree as ET

import pytest
from msgspec import structs

from sigcheck.model.report import WORST_FIRST, Reports
from sigcheck.report import FORMATS, RenderOptions, render, render_all
from tests.specimens import SPECIMENS, judged, several, specimens

LOOK = RenderOptions("0.1.0", width=2000)
LINE = re.compile(r"(?:[\w ]+: )?(?P<word>[A-Z -]+?)  .*\(exit (?P<code>\d+)\)")


def of_line(line):
    """Read a verdict line."""
    match = LINE.fullmatch(line)
    assert match is not None, line
    return match["word"].lower(), int(match["code"])


def found(pattern, text):
    """Give the first group of a pattern."""
    match = re.search(pattern, text)
    assert match is not None
    return match[1]


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


def of_json(text):
    """Read one document, or those of several targets."""
    document = json.loads(text)
    yield from [(each["word"], each["exit_code"]) for each in document.get("reports", [document])]


def of_text(text):
    """Read the lines that end with an exit code, as they are where nothing is folded."""
    for match in re.finditer(r"^(?:[\w ]+?  )?(?P<word>[A-Z][A-Z -]+)  .*\(exit (?P<code>\d+)\)$", text, re.MULTILINE):
        yield match["word"].lower(), int(match["code"])


def of_markdown(text):
    """Read the words in bold that an exit code follows."""
    for match in re.finditer(r"\*\*(?P<word>[A-Z -]+)\*\*.*\(exit (?P<code>\d+)\)", text):
        yield match["word"].lower(), int(match["code"])


def of_sarif(text):
    """Read the invocation of each target."""
    (run,) = json.loads(text)["runs"]
    yield from [(each["properties"]["verdict"], each["exitCode"]) for each in run["invocations"]]


def of_metrics(text):
    """Read the verdict of each target that has the value 1."""
    codes = dict(re.findall(r'^sigcheck_run_exit_code\{target="(.*?)"\} (\d+)', text, re.MULTILINE))
    words = re.findall(r'^sigcheck_run_verdict\{target="(.*?)",verdict="(.*?)"\} 1$', text, re.MULTILINE)
    yield from [(word, int(codes[target])) for target, word in words]


def of_html(text):
    """Read the box of each target."""
    words = re.findall(r'class="word"><strong>[^A-Z]*([A-Z -]+)</strong>', text)
    codes = re.findall(r"Exit code (\d+)", text)
    yield from [(word.lower(), int(code)) for word, code in zip(words, codes, strict=True)]


READ = {
    "csv": of_csv, "github": of_github, "gitlab": of_gitlab, "html": of_html, "json": of_json, "junit": of_junit,
    "markdown": of_markdown, "openmetrics": of_metrics, "prometheus": of_metrics, "sarif": of_sarif, "text": of_text,
}  # fmt: skip


def test_every_format_is_read():
    """A format that nobody reads back here may say anything."""
    assert set(READ) == set(FORMATS)


TOGETHER = {
    "github": lambda text: of_line(text.splitlines()[-1])[0],
    "html": lambda text: found(r"<title>([A-Z -]+):", text).lower(),
    "json": lambda text: json.loads(text)["word"],
    "markdown": lambda text: next(of_markdown(text))[0],
    "openmetrics": lambda text: found(r'\nsigcheck_targets_verdict\{verdict="(.*)"\} 1\n', text),
    "prometheus": lambda text: found(r'\nsigcheck_targets_verdict\{verdict="(.*)"\} 1\n', text),
    "sarif": lambda text: json.loads(text)["runs"][0]["properties"]["verdict"],
    "text": lambda text: of_line(text.splitlines()[-1])[0],
}
"""What a format says of all targets together; the other three speak of single targets alone."""


@pytest.mark.parametrize("name", TOGETHER)
def test_what_all_targets_left_out_is_said_of_them_together(name):
    """Two targets that passed in part are not compliant together."""
    assert set(FORMATS) - set(TOGETHER) == {"csv", "gitlab", "junit"}
    evidence = specimens()["healthy"].evidence
    part = judged(structs.replace(evidence, settings=structs.replace(evidence.settings, allow_private=True)))
    assert (part.verdict, part.word) == ("compliant", "passed in part")
    assert TOGETHER[name](render_all(Reports((part, part)), name, LOOK)) == "passed in part"


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("specimen", SPECIMENS)
def test_a_format_has_the_verdict_of_the_report(name, specimen):
    """Verdict in words and exit code can be read back from each format."""
    report = specimens()[specimen]
    assert list(READ[name](render(report, name, LOOK))) == [(report.word, report.exit_code)]


@pytest.mark.parametrize("name", READ)
def test_a_format_has_the_verdicts_of_several_targets(name):
    """What was found of each target can be read back, and the worst of them is the exit code of the run."""
    reports = several()
    verdicts = list(READ[name](render_all(reports, name, LOOK)))
    codes = {code for _, code in verdicts}
    assert next(code for code in WORST_FIRST if code in codes) == reports.exit_code
    expected = {(report.word, report.exit_code) for report in reports.reports}
    # GitLab has no entry for a target at which nothing is to be seen; the log of GitHub ends with all of them together.
    assert expected - {("compliant", 0)} <= set(verdicts)
