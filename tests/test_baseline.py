"""A baseline: failures that are expected do not count, and entries that do not hold make a run fail."""

import json
from datetime import date, timedelta

import pytest
from msgspec import structs

import sigcheck as package
from sigcheck.cli import run
from sigcheck.config.baseline import read_baseline
from sigcheck.errors import UsageProblem
from sigcheck.judge import judge
from sigcheck.model.evidence import ProbeBreakdown
from sigcheck.model.report import Expectation
from sigcheck.model.rule import Finding, Status, Undecided
from sigcheck.report import FORMATS, RenderOptions, render
from sigcheck.saved import judge_again, read_saved
from tests.commandline import QUICK, sigcheck
from tests.evidence import STARTED, evidence
from tests.specimens import specimens
from tests.test_judge import BUG, FAIL, OPEN, PASS, SKIP, rule

STALE = "The rule passed, so the entry at baseline.toml:3 is stale: remove it"
MADE_UP = Expectation("reach-made-up", "ticket 12", "baseline.toml:3")
DAY = STARTED.date()
OPTIONS = RenderOptions("0.1.0")


def entry(name="reach-made-up", target="", until=None, reason="ticket 12"):
    """Make an entry of a baseline."""
    return Expectation(name, reason, "baseline.toml:3", target, until)


def judged(*rules, expected=(MADE_UP,), seen=None, **gate):
    """Judge made-up rules against a baseline."""
    return judge(seen or evidence(), rules, finished_at=STARTED, expected=expected, **gate)


def test_an_expected_failure_does_not_count():
    """It stays in the report with its reason; the exit code is 0, and the verdict is qualified."""
    report = judged(rule(FAIL), rule(PASS, name="tls-made-up"))
    (failed,) = report.expected
    assert (failed.rule, failed.status, failed.expected) == ("reach-made-up", Status.FAIL, "ticket 12")
    assert (report.verdict, report.exit_code, report.word) == ("compliant", 0, "passed in part")
    assert report.scope.words[-1] == "1 expected failure: reach-made-up"
    assert report.gate.expected == (entry(),)
    assert (report.failed, report.first_fix, report.counts.must, report.counts.expected) == ((), None, 0, 1)


def test_nothing_but_expected_failures_is_no_plain_pass():
    """A run whose only rule fails as expected exits 0, and does not say COMPLIANT."""
    report = judged(rule(FAIL))
    assert (report.exit_code, report.word) == (0, "passed in part")


@pytest.mark.parametrize(
    ("other", "options", "verdict", "code"),
    [
        (FAIL, {}, "non-compliant", 1),
        (OPEN, {}, "undecided", 3),
        (BUG, {}, "internal error", 4),
        (PASS, {"seen": evidence(interrupted="Ctrl-C")}, "interrupted", 130),
        (PASS, {"seen": evidence(breakdowns=(ProbeBreakdown("tls", "x"),))}, "internal error", 4),
        (PASS, {"seen": evidence(breakdowns=(ProbeBreakdown("tls", "x", local=True),))}, "undecided", 3),
        (PASS, {"fail_on": "should"}, "compliant", 0),
    ],
    ids=["failure", "undecided", "bug", "interrupted", "probe", "local", "should"],
)
def test_nothing_else_is_excused(other, options, verdict, code):
    """Another failure, what is undecided, a bug and an interruption come to the code that they always have."""
    report = judged(rule(FAIL), rule(other, name="tls-made-up"), **options)
    assert (report.verdict, report.exit_code) == (verdict, code)


@pytest.mark.parametrize("level", ["must", "should", "note"])
def test_a_stale_entry_fails(level):
    """A rule that passes though it was expected to fail makes exit code 1; the line and what to do are named."""
    report = judged(rule(PASS, level=level))
    (failed,) = report.failed
    assert (report.exit_code, failed.level, failed.title, failed.examined) == (1, "must", STALE, None)
    assert failed.summary == "baseline.toml:3 expects a failure of every target, but the rule passed: seen"
    assert failed.fix == "Remove the entry from the baseline, or name in it the target that still fails."
    assert report.scope.expected == ()


@pytest.mark.parametrize("remark", [OPEN, SKIP, BUG], ids=["undecided", "skipped", "broken"])
def test_what_is_not_decided_is_not_stale(remark):
    """A rule that was skipped, is undecided or broke says nothing of its entry; one that was not checked neither."""
    report = judged(rule(remark), rule(PASS, name="tls-made-up"), expected=(entry(), entry("dedup-duplicate")))
    assert (report.failed, report.expected) == ((), ())


def test_a_pass_of_an_interrupted_run_is_not_stale():
    """It might have failed later."""
    assert judged(rule(PASS), seen=evidence(interrupted="Ctrl-C")).failed == ()


@pytest.mark.parametrize("level", ["must", "should", "note"])
def test_an_entry_ends_after_its_last_day(level):
    """On the last day the failure is expected; from the next on it counts, whatever its level, with both fixes."""
    assert judged(rule(FAIL, level=level), expected=(entry(until=DAY),)).exit_code == 0
    report = judged(rule(FAIL, level=level), expected=(entry(until=DAY - timedelta(days=1)),))
    (failed,) = report.failed
    assert (report.exit_code, failed.level, failed.summary) == (1, "must", "wrong")
    assert failed.title == "Problem (the entry at baseline.toml:3 expired on 2026-11-22)"
    assert (
        failed.findings[1].message == "baseline.toml:3 expected this failure until 2026-11-22, and that day has passed"
    )
    assert [each.fix[:12] for each in failed.findings] == ["Hint.", "Fix what fai"]


def test_an_entry_of_a_target_goes_before_that_of_all():
    """An entry is about the target it names, by name or by URL as the report shows it, and about no other."""
    seen = evidence()
    url = seen.target.url
    named = structs.replace(seen, settings=structs.replace(seen.settings, name="orders"))
    both = (entry(reason="all"), entry(target="orders", reason="orders"), entry(target="billing", reason="billing"))
    assert judged(rule(FAIL), expected=both, seen=named).expected[0].expected == "orders"
    assert judged(rule(FAIL), expected=both[::-1], seen=named).expected[0].expected == "orders"
    assert judged(rule(FAIL), expected=both, seen=seen).expected[0].expected == "all"
    assert judged(rule(FAIL), expected=both[2:], seen=named).exit_code == 1
    assert judged(rule(FAIL), expected=(entry(target=url),), seen=seen).exit_code == 0
    stale = judged(rule(PASS), expected=(entry(target="orders"),), seen=named).failed[0]
    assert (stale.fix, "of orders" in stale.summary) == ("Remove the entry from the baseline.", True)


def test_a_broken_observer_excuses_no_effect():
    """Where nobody can say what was counted, a failure of the family dedup counts, and no entry of it is stale."""
    broken = specimens()["broken"].evidence
    check = broken.observer_check
    assert check is not None
    fault = structs.replace(check, fault="it answered nonsense")
    duplicate = rule(FAIL, name="dedup-duplicate")
    expected = (entry("dedup-duplicate"),)
    assert judged(duplicate, expected=expected, seen=broken).exit_code == 0
    lost = structs.replace(broken, observer_check=fault)
    assert judged(duplicate, expected=expected, seen=lost).exit_code == 1
    assert judged(rule(PASS, name="dedup-duplicate"), expected=expected, seen=lost).failed == ()


def test_a_finding_keeps_a_fix_of_its_own():
    """An expired entry adds its fix, and does not take that of the finding away."""
    own = rule(Finding("a", fix="do b"), Finding("c"), Undecided("no"))
    (failed,) = judged(own, expected=(entry(until=date(2020, 1, 1)),)).failed
    assert [each.fix for each in failed.findings][:2] == ["do b", "do b"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_what_was_expected(name):
    """The verdict in each format is qualified, and names the rule."""
    report = expecting("broken")
    assert (report.exit_code, report.failed) == (0, ())
    shown = render(report, name, OPTIONS)
    assert report.expected[0].rule in shown
    assert "expected" in shown


def expecting(name):
    """Give a specimen that is judged with these failures expected."""
    report = specimens()[name]
    saved = read_saved(render(report, "json", OPTIONS).encode(), "x.json").reports[0]
    baseline = tuple(entry(each.rule, reason="known") for each in report.failed)
    return judge_again(saved, structs.replace(saved.gate, expected=baseline))


def test_a_saved_report_carries_its_baseline():
    """Judged again, it comes to the same without the file."""
    report = expecting("broken")
    assert report.expected
    assert judge_again(read_saved(render(report, "json", OPTIONS).encode(), "x.json").reports[0]) == report


def written(tmp_path, text):
    """Write a baseline and give its path."""
    path = tmp_path / "baseline.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_is_read_with_its_lines(tmp_path):
    """Each entry has its line, its reason, and its target and date where it has them."""
    path = written(
        tmp_path,
        '# ours\n[[expected]]\nrule = "tls-expires-soon"\nreason = " ticket 12 "\n\n[[expected]]\n'
        'rule = "tls-expires-soon"\ntarget = "orders"\nreason = """\n[[expected]]"""\nuntil = 2026-12-31\n',
    )
    assert read_baseline(path) == (
        Expectation("tls-expires-soon", "ticket 12", f"{path}:2"),
        Expectation("tls-expires-soon", "[[expected]]", f"{path}:6", "orders", date(2026, 12, 31)),
    )
    assert read_baseline(written(tmp_path, "")) == ()
    inline = written(tmp_path, 'expected = [{rule = "tls-expired", reason = "x"}]\n')
    assert read_baseline(inline) == (Expectation("tls-expired", "x", inline),)


HEAD = '\n[[expected]]\nrule = "tls-expired"\nreason = "x"\n'
REFUSED = {
    "toml": ("[[", "is not TOML ("),
    "top": ("[expect]\n", "has the key 'expect', which means nothing there: write [[expected]]"),
    "table": ("[expected]\n", "expected is not an array of tables"),
    "key": (HEAD + "untill = 2026-01-01\n", ":2: an entry has no key 'untill': did you mean until?"),
    "no-rule": ('[[expected]]\nreason = "x"\n', ":1: the entry has no rule: write rule"),
    "no-reason": ('[[expected]]\nrule = "tls-expired"\n', ":1: the entry has no reason: write reason"),
    "empty-reason": ('[[expected]]\nrule = "tls-expired"\nreason = " "\n', ":1: reason must be a text that is not"),
    "number": ('[[expected]]\nrule = 1\nreason = "x"\n', ":1: rule must be a text"),
    "empty-target": (HEAD + 'target = ""\n', ":2: target must be a text that is not empty"),
    "unknown": ('[[expected]]\nrule = "tls-expire"\nreason = "x"\n', "did you mean tls-expired?"),
    "family": ('[[expected]]\nrule = "tls"\nreason = "x"\n', ":1: tls is a family: name each rule"),
    "observer": ('[[expected]]\nrule = "dedup-observer"\nreason = "x"\n', ":1: no baseline can expect dedup-observer"),
    "date": (HEAD + 'until = "2026-12-31"\n', ":2: until must be a date: write until = 2026-12-31, without quotes"),
    "time": (HEAD + "until = 2026-12-31T00:00:00Z\n", ":2: until must be a date"),
    "twice": (HEAD + HEAD, ":6: this failure is expected twice, first at "),
}  # fmt: skip


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_one_line(text, says, tmp_path, capsys):
    """A file that is wrong is named with the line of the entry, exit code 2, before anything is sent."""
    path = written(tmp_path, text)
    assert run(["verify", "http://127.0.0.1:9/", "--allow-private", "--baseline", path]) == 2
    shown = capsys.readouterr()
    assert (shown.out, len(shown.err.splitlines())) == ("", 1)
    assert says in shown.err
    with pytest.raises(UsageProblem):
        read_baseline(path)


def test_a_reason_that_quotes_a_secret_does_not_show_it(bad, tmp_path):
    """What a run keeps secret is hidden in the reasons of its baseline too."""
    path = written(tmp_path, '[[expected]]\nrule = "response-not-2xx"\nreason = "wants key hunter2-s3cret"\n')
    done = sigcheck("verify", bad, *QUICK, "--header", "X-Key: hunter2-s3cret", "--baseline", path, "--format", "json")
    assert done.code == 0
    assert json.loads(done.out)["gate"]["expected"][0]["reason"] == "wants key ***"
    assert "hunter2" not in done.out


def test_verify_report_python_and_the_file_have_it(bad, tmp_path, monkeypatch, capsys):
    """The same baseline gives the same verdict by option, in sigcheck.toml, from Python and for a saved report."""
    path = written(tmp_path, '[[expected]]\nrule = "response-not-2xx"\nreason = "known ::error"\n')
    saved = tmp_path / "run.json"
    assert sigcheck("verify", bad, *QUICK, "-q").code == 1
    done = sigcheck("verify", bad, *QUICK, "--baseline", path, "-q", "--report", str(saved))
    assert (done.code, "1 expected failure: response-not-2xx" in done.out) == (0, True)
    document = json.loads(saved.read_text())
    assert document["scope"]["expected"] == ["response-not-2xx"]
    assert document["gate"]["expected"][0]["reason"] == "known : :error"
    again = sigcheck("report", str(saved), "-q")
    assert (again.out, again.code) == (done.out, 0)
    assert sigcheck("report", str(saved), "-q", "--baseline", written(tmp_path, "")).code == 1
    monkeypatch.chdir(tmp_path)
    written(tmp_path, HEAD.replace("tls-expired", "reach-refused"))
    assert run(["report", str(saved), "-q", "--baseline", "baseline.toml"]) == 1
    shown = capsys.readouterr()
    assert "must: The rule passed, so the entry at baseline.toml:2 is stale: remove it (reach-refused)" in shown.out
    assert shown.err == ""
    path = written(tmp_path, '[[expected]]\nrule = "response-not-2xx"\ntarget = "orders"\nreason = "known"\n')
    report = package.verify(bad, allow_private=True, samples=1, only="reach,response,deadline", baseline=path)
    assert report.exit_code == 1
    (tmp_path / "sigcheck.toml").write_text(
        f'[targets.orders]\nurl = "{bad}"\nallow_private = true\nsamples = 1\nonly = "reach,response"\n'
        'baseline = "baseline.toml"\n'
    )
    assert run(["verify", "orders", "-q"]) == 0


def test_an_entry_of_no_target_and_an_empty_baseline_are_said(bad, tmp_path, capsys):
    """An entry whose target is misspelled would be carried along for ever; the file and the line are named."""
    text = '[[expected]]\nrule = "response-not-2xx"\ntarget = "orders"\nreason = "known"\n'
    path = written(tmp_path, text + text.replace("orders", "odrers"))
    (tmp_path / "sigcheck.toml").write_text(
        f'[defaults]\nallow_private = true\nsamples = 1\nonly = "reach,response"\nbaseline = "{path}"\n'
        f'[targets.orders]\nurl = "{bad}"\n[targets.billing]\nurl = "{bad}"\n'
    )
    saved = tmp_path / "run.json"
    config = ["--config", str(tmp_path / "sigcheck.toml")]
    says = f"sigcheck: {path}:5: the entry is not used, because no target of this run is 'odrers': correct its target"
    assert run(["verify", "--all", *config, "-q", "--report", str(saved)]) == 1
    shown = capsys.readouterr()
    assert (shown.err.count("is not used"), says in shown.err) == (1, True)
    assert run(["verify", "orders", *config, "-q"]) == 0
    assert says in capsys.readouterr().err
    assert run(["report", str(saved), "-q", "--baseline", str(path)]) == 1
    assert says in capsys.readouterr().err
    empty = written(tmp_path, "# nothing yet\n")
    for arguments in (["verify", "orders", *config], ["report", str(saved), "--baseline", str(empty)]):
        assert run([*arguments, "-q"]) == 1
        assert f"baseline {empty} has no entry, so it expects no failure" in capsys.readouterr().err


def test_ci_formats_do_not_stop_a_pipeline_for_it(tmp_path):
    """What a CI system would fail for does not name an expected failure as one; the table has a word for it."""
    report = expecting("broken")
    assert "<failure" not in render(report, "junit", OPTIONS)
    assert "the baseline expects this failure (known): A repeated message" in render(report, "junit", OPTIONS)
    assert "::error" not in render(report, "github", OPTIONS)
    severities = {each["severity"] for each in json.loads(render(report, "gitlab", OPTIONS))}
    assert severities == {"info"}
    assert '"dedup-duplicate","dedup","must","expected",' in render(report, "csv", OPTIONS)
    assert not any(report.binds(each) for each in report.results if each.status is Status.FAIL)
