"""JUnit: valid by Jenkins' schema, red exactly where the exit code is, and the same names in every run."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from junitparser import Error, Failure, JUnitXml, Skipped
from msgspec import structs

from sigcheck.model.evidence import ProbeBreakdown
from sigcheck.model.report import Reports
from sigcheck.model.rule import Status
from sigcheck.report import RenderOptions, render, render_all
from sigcheck.report.verdict import binding
from tests import validators
from tests.hostile_report import saying
from tests.specimens import SPECIMENS, judged, several, specimens
from tests.test_disarm import hostile, is_harmless

LOOK = RenderOptions("0.1.0")
STRICT = structs.replace(LOOK, junit_undecided="failure")


def cases(text):
    """Give each test case as a program that reads JUnit sees it: (class, name) → what came of it, the kind first."""
    found = {}
    for suite in JUnitXml.fromstring(text.encode()):
        for case in suite:
            assert (case.classname, case.name) not in found
            found[case.classname, case.name] = case.result[0] if case.result else None
    return found


def kinds(text):
    """Give the kind of each test case, None for one that passed."""
    return {name: type(result) if result else None for (_, name), result in cases(text).items()}


def is_red(text):
    """Whether a CI system would show a red test."""
    return any(isinstance(result, Failure | Error) for result in cases(text).values())


@pytest.mark.parametrize("options", [LOOK, STRICT], ids=["skipped", "failure"])
@pytest.mark.parametrize("specimen", SPECIMENS)
def test_red_where_the_exit_code_is_not_0(specimen, options):
    """At least one failure or error where the exit code is not 0, and none where it is."""
    report = specimens()[specimen]
    assert is_red(render(report, "junit", options)) == (report.exit_code != 0)


@pytest.mark.parametrize("options", [LOOK, STRICT], ids=["skipped", "failure"])
def test_valid_by_the_schema_of_jenkins(tmp_path, options):
    """Jenkins' own schema accepts each document, and that of several targets."""
    texts = {name: render(report, "junit", options) for name, report in specimens().items()}
    texts["several"] = render_all(several(), "junit", options)
    for name, text in texts.items():
        path = tmp_path / f"{name}.xml"
        path.write_text(text, encoding="utf-8")
        assert validators.junit(path) == "", name


def test_the_counts_are_those_of_the_cases():
    """The numbers on the suites and on the whole are what is in them."""
    xml = JUnitXml.fromstring(render_all(several(), "junit", LOOK).encode())
    before = [(each.tests, each.failures, each.errors, each.skipped) for each in xml]
    whole = (xml.tests, xml.failures, xml.errors)
    for suite in xml:
        suite.update_statistics()
    assert [(each.tests, each.failures, each.errors, each.skipped) for each in xml] == before
    assert whole == tuple(sum(each[place] for each in before) for place in range(3))


def test_the_names_are_the_same_in_every_run():
    """A healthy, a broken and an undecided run of one target have the same test cases, so that a history grows."""
    names = {name: set(cases(render(report, "junit", LOOK))) for name, report in specimens().items()}
    assert all(each == names["healthy"] for each in names.values())
    assert ("sigcheck.orders.dedup", "dedup-duplicate") in names["healthy"]
    unnamed = structs.replace(
        specimens()["healthy"].evidence,
        settings=structs.replace(specimens()["healthy"].evidence.settings, name=""),
    )
    assert ("sigcheck.dedup", "dedup-duplicate") in cases(render(judged(unnamed), "junit", LOOK))


def test_targets_do_not_share_a_test_case():
    """Of several targets each has its own, since Jenkins keeps one history for a class and a name."""
    found = cases(render_all(several(), "junit", LOOK))
    assert len(found) == sum(len(report.results) + 2 for report in several().reports)


def test_a_warning_is_red_only_where_it_counts():
    """A failed `should` is skipped with its text, and a failure where --fail-on should says so."""
    evidence = specimens()["healthy"].evidence
    found = cases(render(judged(evidence), "junit", LOOK))["sigcheck.orders.exposure", "exposure-unauthenticated"]
    assert isinstance(found, Skipped)
    assert "a warning, which does not fail the run (should): Anybody can send messages" in found.text
    strict = cases(render(judged(evidence, fail_on="should"), "junit", LOOK))
    assert isinstance(strict["sigcheck.orders.exposure", "exposure-unauthenticated"], Failure)


def test_a_failure_says_what_to_do():
    """What was seen, the figures, the fix and the page are in the failure."""
    failure = cases(render(specimens()["broken"], "junit", LOOK))["sigcheck.orders.dedup", "dedup-duplicate"]
    result = next(each for each in specimens()["broken"].results if each.rule == "dedup-duplicate")
    assert (type(failure), failure.type) == (Failure, "must")
    assert failure.message == f"{result.title}: {result.summary}"
    for said in (*(each.message for each in result.findings), result.fix, "docs/rules/dedup-duplicate.md"):
        assert said in failure.text


def test_undecided_is_skipped_unless_asked_otherwise():
    """--junit-undecided failure turns what counts for the verdict red, and nothing that may stay undecided."""
    report = specimens()["undecided"]
    wanted = {each.rule for each in binding(report)}
    others = {each.rule for each in report.results if each.status is Status.UNDECIDED} - wanted
    assert wanted
    assert others
    assert {kinds(render(report, "junit", LOOK))[rule] for rule in wanted | others} == {Skipped}
    strict = kinds(render(report, "junit", STRICT))
    assert {strict[rule] for rule in wanted} == {Failure}
    assert {strict[rule] for rule in others} == {Skipped}
    assert not is_red(render(specimens()["in part"], "junit", STRICT))


def test_a_run_that_is_not_whole_is_an_error():
    """Cut short, or with a probe that broke: an error that says so, whatever the rules say."""
    interrupted = cases(render(specimens()["interrupted"], "junit", LOOK))
    assert isinstance(interrupted["sigcheck.orders.run", "run"], Error)
    assert "interrupted by Ctrl-C" in interrupted["sigcheck.orders.run", "run"].message
    assert isinstance(interrupted["sigcheck.orders.run", "verdict"], Error)
    evidence = structs.replace(specimens()["healthy"].evidence, breakdowns=(ProbeBreakdown("tls", "KeyError: 'x'"),))
    broke = cases(render(judged(evidence), "junit", LOOK))["sigcheck.orders.run", "run"]
    assert "the tls probe broke, please report it: KeyError: 'x'" in broke.text
    assert cases(render(specimens()["healthy"], "junit", LOOK))["sigcheck.orders.run", "run"] is None


def test_targets_that_were_not_reached_are_an_error():
    """Where the end came between two targets, the document is not green."""
    done = Reports((specimens()["healthy"],), "interrupted by SIGTERM")
    assert is_red(render_all(done, "junit", LOOK))
    assert not is_red(render_all(Reports(done.reports), "junit", LOOK))


@settings(max_examples=100)
@given(text=hostile)
def test_hostile_text_stays_text(text):
    """Whatever a server says, also in a report that nothing has redacted: XML that parses, of harmless words."""
    written = render(saying(text), "junit", LOOK)
    root = ET.fromstring(written.encode())
    assert {each.tag for each in root.iter()} <= {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped", "system-out",
    }  # fmt: skip
    for each in root.iter():
        assert is_harmless(" ".join([each.text or "", *each.attrib.values()]))
