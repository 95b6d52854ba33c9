"""What is made ahead of the tests is told to them, also where it went wrong."""

import pytest

from tests import warm
from tests.fleet import ahead


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """Let another folder be the common one."""
    monkeypatch.setenv(warm.VARIABLE, str(tmp_path / "socket"))
    return tmp_path


def test_what_went_wrong_in_a_run_is_told(folder):
    """The test that asks for the run fails with its traceback."""
    ahead.make(("nobody", ""))
    with pytest.raises(AssertionError, match="KeyError: 'nobody'"):
        ahead.runs_of("nobody")


def test_a_process_that_has_died_is_not_waited_for(folder):
    """The test that asks for a run fails with what the process said last."""
    (folder / ahead.PROCESS).write_text("999999999")
    (folder / f"{ahead.PROCESS}.log").write_text("no room")
    with pytest.raises(AssertionError, match="no room"):
        ahead.runs_of("fastapi-unique-key")


def test_what_waits_longest_is_made_first():
    """A receiver that works for seconds on each message comes before one that does not."""
    assert ahead.slowness(ahead.FLEET["late-but-once"]) > ahead.slowness(ahead.FLEET["upsert"])


def test_what_is_needed_once_is_made_once(folder):
    """Who asks later is given what the first one made."""

    def made_by(who):
        return warm.once("thing.txt", lambda path: path.write_text(who)).read_text()

    made = [made_by("one"), made_by("two")]
    assert made == ["one", "one"]
