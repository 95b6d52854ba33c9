"""Status lines, status codes, and interim answers before the final one."""

from tests.http_corpus import PAUSE, Group, answer, chunked, sized

GROUP = Group()
case = GROUP.add

OK = sized()
REST = b"Content-Length: 2\r\n\r\nok"

case("good", "status line, Content-Length, body", OK)
case("good-in-bytes", "the same, one byte at a time", *(OK[at : at + 1] for at in range(len(OK))))
case("good-slow", "the same, with a pause in each part", OK[:5], PAUSE, OK[5:25], PAUSE, OK[25:39], PAUSE, OK[39:])
case("good-open", "the same; the server leaves the connection open", OK, close="stay")

case("line-http-1.0", "HTTP/1.0", sized(line=b"HTTP/1.0 200 OK"))
case("line-http-1.2", "HTTP/1.2", sized(line=b"HTTP/1.2 200 OK"))
case("line-http-1.10", "HTTP/1.10", sized(line=b"HTTP/1.10 200 OK"))
case("line-http-2.0", "the words HTTP/2.0 in an answer of HTTP/1", sized(line=b"HTTP/2.0 200 OK"))
case("line-http-2", "the words HTTP/2 in an answer of HTTP/1", sized(line=b"HTTP/2 200 OK"))
case("line-http-3", "the words HTTP/3 in an answer of HTTP/1", sized(line=b"HTTP/3 200 OK"))
case("line-http-0.9", "the words HTTP/0.9", sized(line=b"HTTP/0.9 200 OK"))
case("line-no-version", "HTTP without a version", sized(line=b"HTTP 200 OK"))
case("line-version-1", "HTTP/1", sized(line=b"HTTP/1 200 OK"))
case("line-version-letters", "HTTP/1.x", sized(line=b"HTTP/1.x 200 OK"))
case("line-https", "the word HTTPS/1.1", sized(line=b"HTTPS/1.1 200 OK"))
case("line-lower-case", "http/1.1 in lower case", sized(line=b"http/1.1 200 OK"))
case("line-lower-case-404", "http/1.1 404 in lower case", sized(line=b"http/1.1 404 Not Found"))
case("line-mixed-case", "Http/1.1 in mixed case", sized(line=b"Http/1.1 200 OK"))
case("line-icy", "ICY 200 OK, as from a radio server", sized(line=b"ICY 200 OK"))
case("line-no-reason", "a status without a reason", sized(line=b"HTTP/1.1 200 "))
case("line-no-reason-no-space", "a status without a reason and without the space", sized(line=b"HTTP/1.1 200"))
case("line-two-spaces", "two spaces before the status", sized(line=b"HTTP/1.1  200 OK"))
case("line-two-spaces-after", "two spaces after the status", sized(line=b"HTTP/1.1 200  OK"))
case("line-tab", "a tab before the status", sized(line=b"HTTP/1.1\t200 OK"))
case("line-tab-after", "a tab after the status", sized(line=b"HTTP/1.1 200\tOK"))
case("line-reason-glued", "no space between status and reason", sized(line=b"HTTP/1.1 200OK"))
case("line-reason-number", "a reason that is a number", sized(line=b"HTTP/1.1 200 404"))
case("line-reason-long", "a reason of 1,000 characters", sized(line=b"HTTP/1.1 200 " + b"x" * 1000))
case("line-reason-huge", "a reason of 200,000 characters", sized(line=b"HTTP/1.1 200 " + b"x" * 200_000))
case("line-reason-8-bit", "a reason in Latin-1", sized(line=b"HTTP/1.1 200 d'accord \xe9\xe8"))
case("line-reason-utf-8", "a reason in UTF-8", sized(line="HTTP/1.1 200 schön".encode()))
case("line-reason-nul", "a NUL in the reason", sized(line=b"HTTP/1.1 200 O\0K"))
case("line-reason-control", "a control character in the reason", sized(line=b"HTTP/1.1 200 O\x1bK"))
case("line-reason-cr", "a bare CR in the reason", sized(line=b"HTTP/1.1 200 O\rK"))
case("line-no-status", "a version and nothing else", sized(line=b"HTTP/1.1"))
case("line-no-status-space", "a version, a space and nothing else", sized(line=b"HTTP/1.1 "))
case("line-status-only-reason", "a reason and no status", sized(line=b"HTTP/1.1 OK"))
case("line-lf", "LF alone at the end of each line", OK.replace(b"\r\n", b"\n"))
case("line-lf-status", "LF alone after the status line", OK.replace(b"\r\n", b"\n", 1))
case("line-lf-last", "LF alone as the empty line", OK.replace(b"\r\n\r\n", b"\r\n\n"))
case("line-cr", "CR alone at the end of each line", OK.replace(b"\r\n", b"\r"))
case("line-cr-cr-lf", "CR CR LF at the end of each line", OK.replace(b"\r\n", b"\r\r\n"))

case("before-crlf", "an empty line before the status line", b"\r\n" + OK)
case("before-two-crlf", "two empty lines before the status line", b"\r\n\r\n" + OK)
case("before-lf", "an LF before the status line", b"\n" + OK)
case("before-blank", "a blank before the status line", b" " + OK)
case("before-bom", "a byte order mark before the status line", b"\xef\xbb\xbf" + OK)
case("before-line", "a line of text before the status line", b"Starting...\r\n" + OK)
case("before-header", "a header line before the status line", b"Content-Type: text/plain\r\n" + OK)
case("before-warning", "a warning of a script before the status line", b"\nWarning: x in y.php on line 3\n" + OK)

case("none-html", "a body and nothing else, as in HTTP/0.9", b"<html><body>ok</body></html>\n")
case("none-text", "the word ok and nothing else", b"ok")
case("none-json", "JSON and nothing else", b'{"ok": true}\n')
case("none-ssh", "the banner of an SSH server", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
case("none-ssh-open", "the same; the server leaves the connection open", b"SSH-2.0-OpenSSH_9.2p1\r\n", close="stay")
case("none-smtp", "the banner of a mail server", b"220 mail.example.com ESMTP\r\n", close="stay")
case("none-binary", "400 random-looking bytes", bytes((at * 89 + 7) % 256 for at in range(400)))
case("none-blank-lines", "empty lines and nothing else", b"\r\n" * 20)
case("none-endless-line", "2,000,000 letters without a line end", b"x" * 2_000_000)
case("none-tls-alert", "a TLS alert", bytes.fromhex("15030300020228"))
case("none-request", "a request where the answer is due", b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n")
case("none-h2-settings", "the first frame of HTTP/2", bytes.fromhex("000000040000000000"), close="stay")
H2_SETTINGS = bytes.fromhex("000012040000000000" + "000300000064" + "000400100000" + "000600004000")
H2_GOAWAY = bytes.fromhex("000008070000000000" + "0000000000000001")
case("none-h2-goaway", "frames of HTTP/2, and the end", H2_SETTINGS + H2_GOAWAY)

for status in (99, 0, 7, 42, 199, 299, 333, 418, 451, 499, 599, 600, 700, 999):
    case(f"status-{status:03d}", f"status {status:03d}", sized(line=b"HTTP/1.1 %03d Odd" % status))
for status in (201, 202, 301, 308, 400, 401, 407, 417, 500, 503):
    case(f"status-{status}", f"status {status}, a usual one", sized(line=b"HTTP/1.1 %d Usual" % status))
case("status-1-digit", "a status of one digit", sized(line=b"HTTP/1.1 2 OK"))
case("status-2-digits", "a status of two digits", sized(line=b"HTTP/1.1 20 OK"))
case("status-4-digits", "a status of four digits", sized(line=b"HTTP/1.1 2000 OK"))
case("status-leading-zero", "a status of four digits that begins with 0", sized(line=b"HTTP/1.1 0200 OK"))
case("status-negative", "a negative status", sized(line=b"HTTP/1.1 -200 OK"))
case("status-plus", "a status with a plus", sized(line=b"HTTP/1.1 +200 OK"))
case("status-letters", "letters for a status", sized(line=b"HTTP/1.1 abc OK"))
case("status-mixed", "digits and a letter", sized(line=b"HTTP/1.1 20x OK"))
case("status-decimal", "200.5", sized(line=b"HTTP/1.1 200.5 OK"))
case("status-huge", "a status of 12 digits", sized(line=b"HTTP/1.1 200000000000 OK"))

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"
case("interim-100", "100 Continue first", CONTINUE + OK)
case("interim-100-apart", "100 Continue first, the answer a moment later", CONTINUE, PAUSE, OK)
case("interim-100-headers", "100 with headers first", b"HTTP/1.1 100 Continue\r\nX-A: b\r\n\r\n" + OK)
case("interim-100-length", "100 with Content-Length: 0 first", b"HTTP/1.1 100 C\r\nContent-Length: 0\r\n\r\n" + OK)
case("interim-100-body", "100 with a body of two bytes first", b"HTTP/1.1 100 C\r\nContent-Length: 2\r\n\r\nok" + OK)
case("interim-102", "102 Processing first", b"HTTP/1.1 102 Processing\r\n\r\n" + OK)
case("interim-103", "103 Early Hints first", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK)
case("interim-199", "199 first", b"HTTP/1.1 199 Odd\r\n\r\n" + OK)
case("interim-two", "100 twice, then the answer", CONTINUE * 2 + OK)
case("interim-103-twice", "103 twice, then the answer", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2 + OK)
case("interim-100-103", "100 and 103, then the answer", CONTINUE + b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK)
case("interim-twenty", "100 twenty times, then the answer", CONTINUE * 20 + OK)
case("interim-100-alone", "100 Continue and no end of it", CONTINUE, close="stay")
case("interim-100-close", "100 Continue, then the connection is closed", CONTINUE)
case("interim-101", "101 that nobody asked for, and the answer", SWITCHING + OK)
case("interim-101-alone", "101 that nobody asked for, and no more", SWITCHING, close="stay")
case("interim-101-close", "101 that nobody asked for, then the connection is closed", SWITCHING)
case("interim-101-plain", "101 without Upgrade, and the answer", b"HTTP/1.1 101 Odd\r\n\r\n" + OK)

case("no-content", "204", answer(line=b"HTTP/1.1 204 No Content"), close="stay")
case("no-content-length-0", "204 with Content-Length: 0", answer(b"Content-Length: 0", line=b"HTTP/1.1 204 N"))
case(
    "no-content-length-2",
    "204 with Content-Length: 2 and no body",
    answer(b"Content-Length: 2", line=b"HTTP/1.1 204 N"),
    close="stay",
)
case("no-content-body", "204 with Content-Length and a body", sized(line=b"HTTP/1.1 204 N"))
case("no-content-text", "204 with bytes behind it and no framing", answer(line=b"HTTP/1.1 204 N", body=b"ok"))
case("no-content-chunked", "204 with Transfer-Encoding and an empty body",
     answer(b"Transfer-Encoding: chunked", line=b"HTTP/1.1 204 N", body=chunked()))  # fmt: skip
case("no-content-chunked-nothing", "204 with Transfer-Encoding and no bytes behind it",
     answer(b"Transfer-Encoding: chunked", line=b"HTTP/1.1 204 N"), close="stay")  # fmt: skip
case("no-content-chunked-body", "204 with Transfer-Encoding and a body",
     answer(b"Transfer-Encoding: chunked", line=b"HTTP/1.1 204 N", body=chunked(b"ok")))  # fmt: skip
case("no-content-identity", "204 with Transfer-Encoding: identity",
     answer(b"Transfer-Encoding: identity", line=b"HTTP/1.1 204 N"))  # fmt: skip
case("no-content-length-bad", "204 with a Content-Length that is no number",
     answer(b"Content-Length: none", line=b"HTTP/1.1 204 N"))  # fmt: skip
case("reset-content", "205", answer(line=b"HTTP/1.1 205 Reset Content"))
case("reset-content-open", "205 without framing; left open", answer(line=b"HTTP/1.1 205 R"), close="stay")
case("reset-content-length-0", "205 with Content-Length: 0", answer(b"Content-Length: 0", line=b"HTTP/1.1 205 R"))
case("reset-content-body", "205 with a body", sized(line=b"HTTP/1.1 205 R"))
case("not-modified", "304", answer(line=b"HTTP/1.1 304 Not Modified"), close="stay")
case(
    "not-modified-length",
    "304 with Content-Length and no body",
    answer(b"Content-Length: 9", line=b"HTTP/1.1 304 N"),
    close="stay",
)
case(
    "not-modified-length-bad",
    "304 with a Content-Length that is no number",
    answer(b"Content-Length: x", line=b"HTTP/1.1 304 N"),
)
case("not-modified-body", "304 with a body", sized(line=b"HTTP/1.1 304 Not Modified"))
case("not-modified-chunked", "304 with Transfer-Encoding",
     answer(b"Transfer-Encoding: chunked", line=b"HTTP/1.1 304 N", body=chunked(b"ok")))  # fmt: skip
