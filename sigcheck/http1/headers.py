"""Header lines: the fields as we read them, and what each client refuses of their syntax and size.

All lines come as received, without their LF. The rules of the clients follow their sources, as in `status`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sigcheck.http1.text import quoted
from sigcheck.model.answers import CLIENTS, HttpClient, Oddity, OddityKind

CURL_LINE = 100 * 1024
CURL_LINES = 300 * 1024
"""Bytes that curl takes of one line, and of all header lines together."""
JDK_LINES = 384 * 1024
JDK_OVERHEAD = 32
"""What a JDK takes: the characters of names and values, and 32 for each field (jdk.http.maxHeaderSize)."""

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_BLANKS = bytes(range(33))
_NAME_FIX = "Use only letters, digits and hyphens in header names."
_VALUE_FIX = "Remove line ends and control characters from header values."
_SIZE_FIX = "Send fewer or smaller headers; cookies are the usual cause, and a callback needs none."


class Field(NamedTuple):
    """One header field, its folds undone; `unfolded` is what its first line says. The name is as sent."""

    name: bytes
    value: bytes
    unfolded: bytes


def fields(lines: Sequence[bytes]) -> tuple[Field, ...]:
    """Read the fields, as curl does: a line without a colon is none, and one that begins with a blank goes on.

    A name with a blank before its colon is another name: no client takes `Content-Length : 2` for a length.
    """
    found: list[tuple[bytes, list[bytes]]] = []
    for line in lines:
        text = line.rstrip(b"\r")
        if text[:1] in {b" ", b"\t"}:
            if found:
                found[-1][1].append(text)
            continue
        name, colon, value = text.partition(b":")
        if colon and name.strip():
            found.append((name, [value]))
    return tuple(
        Field(name, b" ".join(part.strip(_BLANKS) for part in parts).strip(), parts[0].strip(b" \t"))
        for name, parts in found
    )


def of_java_net_http(lines: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Give names, in lower case, and values as java.net.http reads them."""
    for line in logical_lines(lines):
        name, colon, value = line.partition(b":")
        if colon:
            yield name.lower(), value.strip(_BLANKS)


def syntax(lines: Sequence[bytes]) -> Iterator[Oddity]:
    """Give what is odd about the header lines, each kind of oddity once, with the clients that refuse it."""
    seen: dict[str, dict[HttpClient, int]] = {}
    shown: dict[str, tuple[bytes, str]] = {}
    for what, line, client, fix in (*_curl(lines), *_java_net_http(lines)):
        counts = seen.setdefault(what, {})
        counts[client] = counts.get(client, 0) + 1
        shown.setdefault(what, (line, fix))
    for what, counts in seen.items():
        line, fix = shown[what]
        number = max(counts.values())
        message = f"{what}: {quoted(line.rstrip())}" + (f" and {number - 1:,} more" if number > 1 else "")
        refused = tuple(client for client in CLIENTS if client in counts)
        yield Oddity(OddityKind.HEADER_SYNTAX, message, refused, fix)
    if any(line[:1] in {b" ", b"\t"} for line in lines[1:]):
        yield Oddity(
            OddityKind.HEADER_SYNTAX,
            "a header is folded over several lines, which HTTP no longer allows (RFC 9112, section 5.2)",
            fix="Write each header on one line.",
        )


def _curl(lines: Sequence[bytes]) -> Iterator[tuple[str, bytes, HttpClient, str]]:
    for number, line in enumerate(lines):
        if b"\0" in line:
            yield "a header contains a NUL byte", line, "curl", _VALUE_FIX
        elif line[:1] in {b" ", b"\t"}:
            if number == 0:
                yield "the first header line begins with whitespace", line, "curl", "Remove the whitespace."
        elif b":" not in line.split(b"\r", 1)[0]:
            yield "a header line has no colon", line, "curl", "Write each header as 'name: value'."


def _java_net_http(lines: Sequence[bytes]) -> Iterator[tuple[str, bytes, HttpClient, str]]:
    for line in logical_lines(lines):
        name, colon, value = line.partition(b":")
        if not colon or not name:
            continue
        if not _NAME.fullmatch(name):
            if b"\0" in name:
                yield "a header contains a NUL byte", line, "java.net.http", _VALUE_FIX
            elif line[:1] in {b" ", b"\t"}:
                yield "the first header line begins with whitespace", line, "java.net.http", "Remove the whitespace."
            elif _NAME.fullmatch(name.rstrip(b" \t")):
                yield (
                    "a header has whitespace before its colon",
                    line,
                    "java.net.http",
                    "Remove the whitespace.",
                )
            else:
                yield "a header name contains a character that is not allowed there", line, "java.net.http", _NAME_FIX
        elif not _VALUE.fullmatch(value.strip(_BLANKS)):
            what = "a header contains a NUL byte" if b"\0" in value else "a header value contains a control character"
            yield what, line, "java.net.http", _VALUE_FIX


def logical_lines(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Give the lines as java.net.http joins them: folds undone, and what stands before a bare CR forgotten."""
    parts: list[bytes] = []
    for number, line in enumerate(lines):
        segments = line.removesuffix(b"\r").split(b"\r")
        if parts and line[:1] not in {b" ", b"\t"}:
            yield b"".join(parts)
            parts = []
        for at, segment in enumerate(segments):
            if segment[:1] in {b" ", b"\t"} and (at or number):
                parts.append(b" " + segment[1:])
            else:
                parts = [segment]
    if parts:
        yield b"".join(parts)


def sizes(status_line: bytes, lines: Sequence[bytes], before: int) -> Iterator[Oddity]:
    """Give the clients that find the headers too large. `before` counts the bytes of interim answers."""
    longest = max((len(line) + 1 for line in (status_line, *lines)), default=0)
    total = before + sum(len(line) + 1 for line in (status_line, *lines))
    if longest >= CURL_LINE or total > CURL_LINES:
        what, size, cap = ("one line of the headers has", longest, CURL_LINE)
        if longest < CURL_LINE:
            what, size, cap = ("the headers have", total, CURL_LINES)
        message = f"{what} {size:,} bytes, more than curl accepts ({cap:,})"
        yield Oddity(OddityKind.HEADER_SIZE, message, ("curl",), _SIZE_FIX)
    jdk = tuple(
        client
        for client, texts in (
            ("HttpURLConnection", [line.rstrip(b"\r") for line in lines]),
            ("java.net.http", list(logical_lines(lines))),
        )
        if _jdk_size(status_line, texts, colons=client == "java.net.http") > JDK_LINES
    )
    if jdk:
        message = f"the headers have {total:,} bytes, more than a JDK accepts ({JDK_LINES:,})"
        yield Oddity(OddityKind.HEADER_SIZE, message, tuple(client for client in CLIENTS if client in jdk), _SIZE_FIX)


def _jdk_size(status_line: bytes, texts: Sequence[bytes], *, colons: bool) -> int:
    """Reckon as a JDK does; it looks while it reads, so the largest sum on the way counts."""
    total = JDK_OVERHEAD + len(status_line.rstrip(b"\r"))
    largest = total
    for text in texts:
        largest = max(largest, total + len(text) + JDK_OVERHEAD)
        name, colon, value = text.partition(b":")
        if colon or not colons:
            total += len(name) + len(value.strip(_BLANKS)) + JDK_OVERHEAD
    return max(largest, total)
