"""The bench's registry and its verdicts: a goal that is missed is not called met."""

from importlib import import_module

import pytest

from tests.bench.__main__ import PARTS, main
from tests.bench.figure import Figure, at_most, skipped


@pytest.mark.parametrize("name", PARTS)
def test_part_leads_to_a_function(name):
    """What the registry names can be imported and called."""
    module, _, function = PARTS[name].function.partition(":")
    assert callable(getattr(import_module(module), function))


def test_unknown_part_is_refused(capsys):
    """A mistyped part is exit code 2, with those that there are."""
    assert main(["startupp"]) == 2
    assert "startup" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("figure", "word"),
    [(at_most("a", 1.5, 1.5), "met"), (at_most("a", 1.51, 1.5), "MISSED"), (skipped("a", "no nginx"), "no nginx")],
    ids=["at the goal", "past it", "skipped"],
)
def test_line_says_whether_the_goal_is_met(figure, word):
    """The verdict stands at the end of the row."""
    assert figure.line().endswith(word)


def test_missed_goal_is_the_exit_code(monkeypatch):
    """The bench exits 1 where one figure missed its goal, 0 where all were met or skipped."""
    monkeypatch.setitem(PARTS, "one", PARTS["startup"]._replace(function="tests.test_bench:missed"))
    monkeypatch.setitem(PARTS, "two", PARTS["startup"]._replace(function="tests.test_bench:fine"))
    assert main(["one", "two"]) == 1
    assert main(["two"]) == 0


def missed():
    """Give one figure past its goal, and one at it."""
    return [Figure("a", "2", "1", met=False), Figure("b", "1", "1", met=True)]


def fine():
    """Give one figure at its goal, and one that was not measured."""
    return [Figure("b", "1", "1", met=True), skipped("c", "why")]
