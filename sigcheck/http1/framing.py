"""Where the body ends: by our reading, and by that of each client, which may be another one."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from sigcheck.http1.headers import Field, fields, of_java_net_http
from sigcheck.http1.text import quoted
from sigcheck.model.answers import CLIENTS, HttpClient, Oddity, OddityKind

Kind = Literal["none", "length", "chunked", "close"]
_LONG_MAX = 2**63 - 1
_CURL_NUMBER = re.compile(rb"\+?[0-9]+")
_JAVA_NUMBER = re.compile(rb"[+-]?[0-9]+")
_DIGITS_MAX = 40
_KNOWN_TO_CURL = frozenset((b"chunked", b"identity", b"gzip", b"x-gzip", b"deflate", b"br", b"zstd"))
_LENGTH_FIX = "Leave Content-Length to the web server or framework; it must appear once, with the body's size in bytes."
_CODING_FIX = "Leave Transfer-Encoding to the web server; it must be 'chunked', once, and without a Content-Length."
_FORBIDDEN_FIX = "Send 204 without Content-Length, Transfer-Encoding and body, or answer 200."


class Plan(NamedTuple):
    """How a body ends: not there, after `length` bytes, by its chunks, or with the connection."""

    kind: Kind
    length: int = 0


class Framing(NamedTuple):
    """Our plan, and that of each client."""

    ours: Plan
    by: dict[HttpClient, Plan]


def framing(method: str, status: int, lines: Sequence[bytes]) -> Framing:
    """Read how the body ends. A Transfer-Encoding that says chunked goes before any Content-Length (RFC 9112, 6.3)."""
    found = fields(lines)
    lengths, codings = _values(found, b"content-length"), _values(found, b"transfer-encoding")
    if method == "HEAD" or status in {204, 304}:
        return Framing(Plan("none"), dict.fromkeys(CLIENTS, Plan("none")))
    by: dict[HttpClient, Plan] = {
        "curl": _curl(_unfolded(found), codings),
        "HttpURLConnection": _http_url_connection(lengths, codings),
        "java.net.http": _java_net_http(*_of_java_net_http(lines)),
    }
    ours = by["curl"]
    if codings and ours.kind == "close" and by["HttpURLConnection"].kind == "length":
        ours = by["HttpURLConnection"]
    return Framing(ours, by)


def _curl(lengths: Sequence[bytes], codings: Sequence[bytes]) -> Plan:
    """Follow curl: chunked anywhere in the list; any other coding runs to the end; the last length that is a number."""
    if b"chunked" in _codings(codings):
        return Plan("chunked")
    if codings:
        return Plan("close")
    number = None
    for value in lengths:
        read = _curl_number(value)
        number = read if read is not None and read <= _LONG_MAX else number
    return Plan("close") if number is None else Plan("length", number)


def _http_url_connection(lengths: Sequence[bytes], codings: Sequence[bytes]) -> Plan:
    """Follow HttpURLConnection: the last Transfer-Encoding if it is chunked, the last length if it is a number."""
    if codings and codings[-1].lower() == b"chunked":
        return Plan("chunked")
    number = _java_number(lengths[-1]) if lengths else None
    return Plan("length", number) if number is not None and number >= 0 else Plan("close")


def _java_net_http(lengths: Sequence[bytes], codings: Sequence[bytes]) -> Plan:
    """Follow java.net.http: the first length, whatever the Transfer-Encoding; without one, the first coding."""
    number = _java_number(lengths[0]) if lengths else None
    if number is not None and (number >= 0 or number < -2):
        # -1 and -2 are its own words for "not known"; any other negative length waits for ever.
        return Plan("length", number if number >= 0 else _LONG_MAX)
    return Plan("chunked") if codings and codings[0].lower() == b"chunked" else Plan("close")


def oddities(method: str, status: int, lines: Sequence[bytes]) -> Iterator[Oddity]:
    """Give what is odd about the framing, and who refuses the answer for it."""
    found = fields(lines)
    lengths, codings = _values(found, b"content-length"), _values(found, b"transfer-encoding")
    of_java, _ = _of_java_net_http(lines)
    bodiless = status in {204, 304}
    yield from _of_lengths(lengths, [] if bodiless else _unfolded(found), of_java[:1])
    if status == 204 and (codings or (of_java and _java_number(of_java[0]) not in {0, None})):
        what = "Transfer-Encoding (RFC 9112, section 6.1)" if codings else "Content-Length (RFC 9110, section 8.6)"
        message = f"the answer is a 204, which has no body and must not carry {what}"
        yield Oddity(OddityKind.BODY_FORBIDDEN, message, ("java.net.http",), _FORBIDDEN_FIX)
    if bodiless or method == "HEAD":
        return
    if codings and lengths:
        message = "the answer has both Transfer-Encoding and Content-Length, so clients may read different bodies"
        yield Oddity(OddityKind.FRAMING, message, fix=_CODING_FIX)
    if len(codings) > 1 or (codings and codings[0].lower() != b"chunked"):
        unknown = _codings(codings) - _KNOWN_TO_CURL
        if unknown:
            message = f"Transfer-Encoding names a coding that curl does not know: {quoted(min(unknown))}"
            yield Oddity(OddityKind.FRAMING, message, fix=_CODING_FIX, body_lost_by=("curl",))
        value = quoted(b", ".join(codings))
        message = f"Transfer-Encoding is {value} instead of 'chunked', so clients may read different bodies"
        yield Oddity(OddityKind.FRAMING, message, fix=_CODING_FIX)


def _of_lengths(lengths: Sequence[bytes], of_curl: Sequence[bytes], of_java: Sequence[bytes]) -> Iterator[Oddity]:
    refusing: dict[bytes, set[HttpClient]] = {}
    for value in of_curl:
        if _curl_number(value) is None:
            refusing.setdefault(value, set()).add("curl")
    for value in of_java:
        if _java_number(value) is None:
            refusing.setdefault(value, set()).add("java.net.http")
    for value, clients in refusing.items():
        refused = tuple(client for client in CLIENTS if client in clients)
        yield Oddity(
            OddityKind.LENGTH, f"Content-Length is not a number of bytes: {quoted(value)}", refused, _LENGTH_FIX
        )
    if len(lengths) > 1 and not refusing:
        same = len({_java_number(value) for value in lengths}) == 1
        values = "with the same value" if same else f"as {quoted(lengths[0])} and as {quoted(lengths[-1])}"
        yield Oddity(OddityKind.LENGTH, f"Content-Length is sent {len(lengths)} times, {values}", fix=_LENGTH_FIX)


def _curl_number(value: bytes) -> int | None:
    """Read as strtoll reads, up to the first character that is no digit; None for rubbish and for a minus."""
    found = _CURL_NUMBER.match(value)
    return _number(found[0].lstrip(b"+")) if found else None


def _java_number(value: bytes) -> int | None:
    """Read as Long.parseLong reads: nothing but a number, of 64 bits."""
    if not _JAVA_NUMBER.fullmatch(value):
        return None
    number = _number(value.lstrip(b"+-"))
    return None if number > _LONG_MAX else -number if value.startswith(b"-") else number


def _number(digits: bytes) -> int:
    """Read digits of which there may be very many: what is too large for everybody is just large."""
    significant = digits.lstrip(b"0")
    return int(significant or b"0") if len(significant) <= _DIGITS_MAX else 10**_DIGITS_MAX


def _codings(values: Sequence[bytes]) -> frozenset[bytes]:
    return frozenset(name.strip().lower() for value in values for name in value.split(b",") if name.strip())


def _values(found: Sequence[Field], name: bytes) -> list[bytes]:
    return [field.value for field in found if field.name.lower() == name]


def _of_java_net_http(lines: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Give lengths and codings as java.net.http sees them."""
    found = list(of_java_net_http(lines))
    return (
        [value for name, value in found if name == b"content-length"],
        [value for name, value in found if name == b"transfer-encoding"],
    )


def _unfolded(found: Sequence[Field]) -> list[bytes]:
    """Give the lengths as curl sees them: it knows no folds."""
    return [field.unfolded for field in found if field.name.lower() == b"content-length"]
