"""Where findings are shown: the anchor that a user gives, as CI systems can find it."""

import pytest

from sigcheck.errors import UsageProblem
from sigcheck.report.place import parse_anchor


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sigcheck.toml", ("sigcheck.toml", 1)),
        ("./deploy/sigcheck.toml:12", ("deploy/sigcheck.toml", 12)),
        ("ab:b.toml:3", ("ab:b.toml", 3)),
        ("with blank.toml:2", ("with blank.toml", 2)),
    ],
)
def test_path_and_line(text, found):
    """The line is what stands behind the last colon, 1 where nothing does."""
    assert parse_anchor(text) == found


@pytest.mark.parametrize(
    "text",
    ["", "/etc/sigcheck.toml", "../sigcheck.toml", "a/../../b", "https://a.example/x", "C:\\x.toml", "a\\b", "a:0",
     "a\nb", "./", "\x1b[31m"],
)  # fmt: skip
def test_what_is_no_place_in_a_repository(text):
    """A URL, an absolute path and one that leads out are refused in one line that says what to give."""
    with pytest.raises(UsageProblem) as caught:
        parse_anchor(text)
    assert "\n" not in str(caught.value)
