"""A report that was saved as JSON is judged again, and a fresh file gives the same report."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from msgspec import structs

from sigcheck.cli import run
from sigcheck.errors import UsageProblem
from sigcheck.judge import judge
from sigcheck.model.report import Expectation, Gate, Reports
from sigcheck.redaction.places import names_of_host
from sigcheck.redaction.redact import Redactor
from sigcheck.report import FORMATS, render, render_all
from sigcheck.rules import RULES
from sigcheck.saved import Change, changes, judge_again, read_saved
from tests.commandline import QUICK, sigcheck
from tests.saving import OPTIONS, edited, only_report, saved_as
from tests.specimens import SECRET, SPECIMENS, several, specimens

NAMES = [name for name in SPECIMENS if name != "worst"]
"""The worst specimen is not made by our rules."""


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_report_is_judged_to_the_same(name):
    """Evidence, results, verdict, exit code, scope, gate and time are those of the run."""
    report = specimens()[name]
    saved = only_report(saved_as(report))
    assert judge_again(saved) == report
    assert changes(saved, report) == ()


def test_reports_of_several_targets_are_judged_to_the_same():
    """A document of several targets gives the same document, its interruption included."""
    whole = Reports(tuple(r for r in several().reports if r.evidence.settings.name != "worst"), "ended by SIGTERM")
    saved = read_saved(render_all(whole, "json", OPTIONS).encode(), "x.json")
    again = Reports(tuple(map(judge_again, saved.reports)), saved.interrupted)
    assert (saved.several, again) == (True, whole)
    assert again.exit_code == 130


def test_other_rules_come_to_another_status():
    """What the saved results say and today's rules do not is named, rule by rule."""
    worst = specimens()["worst"]
    found = changes(only_report(saved_as(worst)), judge_again(only_report(saved_as(worst))))
    assert Change("tls-expired", "fail", "pass") in found
    assert all(each.was != each.now for each in found)


def test_a_rule_that_is_gone_or_new_is_named():
    """A rule that the file does not have was not checked then; one that only the file has is no rule any more."""
    report = specimens()["healthy"]

    def change(document):
        document["results"][0]["rule"] = "reach-forgotten"

    found = changes(only_report(edited(report, change)), report)
    assert found == (Change("reach-unresolved", None, "pass"), Change("reach-forgotten", "pass", None))


def test_the_gate_can_be_replaced():
    """What the exit code goes by is what the run had, or what is given in its place."""
    saved = only_report(saved_as(specimens()["in part"]))
    assert judge_again(saved).exit_code == 0
    assert judge_again(saved, Gate()).exit_code == 3


def test_fewer_rules_say_so_in_the_scope():
    """Rules that are left out at this point are not checked, as in a run that left them out."""
    saved = only_report(saved_as(specimens()["broken"]))
    report = judge_again(saved, only=("tls",), skip=("tls-expires-soon",))
    assert {each.family for each in report.results} == {"tls"}
    assert report.scope.rules == len(report.results) < report.scope.of == len(RULES)
    assert "dedup" in report.scope.not_checked
    assert "tls-expires-soon" in report.scope.not_checked
    assert changes(saved, report) == ()
    with pytest.raises(UsageProblem, match="checked none of these rules"):
        judge_again(only_report(saved_as(report)), only=("dedup",))


def test_evidence_can_be_changed_before_it_is_judged():
    """Whoever adds to the evidence has it judged as if the run had seen it, and its text redacted."""
    saved = only_report(saved_as(specimens()["healthy"]))
    late = structs.replace(saved.evidence, interrupted="ended \x1b[31m", clock="system")
    report = judge_again(structs.replace(saved, evidence=late))
    assert (report.verdict, report.evidence.interrupted) == ("interrupted", "ended \\x1b[31m")


def test_an_edited_url_is_redacted_again():
    """A login, a query value and an escape that somebody wrote into the file are not shown."""

    def change(document):
        document["evidence"]["target"]["url"] = f"https://me:{SECRET}@receiver.example/\x1b[31m?key={SECRET}"
        document["results"][0]["summary"] = "\x1b[31mred"

    saved = only_report(edited(specimens()["healthy"], change))
    report = judge_again(saved)
    for name in FORMATS:
        shown = render(report, name, OPTIONS)
        assert SECRET not in shown
        assert "\x1b" not in shown
    assert "\x1b" not in saved.results[0].summary
    assert SECRET not in saved.name


def test_a_url_that_comes_late_is_redacted_before_it_is_judged():
    """Evidence that was changed after it was read is known to a baseline by its redacted URL, as in a run."""
    saved = only_report(saved_as(specimens()["broken"]))
    target = structs.replace(saved.evidence.target, url=f"https://receiver.example/?key={SECRET}")
    settings = structs.replace(saved.evidence.settings, name="")
    late = structs.replace(saved, evidence=structs.replace(saved.evidence, target=target, settings=settings))
    known = Expectation("dedup-duplicate", "known", "b.toml:1", "https://receiver.example/?key=***")
    assert judge_again(late, Gate(expected=(known,))).exit_code == 0


def test_why_several_were_interrupted_is_disarmed():
    """The reason is text from the file like any other."""
    whole = json.loads(render_all(Reports(several().reports[:1]), "json", OPTIONS))
    whole["interrupted"] = "\x1b[31m::error::x"
    assert read_saved(json.dumps(whole).encode(), "x.json").interrupted == "\\x1b[31m: :error: :x"


def test_times_of_another_zone_are_shown_in_utc():
    """A time with an offset is the same moment in UTC."""

    def change(document):
        document["evidence"]["started_at"] = "2026-11-23T14:00:00+02:00"

    assert only_report(edited(specimens()["healthy"], change)).evidence.started_at == datetime(
        2026, 11, 23, 12, tzinfo=UTC
    )


def test_a_rule_that_is_judged_differently_is_named(tmp_path, capsys):
    """A sentence says which rule, what it was and what it is now."""

    def change(document):
        next(each for each in document["results"] if each["rule"] == "dedup-duplicate")["status"] = "pass"

    path = tmp_path / "run.json"
    path.write_bytes(edited(specimens()["broken"], change))
    assert run(["report", str(path)]) == 1
    told = "this version judges dedup-duplicate (pass → fail) differently than "
    assert told in capsys.readouterr().err


def test_a_run_is_shown_again_as_it_was(bad, tmp_path):
    """The report of a real run has the same text and exit code when it is read from a file or a pipe."""
    path = tmp_path / "run.json"
    first = sigcheck("verify", bad, *QUICK, "--report", str(path))
    again = sigcheck("report", str(path))
    assert (again.out, again.code) == (first.out, first.code)
    assert again.code == 1
    assert "was judged again by sigcheck" in again.err
    assert len(again.err.splitlines()) == 1
    piped = sigcheck("report", "-", "--quiet", shell=f'"$@" < {path}')
    assert (piped.code, piped.err) == (1, "")
    before, now = json.loads(path.read_text()), json.loads(sigcheck("report", str(path), "--format", "json").out)
    assert before == now


def test_a_run_that_hides_its_host_is_judged_to_the_same(bad, tmp_path):
    """With --redact host, what is hidden in the file breaks no rule."""
    path = tmp_path / "run.json"
    assert sigcheck("verify", bad, *QUICK, "--redact", "host,path", "--report", str(path)).code == 1
    done = sigcheck("report", str(path), "--quiet")
    assert (done.code, done.err) == (1, "")


@pytest.mark.parametrize("name", NAMES)
def test_hidden_addresses_break_no_rule(name):
    """A report whose host and addresses are hidden comes to the same statuses."""
    report = specimens()[name]
    target = report.evidence.target
    addresses = [each.address for each in report.evidence.network.addresses]
    hidden = Redactor(names_of_host(target.host, target.url, addresses), everywhere=True).struct(report)
    saved = only_report(saved_as(hidden))
    assert "192.0.2.1" not in saved_as(hidden).decode()
    assert changes(saved, judge_again(saved)) == ()


def test_the_report_of_a_certificate_file_can_be_read():
    """What `sigcheck chain --format json` wrote is a report too, with its scope."""
    healthy = specimens()["healthy"].evidence
    names = tuple(rule.id for rule in RULES if rule.id in {"tls-expired", "tls-name-mismatch"})
    offline = structs.replace(healthy, settings=structs.replace(healthy.settings, offline=True, selected=names))
    rules = [rule for rule in RULES if rule.id in names]
    report = judge(offline, rules, finished_at=healthy.started_at)
    assert judge_again(only_report(saved_as(report))) == report


def test_options_replace_the_gate_of_the_run(tmp_path, capsys):
    """--fail-on and --allow-undecided are those of the run unless they are given."""
    path = tmp_path / "x.json"
    path.write_bytes(saved_as(specimens()["undecided"]))
    assert run(["report", str(path), "-q"]) == 3
    assert run(["report", str(path), "-q", "--allow-undecided"]) == 0
    assert run(["report", str(path), "-q", "--allow-undecided=dedup-window"]) == 3
    assert run(["report", str(path), "-q", "--only", "tls,reach"]) == 0
    assert run(["report", str(path), "-q", "--fail-on", "perhaps"]) == 2
    assert run(["report", str(path), "-q", "--skip", "reech"]) == 2
    assert "did you mean reach?" in capsys.readouterr().err


def test_the_schema_of_several_says_what_interrupted_them():
    """The document of several targets has the reason in a field of its own."""
    whole = json.loads(render_all(Reports(several().reports, "ended by SIGTERM"), "json", OPTIONS))
    assert whole["interrupted"] == "ended by SIGTERM"
    assert msgspec.json.decode(render_all(several(), "json", OPTIONS), type=dict)["interrupted"] is None
