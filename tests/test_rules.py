"""What holds for all rules together."""

import re
from pathlib import Path
from typing import Any

import pytest

from sigcheck.judge import judge_rule
from sigcheck.model.rule import FAMILIES, Status
from sigcheck.rules import RULES
from tests import evidence as healthy
from tests.evidence import evidence, samples, scenario

FOLDER = Path(__file__).parents[1] / "sigcheck" / "rules"


def test_every_file_is_registered_once():
    """A rule's file, its id and its registration are one: none is forgotten and none is listed twice."""
    files = {path.stem.replace("_", "-") for path in FOLDER.glob("[a-z]*_*.py")}
    ids = [rule.id for rule in RULES]
    assert sorted(ids) == sorted(files)
    assert len(set(ids)) == len(ids)


def test_report_order_follows_the_families():
    """Rules of one family stand together, in the order in which a report shows them."""
    places = [FAMILIES.index(rule.family) for rule in RULES]
    assert places == sorted(places)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_says_what_mends_it(rule):
    """Each rule has a title, a fix and a source with the day it was read."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
    assert rule.title
    assert rule.fix.endswith(".")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", rule.source.read)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_healthy_evidence_accuses_nobody(rule):
    """A good receiver with a good observer fails no rule."""
    result = judge_rule(rule, evidence())
    assert (result.rule, result.status) != (rule.id, Status.FAIL)
    assert result.status is not Status.BROKEN


EMPTY = {"network": None, "samples": (), "scenario": None, "observer": None}
FRAGMENTS: dict[str, dict[str, Any]] = {
    "nothing": EMPTY,
    "interrupted-at-once": EMPTY | {"interrupted": "interrupted by SIGINT"},
    "name-only": EMPTY | {"network": healthy.network(problem="no such name")},
    "samples-only": {"scenario": None, "observer": None},
    "one-unanswered-sample": EMPTY | {"samples": samples(healthy.failure())},
    "replay-without-counts": {"scenario": scenario()},
    "replay-not-begun": {"scenario": scenario(starts=(), not_played="the run ended", effects=())},
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_rule_breaks_on_a_fragment(rule):
    """A run may end anywhere: whatever is missing, a rule has an answer to it."""
    for name, defect in FRAGMENTS.items():
        assert judge_rule(rule, evidence(**defect)).status is not Status.BROKEN, name
