"""Two saved runs against each other: what is new, fixed, unchanged, gone or no longer decided; never times."""

import json

import pytest
from msgspec import structs

from sigcheck.cli import run
from sigcheck.comparison import compare
from sigcheck.comparison.text import render
from sigcheck.judge import judge
from sigcheck.model.report import Expectation, Reports
from sigcheck.report import RenderOptions, render_all
from tests.evidence import STARTED, evidence
from tests.saving import edited, saved_as
from tests.specimens import SECRET, several, specimens
from tests.test_judge import BUG, FAIL, OPEN, PASS, SKIP, rule

OPTIONS = RenderOptions("0.1.0")
EXPECTED = Expectation("reach-made-up", "known", "baseline.toml:1")


def judged(*remarks, name="", url="https://a.example/", expected=(), level="must", **seen):
    """Judge one made-up rule that says these things, or none, beside one that passes."""
    found = evidence(**seen)
    found = structs.replace(
        found,
        settings=structs.replace(found.settings, name=name),
        target=structs.replace(found.target, url=url),
    )
    rules = [rule(*remarks, level=level)] if remarks else []
    return judge(found, [*rules, rule(PASS, name="tls-made-up")], finished_at=STARTED, expected=expected)


def parts(comparison):
    """Give which parts of the first target have the made-up rule, with its states."""
    target = comparison.targets[0]
    names = ("new_failures", "fixed", "unchanged", "undecided", "gone")
    return [(name, each.was, each.now) for name in names for each in getattr(target, name)]


CASES = {
    "new": ([PASS], [FAIL], [("new_failures", "pass", "fail")], 1),
    "new-of-undecided": ([OPEN], [FAIL], [("new_failures", "undecided", "fail")], 1),
    "new-of-skipped": ([SKIP], [FAIL], [("new_failures", "skip", "fail")], 1),
    "not-checked-before": ([], [FAIL], [("new_failures", "not checked", "fail")], 1),
    "fixed": ([FAIL], [PASS], [("fixed", "fail", "pass")], 0),
    "unchanged": ([FAIL], [FAIL], [("unchanged", "fail", "fail")], 0),
    "gone": ([FAIL], [], [("gone", "fail", "not checked")], 0),
    "gone-skipped": ([FAIL], [SKIP], [("gone", "fail", "skip")], 0),
    "gone-passed": ([PASS], [], [("gone", "pass", "not checked")], 0),
    "open": ([PASS], [OPEN], [("undecided", "pass", "undecided")], 0),
    "open-failed": ([FAIL], [OPEN], [("undecided", "fail", "undecided")], 0),
    "decided": ([OPEN], [PASS], [("undecided", "undecided", "pass")], 0),
    "open-skipped": ([OPEN], [SKIP], [("gone", "undecided", "skip")], 0),
    "skipped-open": ([SKIP], [OPEN], [("undecided", "skip", "undecided")], 0),
    "begun-open": ([], [OPEN], [("undecided", "not checked", "undecided")], 0),
    "broke": ([PASS], [BUG], [("undecided", "pass", "broken")], 0),
    "same": ([PASS], [PASS], [], 0),
    "skipped": ([PASS], [SKIP], [], 0),
    "skipped-gone": ([SKIP], [], [], 0),
    "begun": ([], [PASS], [], 0),
}


@pytest.mark.parametrize(("before", "now", "found", "code"), CASES.values(), ids=CASES)
def test_each_rule_has_its_part(before, now, found, code):
    """What a rule came to in both runs says what it is called, and only a new failure is exit code 1."""
    comparison = compare([judged(*before)], [judged(*now)], "0.1.0")
    assert (parts(comparison), comparison.exit_code) == (found, code)


def test_what_binds_goes_by_the_level():
    """A new should is exit code 1 with --fail-on should; one that has become a must is new."""
    old, new = [judged(PASS)], [judged(FAIL, level="should")]
    assert compare(old, new, "0.1.0").exit_code == 0
    assert compare(old, new, "0.1.0", "should").exit_code == 1
    heavier = compare(new, [judged(FAIL)], "0.1.0")
    assert (parts(heavier), heavier.exit_code) == ([("new_failures", "fail", "fail")], 1)
    assert compare(new, [judged(FAIL)], "0.1.0", "should").exit_code == 0


def test_what_a_baseline_expects_is_no_new_failure():
    """It does not bind as long as it is expected, and does once it is not."""
    excused = [judged(FAIL, expected=(EXPECTED,))]
    first = compare([judged(PASS)], excused, "0.1.0")
    assert (parts(first), first.exit_code) == ([("new_failures", "pass", "expected")], 0)
    assert "(expected by the baseline)" in render(first, OPTIONS)
    assert parts(compare([judged(FAIL)], excused, "0.1.0")) == [("unchanged", "fail", "expected")]
    assert compare(excused, [judged(FAIL)], "0.1.0").exit_code == 1


def test_targets_are_matched_by_name_or_else_by_url():
    """A name wins over a URL, a URL serves where one side has no name, and each report is matched once."""
    url = "https://b.example/"
    old = [judged(PASS, name="orders"), judged(PASS, url=url), judged(PASS, name="x", url="https://x.example/")]
    new = [judged(FAIL, name="billing", url=url), judged(PASS, name="orders", url="https://moved.example/")]
    comparison = compare(old, new, "0.1.0")
    both = {each.called: (each.old is not None, each.new is not None) for each in comparison.targets}
    assert both == {"billing": (True, True), "orders": (True, True), "x": (True, False)}
    assert comparison.targets[0].called == "billing"
    twice = compare([judged(PASS)], [judged(PASS), judged(FAIL)], "0.1.0")
    assert sorted(each.old is not None for each in twice.targets) == [False, True]
    assert twice.exit_code == 1


def test_two_names_of_one_url_are_two_targets():
    """Nothing of them is compared: exit code 3, but 1 where the one that is new fails."""
    comparison = compare([judged(FAIL, name="a")], [judged(PASS, name="b")], "0.1.0")
    assert comparison.exit_code == 3
    assert "NOTHING TO COMPARE" in render(comparison, OPTIONS)
    comparison = compare([judged(PASS, name="a")], [judged(FAIL, name="b")], "0.1.0")
    assert comparison.exit_code == 1
    assert "only in NEW: NON-COMPLIANT" in render(comparison, OPTIONS)
    assert render(comparison, OPTIONS).endswith("NEW FAILURES  1 new failure · 2 gone · 0 targets compared  (exit 1)\n")
    lighter = compare([judged(PASS, name="a")], [judged(FAIL, name="b", level="should")], "0.1.0")
    assert lighter.exit_code == 3


def test_no_rule_in_common_is_3():
    """Two runs of one target that checked different rules cannot be compared; what fails in the new one is new."""
    skipped = judge(evidence(), [rule(SKIP)], finished_at=STARTED)
    assert compare([skipped], [skipped], "0.1.0").exit_code == 3
    left = judge(evidence(), [rule(FAIL)], finished_at=STARTED)
    for remark, code in ((PASS, 3), (FAIL, 1)):
        right = judge(evidence(), [rule(remark, name="tls-made-up")], finished_at=STARTED)
        assert compare([left], [right], "0.1.0").exit_code == code


@pytest.mark.parametrize(
    ("gates", "says"),
    [
        (({}, {"allow_undecided": ("reach-made-up",)}), "only NEW allows undecided rules: reach-made-up"),
        (({"allow_undecided": ("reach-made-up",)}, {}), "only OLD allows undecided rules: reach-made-up"),
    ],
)
def test_a_verdict_that_no_rule_explains(gates, says):
    """Where no rule came to anything else, what the runs were given says why the verdict is another."""
    runs = [
        judge(evidence(), [rule(OPEN), rule(PASS, name="tls-made-up")], finished_at=STARTED, **each) for each in gates
    ]
    comparison = compare(runs[:1], runs[1:], "0.1.0")
    assert parts(comparison) == []
    assert f"  · the run      {says}\n" in render(comparison, OPTIONS)
    assert compare(runs[:1], runs[:1], "0.1.0").targets[0].terms == ()


def test_limits_and_gates_are_named_where_the_verdict_differs():
    """A run that was eased, and one that another level stops."""
    eased = structs.replace(evidence(), settings=structs.replace(evidence().settings, allow_private=True))
    made_up = [rule(PASS), rule(FAIL, name="tls-made-up", level="should")]
    whole = judge(evidence(), made_up, finished_at=STARTED)
    part = judge(eased, made_up, finished_at=STARTED)
    strict = judge(evidence(), made_up, finished_at=STARTED, fail_on="should")
    assert compare([whole], [part], "0.1.0").targets[0].terms == ("only NEW is limited: private addresses accepted",)
    says = "OLD was made with --fail-on must, NEW with --fail-on should"
    assert compare([whole], [strict], "0.1.0").targets[0].terms == (says,)


def test_a_new_run_that_was_interrupted_is_never_0():
    """What it did not come to might have failed; a new failure that it found is one all the same."""
    cut, detail = {"interrupted": "interrupted by SIGINT"}, structs.replace(OPTIONS, detail=-1)
    comparison = compare([judged(PASS)], [judged(PASS, **cut)], "0.1.0")
    assert comparison.exit_code == 3
    assert render(comparison, detail) == (
        "INTERRUPTED  NEW was interrupted, so nothing can be said of what it did not check of https://a.example/  "
        "(exit 3)\n"
    )
    assert compare([judged(PASS)], [judged(FAIL, **cut)], "0.1.0").exit_code == 1
    assert compare([judged(PASS, **cut)], [judged(PASS)], "0.1.0").exit_code == 0


def test_the_worst_comes_first_and_what_did_not_change_last():
    """Targets with new failures are on top; those without a change are one line."""
    old = [judged(PASS, name=name) for name in "abcdefgh"]
    new = [judged(FAIL if name == "d" else OPEN if name == "b" else PASS, name=name) for name in "abcdefgh"]
    shown = render(compare(old, new, "0.1.0"), OPTIONS)
    assert [line[0] for line in shown.splitlines() if "→" in line and not line.startswith(" ")] == ["d", "b"]
    assert "no change: a, c, e, f, g and 1 more\n" in shown
    assert shown.endswith("NEW FAILURES  1 new failure · 1 now undecided · 8 targets compared  (exit 1)\n")


@pytest.mark.parametrize("pair", [("worst", "broken"), ("healthy", "interrupted"), ("healthy", "mismatch")])
def test_a_usual_comparison_fits_on_a_screen(pair):
    """It has at most 24 lines, none longer than the screen; -v has every rule, and -q one line."""
    old, new = (specimens()[name] for name in pair)
    for width in (80, 120):
        lines = render(compare([old], [new], "0.1.0"), structs.replace(OPTIONS, width=width)).splitlines()
        assert len(lines) <= 24
        assert all(len(line) <= width for line in lines[:-1])
    assert len(render(compare([old], [new], "0.1.0"), structs.replace(OPTIONS, detail=-1)).splitlines()) == 1
    plain = render(compare([old], [new], "0.1.0"), structs.replace(OPTIONS, ascii=True, detail=1))
    assert plain.isascii()


def test_the_command_reads_both_and_exits_by_them(tmp_path, capsys):
    """Files of one and of several targets, text and JSON, have the same exit code; times are in neither."""
    for name, report in specimens().items():
        (tmp_path / f"{name}.json").write_bytes(saved_as(report))
    (tmp_path / "all.json").write_text(render_all(Reports(several().reports), "json", OPTIONS))
    healthy, broken = str(tmp_path / "healthy.json"), str(tmp_path / "broken.json")
    assert run(["diff", healthy, broken]) == 1
    shown = capsys.readouterr()
    assert "COMPLIANT → NON-COMPLIANT" in shown.out
    assert " must   dedup-duplicate          A repeated message was processed again\n" in shown.out
    assert (" ms" in shown.out, " s " in shown.out, shown.err) == (False, False, "")
    assert run(["diff", healthy, broken, "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    (target,) = document["targets"]
    assert (document["exit_code"], target["new"]["word"]) == (1, "non-compliant")
    assert [each["rule"] for each in target["new_failures"]] == ["dedup-duplicate"]
    assert run(["diff", broken, healthy, "-q"]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    # One of all was interrupted.
    assert run(["diff", str(tmp_path / "all.json"), str(tmp_path / "all.json"), "-q"]) == 3
    assert run(["diff", healthy, healthy, "-q"]) == 0


def test_what_cannot_be_read_is_2(tmp_path, capsys):
    """A file that is no report, and standard input twice, are one line."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(saved_as(specimens()["healthy"]))
    bad.write_text("{}")
    for arguments, says in (
        ([good, bad], "is not the JSON report of a run"),
        ([bad, good], "is not the JSON report of a run"),
        ([good, tmp_path / "none"], "No such file"),
        (["-", "-"], "are both standard input"),
    ):
        assert run(["diff", *map(str, arguments)]) == 2
        shown = capsys.readouterr()
        assert (shown.out, len(shown.err.splitlines())) == ("", 1)
        assert says in shown.err


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_edited_name_is_harmless(form, tmp_path, capsys):
    """Names and URLs of a file are redacted and disarmed before they are shown."""

    def change(document):
        document["evidence"]["settings"]["name"] = "\x1b[31m::error::x"
        document["evidence"]["target"]["url"] = f"https://me:{SECRET}@receiver.example/?k={SECRET}"

    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_bytes(edited(specimens()["healthy"], change))
    new.write_bytes(edited(specimens()["broken"], change))
    assert run(["diff", str(old), str(new), "--format", form]) == 1
    shown = capsys.readouterr()
    assert SECRET not in shown.out
    assert "\x1b" not in shown.out
    assert "::error" not in shown.out
