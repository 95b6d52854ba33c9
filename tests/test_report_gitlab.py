"""Code Quality of GitLab: what its parser asks for, fingerprints that stay, paths that are relative."""

import json

import jsonschema
from hypothesis import given, settings
from msgspec import structs

from sigcheck.model.report import Reports
from sigcheck.report import RenderOptions, render, render_all
from tests.hostile_report import saying
from tests.specimens import judged, several, specimens
from tests.test_disarm import hostile, is_harmless

LOOK = RenderOptions("0.1.0")
SCHEMA = jsonschema.Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "additionalProperties": False,
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "pattern": "^(?![/.]/|/|[a-z]+:)"},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": {"begin": {"type": "integer", "minimum": 1}},
                        },
                    },
                },
            },
        },
    }
)
"""GitLab publishes no schema: this is what its documentation of the format asks for."""


def entries(text):
    """Read the entries, and see that they are what GitLab takes."""
    found = json.loads(text)
    SCHEMA.validate(found)
    return found


def severities(text):
    """Give the severity of each check."""
    return {each["check_name"]: each["severity"] for each in entries(text)}


def test_every_report_is_valid_and_its_fingerprints_are_unique():
    """GitLab drops what it cannot read, and entries that share a fingerprint."""
    texts = [render(report, "gitlab", LOOK) for report in specimens().values()]
    for text in (*texts, render_all(several(), "gitlab", LOOK)):
        marks = [each["fingerprint"] for each in entries(text)]
        assert len(set(marks)) == len(marks)


def test_fingerprints_stay_from_run_to_run():
    """Another run at another time has the same fingerprints, so that GitLab sees nothing new."""
    report = specimens()["broken"]
    later = structs.replace(
        report, evidence=structs.replace(report.evidence, run="another", started_at=report.finished_at)
    )
    marks = [[each["fingerprint"] for each in entries(render(each, "gitlab", LOOK))] for each in (report, later)]
    assert marks[0] == marks[1]


def test_severities_follow_the_verdict():
    """Critical is what fails the run, minor another should, info what could not be decided."""
    assert severities(render(specimens()["broken"], "gitlab", LOOK)) == {
        "verdict": "critical", "dedup-duplicate": "critical", "exposure-unauthenticated": "minor",
    }  # fmt: skip
    undecided = severities(render(specimens()["undecided"], "gitlab", LOOK))
    assert (undecided["verdict"], undecided["dedup-duplicate"]) == ("major", "info")
    strict = judged(specimens()["healthy"].evidence, fail_on="should")
    assert severities(render(strict, "gitlab", LOOK))["exposure-unauthenticated"] == "critical"


def test_a_run_that_is_not_whole_has_an_entry():
    """Cut short within a target or between two: an entry says so."""
    assert severities(render(specimens()["interrupted"], "gitlab", LOOK))["run"] == "major"
    ended = entries(render_all(Reports((specimens()["healthy"],), "interrupted by SIGTERM"), "gitlab", LOOK))
    assert "interrupted by SIGTERM  (exit 130)" in ended[-1]["description"]


def test_the_place_is_the_anchor():
    """Entries stand at the line that was named, otherwise at the file that would name the target."""
    where = entries(render(specimens()["broken"], "gitlab", structs.replace(LOOK, anchor="a/b.toml:12")))[0]
    assert where["location"] == {"path": "a/b.toml", "lines": {"begin": 12}}
    where = entries(render(specimens()["broken"], "gitlab", LOOK))[0]
    assert where["location"] == {"path": "sigcheck.toml", "lines": {"begin": 1}}


@settings(max_examples=100)
@given(text=hostile)
def test_hostile_text_stays_text(text):
    """Whatever a server says: valid entries of harmless words."""
    for entry in entries(render(saying(text), "gitlab", LOOK)):
        assert is_harmless(entry["description"])
        assert is_harmless(entry["check_name"])
