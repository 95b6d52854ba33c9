"""A report that was saved as JSON is judged again: the same report for a fresh file, one clear line for a bad one."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from sigcheck.cli import run
from sigcheck.errors import UsageProblem
from sigcheck.judge import judge
from sigcheck.model.report import Expectation, Gate, Reports
from sigcheck.model.rule import Status
from sigcheck.redaction.places import names_of_host
from sigcheck.redaction.redact import Redactor
from sigcheck.report import FORMATS, RenderOptions, render, render_all
from sigcheck.rules import RULES
from sigcheck.saved import Change, changes, judge_again, read_saved
from tests.commandline import QUICK, sigcheck
from tests.specimens import SECRET, several, specimens

OPTIONS = RenderOptions("0.1.0")
NAMES = [name for name in specimens() if name != "worst"]
"""The worst specimen is not made by our rules."""


def saved_as(report):
    """Give the bytes of a report as JSON."""
    return render(report, "json", OPTIONS).encode()


def edited(report, change):
    """Give the bytes of a report whose JSON somebody has changed by hand."""
    document = json.loads(saved_as(report))
    change(document)
    return json.dumps(document).encode()


def only_report(data):
    """Read a document of one target."""
    (one,) = read_saved(data, "x.json").reports
    return one


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


@pytest.mark.parametrize("name", FORMATS)
def test_evidence_that_does_not_fit_together_is_one_line_in_every_format(name, tmp_path, capsys):
    """A count that follows a delivery which is not there is exit code 2, and no bug of ours."""

    def change(document):
        document["evidence"]["scenarios"][0]["counts"][1]["exchange"] = 999

    path = tmp_path / "x.json"
    path.write_bytes(edited(specimens()["healthy"], change))
    assert run(["report", str(path), "--format", name, "-q"]) == 2
    shown = capsys.readouterr()
    assert (shown.out, len(shown.err.splitlines())) == ("", 1)
    assert "cannot be used (evidence.scenarios[0].counts[1].exchange is 999, and there are" in shown.err


def test_times_of_another_zone_are_shown_in_utc():
    """A time with an offset is the same moment in UTC."""

    def change(document):
        document["evidence"]["started_at"] = "2026-11-23T14:00:00+02:00"

    assert only_report(edited(specimens()["healthy"], change)).evidence.started_at == datetime(
        2026, 11, 23, 12, tzinfo=UTC
    )


def at(*path):
    """Give a function that sets a value at a place of a document."""

    def put(value):
        def change(document):
            place = document
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value

        return change

    return put


UNUSABLE = {
    "newer": (at("schema_version")(2), "was written by a newer sigcheck: read it with that version"),
    "no-version": (at("schema_version")("1"), "has no schema_version that this sigcheck knows"),
    "true-version": (at("schema_version")(True), "has no schema_version that this sigcheck knows"),
    "new-field": (at("evidence", "tls", "quantum")(True), "has the field evidence.tls.quantum, which this sigcheck"),
    "new-field-in-a-list": (at("evidence", "samples", 3, "weather")("x"), "has the field evidence.samples[3].weather,"),
    "new-field-at-the-top": (at("approvals")([]), "has the field approvals, which this sigcheck does not know"),
    "new-field-of-the-gate": (at("gate", "mercy")(1), "has the field gate.mercy, which"),
    "type": (at("evidence", "requests")("many"), "(Expected `int`, got `str` - at `$.evidence.requests`)"),
    "null": (at("evidence")(None), "(Expected `object`, got `null` - at `$.evidence`)"),
    "enum": (at("results", 0, "status")("fine"), "(Invalid enum value 'fine' - at `$.results[0].status`)"),
    "level": (at("results", 0, "level")("may"), "(Invalid enum value 'may' - at `$.results[0].level`)"),
    "verdict": (at("verdict")("splendid"), "(Invalid enum value 'splendid' - at `$.verdict`)"),
    "long-enum": (at("verdict")("x" * 100_000), "(Invalid enum value 'xxx"),
    "huge": (at("evidence", "samples", 0, "total")(1e300), "(evidence.samples[0].total is a number out of range)"),
    "large": (at("evidence", "requests")(10**16), "(evidence.requests is a number out of range)"),
    "huge-whole": (at("evidence", "requests")(10**400), "out of range"),
    "naive": (at("finished_at")("2026-11-23T12:00:00"), "(finished_at is a time without a zone)"),
    "early": (at("finished_at")("0001-01-01T00:00:00+14:00"), "(finished_at is a time out of range)"),
    "date": (at("finished_at")("yesterday"), "(Invalid RFC3339 encoded datetime - at `$.finished_at`)"),
    "exchange": (at("evidence", "scenarios", 0, "counts", 1, "exchange")(999), "counts[1].exchange is 999"),
    "negative": (at("evidence", "scenarios", 0, "counts", 1, "message")(-1), "counts[1].message is -1, and"),
    "sample": (at("evidence", "whole", 0, "message")(99), "(evidence.whole[0].message is 99, and there are "),
    "limit": (at("evidence", "policy", "answer_limit")(0), "(evidence.policy.answer_limit is not above 0)"),
    "wait": (at("evidence", "policy", "retry_waits", 1)(-60), "(evidence.policy.retry_waits[1] is not above 0)"),
    "speed": (at("evidence", "settings", "speed")(0), "(evidence.settings.speed is not above 0)"),
    "its limit": (at("evidence", "samples", 0, "limit")(0), "(evidence.samples[0].limit is not above 0)"),
    "base64": (at("evidence", "samples", 0, "outcome", "body")("%"), "(Invalid base64 encoded string - at `$.evid"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "says"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_no_run_has_written_is_one_line(change, says, tmp_path, capsys):
    """A field, a type, a word or a number that this version does not write is named in one short line, exit code 2."""
    path = tmp_path / "x.json"
    path.write_bytes(edited(specimens()["healthy"], change))
    assert run(["report", str(path)]) == 2
    shown = capsys.readouterr()
    assert (shown.out, len(shown.err.splitlines())) == ("", 1)
    assert says in shown.err
    assert len(shown.err) < 600


NO_REPORT = {
    "empty": (b" \n", "is empty"),
    "text": (b"hello", "is not JSON (JSON is malformed"),
    "nan": (b'{"results": NaN}', "is not JSON (JSON is malformed"),
    "infinite": (b'{"results": 1e999}', "is not JSON (Number out of range"),
    "deep": (b"[" * 100_000, "x.json' is not a report of sigcheck's: it is nested too deeply: give"),
    "latin": (b'{"results": "\xe9"}', "is not JSON"),
    "number": (b"1", "is not the JSON report of a run"),
    "other": (b'{"rules": []}', "is not the JSON report of a run"),
    "dry-run": (b'{"dry_run": true, "actions": []}', "is the list of a dry run, in which nothing was seen"),
    "no-reports": (b'{"schema_version": 1, "reports": []}', "has no report in it"),
    "no-list": (b'{"schema_version": 1, "reports": {}}', "has no report in it"),
    "no-objects": (b'{"schema_version": 1, "reports": [1]}', "(reports[0] is not a report)"),
    "no-text": (b'{"schema_version": 1, "interrupted": 1, "reports": [{}]}', "(interrupted is not a text)"),
    "nothing-in-it": (b'{"schema_version": 1, "evidence": {}, "results": []}', "missing required field"),
    "inner": (b'{"schema_version": 1, "reports": [{"schema_version": 1, "evidence": 1}]}', "`$.reports[0]"),
    "surprise": (b'{"schema_version": 1, "extra": 1, "reports": [{}]}', "has the field extra, which"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "says"), NO_REPORT.values(), ids=NO_REPORT)
def test_what_is_no_report_is_one_line(data, says, tmp_path, capsys):
    """A file that holds something else is refused in one line that says what it is, exit code 2."""
    path = tmp_path / "x.json"
    path.write_bytes(data)
    assert run(["report", str(path)]) == 2
    shown = capsys.readouterr()
    assert (shown.out, len(shown.err.splitlines())) == ("", 1)
    assert says in shown.err


def test_a_report_that_was_cut_off_is_one_line(tmp_path, capsys):
    """A file whose end is missing, as a full disk leaves it, says so."""
    path = tmp_path / "x.json"
    path.write_bytes(saved_as(specimens()["healthy"])[:70_000])
    assert run(["report", str(path)]) == 2
    assert "ends in the middle of the report" in capsys.readouterr().err


def test_a_file_that_is_too_large_or_not_there(tmp_path, capsys):
    """What cannot be read, has no name or has no end is refused before it is decoded."""
    for name, says in ((tmp_path / "none", "No such file"), ("", "empty text"), ("/dev/zero", "larger than 32 MiB")):
        assert run(["report", str(name)]) == 2
        assert says in capsys.readouterr().err


def test_a_file_with_a_byte_order_mark_is_read():
    """Some editors put U+FEFF before what they save."""
    assert only_report(b"\xef\xbb\xbf" + saved_as(specimens()["healthy"])).verdict == "compliant"


def test_a_rule_that_breaks_on_edited_evidence_says_so(tmp_path, capsys):
    """It is broken and the others are judged; stderr says that the file was edited, or what else to do."""
    path = tmp_path / "x.json"

    def change(document):
        document["evidence"]["tls"]["chain"]["lifetime_days"] = 10**14

    path.write_bytes(edited(specimens()["healthy"], change))
    assert run(["report", str(path), "--quiet"]) == 4
    shown = capsys.readouterr()
    assert "tls-expires-soon broke on this evidence, as it did not in the run: restore the file" in shown.err
    broke = [each.rule for each in judge_again(only_report(path.read_bytes())).results if each.status is Status.BROKEN]
    assert broke == ["tls-expires-soon"]


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**17), 10**17), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8), st.sampled_from(["fail", "pass", "2026-11-23T12:00:00Z", "AAAA", "https://a:b@c/"]),
    st.just([]), st.just({}),
)  # fmt: skip


def _places(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _places(inner, (*path, number))
    yield path


@pytest.fixture(scope="module")
def places():
    """Give the places of a document that judgement goes by."""
    document = json.loads(saved_as(specimens()["broken"]))
    return document, [each for each in _places(document) if each and each[0] in {"evidence", "gate", "finished_at"}]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_edited_document_is_refused_or_judged(places, data, tmp_path_factory, capsys):
    """Whatever is changed, dropped or put into a document, it is one line and exit 2, or a report; no traceback."""
    document, where = places
    changed = json.loads(json.dumps(document))
    for path in data.draw(st.lists(st.sampled_from(where), min_size=1, max_size=3)):
        place = changed
        try:
            for key in path[:-1]:
                place = place[key]
            if data.draw(st.booleans()):
                place[path[-1]] = data.draw(VALUES)
            else:
                del place[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has taken the place away
    file = tmp_path_factory.getbasetemp() / "edited.json"
    file.write_text(json.dumps(changed))
    name = data.draw(st.sampled_from(sorted(FORMATS)))
    code = run(["report", str(file), "--format", name])
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    assert "bug of sigcheck" not in shown.err
    if code == 2:
        assert shown.out == ""
        assert sum("cannot be" in line or "has the field" in line for line in shown.err.splitlines()) == 1, shown.err
    else:
        assert code in {0, 1, 3, 4, 130}
        assert shown.out


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
