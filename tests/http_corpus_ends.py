"""How a connection ends: too early, by a reset, never, or with something behind the answer."""

from tests.http_corpus import PAUSE, Group, sized

GROUP = Group()
case = GROUP.add

OK = sized()

case("end-before", "the connection is closed unanswered")
case("end-before-reset", "the connection is reset unanswered", PAUSE, close="reset")
case("end-silent", "no answer; left open", close="stay")
case("end-one-byte", "one byte of a status line, closed", b"H")
case("end-four-bytes", "four bytes of a status line, closed", b"HTTP")
case("end-half-line", "half a status line, closed", b"HTTP/1.1 2")
case("end-line-no-newline", "a status line without its end, closed", b"HTTP/1.1 200 OK")
case("end-line-cr", "a status line and a CR, closed", b"HTTP/1.1 200 OK\r")
case("end-line", "a status line, closed", b"HTTP/1.1 200 OK\r\n")
case("end-half-header", "half a header line, closed", b"HTTP/1.1 200 OK\r\nContent-Le")
case("end-header-no-newline", "a header line without its end, closed", b"HTTP/1.1 200 OK\r\nContent-Length: 2")
case("end-headers", "headers without the empty line, closed", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n")
case("end-headers-cr", "headers and a CR, closed", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r")
case("end-headers-unframed", "headers without framing and without the empty line, closed",
     b"HTTP/1.1 200 OK\r\nX-A: b\r\n")  # fmt: skip
case("end-half-line-reset", "half a status line, and a reset", b"HTTP/1.1 2", PAUSE, close="reset")
case("end-line-reset", "a status line, and a reset", b"HTTP/1.1 200 OK\r\n", PAUSE, close="reset")
case("end-headers-reset", "headers without the empty line, and a reset",
     b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", PAUSE, close="reset")  # fmt: skip
case("end-half-line-open", "half a status line; left open", b"HTTP/1.1 2", close="stay")
case("end-line-open", "a status line; left open", b"HTTP/1.1 200 OK\r\n", close="stay")
case("end-headers-open", "headers without the empty line; left open",
     b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", close="stay")  # fmt: skip
case("end-reset", "a whole answer, then a reset", OK, PAUSE, close="reset")
case("end-empty-reset", "a whole answer without a body, then a reset", sized(body=b""), PAUSE, close="reset")
case("after-garbage", "bytes behind the answer", OK + b"garbage")
case("after-crlf", "an empty line behind the answer", OK + b"\r\n")
case("after-answer", "a second answer behind the first", OK + sized(line=b"HTTP/1.1 500 No"))
case(
    "after-answer-open",
    "a second answer behind the first; left open",
    OK + sized(line=b"HTTP/1.1 500 No"),
    close="stay",
)
case("after-timeout", "408 a moment behind the answer", OK, PAUSE, sized(line=b"HTTP/1.1 408 Timeout"))
