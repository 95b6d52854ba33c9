"""What a verdict speaks of: its scope stands in the verdict line, in the one line of -q and in JSON."""

import json
import re
from itertools import product
from typing import Any

import pytest
from msgspec import structs

from sigcheck.judge import MOST_NAMED, judge
from sigcheck.model.delivery import FailureKind, Phase
from sigcheck.model.evidence import ProbeBreakdown, Settings
from sigcheck.model.rule import FAMILIES, Finding, Passed, Rule, Skipped, Status, Undecided
from sigcheck.policy import OURS, SIGFOX_CLOUD
from sigcheck.report import RenderOptions, render
from sigcheck.rules import RULES
from tests.evidence import OBSERVER, STARTED, answer, evidence, failure, network, samples, scenario

TLS = tuple(rule.id for rule in RULES if rule.family == "tls")
LOCAL = "private addresses accepted"
OWN_ROOTS = "roots of own.pem in place of the public ones"
TOTAL = "effects counted as a total"
LATER = "waited only 2 s for effects"
COMPRESSED = "schedule 240 times faster"
VERDICT = re.compile(r"[A-Z -]+(?= )")
LOOK = RenderOptions(version="0", width=100, colour=False, ascii=False, detail=0)
REMARKS = {
    Status.PASS: Passed("all is well", 1, "answers"),
    Status.FAIL: Finding("it is wrong"),
    Status.SKIP: Skipped("it does not apply"),
    Status.UNDECIDED: Undecided("nobody knows"),
    Status.BROKEN: None,
}


def rule(name, status=Status.PASS, level="must"):
    """Make a rule of which this comes."""
    remark = REMARKS[status]
    return Rule(name, level, "A rule", "No rule", "Do it.", OURS, lambda _: [] if remark is None else [remark])


def reported(rules=None, *, allow=(), fail_on="must", facts=None, **settings):
    """Judge evidence by made-up rules, one of each family unless given; every one passes."""
    seen = facts or evidence()
    seen = structs.replace(seen, settings=Settings(**settings))
    rules = rules or [rule(f"{family}-made-up") for family in FAMILIES]
    return judge(seen, rules, finished_at=STARTED, fail_on=fail_on, allow_undecided=allow)


def line(report, detail=0):
    """Give the verdict, from its word on, in one line."""
    lines = render(report, "text", structs.replace(LOOK, detail=detail)).splitlines()
    start = max(place for place, text in enumerate(lines) if text and not text.startswith(" "))
    return " ".join(" ".join(lines[start:]).split())


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "left-out-family": ({"left_out": TLS}, f"of {7 + len(TLS)} rules · not checked: tls"),
    "left-out-rule": ({"left_out": ("tls-expired",)}, "7 of 8 rules · not checked: tls-expired"),
    "left-out-many": ({"left_out": TLS[: MOST_NAMED + 1]}, f"not checked: {MOST_NAMED + 1} single rules"),
    "left-out-some": ({"left_out": TLS[:MOST_NAMED]}, f"not checked: {', '.join(TLS[:MOST_NAMED])}"),
    "allow-private": ({"allow_private": True}, LOCAL),
    "ca-file": ({"custom_roots": True, "roots": "own.pem"}, OWN_ROOTS),
    "total": ({"facts": evidence(observer=structs.replace(OBSERVER, per_message=False))}, "effects counted as a total"),
    "some-addresses": (
        {"facts": evidence(network=structs.replace(network(), untried=2))},
        "1 of 3 addresses were tried",
    ),
    "resolve": ({"facts": evidence(network=network(overridden=True))}, "address given by --resolve"),
    "policy": (
        {"facts": structs.replace(evidence(), policy=structs.replace(SIGFOX_CLOUD, name="mine.json"))},
        "policy mine.json",
    ),
    "speed": ({"speed": 240.0}, COMPRESSED),
    "offline": ({"offline": True}, "certificates only, from a file"),
    "mixed": (
        {"speed": 240.0, "allow_private": True, "custom_roots": True, "roots": "own.pem", "left_out": ("tls-expired",)},
        f"7 of 8 rules · not checked: tls-expired · {LOCAL} · {OWN_ROOTS} · {COMPRESSED}",
    ),
}
"""Each thing that makes a run less than whole, alone and mixed, and what must be said of it."""


@pytest.mark.parametrize("name", CASES)
def test_what_was_left_out_or_eased_is_said_everywhere(name):
    """In the verdict line, in the one line of -q and in JSON; and a run that passed has passed in part."""
    given, words = CASES[name]
    if name == "left-out-family":
        given = given | {"rules": [rule(f"{family}-made-up") for family in FAMILIES if family != "tls"]}
        words = words.replace(f"of {7 + len(TLS)}", f"6 of {6 + len(TLS)}")
    report = reported(**given)
    assert (report.verdict, report.exit_code, report.scope.whole) == ("compliant", 0, False)
    for text in (line(report), line(report, detail=-1)):
        assert text.startswith("PASSED IN PART ")
        assert words in text
        assert text.endswith("(exit 0)")
    assert len(render(report, "text", structs.replace(LOOK, detail=-1)).strip().splitlines()) == 1
    scope = json.loads(render(report, "json", LOOK))["scope"]
    told = (*scope["not_checked"], *scope["conditions"], *scope["not_tested"])
    assert told
    assert all(each in words for each in told)


def test_compliant_without_a_qualifier_is_for_a_whole_run():
    """Every rule, the Cloud's own conditions: the word stands alone, and nothing is said beside it."""
    report = reported()
    assert (report.verdict, report.exit_code, report.scope.whole, report.scope.words) == ("compliant", 0, True, ())
    assert line(report) == "COMPLIANT 7 passed (exit 0)"
    assert line(report, detail=-1) == "COMPLIANT https://receiver.example/callback 7 passed (exit 0)"


def test_a_speed_that_nothing_was_played_at_is_no_condition():
    """Where neither the replay nor a scenario was asked for, how fast they would have been matters to nobody."""
    assert reported([rule("reach-made-up")], speed=240.0).scope.conditions == ()
    for family in ("retry", "dedup"):
        assert reported([rule(f"{family}-made-up")], speed=240.0).scope.conditions == (COMPRESSED,)


BEGUN = scenario(answer(), effects=())
"""A replay of which one delivery was sent, and no effect was looked for after it."""


@pytest.mark.parametrize(
    ("played", "said"),
    [
        (None, ()),
        (BEGUN, ()),
        (scenario(answer(), effects=(1,)), (TOTAL, LATER)),
        (scenario(answer(), answer(), effects=()), (COMPRESSED,)),
        (scenario(answer(), answer(), effects=(1, 1)), (TOTAL, LATER, COMPRESSED)),
    ],
    ids=["nothing-sent", "begun", "counted", "retried", "both"],
)
def test_what_was_not_done_is_no_condition(played, said):
    """Without a retry nothing was compressed; without a look at effects none were looked for too briefly."""
    facts = evidence(scenario=played, observer=structs.replace(OBSERVER, per_message=False))
    report = reported(facts=facts, speed=240.0, effects_within=2.0)
    assert report.scope.conditions == said


@pytest.mark.parametrize("status", REMARKS)
def test_the_scope_is_said_whatever_the_verdict_is(status):
    """A run that fails, or is undecided, names its scope too."""
    report = reported([rule("reach-made-up", status), rule("tls-made-up")], allow_private=True)
    assert LOCAL in line(report)


def test_passed_in_part_is_exactly_a_pass_that_is_not_whole():
    """Over every outcome: the word stands where something was decided, the code is 0 and the run was not whole."""
    words = set()
    for first, second, level, allow_private, allow, fail_on in product(
        REMARKS, REMARKS, ("must", "should"), (True, False), ((), ("reach-made-up", "tls-made-up")), ("must", "should")
    ):
        rules = [rule("reach-made-up", first, level), rule("tls-made-up", second)]
        report = reported(rules, allow_private=allow_private, allow=allow, fail_on=fail_on)
        text = line(report, detail=-1)
        word = VERDICT.match(text).group()
        decided = {Status.PASS, Status.FAIL} & {first, second}
        part = report.exit_code == 0 and not report.scope.whole and bool(decided)
        assert word == ("PASSED IN PART" if part else report.verdict.upper()), text
        assert text.endswith(f"(exit {report.exit_code})")
        if report.exit_code == 0:
            assert Status.FAIL not in (second, first if level == "must" or fail_on == "should" else None)
            assert Status.BROKEN not in (first, second)
        words.add(word)
    assert words == {"PASSED IN PART", "COMPLIANT", "NON-COMPLIANT", "UNDECIDED", "INTERNAL ERROR"}


OPEN_RULES = [rule("reach-made-up"), rule("dedup-window", Status.UNDECIDED), rule("dedup-lost", Status.UNDECIDED)]


@pytest.mark.parametrize(
    ("allow", "code"),
    [
        ((), 3),
        (("dedup-window",), 3),
        (("dedup-window", "dedup-lost"), 0),
        (tuple(each.id for each in RULES), 0),
    ],
    ids=["none", "one-of-two", "both", "all"],
)
def test_what_may_stay_undecided_is_named(allow, code):
    """All that is undecided must be allowed; what was put up with is named in every form."""
    report = reported(OPEN_RULES, allow=allow)
    assert (report.verdict, report.exit_code) == ("undecided", code)
    said = "not tested: dedup-window, dedup-lost"
    for detail in (0, -1):
        assert (said in line(report, detail)) == line(report, detail).startswith("PASSED IN PART ") == (code == 0)
    assert json.loads(render(report, "json", LOOK))["scope"]["not_tested"] == (
        ["dedup-window", "dedup-lost"] if code == 0 else []
    )


def test_a_broken_observer_is_never_excused():
    """Where the observer erred, nothing was counted: allowing all does not make that a pass."""
    facts = evidence()
    broken = structs.replace(facts, scenarios=(structs.replace(facts.scenarios[0], fault="the observer answered 500"),))
    assert reported(OPEN_RULES, allow=("dedup-window", "dedup-lost"), facts=broken).exit_code == 3


def test_a_probe_that_was_not_finished_is_never_excused():
    """Where this machine kept a probe from its end, what the probe would have seen was not put up with by name."""
    broken = evidence(breakdowns=(ProbeBreakdown("network", "this machine allows no more open files", local=True),))
    report = reported(OPEN_RULES, allow=("dedup-window", "dedup-lost"), facts=broken)
    assert (report.verdict, report.exit_code) == ("undecided", 3)


def test_a_fault_of_this_machine_is_undecided_without_the_word():
    """Deliveries that could not be made here leave a real run open, and the rule that says so is named."""
    ours = failure(FailureKind.LOCAL, Phase.CONNECT, "this machine has no free port")
    facts = evidence(samples=samples(*(ours,) * 5), scenario=None, unauthenticated=None)
    report = judge(facts, RULES, finished_at=STARTED)
    assert (report.verdict, report.exit_code) == ("undecided", 3)
    assert "reach-no-answer" in line(report, -1)
