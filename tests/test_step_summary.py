"""The summary of a step on GitHub: the whole report, within what GitHub takes, and never at the cost of a verdict."""

import os

import pytest

from sigcheck.cli.step_summary import MOST
from tests.commandline import QUICK, sigcheck
from tests.workflow_commands import read


def on_github(summary, url, *arguments):
    """Verify as a step of a workflow does."""
    return sigcheck("verify", url, *QUICK, *arguments, environment={"GITHUB_STEP_SUMMARY": str(summary)})


def test_the_whole_report_is_appended(bad, tmp_path):
    """Behind what the step has written before, with the verdict and each failed rule, and without a secret."""
    summary = tmp_path / "summary"
    summary.write_text("before")
    done = on_github(summary, bad, "--format", "github", "--header", "Authorization: Bearer hunter2hunter2")
    text = summary.read_text()
    assert done.code == 1
    assert text.startswith("before\n")
    assert "response-not-2xx" in text
    assert "NON-COMPLIANT" in text.upper()
    assert "hunter2" not in text
    assert "::error" not in text


def test_only_annotations_have_a_summary(bad, tmp_path):
    """Another format on stdout leaves the file alone: whoever wants it says so by the format."""
    summary = tmp_path / "summary"
    assert on_github(summary, bad, "--format", "text").code == 1
    assert not summary.exists()


@pytest.mark.parametrize("kind", ["folder", "pipe", "nowhere", "full"])
def test_a_file_that_cannot_be_written_is_a_notice(bad, tmp_path, kind):
    """One line on stderr; the annotations and the exit code are as they would be without it."""
    summary = tmp_path / "summary"
    match kind:
        case "folder":
            summary.mkdir()
        case "pipe":
            os.mkfifo(summary)
        case "nowhere":
            summary = tmp_path / "no" / "summary"
        case "full":
            summary.write_bytes(b"x" * MOST)
    done = on_github(summary, bad, "--format", "github", "--quiet")
    assert done.code == 1
    assert [each.name for each in read(done.out)[0]] == ["error"]
    assert done.err.startswith("sigcheck: the step summary")
    assert done.err.count("\n") == 1


def test_a_summary_without_room_has_the_verdict(bad, tmp_path):
    """Where the report does not fit any more, its verdict does: GitHub would drop all of a summary that is too long."""
    summary = tmp_path / "summary"
    summary.write_bytes(b"x" * (MOST - 600))
    assert on_github(summary, bad, "--format", "github").code == 1
    added = summary.read_text()[MOST - 600 :]
    assert summary.stat().st_size <= MOST
    assert "NON-COMPLIANT" in added
    assert "(exit 1)" in added
