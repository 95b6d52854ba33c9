"""What is written as TOML is read back as the same, and obeyed by no terminal and no CI log."""

import tomllib

from hypothesis import example, given
from hypothesis import strategies as st

from sigcheck.config.toml_text import commented_out, is_text, toml_comment, toml_key, toml_string
from sigcheck.redaction.disarm import disarm

TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text("'\"\\\n\r\t#:{}$ a[\x00\x7f\u202e", max_size=20)


@given(TEXTS)
@example("int1::uint:8")
@example("a'''b\nc")
@example("ends with '\n'")
@example("\n::error::x\r\n##vso[task]")
def test_a_string_is_read_back(value):
    """A string comes back as it was, and no line of it is an order or moves the cursor."""
    line = f"key = {toml_string(value)}"
    assert tomllib.loads(line) == {"key": value}
    for part in line.split("\n"):
        assert not part.startswith("::")
        assert disarm(part.replace("::", "")) == part.replace("::", "")


@given(TEXTS)
def test_a_key_is_read_back(name):
    """A key comes back as it was."""
    assert tomllib.loads(f"headers.{toml_key(name)} = 1") == {"headers": {name: 1}}


@given(TEXTS, TEXTS)
def test_what_is_commented_out_can_be_taken_in_again(value, said):
    """A comment changes nothing in a file, and what is commented out is itself again without two characters a line."""
    lines = commented_out([f"key = {toml_string(value)}"])
    text = "\n".join([*toml_comment(said), *lines])
    assert tomllib.loads(text) == {}
    assert tomllib.loads("\n".join(line[2:] for line in "\n".join(lines).split("\n"))) == {"key": value}


def test_readable_strings():
    """JSON stands as it is, and a body of several lines over several lines."""
    assert toml_string('{"a":"{device}"}') == '\'{"a":"{device}"}\''
    assert toml_string('{\n"a": 1}') == "'''\n{\n\"a\": 1}'''"
    assert toml_string("plain") == '"plain"'
    assert toml_string("int1::uint:8") == '"int1::uint:8"'
    assert toml_string("it's") == '"it\'s"'


def test_half_a_surrogate_pair_is_no_text():
    """TOML has no string for what JSON may hold."""
    assert not is_text("a\ud800")
    assert is_text("a\U0001f600")
