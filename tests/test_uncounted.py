"""Why effects cannot be judged: it goes by what happened, never by how a sentence of ours is worded."""

import pytest
from msgspec import structs

from sigcheck.judge import judge_rule
from sigcheck.model.effects import NotPlayedKind, ScenarioResult
from sigcheck.model.rule import Status
from sigcheck.rules import RULES
from tests.evidence import MESSAGE, answer, evidence, scenario

OTHER = structs.replace(MESSAGE, device="516C4EC1")


def judged(rule, given):
    """Give the result of one rule."""
    return judge_rule(next(each for each in RULES if each.id == rule), given)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (NotPlayedKind.OPTION, Status.SKIP),
        (NotPlayedKind.QUICK, Status.SKIP),
        (NotPlayedKind.ALIKE, Status.UNDECIDED),
        (NotPlayedKind.CUT_SHORT, Status.UNDECIDED),
        (None, Status.UNDECIDED),
    ],
)
@pytest.mark.parametrize("words", ["whatever is said", "this scenario needs --restart-command", "too quickly"])
def test_the_kind_decides_and_not_the_words(kind, status, words):
    """A run that was saved before a sentence was worded anew gets the same verdict."""
    left = ScenarioResult("restart", messages=(), not_played=words, left=kind)
    played = evidence()
    result = judged("dedup-restart", structs.replace(played, scenarios=(*played.scenarios, left)))
    assert (result.status, result.summary) == (status, words)


RACE = ScenarioResult("race", messages=(), not_played="it did not begin", left=NotPlayedKind.CUT_SHORT)


def begun(retry, interrupted=None):
    """Give the evidence of a run that ended in its first seconds."""
    seen = evidence(scenario=retry, interrupted=interrupted)
    return structs.replace(seen, scenarios=(retry, RACE))


def said(retry, interrupted=None):
    """Give what the rules say of it."""
    seen = begun(retry, interrupted)
    return {judged(rule, seen).summary for rule in ("dedup-duplicate", "dedup-race", "dedup-lost", "dedup-window")}


EARLY = "the run ended before effects could be counted"
BEGUN = scenario(answer(), effects=(0,))


@pytest.mark.parametrize(
    ("retry", "interrupted"),
    [
        (BEGUN, "SIGINT"),
        (structs.replace(BEGUN, not_played="it ended", left=NotPlayedKind.CUT_SHORT), "SIGINT"),
        (structs.replace(BEGUN, not_played="it ended", left=NotPlayedKind.CUT_SHORT), None),
    ],
    ids=["saved-before-there-were-kinds", "interrupted", "broke"],
)
def test_a_run_that_ended_early_blames_nobody(retry, interrupted):
    """Effects had no time to come: neither the observer nor the receiver is said to err."""
    assert said(retry, interrupted) == {EARLY}


def test_other_devices_are_not_ignored_where_their_effects_had_no_time():
    """That the receiver knew the first device only is not told from effects that were still on their way."""
    several = structs.replace(BEGUN, messages=(MESSAGE, OTHER), names=("the message", "another"))
    counts = (*(structs.replace(each, effects=1, count=1) for each in BEGUN.counts if each.expected),)
    several = structs.replace(
        several, counts=(*counts, *(structs.replace(each, message=1, effects=0, count=0) for each in counts))
    )
    assert judged("dedup-race", begun(several, "SIGINT")).summary == EARLY
    whole = structs.replace(begun(several), scenarios=(several, structs.replace(RACE, left=NotPlayedKind.TOO_LONG)))
    assert judged("dedup-race", whole).summary.startswith("messages from other devices had no effect")


def test_an_effect_that_had_all_its_time_is_missing_in_an_interrupted_run_too():
    """Where the first message was waited for long enough, the end of the run explains nothing."""
    silent = structs.replace(BEGUN, no_effect=True, not_played="no effect", left=NotPlayedKind.NO_EFFECT)
    assert EARLY not in said(silent, "SIGINT")
