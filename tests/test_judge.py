"""Judgement: remarks to results, results to a verdict, a verdict to an exit code."""

import pytest

from sigcheck.errors import UsageProblem
from sigcheck.judge import EXIT_CODES, judge, judge_rule, select
from sigcheck.model.evidence import ProbeBreakdown
from sigcheck.model.rule import Finding, Passed, Rule, Skipped, Status, Undecided
from sigcheck.policy import OURS
from sigcheck.rules import RULES
from tests.evidence import STARTED, evidence


def rule(*remarks, name="reach-made-up", level="must"):
    """Make a rule that says these things, or breaks where one is an exception."""

    def check(_evidence):
        for remark in remarks:
            if isinstance(remark, Exception):
                raise remark
            yield remark

    return Rule(name, level, "Title", "Problem", "Hint.", OURS, check)


PASS, FAIL, OPEN, SKIP = (
    Passed("seen", 1, "answers"),
    Finding("wrong"),
    Undecided("who knows", fix="ask"),
    Skipped("not here"),
)
BUG = ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("remarks", "status", "summary"),
    [
        ((), Status.BROKEN, "this check returned no result"),
        ((PASS,), Status.PASS, "seen"),
        ((PASS, FAIL), Status.FAIL, "wrong"),
        ((FAIL, OPEN, SKIP), Status.FAIL, "wrong"),
        ((FAIL, FAIL, FAIL), Status.FAIL, "wrong (+2 more)"),
        ((PASS, OPEN), Status.UNDECIDED, "who knows"),
        ((SKIP, OPEN), Status.UNDECIDED, "who knows"),
        ((PASS, SKIP), Status.SKIP, "not here"),
        ((FAIL, BUG), Status.BROKEN, "this check broke: ZeroDivisionError"),
    ],
    ids=["silence", "seen", "finding", "finding-first", "three", "open", "open-before-skip", "skip", "breaks"],
)
def test_remarks_become_a_status(remarks, status, summary):
    """Any finding fails; else what is open decides, else what does not apply, else it passes."""
    result = judge_rule(rule(*remarks), evidence())
    assert (result.status, result.summary) == (status, summary)
    assert result.help == "docs/rules/reach-made-up.md"


def test_a_finding_may_carry_its_own_level_and_remedy():
    """The worst level of the findings is the result's; the first fix that a finding names is its fix."""
    mild, grave = Finding("a", level="note", fix="do b"), Finding("b", level="should")
    result = judge_rule(rule(mild, grave), evidence())
    assert (result.level, result.fix) == ("should", "do b")
    assert judge_rule(rule(Finding("a")), evidence()).fix == "Hint."


@pytest.mark.parametrize(
    ("rules", "options", "verdict", "code"),
    [
        ((rule(PASS),), {}, "compliant", 0),
        ((rule(PASS), rule(SKIP)), {}, "compliant", 0),
        ((rule(PASS), rule(FAIL, level="should")), {}, "compliant", 0),
        ((rule(PASS), rule(FAIL, level="note")), {"fail_on": "should"}, "compliant", 0),
        ((rule(PASS), rule(FAIL, level="should")), {"fail_on": "should"}, "non-compliant", 1),
        ((rule(FAIL), rule(OPEN), rule(PASS)), {}, "non-compliant", 1),
        ((rule(FAIL), rule(BUG)), {}, "non-compliant", 1),
        ((rule(FAIL),), {"allow_undecided": ("reach-made-up",)}, "non-compliant", 1),
        ((rule(PASS), rule(OPEN)), {}, "undecided", 3),
        ((rule(PASS), rule(OPEN, level="should")), {}, "compliant", 0),
        ((rule(PASS), rule(OPEN, level="should")), {"fail_on": "should"}, "undecided", 3),
        ((rule(PASS), rule(OPEN)), {"allow_undecided": ("reach-made-up",)}, "undecided", 0),
        ((rule(PASS), rule(OPEN)), {"allow_undecided": ("reach-refused",)}, "undecided", 3),
        ((rule(SKIP),), {"allow_undecided": ("reach-made-up",)}, "undecided", 3),
        ((rule(SKIP), rule(SKIP)), {}, "undecided", 3),
        ((), {}, "undecided", 3),
        ((rule(PASS), rule(BUG)), {}, "internal error", 4),
        ((rule(PASS), rule(BUG, level="note")), {}, "internal error", 4),
        ((rule(OPEN), rule(BUG)), {"allow_undecided": ("reach-made-up",)}, "internal error", 4),
    ],
    ids=[
        "passes", "skips-too", "should-fails", "note-fails", "fail-on-should", "fail-outweighs-open",
        "fail-outweighs-bug", "allowing-undecided-allows-no-failure", "open", "should-open", "should-open-counts",
        "undecided-allowed", "another-allowed",
        "nothing-checked-is-not-allowed", "all-skipped", "nothing-checked",
        "bug", "bug-in-a-note", "bug-is-not-undecided",
    ],
)  # fmt: skip
def test_verdicts_and_exit_codes(rules, options, verdict, code):
    """The table of the design: what decides, and the exit code that comes of it."""
    report = judge(evidence(), rules, finished_at=STARTED, **options)
    assert (report.verdict, report.exit_code) == (verdict, code)


@pytest.mark.parametrize("results", [(PASS,), (FAIL,), (OPEN,)], ids=["pass", "fail", "open"])
def test_an_interrupted_run_is_130(results):
    """A run that was cut short says so first, whatever it had found."""
    cut = evidence(interrupted="interrupted by SIGINT")
    report = judge(cut, [rule(*results)], finished_at=STARTED, allow_undecided=("reach-refused",))
    assert (report.verdict, report.exit_code) == ("interrupted", 130)


def test_a_broken_probe_is_an_internal_error():
    """A probe of ours that broke is never a pass, and never hides what was certainly wrong."""
    broken = evidence(breakdowns=(ProbeBreakdown("tls", "KeyError: 1"),))
    assert judge(broken, [rule(PASS)], finished_at=STARTED).exit_code == 4
    assert judge(broken, [rule(FAIL)], finished_at=STARTED).exit_code == 1


def test_a_probe_that_this_machine_could_not_finish_is_undecided():
    """What the tester's machine lacks is no bug of ours and no pass; what was seen to be wrong still counts."""
    short = evidence(breakdowns=(ProbeBreakdown("tls", "this machine has no memory left", local=True),))
    assert judge(short, [rule(PASS)], finished_at=STARTED).exit_code == 3
    assert judge(short, [rule(FAIL)], finished_at=STARTED).exit_code == 1


def test_a_broken_rule_breaks_alone():
    """The rules beside it are judged as ever, and the broken one says what happened."""
    report = judge(evidence(), [rule(PASS), rule(BUG), rule(FAIL)], finished_at=STARTED)
    assert [result.status for result in report.results] == [Status.PASS, Status.BROKEN, Status.FAIL]
    assert "ZeroDivisionError: division by zero; please report it" in (report.results[1].reason or "")


def test_every_verdict_has_an_exit_code_of_its_own():
    """No code means two things; 2 is left to usage errors."""
    assert sorted(EXIT_CODES.values()) == [0, 1, 3, 4, 130]


def test_selection_by_family_and_id():
    """Families and ids mix; what is skipped goes last; the order stays the report's."""
    ids = [each.id for each in select(RULES, only=("retry", "reach-refused"), skip=("retry-answer-differs",))]
    assert ids == ["reach-refused", "retry-rejected"]
    assert select(RULES) == RULES


@pytest.mark.parametrize(
    ("only", "skip", "says"),
    [
        (("dedup-duplicat",), (), "did you mean dedup-duplicate"),
        ((), ("deadlin",), "did you mean deadline"),
        (("",), (), "no rule or family has this name"),
        (("xyzzy",), (), "`sigcheck rules` lists them"),
        (("DEDUP",), (), "no rule or family"),
        (("retry",), ("retry",), "no rule is left to check"),
    ],
    ids=["mistyped-id", "mistyped-family", "empty", "far-off", "case", "nothing-left"],
)
def test_wrong_selections_are_usage_problems(only, skip, says):
    """A mistyped name never means 'check nothing'."""
    with pytest.raises(UsageProblem, match=says):
        select(RULES, only, skip)
