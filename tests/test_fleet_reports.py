"""`sigcheck fleet report`: what stands in ledgers is read strictly and lazily, merged, and shown in every format."""

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest
from msgspec import structs
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from sigcheck.errors import UsageProblem
from sigcheck.fleet.reading import read_fleet, read_runs
from sigcheck.fleet.viewing import view_of
from sigcheck.report import FORMATS, RenderOptions
from sigcheck.report.fleet import MODULES, render_fleet
from tests import validators
from tests.commandline import sigcheck
from tests.ledgers import a_run, begin, end, result, write
from tests.specimens import HOSTILE

ROOT = Path(__file__).parents[1]
LOOK = RenderOptions("0.1.0")
KINDS = {
    "good": "healthy",
    "twice": "broken",
    "name": "mismatch",
    "maybe": "undecided",
    "part": "in part",
    "bad": "worst",
    "odd": "hostile",
    "lost": "no report",
}


@pytest.fixture
def ledger(tmp_path):
    """Give a ledger with one target of each kind."""
    return write(tmp_path / "results.jsonl", a_run("6f21c0aa", KINDS))


def shown(fleet, name):
    """Render the newest run of a ledger, or of several."""
    return "".join(render_fleet(view_of(fleet), name, LOOK))


def words(fleet):
    """Give the verdict of each target."""
    return {each.target: each.word for each in view_of(fleet).summaries}


def test_every_format_of_reports_is_one_of_fleets():
    """No format is left out."""
    assert set(MODULES) == set(FORMATS)


def test_the_newest_run_counts(tmp_path):
    """Of a ledger with three runs the last is shown, and --run chooses another that is not too old."""
    nights = [a_run(run, {"a": kind}) for run, kind in (("one", "worst"), ("two", "broken"), ("three", "healthy"))]
    path = write(tmp_path / "l.jsonl", *nights)
    assert words(read_fleet([path])) == {"a": "compliant"}
    assert words(read_fleet([path], "two")) == words(read_fleet([path], "one")) == {"a": "non-compliant"}
    with pytest.raises(UsageProblem, match="no ledger has a run four"):
        read_fleet([path], "four")


def test_two_vantages_are_two_results(tmp_path):
    """A target that is seen from two places has two lines, and --target asks which one is meant."""
    path = write(
        tmp_path / "l.jsonl",
        [begin("r", 2), result("r", "a", "healthy", "eu"), result("r", "a", "broken", "us"), end("r", 2)],
    )
    assert [(row["vantage"], row["exit_code"]) for row in rows(read_fleet([path]))] == [("us", "1"), ("eu", "0")]
    asked = sigcheck("fleet", "report", str(path), "--target", "a")
    assert (asked.code, asked.err) == (2, "sigcheck: a was seen from eu, us: choose one with --from\n")
    chosen = sigcheck("fleet", "report", str(path), "--target", "a", "--from", "us", "-q")
    assert chosen.code == 1
    assert chosen.out.startswith("NON-COMPLIANT  a  ")


def rows(fleet):
    """Give the rows of the table."""
    return list(csv.DictReader(io.StringIO(shown(fleet, "csv"))))


def test_the_table_has_a_row_for_each_target(ledger):
    """Name, vantage, verdict and causes stand in it, the worst first, and no cell is a formula."""
    found = rows(read_fleet([ledger]))
    assert sorted(each["target"] for each in found) == sorted(KINDS)
    assert found[0]["verdict"] == "non-compliant"
    assert found[-1]["target"] in {"good", "part"}
    twice = next(each for each in found if each["target"] == "twice")
    assert twice["causes"].split()[0] == "dedup-duplicate"
    assert next(each for each in found if each["target"] == "lost")["problem"] == "it has no URL"
    assert not any(cell.startswith(("=", "+", "-", "@")) for each in found for cell in each.values())


def test_json_is_what_its_schema_says(ledger):
    """The document has a head and a summary of each target, and the published schema is of it."""
    document = json.loads(shown(read_fleet([ledger]), "json"))
    jsonschema.validate(document, json.loads((ROOT / "docs" / "fleet.schema.json").read_text(encoding="utf-8")))
    assert document["fleet"]["targets"] == len(document["targets"]) == len(KINDS)
    assert document["fleet"]["exit_code"] == 1
    assert document["fleet"]["words"]["non-compliant"] == 4


def test_junit_is_red_where_the_exit_code_is_not_0(ledger, tmp_path):
    """A test case for each target, by Jenkins' schema."""
    text = shown(read_fleet([ledger]), "junit")
    assert text.count("<testcase ") == len(KINDS)
    assert (text.count("<failure "), text.count("<error ")) == (5, 1)
    path = tmp_path / "r.xml"
    path.write_text(text)
    assert validators.junit(path) == ""


def test_metrics_have_three_samples_a_target(ledger):
    """A strict parser takes them; the counts by rule are there, and no rule of one target is."""
    text = shown(read_fleet([ledger]), "openmetrics")
    families = {each.name: each.samples for each in text_string_to_metric_families(text)}
    verdicts = {each.labels["target"]: each.labels["verdict"] for each in families["sigcheck_fleet_target_verdict"]}
    assert verdicts["maybe"] == "undecided"
    assert verdicts["lost"] == "not examined"
    expiry = families["sigcheck_fleet_certificate_expiry_timestamp_seconds"]
    assert {each.labels["target"] for each in expiry} == set(KINDS) - {"lost"}
    per_target = sum("target" in each.labels for samples in families.values() for each in samples)
    assert per_target <= 3 * len(KINDS)
    rules = {each.labels["rule"]: each.value for each in families["sigcheck_fleet_rule_targets"]}
    assert rules["dedup-duplicate"] >= 2


def test_prometheus_takes_the_metrics(ledger):
    """Its own tool has nothing to say against the old text format."""
    assert validators.prometheus(shown(read_fleet([ledger]), "prometheus")) == ""


@pytest.mark.parametrize("name", sorted(MODULES))
def test_what_a_server_writes_is_harmless(name, ledger):
    """No control, no order to a CI system and no markup of a hostile receiver comes through."""
    text = shown(read_fleet([ledger]), name)
    assert HOSTILE not in text
    assert not any(each in text for each in ("\x1b", "\x9b", "\u202e", "\x00"))
    assert "\n::error file=x::owned" not in text
    if name in {"html", "markdown"}:
        assert "<script>" not in text.replace("`<script>", "")
        assert "<img " not in text.replace("`<img ", "")


def test_markdown_fits_into_an_issue(tmp_path):
    """However many targets there are, the text is below the limit, and says what it has left out."""
    path = write(tmp_path / "l.jsonl", a_run("r", {f"t{i}": "mismatch" for i in range(600)}))
    text = shown(read_fleet([path]), "markdown")
    assert len(text) < 65_536
    assert "more targets are in the other formats" in text


@pytest.mark.parametrize("name", ["markdown", "github", "html"])
def test_what_is_undecided_is_not_said_to_be_so(name, tmp_path):
    """The title says that a rule is fulfilled, which nobody knows of an undecided one; and it stands before advice."""
    text = shown(read_fleet([write(tmp_path / "l.jsonl", a_run("r", {"maybe": "undecided"}))]), name)
    headings = [line for line in text.splitlines() if line.startswith(("## ", "::", "<details", "<article"))]
    assert headings
    assert all("It is undecided whether " in line for line in headings)


def test_markdown_says_once_what_a_group_has_in_common(tmp_path):
    """The heading has the title and the rule, and each line what was seen at its target."""
    text = shown(read_fleet([write(tmp_path / "l.jsonl", a_run("r", {"a": "mismatch", "b": "mismatch"}))]), "markdown")
    assert text.count("The certificate is for another host name") == text.count("tls-name-mismatch") == 1
    assert "- `b`: the server certificate is not for " in text


def test_sarif_and_gitlab_have_an_entry_for_each_cause(ledger):
    """A target and a rule have one fingerprint."""
    fleet = read_fleet([ledger])
    log = json.loads(shown(fleet, "sarif"))["runs"][0]
    assert {each["level"] for each in log["results"]} >= {"error", "warning"}
    assert all(log["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"] for each in log["results"])
    prints = [each["fingerprint"] for each in json.loads(shown(fleet, "gitlab"))]
    assert len(prints) == len(set(prints))


def test_files_and_stdout_are_written_together(ledger, tmp_path):
    """`--report` is repeatable, and its suffix chooses the format."""
    table, page = tmp_path / "r.csv", tmp_path / "r.html"
    done = sigcheck("fleet", "report", str(ledger), "-q", "--report", str(table), "--report", str(page))
    assert done.code == 1
    assert done.out.count("\n") == 1
    assert table.read_text(encoding="utf-8").startswith('"target","vantage"')
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_another_gate_judges_again(ledger):
    """`--only` leaves a rule that failed out, and the fleet is well by what is left; nothing in the ledger changes."""
    before = ledger.read_bytes()
    done = sigcheck("fleet", "report", str(ledger), "-q", "--only", "deadline-exceeded")
    # The failures of "bad" are none of these rules', and what has no report stays so.
    assert done.code == 3
    assert done.out.startswith("NOT EXAMINED  8 targets: 1 not examined · 7 passed in part · run 6f21c0aa")
    assert sigcheck("fleet", "report", str(ledger), "-q").code == 1
    assert ledger.read_bytes() == before


def test_a_ledger_of_another_version_is_judged_again(tmp_path):
    """The verdicts of an older sigcheck are not taken for today's, and a notice says so."""
    path = write(tmp_path / "l.jsonl", a_run("r", {"a": "healthy"}, version="0.0.9"))
    done = sigcheck("fleet", "report", str(path))
    assert "sigcheck 0.0.9 judged these reports; they are judged again" in done.err
    assert done.code == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data.replace(b'"exit_code":0', b'"exit_code":7', 1), "summary.exit_code is 7"),
        (lambda data: data.replace(b'"schema_version":1', b'"schema_version":2', 1), "was written by a newer sigcheck"),
        (lambda data: data.replace(b'"seed":7', b'"seed":7,"mood":1', 1), "has the field mood"),
        (lambda data: data.replace(b'"verdict":"compliant"', b'"verdict":"fine"', 1), "does not belong in a ledger"),
        (lambda data: data.replace(b'"run":"6f21c0aa","summary"', b'"run":"other","summary"', 1), "is of a run that"),
        (lambda data: data[:2000] + b"\n" + data[2000:], "does not belong in a ledger"),
        (lambda data: b"", "has no run"),
        (lambda data: data.replace(b'"targets":8', b'"targets":-8', 1), "targets is -8"),
    ],
    ids=["exit code", "version", "field", "word", "run", "broken", "empty", "negative"],
)  # fmt: skip
def test_a_ledger_that_was_edited_is_refused(change, said, ledger):
    """One line names the file and the line, and the exit code is 2."""
    ledger.write_bytes(change(ledger.read_bytes()))
    done = sigcheck("fleet", "report", str(ledger))
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "results.jsonl" in done.err
    assert done.err.count("\n") == 1


def test_a_report_that_was_edited_is_read_as_strictly_as_a_saved_one(ledger):
    """A field that is not known is named with its line where that part of the report is needed."""
    written = ledger.read_bytes()
    ledger.write_bytes(written.replace(b'"results":[{', b'"results":[{"mood":1,', 1))
    with pytest.raises(UsageProblem, match=r"line 2 of .*results\.jsonl has the field results\[0\]\.mood"):
        shown(read_fleet([ledger]), "html")
    ledger.write_bytes(written.replace(b'"evidence":{', b'"evidence":{"mood":1,', 1))
    done = sigcheck("fleet", "report", str(ledger), "--target", "good")
    assert (done.code, "has the field evidence.mood" in done.err) == (2, True)


def test_secrets_are_looked_for_again(ledger):
    """A login that somebody has put into a URL of the ledger is not shown."""
    ledger.write_bytes(ledger.read_bytes().replace(b"https://good.example/", b"https://u:hunter2@good.example/"))
    assert "hunter2" not in shown(read_fleet([ledger]), "csv")
    assert "hunter2" not in shown(read_fleet([ledger]), "html")


def test_a_torn_last_line_is_dropped(ledger):
    """What was being written when the power went is no error."""
    with ledger.open("ab") as file:
        file.write(b'{"line":"resu')
    assert len(words(read_fleet([ledger]))) == len(KINDS)


def test_each_file_has_its_command(ledger, tmp_path):
    """A ledger given to `report` and `diff`, and a saved report given to `fleet report`, name the right command."""
    for command in (("report", str(ledger)), ("diff", str(ledger), str(ledger))):
        done = sigcheck(*command)
        assert done.code == 2
        assert "is the ledger of a fleet: use `sigcheck fleet report` or `sigcheck fleet diff`" in done.err
    saved = tmp_path / "run.json"
    one = sigcheck("fleet", "report", str(ledger), "--target", "good", "--format", "json")
    saved.write_text(one.out)
    done = sigcheck("fleet", "report", str(saved))
    assert (done.code, "is the JSON report of a run, not a ledger: use `sigcheck report`" in done.err) == (2, True)
    assert sigcheck("report", str(saved), "-q").code == one.code == 0


def test_a_target_that_is_not_there_is_asked_back_for(ledger):
    """A slip in a name is answered with the nearest one; a target without a report with the reason."""
    done = sigcheck("fleet", "report", str(ledger), "--target", "god")
    assert (done.code, "did you mean good?" in done.err) == (2, True)
    done = sigcheck("fleet", "report", str(ledger), "--target", "lost")
    assert (done.code, "no report of lost (it has no URL)" in done.err) == (2, True)


def test_reports_are_read_one_at_a_time(ledger):
    """No report is kept in memory: what a run holds of a target is its summary."""
    ((run,),) = read_runs(ledger)
    assert all(not hasattr(entry, "report") for entry in run.found.values())
    assert structs.asdict(next(iter(run.found.values()))).keys() == {
        "summary",
        "offset",
        "length",
        "number",
        "version",
        "fix",
        "seen",
    }
