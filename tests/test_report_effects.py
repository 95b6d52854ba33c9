"""`sigcheck report --effects`: a run that nothing counted is completed later, with counts from the database."""

import csv
import io
import json

import pytest

from sigcheck.cli import run
from tests.commandline import sigcheck

LATER = ("--allow-private", "--only", "retry,dedup", "--speed", "1000", "--observe-later", "-q")


@pytest.fixture(scope="module")
def saved(good, tmp_path_factory):
    """Save a run of a good receiver whose effects are to be counted later."""
    path = tmp_path_factory.mktemp("saved") / "run.json"
    done = sigcheck("verify", good, *LATER, "--report", str(path))
    assert (done.code, "the effects have not been counted yet" in done.out) == (3, True)
    return path


def rows(saved, capsys):
    """Give the messages that a saved run lists."""
    assert run(["report", str(saved), "--messages"]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def filled(path, listed, count):
    """Write the list with the counts that somebody has read; None leaves a message out."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["device", "time", "seqNumber", "count"])
        for each in listed:
            if (number := count(each)) is not None:
                writer.writerow([each["device"], each["time"], each["seqNumber"], number])
    return str(path)


def test_every_message_is_listed_once(saved, capsys):
    """With the columns that a database knows it by, and an empty one to fill in."""
    listed = rows(saved, capsys)
    keys = [(each["device"], each["time"], each["seqNumber"]) for each in listed]
    assert len(set(keys)) == len(keys) > 10
    assert {each["count"] for each in listed} == {""}
    assert listed[0]["message"] == "retry: the message"


def test_one_effect_each_passes(saved, tmp_path, capsys):
    """The verdict is the one that an observer would have given, and JSON says who counted."""
    counts = filled(tmp_path / "counts.csv", rows(saved, capsys), lambda each: 1)
    arguments = ["report", str(saved), "--effects", counts, "--allow-undecided=dedup-window", "--format", "json"]
    assert run(arguments) == 0
    document = json.loads(capsys.readouterr().out)
    statuses = {each["rule"]: each["status"] for each in document["results"]}
    assert (document["word"], document["evidence"]["observer"]["kind"]) == ("passed in part", "afterwards")
    assert {statuses[rule] for rule in ("dedup-duplicate", "dedup-lost", "dedup-race", "dedup-disorder")} == {"pass"}


def test_a_message_with_two_effects_fails(saved, tmp_path, capsys):
    """The rule, the message and its count are named."""

    def twice(each):
        return 2 if each["message"] == "retry: the message" else 1

    counts = filled(tmp_path / "counts.csv", rows(saved, capsys), twice)
    assert run(["report", str(saved), "--effects", counts, "-v"]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "the message was delivered 4 times and had 2 effects when they were counted after the run" in shown


def test_what_is_missing_is_said_and_can_be_said_to_be_none(saved, tmp_path, capsys):
    """A database shows no line for a message without effects; whether that is one, the user says."""
    counts = filled(
        tmp_path / "counts.csv", rows(saved, capsys), lambda each: None if each["message"].startswith("race") else 1
    )
    assert run(["report", str(saved), "--effects", counts]) == 3
    shown = capsys.readouterr()
    assert "has no count for 5 of " in shown.err
    assert "give --effects-default 0" in shown.err
    assert run(["report", str(saved), "--effects", counts, "--effects-default", "0"]) == 1
    assert "dedup-lost" in capsys.readouterr().out


def test_lines_of_other_runs_are_said(saved, tmp_path, capsys):
    """A whole table may be exported."""
    path = tmp_path / "counts.csv"
    filled(path, rows(saved, capsys), lambda each: 1)
    path.write_text(path.read_text() + "AB,1,2,1\nAB,1,3,1\n")
    assert run(["report", str(saved), "--effects", str(path), "--allow-undecided"]) == 0
    said = capsys.readouterr().err
    assert "2 of " in said
    assert "messages are of other runs" in said


def test_a_half_filled_sheet_is_used_as_far_as_it_goes(saved, tmp_path, capsys):
    """A cell that was left blank is a message without a count, which a default can fill."""
    counts = filled(
        tmp_path / "counts.csv", rows(saved, capsys), lambda each: "" if each["message"].startswith("race") else 1
    )
    assert run(["report", str(saved), "--effects", counts]) == 3
    assert "has no count for 5 of " in capsys.readouterr().err
    assert run(["report", str(saved), "--effects", counts, "--effects-default", "1", "--allow-undecided"]) == 0


OTHERS = {
    "--format": ["--format", "json"],
    "--only": ["--only", "dedup"],
    "--quiet": ["-q"],
    "--report": ["--report", "r.json"],
    "--fail-on": ["--fail-on", "must"],
    "--no-color": ["--no-color"],
}


@pytest.mark.parametrize("option", OTHERS)
def test_a_list_of_messages_takes_no_other_option(option, saved, tmp_path, monkeypatch, capsys):
    """None is passed over without a word, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    assert run(["report", str(saved), "--messages", *OTHERS[option]]) == 2
    assert f"--messages prints a list and takes no {option}: leave it out" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


WRONG = {
    "other": (["--effects", "{other}"], "has no message of this run: `sigcheck report SAVED.json --messages` lists"),
    "empty": (["--effects", "{empty}"], "has no counts: write a line a message"),
    "absent": (["--effects", "{absent}"], "No such file"),
    "default": (["--effects-default", "0"], "--effects-default belongs to --effects"),
    "both": (["--effects", "{other}", "--messages"], "--messages and --effects cannot be used together"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_used_is_named(name, saved, tmp_path, capsys):
    """One line on stderr, exit 2, and no report."""
    options, says = WRONG[name]
    places = {each: tmp_path / f"{each}.csv" for each in ("other", "empty", "absent")}
    places["other"].write_text("AB,1,2,1\n")
    places["empty"].write_text("")
    assert run(["report", str(saved), *(each.format(**places) for each in options)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert says in shown.err
    assert shown.err.count("\n") == 1
