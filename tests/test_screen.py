"""The first screen of a report at 80 columns: what fails is seen at once, and its last lines say what to do."""

import re

import pytest
from msgspec import structs

from sigcheck.model.rule import Status
from sigcheck.report import RenderOptions, render, render_all
from sigcheck.report.page import Page, columns, fold
from tests.evidence import address, answer, exchange, network, samples
from tests.specimens import SPECIMENS, judged, several, specimens

OPTIONS = RenderOptions("0.1.0", width=80)


def shown(report, **look) -> str:
    """Render a report at 80 columns."""
    return render(report, "text", structs.replace(OPTIONS, **look))


def with_one_failure(name):
    """Give a specimen whose receiver refuses messages without credentials, so that nothing else fails."""
    evidence = specimens()[name].evidence
    callback = structs.replace(evidence.callback, headers=("Authorization",), authenticated=True)
    return judged(structs.replace(evidence, callback=callback, unauthenticated=exchange(answer(401))))


@pytest.mark.parametrize("name", ["healthy", "broken", "mismatch"])
def test_one_failure_fits_on_one_screen(name):
    """With the line of the prompt below it, a report of one failure has at most 24 lines of 80 columns."""
    report = with_one_failure(name)
    assert len(report.failed) == (name != "healthy")
    lines = shown(report).splitlines()
    assert len(lines) <= 23, "\n".join(lines)
    for width in (60, 80, 120):
        assert max(map(columns, shown(report, width=width).splitlines())) <= width


UNREACHED = {"tls": None, "samples": (), "scenarios": (), "observer": None, "whole": (), "requests": 0}
ALONE = {
    "unresolved": {**UNREACHED, "network": network(problem="no such name")},
    "refused": {**UNREACHED, "network": network(address(outcome="refused"))},
    "404": {"samples": samples(*[answer(404)] * 5), "observer": None, "scenarios": (), "whole": ()},
}


@pytest.mark.parametrize("name", ALONE)
def test_one_failure_fits_also_where_it_leaves_the_rest_undecided(name):
    """What follows from a failure is named in two lines, and not explained before it is fixed."""
    evidence = with_one_failure("healthy").evidence
    report = judged(structs.replace(evidence, **ALONE[name]))
    assert len(report.failed) == 1
    text = shown(report)
    assert text.count("\n") <= 23, text
    assert "? not decided: " in text
    assert "Undecided:" not in text


@pytest.mark.parametrize("name", SPECIMENS)
def test_the_last_lines_name_the_verdict_what_to_fix_first_and_the_exit_code(name):
    """Whatever came of a run, and however long its report is."""
    report = specimens()[name]
    last = " ".join(" ".join(shown(report).splitlines()[-6:]).split())
    assert f"{report.word.upper()} " in last
    assert last.endswith(f"(exit {report.exit_code})")
    first = report.first_fix
    if report.verdict in {"compliant", "non-compliant"} and first is not None:
        assert f"Fix first: {first.rule} (sigcheck explain {first.rule})" in last
    if report.verdict == "undecided" and report.exit_code:
        assert "Decide first: dedup-duplicate" in last
    if report.evidence.interrupted:
        assert "PARTIAL: interrupted by Ctrl-C" in last


def test_the_heading_names_the_method():
    """Advice about a method is useless without it."""
    first = " ".join(shown(specimens()["broken"]).splitlines()[:2])
    assert first.startswith("NON-COMPLIANT  orders  POST https://receiver.example/sigfox?id={device}")


def test_levels_differ_in_their_marks_and_words():
    """A must, a should and a note each have their own, and the title comes before the id."""
    lines = shown(specimens()["worst"]).splitlines()
    for mark, rule in (("✗ MUST", "tls-expired"), ("! should", "tls-expires-soon"), ("i note", "reach-proxied")):
        line = next(line for line in lines if line.endswith(rule))
        assert line.startswith(mark)
        assert line.index(rule) > line.index(mark) + 20


def test_effects_are_shown_below_their_deliveries():
    """A message that was processed again is a row of numbers, which are those of the report."""
    report = specimens()["broken"]
    lines = shown(report).splitlines()
    place = next(number for number, line in enumerate(lines) if line.split()[:1] == ["delivery"])
    counted = [str(each.effects) for each in report.timeline.courses[0].moments]
    assert counted == ["1", "2", "3", "4"]
    assert lines[place + 1].split()[: 1 + len(counted)] == ["effects", *counted]
    assert "the same for 2 other messages" in lines[place + 1]


def test_each_family_that_passed_has_one_line():
    """With its most telling fact; one that failed has none."""
    text = shown(with_one_failure("broken"))
    facts = [line.split()[0] for line in text.splitlines() if line.startswith("  ") and line[2:3].strip()]
    assert facts == ["reach", "tls", "response", "deadline", "retry", "exposure"]
    assert "  response  90 of 90 deliveries were answered 204\n" in text


def test_what_is_undecided_says_how_to_decide_it():
    """One reason for eight rules is said once, with the ways to test them."""
    text = " ".join(shown(specimens()["undecided"]).split())
    assert text.count("no observer is configured") == 1
    assert "To decide it: Give --observe-url, --observe-command or --observe-sql" in text


def test_devices_are_listed_for_cleaning_up():
    """The screen counts them and names those that fit on a line, and `-v` lists every range."""
    report = specimens()["broken"]
    count = sum(each.count for each in report.devices)
    line = next(line for line in shown(report).splitlines() if "to clean up" in line)
    more = len(report.devices) - 1
    assert line.startswith(f"· to clean up: {count} devices, {report.devices[0].first} to {report.devices[0].last}, ")
    assert line.endswith(f", {more} more ranges (-v lists them)")
    assert len(line) <= 80
    wide = next(line for line in shown(report, width=400).splitlines() if "to clean up" in line)
    assert all(each.last in wide for each in report.devices)
    assert "-v" not in wide
    whole = " ".join(shown(report, detail=1).split())
    assert all(each.last in whole for each in report.devices)


def test_scenarios_that_showed_the_same_are_named():
    """One of them, or several, in a sentence below the row of numbers."""
    report = specimens()["broken"]
    result = next(each for each in report.results if each.rule == "dedup-duplicate")
    replayed = [each for each in result.findings if each.scenario == "retry"]
    for scenarios, says in (
        (["lost answer"], 'The scenario "lost answer" showed the same.'),
        (["race", "lost answer"], 'The scenarios "race" and "lost answer" showed the same.'),
        (["a", "b", "c"], 'The scenarios "a", "b" and "c" showed the same.'),
    ):
        found = [structs.replace(replayed[0], scenario=each) for each in scenarios]
        changed = structs.replace(result, findings=(*replayed, *found))
        results = tuple(changed if each is result else each for each in report.results)
        assert f"{' ' * 9}{says}\n" in shown(structs.replace(report, results=results))


@pytest.mark.parametrize("name", SPECIMENS)
def test_quiet_is_one_line(name):
    """With the verdict, whose it is, the reason and the exit code."""
    report = specimens()[name]
    text = shown(report, detail=-1)
    assert text.count("\n") == 1
    assert text.startswith(f"{report.word.upper()}  orders  ")
    assert text.endswith(f"(exit {report.exit_code})\n")
    for result in report.worst_first[:2]:
        assert result.title in text
    assert all(words in text for words in report.scope.words)


def test_several_targets_have_a_line_each_at_the_end():
    """The last line counts them and has the worst exit code."""
    text = render_all(several(), "text", OPTIONS)
    assert f"--- {len(several().reports)} targets ---" in text
    assert text.rstrip().endswith("(exit 130)")
    quiet = render_all(several(), "text", structs.replace(OPTIONS, detail=-1))
    assert quiet.count("\n") == len(several().reports) + 1


def test_detail_lists_every_rule_in_words():
    """With `-v` each has its title and its id, passed ones their summary."""
    report = specimens()["healthy"]
    words = " ".join(shown(report, detail=1, width=140).split())
    for result in report.results:
        assert result.title in words
        assert result.rule in words
    passed = next(each for each in report.results if each.status is Status.PASS)
    assert passed.summary in words


def test_colour_is_never_alone():
    """Without colour the text is the same."""
    for report in specimens().values():
        coloured = shown(report, colour=True)
        assert "\x1b[" in coloured
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == shown(report)


@pytest.mark.parametrize(
    ("text", "first", "rest", "lines"),
    [
        ("a b c", 3, 3, ["a b", "c"]),
        ("abcdef", 4, 2, ["abcd", "ef"]),
        ("ab cdefgh", 4, 3, ["ab", "cde", "fgh"]),
        ("", 4, 4, [""]),
        ("表表 表", 4, 4, ["表表", "表"]),
        ("waited 5 s for it", 9, 9, ["waited", "5 s for", "it"]),
        ("by 10 ms, 240 times faster", 13, 13, ["by 10 ms,", "240 times", "faster"]),
        ("some 3 songs", 6, 6, ["some 3", "songs"]),
        ("is here (exit 3)", 13, 13, ["is here", "(exit 3)"]),
    ],
)
def test_folding(text, first, rest, lines):
    """Between words, a long word is broken, a wide character counts twice, and a number keeps its unit."""
    assert fold(text, first, rest) == lines


def test_what_stands_at_the_right_goes_below_where_it_has_no_room():
    """An id is never cut and makes no line too wide."""
    page = Page(40, colour=False)
    page.hang(("x  ",), "short", right="an-id")
    page.hang(("x  ",), "a title that is rather long for this", right="an-id-that-is-rather-long-too")
    lines = page.text().splitlines()
    assert lines[0] == "x  short" + "an-id".rjust(32)
    assert max(map(len, lines)) <= 40
    assert lines[-1].strip() == "an-id-that-is-rather-long-too"


def test_messages_that_are_to_be_counted_are_listed():
    """Where the effects are counted after the run, `-v` has a line for each message; with an observer it has none."""
    evidence = specimens()["undecided"].evidence
    later = judged(structs.replace(evidence, settings=structs.replace(evidence.settings, counted_later=True)))
    text = shown(later, detail=1, width=140)
    for sent in later.messages:
        line = rf"^  {sent.message.device} +{sent.message.time} +{sent.message.seq_number} +{sent.deliveries} times?  "
        assert re.search(line, text, re.MULTILINE)
    assert "\nmessages  " not in shown(specimens()["undecided"], detail=1, width=140)
