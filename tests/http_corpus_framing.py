"""Where the body ends: Content-Length, chunks, the end of the connection; and how the body is encoded."""

import gzip
import zlib

from tests.http_corpus import PAUSE, Group, answer, chunked, sized

GROUP = Group()
case = GROUP.add

TE = b"Transfer-Encoding: chunked"
LENGTH = b"Content-Length: 2"


def length(value: bytes, body: bytes = b"ok") -> bytes:
    """Write an answer with this Content-Length."""
    return answer(b"Content-Length:" + value, body=body)


def chunks(data: bytes) -> bytes:
    """Write an answer in chunks, from their raw bytes."""
    return answer(TE, body=data)


case("length-zero", "Content-Length: 0", length(b" 0", b""), close="stay")
case("length-padded", "blanks around the length", length(b"   2   "))
case("length-tabs", "tabs around the length", length(b"\t2\t"))
case("length-no-space", "no space before the length", length(b"2"))
case("length-zeros", "a length with leading zeros", length(b" 0002"))
case("length-negative", "a negative length", length(b" -2"))
case("length-minus-one", "Content-Length: -1", length(b" -1"))
case("length-minus-ten", "Content-Length: -10", length(b" -10"))
case("length-blank-before", "a blank before the colon of Content-Length", answer(b"Content-Length : 2", body=b"ok"))
case("length-plus", "a length with a plus", length(b" +2"))
case("length-hex", "a length in hexadecimal with 0x", length(b" 0x2"))
case("length-letters", "a length of hexadecimal letters", length(b" a", b"0123456789"))
case("length-decimal", "2.0", length(b" 2.0"))
case("length-word", "a length that is a word", length(b" two"))
case("length-none", "Content-Length: None", length(b" None"))
case("length-trailing", "a length with letters behind it", length(b" 2bytes"))
case("length-blank-within", "a length with a blank in it", length(b" 1 2", b"0123456789ab"))
case("length-empty", "an empty length", length(b""))
case("length-empty-blank", "a blank for a length", length(b" "))
case("length-32-bit", "a length of 2^32 + 2, and two bytes", length(b" 4294967298"))
case("length-63-bit", "a length of 2^63 - 1, and two bytes", length(b" 9223372036854775807"))
case("length-64-bit", "a length of 2^63, and two bytes", length(b" 9223372036854775808"))
case("length-30-digits", "a length of 30 digits, and two bytes", length(b" " + b"9" * 30))
case("length-list-equal", "2, 2", length(b" 2, 2"))
case("length-list-different", "2, 5", length(b" 2, 5", b"hello"))
case("length-list-first-bad", "x, 2", length(b" x, 2"))
case("length-twice-equal", "two equal Content-Lengths", answer(LENGTH, LENGTH, body=b"ok"))
case("length-twice-different", "two different Content-Lengths, the first is right",
     answer(LENGTH, b"Content-Length: 5", body=b"ok"))  # fmt: skip
case("length-twice-second", "two different Content-Lengths, the second is right",
     answer(b"Content-Length: 5", LENGTH, body=b"ok"))  # fmt: skip
case("length-twice-zeros", "two Content-Lengths equal as numbers, 2 and 02",
     answer(LENGTH, b"Content-Length: 02", body=b"ok"))  # fmt: skip
case("length-twice-bad", "two Content-Lengths, one is no number", answer(LENGTH, b"Content-Length: x", body=b"ok"))
case("length-twice-bad-first", "two Content-Lengths, the first is no number",
     answer(b"Content-Length: x", LENGTH, body=b"ok"))  # fmt: skip
case("length-short", "a body of 3 bytes where 10 are announced", length(b" 10", b"abc"))
case("length-short-reset", "the same, and a reset", length(b" 10", b"abc"), PAUSE, close="reset")
case("length-short-open", "the same; left open", length(b" 10", b"abc"), close="stay")
case("length-nothing", "no body where 10 bytes are announced", length(b" 10", b""))
case("length-long", "a body of 10 bytes where 2 are announced", length(b" 2", b"0123456789"))
case("length-long-apart", "the same, the surplus a moment later", length(b" 2"), PAUSE, b"23456789")

case("unframed", "no framing; the end of the connection ends the body", answer(body=b"ok"))
case("unframed-empty", "no framing, no body, the connection is closed", answer())
case("unframed-open", "no framing; left open", answer(body=b"ok"), close="stay")
case("unframed-empty-open", "no framing, no body; left open", answer(), close="stay")
case("unframed-close", "Connection: close, no framing; left open", answer(b"Connection: close"), close="stay")
case("unframed-keep-alive", "Connection: keep-alive, no framing; left open",
     answer(b"Connection: keep-alive", body=b"ok"), close="stay")  # fmt: skip
case("unframed-reset", "no framing, a body, and a reset", answer(body=b"ok"), PAUSE, close="reset")
case("unframed-1.0", "HTTP/1.0 without framing", answer(line=b"HTTP/1.0 200 OK", body=b"ok"))

case("chunked", "one chunk", chunks(chunked(b"ok")), close="stay")
case("chunked-many", "many chunks", chunks(chunked(*[b"x" * 9] * 50)))
case("chunked-apart", "chunks a moment apart", chunks(b"2\r\n"), PAUSE, b"ok\r\n", PAUSE, b"0\r\n", PAUSE, b"\r\n")
case("chunked-upper", "the chunk size in upper case", chunks(b"A\r\n0123456789\r\n0\r\n\r\n"))
case("chunked-lower", "the chunk size in lower case", chunks(b"a\r\n0123456789\r\n0\r\n\r\n"))
case("chunked-zeros", "a chunk size with leading zeros", chunks(b"0002\r\nok\r\n0000\r\n\r\n"))
case("chunked-extension", "a chunk extension", chunks(b"2;a=b\r\nok\r\n0\r\n\r\n"))
case(
    "chunked-extension-long",
    "a chunk extension of 20,000 bytes",
    chunks(b"2;" + b"a" * 20_000 + b"\r\nok\r\n0\r\n\r\n"),
)
case("chunked-blank-after", "blanks behind the chunk size", chunks(b"2  \r\nok\r\n0  \r\n\r\n"))
case("chunked-blank-before", "a blank before the chunk size", chunks(b" 2\r\nok\r\n0\r\n\r\n"))
case("chunked-0x", "0x before the chunk size", chunks(b"0x2\r\nok\r\n0\r\n\r\n"))
case("chunked-plus", "a plus before the chunk size", chunks(b"+2\r\nok\r\n0\r\n\r\n"))
case("chunked-negative", "a negative chunk size", chunks(b"-2\r\nok\r\n0\r\n\r\n"))
case("chunked-letters", "a chunk size of letters", chunks(b"xyz\r\nok\r\n0\r\n\r\n"))
case("chunked-digit-letter", "a chunk size with a letter behind it", chunks(b"2x\r\nok\r\n0\r\n\r\n"))
case("chunked-no-size", "an empty line for a chunk size", chunks(b"\r\nok\r\n0\r\n\r\n"))
case("chunked-16-digits", "a chunk size of 16 digits", chunks(b"0000000000000002\r\nok\r\n0\r\n\r\n"))
case("chunked-17-digits", "a chunk size of 17 digits", chunks(b"00000000000000002\r\nok\r\n0\r\n\r\n"))
case("chunked-40-digits", "a chunk size of 40 digits", chunks(b"0" * 39 + b"2\r\nok\r\n0\r\n\r\n"))
case("chunked-32-bit", "a chunk size of 2^32 + 2, and two bytes", chunks(b"100000002\r\nok\r\n0\r\n\r\n"))
case("chunked-huge", "a chunk size of 16 f", chunks(b"f" * 16 + b"\r\nok\r\n0\r\n\r\n"))
case("chunked-lf", "LF alone around the chunks", chunks(b"2\nok\n0\n\n"))
case("chunked-no-crlf", "no line end behind a chunk", chunks(b"2\r\nok0\r\n\r\n"))
case("chunked-too-small", "a chunk longer than its size", chunks(b"1\r\nok\r\n0\r\n\r\n"))
case("chunked-no-last", "no last chunk, the connection is closed", chunks(b"2\r\nok\r\n"))
case("chunked-no-last-open", "no last chunk; left open", chunks(b"2\r\nok\r\n"), close="stay")
case("chunked-last-open", "no empty line behind the last chunk; left open", chunks(b"2\r\nok\r\n0\r\n"), close="stay")
case("chunked-last-bare", "no empty line behind the last chunk, closed", chunks(b"2\r\nok\r\n0\r\n"))
case("chunked-last-0", "the last chunk is 0 and nothing more", chunks(b"2\r\nok\r\n0"))
case("chunked-cut", "the connection is closed within a chunk", chunks(b"a\r\nabc"))
case("chunked-cut-reset", "the connection is reset within a chunk", chunks(b"a\r\nabc"), PAUSE, close="reset")
case("chunked-nothing", "no chunk at all, the connection is closed", chunks(b""))
case("chunked-not", "Transfer-Encoding: chunked, and a body that is not", chunks(b'{"ok": true}'))
case("chunked-trailer", "a trailer", chunks(chunked(b"ok", last=b"0\r\nX-A: b\r\n\r\n")))
case("chunked-trailer-bad", "a trailer without a colon", chunks(chunked(b"ok", last=b"0\r\nno colon\r\n\r\n")))
case("chunked-trailer-long", "trailers of 300,000 bytes",
     chunks(chunked(b"ok", last=b"0\r\n" + b"X-A: %b\r\n" % (b"x" * 93) * 3000 + b"\r\n")))  # fmt: skip
case("chunked-trailer-cut", "the connection is closed within a trailer", chunks(b"2\r\nok\r\n0\r\nX-A: "))
case("chunked-lf-data", "LF alone behind a chunk", chunks(b"2\r\nok\n0\r\n\r\n"))
case("chunked-lf-size", "LF alone behind the size of a chunk", chunks(b"2\nok\r\n0\r\n\r\n"))
case("chunked-lf-last", "LF alone as the end of the chunks", chunks(b"2\r\nok\r\n0\r\n\n"))
case("chunked-1.0", "chunks in HTTP/1.0", answer(TE, line=b"HTTP/1.0 200 OK", body=chunked(b"ok")))

case("coding-twice", "Transfer-Encoding: chunked on two lines", answer(TE, TE, body=chunked(b"ok")))
case("coding-list", "chunked, chunked; chunked once", answer(TE + b", chunked", body=chunked(b"ok")))
case("coding-list-twice", "chunked, chunked; chunked twice", answer(TE + b", chunked", body=chunked(chunked(b"ok"))))
case("coding-upper", "CHUNKED in upper case", answer(b"TRANSFER-ENCODING: CHUNKED", body=chunked(b"ok")))
case("coding-blank", "a blank behind chunked", answer(TE + b" ", body=chunked(b"ok")))
case("coding-identity", "Transfer-Encoding: identity and the end of the connection",
     answer(b"Transfer-Encoding: identity", body=b"ok"))  # fmt: skip
case("coding-identity-length", "Transfer-Encoding: identity and Content-Length",
     answer(b"Transfer-Encoding: identity", LENGTH, body=b"ok"), close="stay")  # fmt: skip
case("coding-identity-chunked", "identity, chunked",
     answer(b"Transfer-Encoding: identity, chunked", body=chunked(b"ok")))  # fmt: skip
case("coding-unknown", "an unknown transfer coding", answer(b"Transfer-Encoding: x-odd", body=b"ok"))
case("coding-gzip-length", "Transfer-Encoding: gzip and Content-Length",
     answer(b"Transfer-Encoding: gzip", b"Content-Length: 22", body=gzip.compress(b"ok", mtime=0)))  # fmt: skip
case(
    "coding-empty", "an empty Transfer-Encoding, and Content-Length", answer(b"Transfer-Encoding:", LENGTH, body=b"ok")
)
case(
    "coding-xchunked", "a coding whose name ends in chunked", answer(b"Transfer-Encoding: xchunked", LENGTH, body=b"ok")
)
case("coding-gzip-chunked", "gzip, chunked, and both are true",
     answer(b"Transfer-Encoding: gzip, chunked", body=chunked(gzip.compress(b"ok", mtime=0))))  # fmt: skip
case("coding-chunked-gzip", "chunked, gzip, where chunked is not the last",
     answer(b"Transfer-Encoding: chunked, gzip", body=chunked(gzip.compress(b"ok", mtime=0))))  # fmt: skip
case("coding-and-length", "Transfer-Encoding: chunked, then a Content-Length", answer(TE, LENGTH, body=chunked(b"ok")))
case(
    "coding-after-length", "a Content-Length, then Transfer-Encoding: chunked", answer(LENGTH, TE, body=chunked(b"ok"))
)
case("coding-and-bad-length", "Transfer-Encoding: chunked and a Content-Length that is no number",
     answer(TE, b"Content-Length: x", body=chunked(b"ok")))  # fmt: skip
case("coding-and-length-plain", "Transfer-Encoding: chunked and Content-Length; the body is not chunked",
     answer(TE, LENGTH, body=b"ok"))  # fmt: skip

TEXT = b'{"device": {"downlinkData": "0000000000000000"}}'
PACKED = gzip.compress(TEXT, mtime=0)
RAW = zlib.compressobj(wbits=-15)
DEFLATED = RAW.compress(TEXT) + RAW.flush()
case("gzip", "a gzipped body", sized(b"Content-Encoding: gzip", body=PACKED))
case("gzip-x", "a gzipped body, called x-gzip", sized(b"Content-Encoding: x-gzip", body=PACKED))
case("gzip-chunked", "a gzipped body in chunks", answer(b"Content-Encoding: gzip", TE, body=chunked(PACKED)))
case("gzip-cut", "a gzipped body that ends too early", sized(b"Content-Encoding: gzip", body=PACKED[:20]))
case("gzip-not", "a body called gzip that is none", sized(b"Content-Encoding: gzip", body=TEXT))
case("gzip-twice", "a body gzipped twice, Content-Encoding: gzip, gzip",
     sized(b"Content-Encoding: gzip, gzip", body=gzip.compress(PACKED, mtime=0)))  # fmt: skip
case("gzip-empty", "Content-Encoding: gzip and no body", sized(b"Content-Encoding: gzip", body=b""))
case(
    "deflate-zlib", "a deflated body, with zlib's header", sized(b"Content-Encoding: deflate", body=zlib.compress(TEXT))
)
case("deflate-raw", "a deflated body, raw", sized(b"Content-Encoding: deflate", body=DEFLATED))
case(
    "brotli", "Content-Encoding: br, which nobody asked for", sized(b"Content-Encoding: br", body=b"\x0b\x00\x80ok\x03")
)
case("encoding-unknown", "an unknown Content-Encoding", sized(b"Content-Encoding: x-odd"))
case("encoding-two-lines", "two Content-Encoding lines, identity and gzip",
     sized(b"Content-Encoding: identity", b"Content-Encoding: gzip", body=PACKED))  # fmt: skip
