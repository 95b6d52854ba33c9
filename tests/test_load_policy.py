"""A policy of one's own: strict, and every fault is one line that names the file."""

from pathlib import Path

import pytest

from sigcheck.errors import UsageProblem
from sigcheck.policy import SIGFOX_CLOUD, load_policy


def test_what_a_policy_leaves_out_is_as_in_ours(tmp_path: Path) -> None:
    """A file with a range alone changes the range alone."""
    file = tmp_path / "policy.json"
    file.write_text('{"ranges": ["192.0.2.0/24", "198.51.100.0/24"]}')
    loaded = load_policy(file)
    assert loaded.ranges == ("192.0.2.0/24", "198.51.100.0/24")
    assert loaded.retry_waits == SIGFOX_CLOUD.retry_waits


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("{", "truncated", id="no JSON"),
        pytest.param('{"range": ["192.0.2.0/24"]}', "range", id="mistyped field"),
        pytest.param('{"ranges": "192.0.2.0/24"}', "ranges", id="wrong type"),
        pytest.param('{"ranges": ["192.0.2.1/24"]}', "host bits", id="host bits"),
        pytest.param('{"ranges": ["example.org"]}', "example.org", id="a name"),
        pytest.param('{"ranges": ["192.0.2.0/24", "2001:db8::/32"]}', "not an IPv4 network", id="IPv6"),
        pytest.param('{"ranges": []}', "no range", id="empty"),
        pytest.param(" " * 200_000, "larger", id="too long"),
    ],
)
def test_a_policy_that_cannot_be_used(tmp_path: Path, text: str, word: str) -> None:
    """The message names the file and what is wrong with it."""
    file = tmp_path / "policy.json"
    file.write_text(text)
    with pytest.raises(UsageProblem, match=word) as caught:
        load_policy(file)
    assert str(file) in caught.value.message


def test_a_policy_that_is_not_there() -> None:
    """A missing file is a usage problem as well."""
    with pytest.raises(UsageProblem, match="cannot be read"):
        load_policy(Path("/nowhere/policy.json"))
