"""A saved report that was cut off, edited or is none: one clear line, or judgement; never a traceback."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigcheck.cli import run
from sigcheck.model.rule import Status
from sigcheck.report import FORMATS
from sigcheck.saved import judge_again
from tests.saving import edited, only_report, saved_as
from tests.specimens import specimens


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
    saved = saved_as(specimens()["broken"])
    found = _places(msgspec.json.decode(saved))
    return saved, [each for each in found if each and each[0] in {"evidence", "gate", "finished_at"}]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_edited_document_is_refused_or_judged(places, data, tmp_path_factory, capsys):
    """Whatever is changed, dropped or put into a document, it is one line and exit 2, or a report; no traceback."""
    saved, where = places
    changed = msgspec.json.decode(saved)
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
    file.write_bytes(msgspec.json.encode(changed))
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
