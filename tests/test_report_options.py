"""The options of formats reach them, on stdout and in files."""

import csv
import io

import pytest

from sigcheck.rules import RULES
from tests.commandline import sigcheck
from tests.workflow_commands import read

UNDECIDED = ("--allow-private", "--only", "dedup-lost", "--speed", "1000")


@pytest.mark.parametrize(("said", "red"), [((), "verdict"), (("--junit-undecided", "failure"), "dedup-lost")])
def test_what_undecided_is_in_junit(said, red, good, tmp_path):
    """--junit-undecided holds for stdout and for files; without it the verdict alone is red."""
    done = sigcheck("verify", good, *UNDECIDED, "--format", "junit", "--report", str(tmp_path / "a.xml"), *said)
    assert done.code == 3
    for text in (done.out, (tmp_path / "a.xml").read_text()):
        failed = [part.partition('"')[0] for part in text.split(' name="')[1:] if "<failure" in part]
        assert red in failed
        assert ("dedup-lost" in failed) == (red == "dedup-lost")


def test_where_findings_are_shown(good, tmp_path):
    """--sarif-anchor is the place of annotations, on stdout and in files."""
    file = tmp_path / "annotations"
    options = ("--format", "github", "--report", f"github={file}", "--sarif-anchor", "deploy/callback.tf:12")
    done = sigcheck("verify", good, *UNDECIDED, *options)
    for text in (done.out, file.read_text()):
        command = read(text)[0][0]
        assert (command.properties["file"], command.properties["line"]) == ("deploy/callback.tf", "12")


def test_the_list_of_rules_as_tables():
    """`rules` gives each rule a row in CSV and in Markdown."""
    rows = list(csv.DictReader(io.StringIO(sigcheck("rules", "--format", "csv").out)))
    assert [(row["rule"], row["title"]) for row in rows] == [(rule.id, rule.title) for rule in RULES]
    lines = sigcheck("rules", "--format", "markdown").out.splitlines()
    assert len(lines) == len(RULES) + 2
    assert {line.count("|") for line in lines} == {5}
