"""The reader of answers on bytes alone: what it reads, that cuts change nothing, and that nothing crashes it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigcheck.http1 import AnswerReader
from sigcheck.http1.body import BODY_CAP
from tests.http_corpus import answer, cases, sized

SMALL = [case for case in cases() if len(case.sent) < 3000]


def read(*parts: bytes, ending: str | None = "closed", method: str = "POST") -> AnswerReader:
    """Let a reader read these parts."""
    reader = AnswerReader(method)
    for part in parts:
        reader.feed(part)
    if ending is not None:
        reader.end(reset=ending == "reset")
    return reader


def seen(reader: AnswerReader) -> tuple:
    """Give all that a reader tells."""
    return (
        reader.head, reader.complete, reader.unreadable, reader.body, reader.body_size, reader.body_sha256,
        reader.body_end, reader.body_fault, reader.oddities,
    )  # fmt: skip


def test_a_plain_answer_is_read_whole():
    """Status, reason, version, headers and body are there, and nothing is odd."""
    reader = read(sized(b"Content-Type: text/plain", line=b"HTTP/1.1 201 Created now"), ending=None)
    assert reader.head is not None
    assert (reader.head.status, reader.head.reason, reader.head.version) == (201, "Created now", "HTTP/1.1")
    assert reader.head.headers == (("Content-Type", "text/plain"), ("Content-Length", "2"))
    assert (reader.body, reader.body_size, reader.body_end, reader.body_fault) == (b"ok", 2, "complete", None)
    assert (reader.complete, reader.unreadable, reader.oddities) == (True, None, ())


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.id)
def test_one_byte_at_a_time_gives_the_same(case):
    """Every case of the corpus is read the same however it is cut."""
    ending = {"close": "closed", "reset": "reset", "stay": None}[case.close]
    whole = read(case.sent, ending=ending)
    assert seen(read(*(case.sent[at : at + 1] for at in range(len(case.sent))), ending=ending)) == seen(whole)


@given(case=st.sampled_from(SMALL), cuts=st.lists(st.integers(0, 3000), max_size=6), reset=st.booleans())
def test_any_cut_gives_the_same(case, cuts, reset):
    """The reader's answer is a matter of the bytes, not of the packets."""
    places = sorted({min(cut, len(case.sent)) for cut in cuts} | {0, len(case.sent)})
    parts = [case.sent[start:end] for start, end in pairwise(places)]
    ending = "reset" if reset else "closed"
    assert seen(read(*parts, ending=ending)) == seen(read(case.sent, ending=ending))


@given(st.binary(max_size=400), st.binary(max_size=400), st.booleans())
def test_any_bytes_are_survived(first, second, reset):
    """Nothing that a server sends raises; without a head there is a reason once the connection has ended."""
    for start in (b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", answer(b"Transfer-Encoding: chunked")):
        reader = read(start, first, ending=None)
        assert reader.body_size <= BODY_CAP
        reader.feed(second)
        reader.end(reset=reset)
        assert reader.complete
        assert (reader.head is None) is (reader.unreadable is not None)
        assert len(reader.oddities) < 20
        assert all(oddity.message.isprintable() for oddity in reader.oddities)
