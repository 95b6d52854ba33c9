"""The table form of a rule's tests: this evidence, this status, these words."""

from typing import Any, NamedTuple

import pytest

from sigcheck.judge import judge_rule
from sigcheck.model.report import Result
from sigcheck.model.rule import Level, Status
from sigcheck.rules import RULES
from tests.evidence import evidence

BY_ID = {rule.id: rule for rule in RULES}


class Case(NamedTuple):
    """One rule, the defect in otherwise healthy evidence, and what must come of it.

    `says` stands in the summary, in a finding's figures or in the hint; `level` is the result's, where it matters.
    """

    rule: str
    name: str
    defect: dict[str, Any]
    status: Status
    says: str = ""
    level: Level | None = None


def judged(rule: str, defect: dict[str, Any]) -> Result:
    """Judge healthy evidence with one defect by one rule."""
    return judge_rule(BY_ID[rule], evidence(**defect))


def check(case: Case) -> None:
    """Assert what the case says."""
    result = judged(case.rule, case.defect)
    said = " | ".join(
        [result.summary, result.fix or "", *(f"{each.message} {each.measured}" for each in result.findings)]
    )
    assert (result.status, said) == (case.status, said)
    assert case.says in said
    if case.level is not None:
        assert result.level == case.level


def table(*cases: Case) -> pytest.MarkDecorator:
    """Parametrize a test over cases, each named by its rule and its defect."""
    return pytest.mark.parametrize("case", cases, ids=[f"{case.rule}-{case.name}" for case in cases])
