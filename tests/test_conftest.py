"""The suite's own guards work."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.conftest import pytest_collection_modifyitems

ROOT = Path(__file__).parents[1]
SKIPPED = """
import pytest

@pytest.mark.system
def test_needs_a_server():
    pytest.skip("no such server here")

@pytest.mark.system
@pytest.mark.skipif(True, reason="not installed")
def test_needs_another():
    raise AssertionError

def test_ordinary():
    pytest.skip("this one may")
"""


def test_connections_beyond_loopback_are_refused():
    """A test that talks to the internet fails, and says to whom."""
    with socket.socket() as peer, pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        peer.connect(("192.0.2.1", 80))


def test_lookups_of_names_are_refused():
    """A test that asks a resolver fails, and says for what."""
    with pytest.raises(pytest.fail.Exception, match=r"example\.com"):
        socket.getaddrinfo("example.com", 80)


def test_loopback_is_allowed():
    """Servers of the tests are reachable, by address and by name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 7])
def test_long_tests_begin_first_and_late_ones_last(workers):
    """Every second worker begins with long tests and all end with late ones, if there are any, and none is lost."""
    marks = {"c": "long", "k": "long", "a": "late", "h": "late"}
    items = [
        SimpleNamespace(name=name, get_closest_marker=lambda mark, name=name: marks.get(name) == mark)
        for name in "abcdefghijkl"
    ]
    config = SimpleNamespace(workerinput={"workercount": workers})
    pytest_collection_modifyitems(cast("pytest.Config", config), cast("list[pytest.Item]", items))
    names = "".join(item.name for item in items)
    assert sorted(names) == sorted("abcdefghijkl")
    share = 12 // workers
    if share > 1:
        assert len({*names[:: 2 * share]} & {"c", "k"}) == min((workers + 1) // 2, 2)
        assert len({*names[share - 1 :: share]} & {"a", "h"}) == min(workers, 2)
    assert "".join(name for name in names if name not in marks) == "bdefgijl"


@pytest.mark.parametrize(
    ("require", "summary"),
    [("", "3 skipped in"), ("require", "1 failed, 1 skipped, 1 error in")],
    ids=["may-skip", "required"],
)
def test_required_system_tests_cannot_skip(tmp_path, require, summary):
    """SIGCHECK_SYSTEM=require turns the skips of system tests, and of no others, into failures."""
    (tmp_path / "test_one.py").write_text(SKIPPED)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  system: x\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "-c", "pytest.ini"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"SIGCHECK_SYSTEM": require, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.strip().splitlines()[-1].startswith(summary)
    assert done.returncode == (1 if require else 0)
