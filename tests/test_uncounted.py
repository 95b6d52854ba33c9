"""Why effects cannot be judged: it goes by what happened, never by how a sentence of ours is worded."""

import pytest
from msgspec import structs

from sigcheck.judge import judge_rule
from sigcheck.model.effects import NotPlayedKind, ScenarioResult
from sigcheck.model.rule import Status
from sigcheck.rules import RULES
from tests.evidence import evidence


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
