"""Words of a line, quotes taken off."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigcheck.allowlist.readers.quoting import split


def expected(text: str) -> list[str] | None:
    """Split as the standard library does; None where a quote is not closed."""
    try:
        return shlex.split(text)
    except ValueError:
        return None


@given(st.text(alphabet="ab\"'\\ \t-", max_size=20))
def test_words_are_those_of_a_shell(text: str) -> None:
    """Whatever is quoted and escaped, the words are those that the standard library finds."""
    if (words := expected(text)) is not None:
        assert split(text) == words
    else:
        with pytest.raises(ValueError, match="quote"):
            split(text)


@pytest.mark.parametrize(
    "text", ['"' + "x" * 2_000_000, "'a" * 1_000_001, "\\" * 2_000_001], ids=["one quote", "many", "backslashes"]
)
def test_a_long_line_is_given_up_at_once(text: str) -> None:
    """A line of megabytes whose quotes are not closed is refused without a search for another reading."""
    with pytest.raises(ValueError, match="quote"):
        split(text)
