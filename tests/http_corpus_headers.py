"""Header lines: their syntax, their size, their number."""

from tests.http_corpus import PAUSE, Group, sized

GROUP = Group()
case = GROUP.add

for size, name in ((8_000, "8-kb"), (70_000, "70-kb"), (99_000, "99-kb"), (110_000, "110-kb"), (250_000, "250-kb"),
                   (320_000, "320-kb"), (400_000, "400-kb"), (600_000, "600-kb")):  # fmt: skip
    case(f"size-line-{name}", f"one header line of {size:,} bytes", sized(b"X-A: " + b"x" * (size - 5)))
for size, name in ((200_000, "200-kb"), (290_000, "290-kb"), (320_000, "320-kb"), (380_000, "380-kb"),
                   (400_000, "400-kb"), (600_000, "600-kb"), (2_000_000, "2-mb")):  # fmt: skip
    case(f"size-lines-{name}", f"header lines of 1,000 bytes, {size:,} bytes in all",
         sized(*[b"X-%04d: " % at + b"x" * 990 for at in range(size // 1000)]))  # fmt: skip
for count in (100, 1000, 3000, 5000):
    case(f"count-{count}", f"{count} headers", sized(*[b"X-%04d: b" % at for at in range(count)]))
    case(
        f"count-same-{count}",
        f"{count} headers of one name",
        sized(*[b"Set-Cookie: a=%04d" % at for at in range(count)]),
    )
case("size-name", "a header name of 70,000 bytes", sized(b"X" * 70_000 + b": b"))

case("header-no-space", "no space behind the colon", sized(b"X-A:b"))
case("header-tab", "a tab behind the colon", sized(b"X-A:\tb"))
case("header-empty", "an empty value", sized(b"X-A:"))
case("header-space-before-colon", "a space before the colon", sized(b"X-A : b"))
case("header-tab-before-colon", "a tab before the colon", sized(b"X-A\t: b"))
case("header-space-in-name", "a space in a name", sized(b"X A: b"))
case("header-slash-in-name", "a slash in a name", sized(b"X/A: b"))
case("header-bracket-in-name", "brackets in a name", sized(b"X[A]: b"))
case("header-at-in-name", "an @ in a name", sized(b"X@A: b"))
case("header-underscore", "an underscore in a name", sized(b"X_A: b"))
case("header-dot", "a dot in a name", sized(b"X.A: b"))
case("header-8-bit-name", "an 8-bit byte in a name", sized(b"X-\xe9: b"))
case("header-nul-in-name", "a NUL in a name", sized(b"X-\0A: b"))
case("header-control-in-name", "a control character in a name", sized(b"X-\x01A: b"))
case("header-quoted-name", "a name in quotes", sized(b'"X-A": b'))
case("header-no-colon", "a line without a colon", sized(b"no colon here"))
case("header-no-colon-word", "a line that is one word", sized(b"word"))
case("header-no-colon-first", "a line without a colon, just below the status line",
     b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\n\r\nok")  # fmt: skip
case("header-no-colon-last", "a line without a colon above the empty line",
     b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno colon here\r\n\r\nok")  # fmt: skip
case("header-empty-name", "a line that begins with a colon", sized(b": b"))
case("header-equals", "name=value for a header", sized(b"X-A=b"))
case("header-status-again", "a second status line among the headers", sized(b"HTTP/1.1 200 OK"))
case("header-html", "HTML where headers are due", b"HTTP/1.1 200 OK\r\n<html><body>ok</body></html>\r\n")
case("header-fold", "a folded header", sized(b"X-A: b\r\n c"))
case("header-fold-tab", "a header folded with a tab", sized(b"X-A: b\r\n\tc"))
case(
    "header-fold-first", "a blank before the first header", b"HTTP/1.1 200 OK\r\n X-A: b\r\nContent-Length: 2\r\n\r\nok"
)
case("header-fold-first-length", "a blank before a Content-Length that comes first",
     b"HTTP/1.1 200 OK\r\n Content-Length: 2\r\n\r\nok")  # fmt: skip
case("header-fold-length", "a folded Content-Length", b"HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nok")
case("header-fold-blank", "a line of blanks among the headers", sized(b"X-A: b\r\n   "))
case("header-fold-many", "a header folded 1,000 times", sized(b"X-A: b" + b"\r\n c" * 1000))
case("header-nul", "a NUL in a value", sized(b"X-A: b\0c"))
case("header-nul-start", "a NUL before a value", sized(b"X-A: \0b"))
case("header-control", "a control character in a value", sized(b"X-A: b\x01c"))
case("header-escape", "a terminal's escape sequence in a value", sized(b"X-A: \x1b[31mb"))
case("header-del", "a DEL in a value", sized(b"X-A: b\x7fc"))
case("header-cr", "a bare CR in a value", sized(b"X-A: b\rc"))
case("header-cr-colon", "a bare CR, then what looks like a header", sized(b"X-A: b\rX-C: d"))
case("header-cr-end", "CR CR LF behind a value", sized(b"X-A: b\r"))
case("header-cr-blank", "a bare CR and a blank in a value", sized(b"X-A: b\r c"))
case("header-lf", "LF alone behind a header", b"HTTP/1.1 200 OK\r\nX-A: b\nContent-Length: 2\r\n\r\nok")
case("header-8-bit", "8-bit bytes in a value", sized(b"X-A: \xe9\xff"))
case("header-utf-8", "UTF-8 in a value", sized("X-A: schön ☃".encode()))
case("header-cr-only-end", "an empty line of CR alone", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\rok")
case("header-apart", "headers a moment apart", b"HTTP/1.1 200 OK\r\n", PAUSE, b"X-A: b\r\nConte", PAUSE,
     b"nt-Length: 2\r\n", PAUSE, b"\r\nok")  # fmt: skip

case("header-location-bad", "201 with a Location that is no URL", sized(b"Location: ht!tp://[", line=b"HTTP/1.1 201 C"))
case("header-cookie-bad", "a Set-Cookie that is none", sized(b"Set-Cookie: ;;;=;"))
case("header-date-bad", "a Date that is none", sized(b"Date: yesterday"))
case("header-type-bad", "a Content-Type that is none", sized(b"Content-Type: ///;;charset="))
case("header-connection-odd", "Connection: upgrade, close", sized(b"Connection: upgrade, close", b"Upgrade: h2c"))
case(
    "header-keep-alive-odd",
    "a Keep-Alive that is none",
    sized(b"Connection: keep-alive", b"Keep-Alive: timeout=x, max=-1"),
)
case("header-authenticate-bad", "401 with a WWW-Authenticate that is none",
     sized(b"WWW-Authenticate: ,,,=", line=b"HTTP/1.1 401 Unauthorized"))  # fmt: skip
case("header-authenticate-missing", "401 without WWW-Authenticate", sized(line=b"HTTP/1.1 401 Unauthorized"))
case("header-authenticate-basic", "401 with a Basic challenge",
     sized(b'WWW-Authenticate: Basic realm="a"', line=b"HTTP/1.1 401 Unauthorized"))  # fmt: skip
case("header-proxy-authenticate", "407 with a Basic challenge",
     sized(b'Proxy-Authenticate: Basic realm="a"', line=b"HTTP/1.1 407 Proxy"))  # fmt: skip
