"""The report for people: what is said once, what is listed, and what the look decides."""

import pytest
from msgspec import structs

from sigcheck.judge import judge
from sigcheck.model.effects import ScenarioResult
from sigcheck.report import RenderOptions, render
from sigcheck.rules import RULES
from tests.clock import START
from tests.evidence import answer, evidence, samples, scenario


def rendered(found, **look) -> str:
    """Judge evidence by every rule and render it as text."""
    report = judge(found, RULES, finished_at=START)
    return render(report, "text", RenderOptions("0.1.0", **look))


def test_what_is_undecided_for_one_reason_is_said_once():
    """Without a handshake the certificate rules share one reason; `-v` gives each its own."""
    blind = structs.replace(evidence(), tls=None)
    short, whole = rendered(blind), rendered(blind, detail=1)
    assert short.count("no TLS handshake was made") == 1
    assert "and tls-untrusted-root, tls-chain-incomplete" in " ".join(short.split())
    assert whole.count("no TLS handshake was made") > 10
    assert "tls-expired" in whole


def test_a_quiet_report_says_why_it_is_undecided():
    """In one line, the reason once, whatever number of rules have it; one that exits 0 names what was not tested."""
    unseen = evidence(observer=None, scenario=scenario())
    report = judge(unseen, [rule for rule in RULES if rule.family == "dedup"], finished_at=START)
    text = render(report, "text", RenderOptions("0.1.0", detail=-1))
    assert report.exit_code == 3
    assert text.startswith("UNDECIDED  https://receiver.example/callback  no observer is configured, so ")
    assert (text.count("no observer is configured"), text.count("\n")) == (1, 1)
    assert " · undecided: dedup-duplicate, dedup-lost, " in text
    allowed = judge(
        unseen,
        [rule for rule in RULES if rule.family in {"retry", "dedup"}],
        finished_at=START,
        allow_undecided=tuple(rule.id for rule in RULES),
    )
    assert allowed.exit_code == 0
    assert "no observer is configured" not in render(allowed, "text", RenderOptions("0.1.0", detail=-1))


def test_every_rule_is_listed_in_detail():
    """With `-v` no rule is left out, whatever came of it."""
    text = rendered(evidence(), detail=1, width=140)
    assert [rule.id for rule in RULES if rule.id not in text] == []


def test_no_line_is_wider_than_asked_for():
    """Words are folded, never cut: at 80 and at 120 columns every line fits."""
    for width in (60, 80, 120):
        # The table of phases needs 76 columns.
        for detail in (0, 1) if width >= 80 else (0,):
            assert max(map(len, rendered(evidence(), width=width, detail=detail).splitlines())) <= width


def test_what_follows_a_title_is_indented():
    """Below the rules a line that is folded goes on under its first word, so that titles stand out."""
    lines = rendered(evidence(samples=samples(*[answer()] * 5)), width=60, detail=1).splitlines()
    timing = next(place for place, line in enumerate(lines) if line.startswith("timing"))
    assert lines[timing + 1].startswith(" " * len("timing  "))
    assert lines[timing + 1].strip()


def test_ascii():
    """A terminal without these characters gets stand-ins, and the same words."""
    text = rendered(evidence(), ascii=True)
    assert text.isascii()
    assert "\n+ 21 passed" in text


def test_a_replay_that_was_not_played_is_said_once():
    """The title says that it was not played, and the reason why; scenarios left out for one reason share a line."""
    why = "the observer failed before anything was sent: it answered 404"
    unplayed = ScenarioResult(scenario="retry", messages=(), not_played=why)
    text = rendered(evidence(scenario=unplayed), width=200, detail=1)
    assert "\nreplay  not played: the observer failed before anything was sent: it answered 404\n" in text
    early = "the replay ended early"
    left = [ScenarioResult(scenario=name, messages=(), not_played=early) for name in ("race", "disorder")]
    many = evidence()
    text = rendered(structs.replace(many, scenarios=(*many.scenarios, *left)), width=200, detail=1)
    assert "not played: race, disorder: the replay ended early\n" in text


@pytest.mark.parametrize(("requests", "says"), [(0, "0 requests"), (1, "1 request"), (2, "2 requests")])
def test_requests_are_counted_in_words(requests, says):
    """One request is no plural."""
    text = rendered(structs.replace(evidence(), requests=requests), width=200, detail=1)
    assert f" · {says}\n" in text
