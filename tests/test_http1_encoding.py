"""Compressed bodies: what is undone, what cannot be, and that no bomb goes off."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigcheck.http1 import content_encoding, decoded
from sigcheck.http1.encoding import DECODED_CAP, decode

TEXT = b'{"device": {"downlinkData": "0000000000000000"}}'


def raw_deflate(data: bytes) -> bytes:
    """Deflate without zlib's header, as many servers do."""
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(data) + machine.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, None),
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), " X-GZip "),
        (zlib.compress(TEXT), "deflate"),
        (raw_deflate(TEXT), "deflate"),
        (gzip.compress(gzip.compress(TEXT)), "gzip, gzip"),
        (gzip.compress(zlib.compress(TEXT)), "deflate,gzip"),
        (gzip.compress(TEXT), "identity, gzip"),
        (gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:]), "gzip"),
        (gzip.compress(TEXT) + b"\0" * 7, "gzip"),
    ],
    ids=[
        "none",
        "empty",
        "identity",
        "gzip",
        "x-gzip",
        "zlib",
        "raw",
        "twice",
        "chained",
        "mixed",
        "members",
        "padded",
    ],
)
def test_known_encodings_are_undone(body, encoding):
    """Each encoding that sigcheck asks for, alone and on top of another, gives the text."""
    assert decoded(body, encoding) == TEXT
    assert decode(body, encoding).whole


@pytest.mark.parametrize(
    ("body", "encoding", "problem"),
    [
        (TEXT, "gzip", "the body is declared as gzip, but it is not"),
        (TEXT, "br", "'br'"),
        (TEXT, "\x1b[31m" + "x" * 500, "'.[31mx"),
        (gzip.compress(TEXT)[:-30] + b"?" * 30, "deflate", "the body is declared as deflate, but it is not"),
        (TEXT, "gzip, " * 5 + "gzip", "6 times"),
    ],
    ids=["not-gzip", "brotli", "hostile-name", "not-deflate", "many"],
)
def test_what_cannot_be_undone_has_a_reason(body, encoding, problem):
    """There is no text then, and a short reason."""
    result = decode(body, encoding)
    assert (result.body, result.whole) == (None, False)
    assert result.problem is not None
    assert problem in result.problem
    assert len(result.problem) < 140
    assert decoded(body, encoding) is None


def test_a_body_that_ends_early_gives_what_there_is():
    """Only the first 2,048 bytes of a body are kept, so a compressed one is often cut."""
    text = bytes(range(256)) * 40
    result = decode(gzip.compress(text)[:-10], "gzip")
    assert result.body is not None
    assert text.startswith(result.body)
    assert len(result.body) > 1000
    assert not result.whole


def test_an_empty_body_is_empty_whatever_it_is_called():
    """Some servers put Content-Encoding over nothing."""
    assert decode(b"", "gzip") == (b"", None, True)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_gives_no_more_than_the_cap(layers):
    """A hundred megabytes of zeros come out as 64 KiB of them, and are known to be cut."""
    bomb = bytes(100_000_000)
    for _ in range(layers):
        bomb = gzip.compress(bomb, compresslevel=1)
    result = decode(bomb, ", ".join(["gzip"] * layers))
    assert result.body is not None
    assert len(result.body) <= DECODED_CAP
    assert not result.whole
    small = decoded(gzip.compress(bytes(1000)), "gzip", cap=10)
    assert small == bytes(10)


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "gzip, deflate", "br", "identity"]))
def test_any_body_is_survived(body, encoding):
    """Nothing that a server compresses raises."""
    for candidate in (body, gzip.compress(body) + body, zlib.compress(body)[:-1] + body):
        result = decode(candidate, encoding)
        assert (result.body is None) is (result.problem is not None)


def test_several_lines_of_content_encoding_are_one_list():
    """Names are compared without case; no line, or an empty one, is no encoding."""
    headers = (("Content-encoding", "identity"), ("X-A", "b"), ("CONTENT-ENCODING", " gzip "))
    assert content_encoding(headers) == "identity, gzip"
    assert content_encoding((("Content-Encoding", " "),)) is None
    assert content_encoding(()) is None
