"""What a fleet's run says at its end: what is wrong with which targets, the worst first, and how to go on."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sigcheck.model.fleet import Cause, FleetScope, TargetSummary, exit_code_of, word_of
from sigcheck.report import RenderOptions
from sigcheck.report.fleet.causes import by_cause
from sigcheck.report.fleet.text import render
from sigcheck.report.page import columns
from tests.specimens import HOSTILE

BEGAN = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
SCOPE = FleetScope(
    run="1a2b3c4d", started=BEGAN, ended=BEGAN + timedelta(seconds=75), targets=3, seed=42, ledger="results.jsonl"
)
EXPIRES = Cause(
    "tls-expires-soon", "should", "fail", "The certificate expires soon", "the certificate expires in 9 days", False
)
REFUSED = Cause("reach-refused", "must", "fail", "The port refuses connections", "192.0.2.7 refused port 443", True)
JDK = Cause("tls-jdk-refuses", "should", "fail", "A JDK client cannot connect", "Java 8 refuses it", False)
OPEN = Cause("retry-rejected", "must", "undecided", "Retries are accepted", "no sample was accepted", True)
NOTE = Cause("exposure-secret-in-url", "note", "fail", "The URL carries a secret", "the parameter key is one", False)
BUG = Cause("tls-expired", "must", "broken", "No certificate has expired", "KeyError", True)


def target(name, *causes, **more):
    """Give a summary with those causes, and the verdict that follows from them."""
    binding = {each.status for each in causes if each.binds}
    code, word = (1, "non-compliant") if "fail" in binding else (3, "undecided") if binding else (0, "compliant")
    code, word = (4, "internal error") if "broken" in binding else (code, word)
    given: dict[str, Any] = {
        "exit_code": code,
        "word": word,
        "verdict": word,
        "url": f"https://r.example/{name}",
    } | more
    return TargetSummary(target=name, causes=causes, **given)


def missing(name, problem="the variable TOKEN is not set", fix="set it", **more):
    """Give the summary of a target that was not examined."""
    given = {"exit_code": 3, "word": "not examined", "verdict": "undecided", "problem": problem, "fix": fix} | more
    return target(name, **given)


def text(*summaries, width=80, scope=SCOPE, **more):
    """Render them."""
    return render(summaries, RenderOptions(version="0", width=width, **more), scope)


def heads(said):
    """Give the first lines of the groups."""
    return [line for line in said.splitlines() if re.match(r"[✗!?i✓] ", line)]


def test_targets_are_grouped_by_cause_the_worst_first():
    """What fails and decides, a bug of ours, what was not examined, what is undecided, advice; the larger one first."""
    said = text(
        target("n", NOTE),
        target("a", EXPIRES),
        *(target(f"j{place}", JDK) for place in (1, 2)),
        target("u", OPEN),
        missing("c"),
        target("b", BUG),
        target("r", REFUSED),
        target("well"),
    )
    assert heads(said) == [
        "✗ 1 target: the port refuses connections (reach-refused, must)",
        "! 1 target: a bug in sigcheck broke this check (tls-expired, must)",
        "? 1 target was not examined: the variable TOKEN is not set",
        "? 1 target: it is undecided whether retries are accepted (retry-rejected, must)",
        "! 2 targets: a JDK client cannot connect (tls-jdk-refuses, should)",
        "! 1 target: the certificate expires soon (tls-expires-soon, should)",
        "i 1 target: the URL carries a secret (exposure-secret-in-url, note)",
    ]
    assert "    Fix: set it\n    c  https://r.example/c\n" in said
    assert "well" not in said


def test_a_line_says_what_was_seen_and_how_much_more():
    """The name, the summary of the heaviest cause, and the number of other causes; what follows from it is not one."""
    said = text(target("shop-10", REFUSED, EXPIRES, JDK, OPEN), target("shop-9", REFUSED, OPEN))
    assert said.splitlines()[1:3] == [
        "    shop-9   192.0.2.7 refused port 443",
        "    shop-10  192.0.2.7 refused port 443".ljust(73) + "+2 more",
    ]


def test_it_says_how_to_see_what_to_fix():
    """One command, in one line, where there is one ledger; where all targets are well, there is nothing to see."""
    ill = target("a", REFUSED)
    said = "To see what to fix: sigcheck fleet report results.jsonl --target NAME\n"
    assert said in text(ill, scope=FleetScope(ledger="results.jsonl"))
    assert said in text(ill, width=40, scope=FleetScope(ledger="results.jsonl"))
    assert "--target" not in text(target("a"), scope=FleetScope(ledger="results.jsonl"))
    assert "--target" not in text(ill, scope=FleetScope(ledger="1.jsonl, 2.jsonl"))


def test_one_rule_that_decides_here_and_not_there_makes_two_groups():
    """`--fail-on should` for some targets: those that exit 1 for it are told apart, and first."""
    decides = Cause(EXPIRES.rule, "should", "fail", EXPIRES.title, EXPIRES.summary, True)
    said = heads(text(target("a", EXPIRES), target("b", EXPIRES), target("c", decides), width=120))
    assert said == [
        "! 1 target: the certificate expires soon (tls-expires-soon, should, which counts here)",
        "! 2 targets: the certificate expires soon (tls-expires-soon, should)",
    ]


def test_targets_with_the_same_problem_are_one_group():
    """The file, the line and the name that lead a problem are of the target; another fix is another group."""
    groups = by_cause(
        [
            missing("a", "x.toml:3: target a: the variable TOKEN is not set"),
            missing("b", "x.toml:9: target b: the variable TOKEN is not set"),
            missing("c", "x.toml:9: target c: the variable TOKEN is not set", "ask for it"),
            missing("d", "KeyError", "report it", exit_code=4, word="internal error", verdict="internal error"),
        ]
    )
    assert [group.names for group in groups] == [("d",), ("a", "b"), ("c",)]
    said = text(missing("d", "KeyError", "report it", exit_code=4, word="internal error", verdict="internal error"))
    assert said.startswith(
        "! 1 target was not examined because of a bug in sigcheck: KeyError\n    Please report it.\n"
    )


def test_a_large_group_is_cut_and_says_how_to_see_the_rest():
    """Twenty are shown by their names' order; -v lists all, and the other causes of each."""
    many = [target(f"shop-{place}", EXPIRES, JDK) for place in range(37)]
    said = text(*many)
    assert "shop-19 " in said
    assert "shop-20 " not in said
    assert "    and 17 more; `sigcheck fleet report -v results.jsonl` lists them\n" in said
    assert "and 1 more; -v lists it" in text(*many[:21], scope=FleetScope())
    whole = text(*many, target("fine"), detail=1)
    assert "shop-36 " in whole
    assert whole.count("also: tls-jdk-refuses") == 37
    assert "✓ 1 target is compliant\n    fine  https://r.example/fine\n" in whole
    assert "more;" not in whole


def test_what_depends_on_the_vantage_is_said_in_a_sentence():
    """A target that differs is in a group of its own; one that is the same from everywhere has one line."""
    said = text(
        target("two", REFUSED, vantage="eu"),
        target("two", vantage="us", word="passed in part"),
        target("two", vantage="asia"),
        target("same", REFUSED, vantage="eu"),
        target("same", REFUSED, vantage="us"),
        target("lost", vantage="eu"),
        missing("lost", "no worker has this vantage", vantage="us"),
        width=120,
    )
    assert said.splitlines()[:2] == [
        "! What depends on the vantage: 1 target",
        "    two  from eu the port refuses connections (reach-refused), from asia it is compliant, from us it passes",
    ]
    assert "✗ 1 target: the port" in said
    assert "    same (from eu and us)  192.0.2.7 refused port 443\n" in said
    assert "? 1 target was not examined: no worker has this vantage\n" in said
    assert "3 targets seen from 3 vantages: 3 non-compliant" in said


def test_the_last_line_says_all_in_one():
    """The word that is behind the exit code, the counts, the run, how long, the ledger; -q is that line only."""
    said = text(target("a", REFUSED), target("b"), target("c", EXPIRES), detail=-1)
    assert said == (
        "NON-COMPLIANT  3 targets: 1 non-compliant · 2 compliant · run 1a2b3c4d · 1 min 15 s · "
        "ledger results.jsonl  (exit 1)\n"
    )
    assert text(target("a"), detail=-1, scope=FleetScope()) == "COMPLIANT  1 target: 1 compliant  (exit 0)\n"
    part = text(target("a", word="passed in part"), target("b"), detail=-1, scope=FleetScope(shards=((1, 4),)))
    assert part == "PASSED IN PART  2 targets: 1 passed in part · 1 compliant · shard 1/4  (exit 0)\n"


def test_a_run_that_was_ended_says_what_is_missing_and_how_to_go_on():
    """The targets that were not run are counted, and the command has the ledger as a shell takes it."""
    scope = FleetScope(targets=3, interrupted="interrupted by SIGINT", not_run=1, ledger="my results.jsonl")
    half = target("h", OPEN, partial=True, exit_code=130, word="interrupted", verdict="interrupted")
    said = text(target("a"), half, scope=scope, width=120)
    assert heads(said) == ["? 1 target was not examined to the end"]
    assert "PARTIAL: interrupted by SIGINT; 1 target was not run and 1 target was not examined to the end\n" in said
    assert "\n    sigcheck fleet run --resume --ledger 'my results.jsonl' …\n" in said
    assert said.split("\n\n")[-1] == (
        "INTERRUPTED  3 targets: 1 interrupted · 1 compliant · 1 not run · ledger my results.jsonl  (exit 130)\n"
    )


@pytest.mark.parametrize(
    ("summaries", "scope", "code", "word"),
    [
        ([target("a", REFUSED), target("b", OPEN)], FleetScope(), 1, "non-compliant"),
        ([target("b", OPEN), missing("c")], FleetScope(), 3, "undecided"),
        ([missing("c"), target("d")], FleetScope(), 3, "not examined"),
        ([target("d")], FleetScope(not_run=1), 3, "not examined"),
        ([target("a", BUG), target("b", OPEN)], FleetScope(), 4, "internal error"),
        ([target("a", REFUSED)], FleetScope(interrupted="interrupted"), 130, "interrupted"),
        ([target("a"), target("b", word="passed in part")], FleetScope(), 0, "passed in part"),
        ([target("a")], FleetScope(), 0, "compliant"),
    ],
)
def test_the_word_belongs_to_the_exit_code(summaries, scope, code, word):
    """The worst by the documented order; a target without a result was not examined."""
    assert (exit_code_of(summaries, scope), word_of(summaries, scope)) == (code, word)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_page_and_no_id_is_broken(width):
    """But for the name of a target that is wider itself, and a command: they stay whole, and so can be copied."""
    url = "https://callbacks.a-customer-with-a-long-name.example/sigfox/uplink?device={device}&key=***"
    long = Cause(REFUSED.rule, "must", "fail", REFUSED.title, "it was refused " * 30, True)
    said = text(target(url, long, JDK), target("東京-1", long), target("a", EXPIRES), width=width)
    wide = [line for line in said.splitlines() if columns(line) > width and not line.startswith("To see what to fix")]
    assert wide == ([f"    {url}"] if width < 100 else [])
    assert f"    {url}\n" in said
    for rule in ("reach-refused,", "tls-expires-soon,"):
        assert rule in said


def test_a_hostile_name_and_summary_stay_on_their_line():
    """What a file or a server wrote is shown as what it is, and no colour is in the text that none was asked for."""
    cause = Cause(REFUSED.rule, "must", "fail", HOSTILE, HOSTILE, True)
    said = text(
        target(HOSTILE, cause, vantage=HOSTILE),
        missing(HOSTILE * 2, HOSTILE, HOSTILE),
        scope=FleetScope(ledger=HOSTILE),
    )
    assert all(line.isprintable() for line in said.splitlines())
    assert "::error" not in said
    assert "9" * 199 + "…" in text(target("9" * 5000, EXPIRES))


def test_ascii_and_colour_are_options():
    """Nothing but ASCII where the encoding has no more; colour only where it is wanted."""
    summaries = [target("a", REFUSED), *(target(f"b{place}", EXPIRES, JDK) for place in range(30)), target("c")]
    said = text(*summaries, ascii=True, detail=1)
    assert said.isascii()
    assert said.startswith("x 1 target: the port refuses")
    coloured = text(*summaries, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text(*summaries)
    assert coloured.startswith("\x1b[1;31m✗\x1b[0m ")


def test_what_arrives_first_changes_nothing():
    """Two runs with the same results say the same, in whatever order they were done."""
    summaries = [target("a", REFUSED), target("b10", EXPIRES), target("b9", EXPIRES), missing("m"), target("u", OPEN)]
    assert text(*summaries, detail=1) == text(*reversed(summaries), detail=1)
