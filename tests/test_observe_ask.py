"""`--observe-ask`: the effects are asked for on a terminal when the run is over, and judged as an observer's."""

import json
import os
import re
import signal
import tempfile
from datetime import UTC, datetime

import pytest

from sigcheck.cli import run
from tests import warm
from tests.commandline import sigcheck
from tests.terminal import read_all, terminal

RULES = "dedup-duplicate,retry-rejected"


def asked(url, answers, *options, end=None, after=b"Effects of each", times=1, columns=200):
    """Verify on a terminal on which these answers are typed; gives the exit code, the report and what was shown.

    `end` is done once `after` was shown so many times.
    """
    leader, follower = terminal(columns=columns)
    arguments = ["verify", url, "--allow-private", "--only", RULES, "--speed", "1000"]
    arguments += ["--observe-ask", "--format", "json", *options]
    with tempfile.TemporaryFile() as written:
        process = warm.Process("sigcheck.__main__", arguments, (follower, written.fileno(), follower))
        os.close(follower)
        os.write(leader, answers.encode())
        shown = b""
        if end is not None:
            while shown.count(after) < times:
                shown += os.read(leader, 4096)
            end(process, leader)
        shown += read_all(leader)
        code = process.wait(timeout=60)
        written.seek(0)
        out = written.read()
    return code, json.loads(out) if out else None, shown.decode()


def statuses(document):
    """Give what came of each rule."""
    return {each["rule"]: each["status"] for each in document["results"]}


def test_one_effect_each_is_a_pass(good):
    """One number holds for every message of a group."""
    code, document, shown = asked(good, "1\n1\n")
    assert (code, document["word"]) == (0, "passed in part")
    assert statuses(document)["dedup-duplicate"] == "pass"
    assert "How many effects does each message have in the receiver's database?" in shown
    assert "retry: 3 messages of devices 5" in shown
    assert "delivered 4 times each\r\nEffects of each: " in shown


def test_enter_is_no_answer(good):
    """What passes must be typed: an empty answer leaves the messages uncounted."""
    code, document, _ = asked(good, "\n\n\n")
    assert (code, document["verdict"]) == (3, "undecided")


def test_more_effects_than_messages_fail(good):
    """What was delivered four times and is there four times was processed again."""
    code, document, _ = asked(good, "4\n2\n")
    assert code == 1
    assert statuses(document)["dedup-duplicate"] == "fail"


def test_messages_one_by_one(good):
    """Where they differ, each is asked for; what is no number is asked again."""
    code, document, shown = asked(good, "each\n1\nmany\n4\n1\n1\n")
    assert code == 1
    assert "That is not a number of effects: write 0, 1, 2 …" in shown
    assert shown.count("  the message: device 5") == 1
    counted = [each["effects"] for each in document["evidence"]["scenarios"][0]["counts"]]
    assert counted == [1, 4, 1]


def test_who_ends_the_questions_gets_the_report(good):
    """Without counts it is undecided, as it would be without an observer."""
    code, document, _ = asked(good, "\x04")
    assert (code, document["verdict"]) == (3, "undecided")


def test_ctrl_c_at_a_question(good):
    """The run was over: the questions end, and the saved report can still be completed."""
    code, document, _ = asked(good, "", end=lambda process, _: os.kill(process.pid, signal.SIGINT))
    assert (code, document["verdict"], document["partial"]) == (3, "undecided", False)
    assert document["requests"] > 0


def test_what_was_answered_counts_when_the_questions_are_ended(good):
    """The answers are in the report, and a scenario that lacks one stays undecided."""
    code, document, _ = asked(good, "each\n1\n4\n\x04")
    assert [each["effects"] for each in document["evidence"]["scenarios"][0]["counts"]] == [1, 4]
    assert (code, statuses(document)["dedup-duplicate"]) == (3, "undecided")


def test_what_was_answered_counts_after_ctrl_c(good):
    """The report has what was answered by then."""

    def end(process, _):
        os.kill(process.pid, signal.SIGINT)

    code, document, _ = asked(good, "each\n4\n", end=end, after=b"  Effects: ", times=2)
    assert (code, document["verdict"]) == (3, "undecided")
    assert [each["effects"] for each in document["evidence"]["scenarios"][0]["counts"]] == [4]


def test_the_time_of_the_answers_is_no_part_of_the_run(good):
    """It ended before the first question, however long somebody takes to answer."""
    asked_at = []

    def answer(_, leader):
        asked_at.append(datetime.now(UTC))
        os.write(leader, b"1\n1\n")

    _, document, _ = asked(good, "", end=answer)
    assert datetime.fromisoformat(document["finished_at"]) <= asked_at[0]


def test_the_questions_fit_the_terminal(good):
    """No word is broken on a narrow one: what is said is folded, and a prompt is short."""
    _, _, shown = asked(good, "each\n1\n1\n1\n1\n", columns=60)
    # What was typed ahead ends no line of a prompt.
    lines = re.split(r"\r\n|Effects(?: of each)?: ", shown[shown.index("The run is over.") :])
    assert all(len(line) <= 60 for line in lines)
    assert sum(len(line) > 40 for line in lines) > 3


def test_without_a_terminal_nothing_is_sent(good):
    """The error says what to do instead."""
    done = sigcheck("verify", good, "--observe-ask")
    assert (done.code, done.out) == (2, "")
    assert "give --observe-later, and add the counts with `sigcheck report SAVED.json --effects FILE`" in done.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--observe-command", "true"), "--observe-ask is given together with an observer"),
        (("--all",), "there are no targets"),
    ],
)
def test_what_does_not_go_together(options, says, good, capsys):
    """A second way to count, or several targets."""
    words = () if "--all" in options else (good,)
    assert run(["verify", *words, "--observe-ask", "--no-config", *options]) == 2
    assert says in capsys.readouterr().err
