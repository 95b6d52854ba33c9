"""The reader of answers on bytes alone: what it reads, that cuts change nothing, and that nothing crashes it."""

import sys
import tracemalloc
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigcheck.http1 import AnswerReader
from sigcheck.http1.body import BODY_CAP, RAW_CAP
from sigcheck.http1.heads import HEAD_CAP
from sigcheck.http1.understanding import HEADERS_KEPT, INTERIM_KEPT, TEXT_KEPT
from sigcheck.model.delivery import BODY_KEPT
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


def test_one_byte_at_a_time_gives_the_same():
    """Every case of the corpus is read the same however it is cut."""
    for case in SMALL:
        ending = {"close": "closed", "reset": "reset", "stay": None}[case.close]
        whole = read(case.sent, ending=ending)
        single = (case.sent[at : at + 1] for at in range(len(case.sent)))
        assert seen(read(*single, ending=ending)) == seen(whole), case.id


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


def test_kept_parts_are_capped():
    """Of a large answer the start is kept: headers, texts, interim statuses, body; the digest is over what was read."""
    many = tuple(b"X-%03d: %b" % (number, b"v" * 1000) for number in range(HEADERS_KEPT + 10))
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" * (INTERIM_KEPT + 10)
    reader = read(interim, answer(*many, line=b"HTTP/1.1 200 " + b"r" * 1000, body=b"b" * (BODY_CAP + 10)))
    assert reader.head is not None
    assert (len(reader.head.headers), len(reader.head.interim)) == (HEADERS_KEPT, INTERIM_KEPT)
    assert {len(value) for _, value in reader.head.headers} == {TEXT_KEPT} == {len(reader.head.reason)}
    assert (reader.body, reader.body_size, reader.body_end) == (b"b" * BODY_KEPT, BODY_CAP, "capped")
    assert reader.body_sha256 == sha256(b"b" * BODY_CAP).hexdigest()
    assert reader.body_fault is None


@pytest.mark.parametrize(
    ("sent", "end", "fault"),
    [
        (answer(b"Content-Length: 10", body=b"abc"), "broken", "3 of 10 bytes came before the connection was closed"),
        (answer(b"Transfer-Encoding: chunked", body=b"a\r\nabc"), "broken", "closed after 3 bytes, before the last"),
        (answer(b"Transfer-Encoding: chunked", body=b"hello"), "broken", "a chunk begins with 'hello' instead of"),
        (answer(b"Content-Length: %d" % BODY_CAP, body=b"b" * BODY_CAP), "complete", None),
        (answer(body=b"abc"), "complete", None),
    ],
    ids=["length", "chunks", "no-chunks", "as-large-as-the-cap", "until-the-end"],
)
def test_a_body_says_what_became_of_it(sent, end, fault):
    """A body that is cut short or damaged is told in plain words, without the parser's."""
    reader = read(sent)
    assert reader.body_end == end
    assert fault is None if reader.body_fault is None else fault in reader.body_fault


def test_an_open_body_is_open():
    """Until the server ends the body or the connection, the answer stands and its body is open."""
    reader = read(answer(body=b"abc"), ending=None)
    assert reader.head is not None
    assert (reader.body, reader.body_end, reader.complete) == (b"abc", "open", False)


def test_an_answer_to_head_has_no_body():
    """Content-Length tells what a GET would have got."""
    reader = read(answer(b"Content-Length: 10"), ending=None, method="head")
    assert (reader.body_end, reader.complete, reader.oddities) == ("complete", True, ())


@pytest.mark.parametrize("byte", [b"x", b"\r", b"\0", b" ", b"\n", b"\xff"])
def test_a_foreign_answer_is_quoted_short_and_printable(byte):
    """A megabyte of anything is told in one short line, and no more of it is looked at."""
    reader = read(byte * 1_000_000, ending=None)
    assert reader.complete
    assert reader.unreadable is not None
    assert len(reader.unreadable) < 160
    assert reader.unreadable.isprintable()


def test_messages_quote_no_more_than_a_line():
    """What a server wrote stands shortened and printable in every message."""
    odd = answer(b"\x1b[31m" + b"n" * 500 + b" x: y", b"Content-Length: " + b"z" * 500, body=b"ok")
    messages = [oddity.message for oddity in read(odd).oddities]
    assert len(messages) == 2
    assert all(message.isprintable() and len(message) < 200 for message in messages)


ENDLESS = {
    "one-line": (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 1024),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 128),
    "empty-names": (b"HTTP/1.1 200 OK\r\n", b":\n" * 512),
    "folds": (b"HTTP/1.1 200 OK\r\nX-A: b\r\n", b" c\r\n" * 256),
    "carriage-returns": (b"HTTP/1.1 200 ", b"\r" * 1024),
    "interim": (b"", b"HTTP/1.1 100 C\r\n\r\n" * 57),
    "blanks": (b"", b"\r\n" * 512),
    "chunk-extension": (answer(b"Transfer-Encoding: chunked", body=b"1;"), b"x" * 1024),
    "no-chunk": (answer(b"Transfer-Encoding: chunked"), b"x" * 1024),
    "small-chunks": (answer(b"Transfer-Encoding: chunked"), b"1;aaaaaaa\r\nx\r\n" * 73),
    "trailers": (answer(b"Transfer-Encoding: chunked", body=b"0\r\n"), b"X-A: b\r\n" * 128),
    "body": (answer(), b"x" * 1024),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_answers_take_bounded_work(name):
    """Five megabytes are refused or capped on the way, and the calls made are in proportion to the bytes read."""
    start, part = ENDLESS[name]
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in {"call", "c_call"}

    reader = AnswerReader("POST")
    sys.setprofile(count)
    try:
        reader.feed(start)
        for _ in range(5 * 1024):
            reader.feed(part)
    finally:
        sys.setprofile(None)
    assert reader.complete
    assert calls < 8 * RAW_CAP


@pytest.mark.parametrize("name", ["one-line", "headers", "carriage-returns", "blanks", "no-chunk", "body"])
def test_endless_answers_take_bounded_memory(name):
    """What is kept of five megabytes is less than the caps allow, once they are refused."""
    start, part = ENDLESS[name]
    reader = AnswerReader("POST")
    sent = start + part * 5 * 1024
    tracemalloc.start()
    try:
        reader.feed(sent)
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert reader.complete
    assert kept < HEAD_CAP


@pytest.mark.parametrize(
    ("sent", "refused_by"),
    [
        (b"HTTP/1.1 100 C\0\r\n\r\n" + sized(), {"curl"}),
        (b"HTTP/1.1 100 C\r\nX A: b\r\n\r\n" + sized(), {"java.net.http"}),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r \nok", {"java.net.http"}),
        (sized(b"X-\rA: b"), {"curl"}),
        (sized(b"X A: b\rC: d"), set()),
        (answer(b"Content-Length: \r2", body=b"ok"), {"curl"}),
    ],
    ids=["interim-nul", "interim-header", "last-line", "cr-in-name", "cr-hides-a-name", "cr-before-length"],
)
def test_finer_points_follow_the_clients(sent, refused_by):
    """Found by changing answers at random and playing them to the clients: they are too many for the page."""
    reader = read(sent)
    assert {client for oddity in reader.oddities for client in oddity.refused_by} == refused_by
    assert reader.head is not None
    assert reader.head.status == 200
