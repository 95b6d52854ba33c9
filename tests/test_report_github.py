"""Annotations of GitHub, read as its runner reads them: escaped, the worst first, ten of a kind."""

import re

from hypothesis import given, settings
from msgspec import structs

from sigcheck.model.report import Reports
from sigcheck.report import RenderOptions, render, render_all
from sigcheck.report.github import MOST
from sigcheck.report.verdict import binding
from tests.hostile_report import saying
from tests.specimens import judged, several, specimens
from tests.test_disarm import hostile, is_harmless
from tests.workflow_commands import read

LOOK = RenderOptions("0.1.0")
ANCHORED = structs.replace(LOOK, anchor="config/sigcheck.toml:7")


def test_kinds_follow_the_levels():
    """An error where it counts for the verdict, a warning for another should, a notice for what is undecided."""
    commands, _ = read(render(specimens()["broken"], "github", LOOK))
    assert [(each.name, each.properties["title"]) for each in commands] == [
        ("error", "orders: A repeated message was processed again (dedup-duplicate)"),
        ("warning", "orders: Anybody can send messages (exposure-unauthenticated)"),
    ]
    strict = judged(specimens()["healthy"].evidence, fail_on="should")
    assert read(render(strict, "github", LOOK))[0][0].name == "error"
    undecided, _ = read(render(specimens()["undecided"], "github", LOOK))
    assert [each.name for each in undecided] == ["warning", "notice"]


def test_a_message_says_what_to_do():
    """What was seen, the fix and the page, line by line."""
    command = read(render(specimens()["broken"], "github", LOOK))[0][0]
    result = specimens()["broken"].worst_first[0]
    lines = command.data.split("\n")
    assert result.findings[0].message in lines[0]
    assert f"Fix: {result.fix}" in lines
    assert lines[-1] == "Read on: sigcheck explain dedup-duplicate (docs/rules/dedup-duplicate.md)"


def test_rules_that_are_undecided_for_one_reason_share_a_notice():
    """Eight rules that lack an observer are one notice, which names them all."""
    report = specimens()["undecided"]
    notice = next(each for each in read(render(report, "github", LOOK))[0] if each.name == "notice")
    assert notice.properties["title"] == f"orders: {len(binding(report))} rules are undecided"
    assert all(each.rule in notice.data for each in binding(report))
    assert "no observer is configured" in notice.data


def test_ten_of_a_kind_and_the_rest_by_name():
    """GitHub drops what is more than ten of a kind: the log names the rest, and the worst are not among them."""
    report = specimens()["worst"]
    commands, others = read(render(report, "github", LOOK))
    errors = [each for each in commands if each.name == "error"]
    assert len(errors) == MOST
    musts = [each.rule for each in report.failed if each.level == "must"]
    assert [re.findall(r"\((\S+)\)$", each.properties["title"]) for each in errors] == [[each] for each in musts[:MOST]]
    assert f"{len(musts) - MOST} more errors without an annotation: {', '.join(musts[MOST:])}" in others
    for kind in ("error", "warning", "notice"):
        assert sum(each.name == kind for each in commands) <= MOST


def test_the_worst_of_all_targets_come_first():
    """Where a should counts as a must does, those of one target do not take the room of another's musts."""
    light = judged(specimens()["healthy"].evidence, fail_on="should")
    heavy = judged(specimens()["broken"].evidence, fail_on="should")
    commands, _ = read(render_all(Reports((light, heavy)), "github", LOOK))
    titles = [each.properties["title"] for each in commands if each.name == "error"]
    assert [re.findall(r"\((\S+)\)$", title)[0] for title in titles] == [
        "dedup-duplicate", "exposure-unauthenticated", "exposure-unauthenticated",
    ]  # fmt: skip


def test_ten_of_a_kind_for_all_targets_together():
    """The limit is one for a step, however many targets it verifies."""
    commands, others = read(render_all(several(), "github", LOOK))
    assert {kind: sum(each.name == kind for each in commands) for kind in ("error", "warning")} == {
        "error": MOST, "warning": MOST,
    }  # fmt: skip
    assert others[-2] == f"INTERRUPTED  {len(specimens())} targets  (exit 130)"


def test_the_place_is_the_anchor():
    """An annotation stands at the line that was named, and at no file where none was."""
    anchored = read(render(specimens()["broken"], "github", ANCHORED))[0][0].properties
    assert (anchored["file"], anchored["line"]) == ("config/sigcheck.toml", "7")
    assert "file" not in read(render(specimens()["broken"], "github", LOOK))[0][0].properties


def test_an_end_between_two_targets_is_an_error():
    """Targets that were not reached are not passed over."""
    text = render_all(Reports((specimens()["healthy"],), "interrupted by SIGTERM"), "github", LOOK)
    first = read(text)[0][0]
    assert (first.name, first.data) == ("error", "not every target was verified: interrupted by SIGTERM")


@settings(max_examples=100)
@given(text=hostile)
def test_hostile_text_makes_no_command(text):
    """Whatever a server says, the commands are ours, and what they say is harmless."""
    commands, others = read(render(saying(text), "github", ANCHORED))
    assert {each.name for each in commands} == {"error", "notice"}
    for command in commands:
        assert set(command.properties) == {"title", "file", "line"}
        assert all(map(is_harmless, command.texts))
    assert all(map(is_harmless, others))


def test_a_comma_a_colon_and_a_percent_sign_arrive():
    """What the syntax uses itself is read back as it was written."""
    odd = "100%, a:b%0A,c=d%25"
    command = next(each for each in read(render(saying(odd), "github", LOOK))[0] if "(reach-fail)" in str(each))
    assert command.properties["title"] == f"{odd}: {odd} (reach-fail)"
    assert command.data.split("\n")[0].startswith(f"should: {odd}")
