"""`examples/fleet/nightly.sh`, the job of every night: what is new, and the ledgers of 30 nights."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "examples" / "fleet" / "nightly.sh"
DAYS = 31


@pytest.fixture
def nightly(tmp_path):
    """Give the call of the script for a list of one target, whose port is closed."""
    program = tmp_path / "bin" / "sigcheck"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m sigcheck "$@"\n')
    program.chmod(0o755)
    (tmp_path / "list.csv").write_text("name,url,allow_private\norders,http://127.0.0.1:9/in,true\n")
    environment = {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(SCRIPT.parents[2]),
    }

    def call():
        """Run it; gives the exit code and what was printed."""
        command = [str(SCRIPT), str(tmp_path / "kept"), "--targets", "list.csv", "--quiet"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return call


def test_a_failure_is_new_in_its_first_night_only(nightly, tmp_path):
    """The first night exits 1 for what fails; the next exits 0 for the same, and drops the oldest ledger."""
    code, said = nightly()
    assert code == 1, said
    kept = tmp_path / "kept"
    (first,) = kept.iterdir()
    today = datetime.now(UTC).date()
    nights = [kept / f"scan-{today - timedelta(days=back):%Y-%m-%d}.jsonl" for back in range(DAYS, 0, -1)]
    first.rename(nights[-1])
    for each in nights[:-1]:
        each.touch()
    code, said = nightly()
    assert (code, "NO NEW FAILURES" in said) == (0, True), said
    assert sorted(kept.iterdir()) == [*nights[2:], kept / f"scan-{datetime.now(UTC).date():%Y-%m-%d}.jsonl"]


def test_the_same_day_again_sends_nothing_again(nightly, tmp_path):
    """A run that came to its end is gone on with, which runs nothing, and its exit code is the same."""
    assert nightly()[0] == 1
    (ledger,) = (tmp_path / "kept").iterdir()
    before = ledger.read_text().count('"line":"result"')
    assert nightly()[0] == 1
    assert ledger.read_text().count('"line":"result"') == before == 1


def test_a_mistake_is_exit_code_2_and_costs_no_ledger(nightly, tmp_path):
    """Nothing was run, so there is nothing to compare the next night with."""
    (tmp_path / "list.csv").write_text("name,url\norders,nothing\n")
    code, said = nightly()
    assert code == 2, said
    assert not any(each.stat().st_size for each in (tmp_path / "kept").iterdir())
