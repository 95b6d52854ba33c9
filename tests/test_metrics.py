"""The metrics of a report: sound to Prometheus' own parsers, in both of its formats, and the same in both."""

import re

import pytest
from hypothesis import example, given, settings
from msgspec import structs
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from sigcheck.model.report import Reports
from sigcheck.model.rule import Status
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions, render, render_all
from tests import validators
from tests.hostile import saying, texts
from tests.specimens import HOSTILE, SPECIMENS, several, specimens

LOOK = RenderOptions(version="0.1.0")
PARSERS = {"openmetrics": openmetrics, "prometheus": prometheus}
formats = pytest.mark.parametrize("name", PARSERS)


def read(text, name):
    """Give the samples of a text by name, as its strict parser reads them, each family once."""
    families = list(PARSERS[name](text))
    assert len({each.name for each in families}) == len(families)
    assert all(each.documentation and each.type == "gauge" for each in families)
    assert not any(sample.timestamp for each in families for sample in each.samples)
    return {each.name: each.samples for each in families}


def one(samples, **labels):
    """Give the value of the one sample that has these labels."""
    (found,) = [each for each in samples if labels.items() <= each.labels.items()]
    return found.value


@formats
@pytest.mark.parametrize("specimen", SPECIMENS)
def test_verdict_and_rules_are_read_back(specimen, name):
    """Each report says its verdict, its exit code, what it leaves out, and what came of each rule."""
    report = specimens()[specimen]
    said = read(render(report, name, LOOK), name)
    assert one(said["sigcheck_run_exit_code"], target="orders") == report.exit_code
    assert [each.labels["verdict"] for each in said["sigcheck_run_verdict"] if each.value] == [report.word]
    (info,) = said["sigcheck_run_info"]
    assert all(words in info.labels["scope"] for words in report.scope.words)
    rules = {each.labels["rule"]: each.labels["status"] for each in said["sigcheck_rule_status"]}
    assert rules == {each.rule: each.status for each in report.results}
    for status in Status:
        assert one(said["sigcheck_run_rules"], status=status) == list(rules.values()).count(status)
    assert one(said["sigcheck_run_failed_rules"], level="must") == report.counts.must
    (interrupted,) = said["sigcheck_run_interrupted"]
    assert (interrupted.value, interrupted.labels["reason"]) == (
        (1, report.evidence.interrupted) if report.evidence.interrupted else (0, "")
    )


@formats
def test_figures_are_read_back(name):
    """Times are in seconds: of the run, of the answers, and the moment at which the certificate expires."""
    report = specimens()["healthy"]
    said = read(render(report, name, LOOK), name)
    times = report.answer_times
    assert one(said["sigcheck_run_timestamp_seconds"]) == report.finished_at.timestamp()
    assert one(said["sigcheck_run_duration_seconds"]) == report.seconds
    assert one(said["sigcheck_run_requests"]) == report.evidence.requests
    assert one(said["sigcheck_answer_seconds"], statistic="median") == times.median
    assert one(said["sigcheck_answer_seconds"], statistic="first") == times.first
    assert one(said["sigcheck_answer_limit_seconds"]) == 10
    assert one(said["sigcheck_run_samples"], answered="yes") == times.answered
    expiry = report.evidence.tls.chain.expires_at.timestamp()
    assert one(said["sigcheck_certificate_expiry_timestamp_seconds"]) == expiry


@formats
def test_a_certificate_without_a_valid_path_still_says_when_it_ends(name):
    """Whoever watches expiry is not left without a value once it has come."""
    report = specimens()["healthy"]
    tls = report.evidence.tls
    assert tls is not None
    assert tls.chain is not None
    chain = structs.replace(tls.chain, expires_at=None)
    evidence = structs.replace(report.evidence, tls=structs.replace(tls, chain=chain))
    said = read(render(structs.replace(report, evidence=evidence), name, LOOK), name)
    earliest = min(each.not_after.timestamp() for each in chain.certificates)
    assert one(said["sigcheck_certificate_expiry_timestamp_seconds"]) == earliest


@formats
def test_several_targets_share_their_families(name):
    """Each metric has its head once and a sample for each target, and all of them together have a verdict."""
    reports = several()
    said = read(render_all(reports, name, LOOK), name)
    assert one(said["sigcheck_targets"]) == len(reports.reports)
    assert one(said["sigcheck_targets_exit_code"]) == reports.exit_code
    assert [each.labels["verdict"] for each in said["sigcheck_targets_verdict"] if each.value] == [reports.word]
    for report in reports.reports:
        assert one(said["sigcheck_run_exit_code"], target=report.evidence.settings.name) == report.exit_code
    interrupted = read(render_all(Reports(reports.reports, "interrupted by SIGTERM"), name, LOOK), name)
    assert one(interrupted["sigcheck_targets_interrupted"], reason="interrupted by SIGTERM") == 1


@formats
def test_a_target_that_is_given_twice_is_told_once(name):
    """Two samples with the same labels would make a collector refuse all of them."""
    said = read(render_all(Reports((specimens()["broken"], specimens()["healthy"])), name, LOOK), name)
    assert one(said["sigcheck_run_exit_code"], target="orders") == 0


@formats
def test_a_broken_probe_is_told(name):
    """Which probe did not come to its end is a label."""
    said = read(render(saying("x"), name, LOOK), name)
    broken = {each.labels["probe"] for each in said["sigcheck_run_breakdown"] if each.value}
    assert broken == {"tls", "network"}


@pytest.mark.parametrize("specimen", SPECIMENS)
def test_promtool_finds_no_fault(specimen):
    """Names, units, help and samples are as Prometheus wants them."""
    assert not validators.prometheus(render(specimens()[specimen], "prometheus", LOOK))


def test_promtool_finds_no_fault_in_several_and_in_hostile_texts():
    """Nor with several targets, and with whatever text in a label."""
    assert not validators.prometheus(render_all(several(), "prometheus", LOOK))
    assert not validators.prometheus(render(saying(HOSTILE), "prometheus", LOOK))


def test_promtool_finds_a_fault():
    """It is there, and it complains of a metric without help and of a unit that is none."""
    said = validators.prometheus("sigcheck_run_milliseconds 1\n")
    assert "no help text" in said
    assert "milliseconds" in said


def test_the_formats_differ_in_what_their_readers_take():
    """OpenMetrics ends with its mark and has units; the old format has neither."""
    new, old = (render(specimens()["broken"], name, LOOK) for name in PARSERS)
    assert new.endswith("\n# EOF\n")
    assert "# UNIT sigcheck_run_duration_seconds seconds\n" in new
    assert re.sub(r"# (UNIT .*|EOF)\n", "", new) == old


@settings(max_examples=60)
@given(text=texts)
@example(text=HOSTILE)
@example(text='a\\"b\\n{} # EOF')
def test_a_hostile_text_stays_in_its_label(text):
    """Wherever it comes from, it is read back as one label, and adds no line, no label and no sample."""
    said = saying(text)
    plain = saying("plain")
    for name in PARSERS:
        shown = render(said, name, LOOK)
        assert shown.count("\n") == render(plain, name, LOOK).count("\n")
        found = read(shown, name)
        assert found.keys() == read(render(plain, name, LOOK), name).keys()
        (info,) = found["sigcheck_run_info"]
        assert info.labels["url"] == disarm(text)
        assert info.labels.keys() == {"target", "url", "policy", "scope", "version"}
