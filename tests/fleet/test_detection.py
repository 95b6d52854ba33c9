"""The detection matrix: every receiver of the fleet, verified as a user would, is judged as it deserves."""

from typing import Any

import pytest

from tests.fleet.detect import settle_of
from tests.fleet.habitual import FAIR, ODD, UNSEEN
from tests.fleet.registry import BAD, FLEET, GOOD
from tests.fleet.spec import Spec

# The runs are made ahead, beside the other tests: what they found is asked for last.
pytestmark = [pytest.mark.system, pytest.mark.late, pytest.mark.timeout(320)]

LONG_SETTLE = 1.0
"""Seconds: every one of many counts of a run waits so long."""


def named(spec: Spec) -> Any:
    """Give a receiver's name, and say so where each of its answers takes 11 s, or each of its counts waits long."""
    slow = spec.scenario == "late-answer" or settle_of(spec) > LONG_SETTLE
    return pytest.param(spec.name, marks=pytest.mark.slow if slow else ())


@pytest.mark.parametrize("name", [named(spec) for spec in GOOD])
def test_good_receiver_is_not_accused(runs_of, name):
    """No rule fails on a receiver that handles each message once, however it does so."""
    (run,) = runs_of(name)
    assert (run.found, run.passed) == ((), True), run.summaries


@pytest.mark.parametrize("name", [named(spec) for spec in BAD])
def test_faulty_receiver_is_found_out(runs_of, name):
    """Exactly the rules fail that the receiver's fault calls for."""
    (run,) = runs_of(name)
    assert set(run.found) == set(FLEET[name].expected), run.summaries


@pytest.mark.parametrize("observer", ["sql", "total"])
@pytest.mark.parametrize("name", ["fastapi-unique-key", "postgres-on-conflict", "flask-no-dedup"])
def test_every_observer_sees_the_same(runs_of, name, observer):
    """A query and a counter of all messages lead to the same findings as a counter of single ones."""
    (run,) = runs_of(name, observer)
    assert set(run.found) == set(FLEET[name].expected), run.summaries


@pytest.mark.parametrize("name", [named(spec) for spec in FAIR if not spec.page_only])
def test_fair_habit_accuses_nobody(runs_of, name):
    """Limits, locks, several rows and a look at the clock are no faults: nothing fails but warnings of what was met."""
    spec = FLEET[name]
    for run in runs_of(name):
        assert (run.unexpected(spec), run.left_open(spec)) == (set(), set()), run.summaries


@pytest.mark.parametrize("name", [named(spec) for spec in ODD if not spec.page_only])
def test_odd_receiver_is_found_out(runs_of, name):
    """Exactly the rules fail that a fault calls for which a limit, a total or the first answers hide."""
    spec = FLEET[name]
    for run in runs_of(name):
        assert set(spec.expected) <= set(run.found), run.summaries
        assert run.unexpected(spec) == set(), run.summaries


@pytest.mark.parametrize("name", [named(spec) for spec in UNSEEN if not spec.page_only])
def test_what_nobody_can_see_is_undecided(runs_of, name):
    """An observer that cannot show an effect, or a second one, leaves the rules undecided: no accusation, no pass."""
    spec = FLEET[name]
    (run,) = runs_of(name)
    assert run.unexpected(spec) == set(), run.summaries
    assert set(spec.undecided) <= set(run.undecided), run.summaries
    assert not run.passed
