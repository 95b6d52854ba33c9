"""The status that each client reads off a status line, and the one that we take for it.

A client's reading is the status that it gives its caller, or None where it gives none. The functions follow the
sources of the clients: curl 7.88.1 (lib/http.c), OpenJDK 17 (HttpURLConnection, Http1HeaderParser).
"""

import re
from typing import NamedTuple

from sigcheck.http1.text import quoted
from sigcheck.model.answers import CLIENTS, HttpClient

FIRST_FINAL = 200
"""Statuses below are interim, or none at all."""

_CURL = re.compile(rb"HTTP/\s*(\d)(?:\.\s*(\d)(?:(.)\s*([+-]\d{1,2}|\d{1,3})(.)?)?)?", re.DOTALL)
_CURL_2 = re.compile(rb"HTTP/[23]\s*([+-]?\d+)")
_CURL_VERSIONS = {(1, 0), (1, 1), (2, 0)}
_WRITTEN = re.compile(rb"HTTP/\S*\s+(\d{3})(?!\d)", re.IGNORECASE)
_VERSION = re.compile(rb"(HTTP/\d(?:\.\d+)?)", re.IGNORECASE)
_INT = re.compile(rb"[+-]?[0-9]+")
_INT_MAX = 2**31 - 1


class StatusLine(NamedTuple):
    """A status line, read: the status by our reading (None where no client gives one), and each client's."""

    status: int | None
    reason: bytes
    version: bytes
    by: dict[HttpClient, int | None]

    @property
    def refused_by(self) -> tuple[HttpClient, ...]:
        """The clients that do not give their caller this status."""
        return tuple(client for client in CLIENTS if self.status is None or self.by[client] != self.status)

    def trouble(self, line: bytes) -> str:
        """Say what is wrong with the line as it was sent."""
        return f"{_trouble(line.rstrip())}: {quoted(line.rstrip())}"


def _trouble(line: bytes) -> str:
    if b"\0" in line:
        return "the status line contains a NUL byte"
    if b"\r" in line:
        return "the status line contains a bare CR"
    if re.match(rb"HTTP/1\.[01](?!\S)", line) is None:
        return "the status line does not begin with HTTP/1.1 or HTTP/1.0"
    if re.match(rb"\S+ [1-9]\d\d(?!\S)", line) is None:
        return "the status line does not have a status of three digits after a single space"
    return "the status line is not written as HTTP asks"


def read_status_line(line: bytes) -> StatusLine:
    """Read a status line: all bytes before its LF. Interim statuses are read like final ones."""
    by: dict[HttpClient, int | None] = {
        "curl": curl(line),
        "HttpURLConnection": http_url_connection(line),
        "java.net.http": java_net_http(line),
    }
    given = [status for status in by.values() if status is not None and status >= 100]
    status = _choose(_number(_WRITTEN.match(line)), given)
    version = _VERSION.match(line)
    found = re.search(rb"\s[+-]?\d+\S*\s?(.*)", line.rstrip(b"\r"), re.DOTALL)
    return StatusLine(status, found[1] if found else b"", version[1] if version else b"", by)


def _choose(written: int | None, given: list[int]) -> int | None:
    """Take what is written, if any client gives a status at all; else what most of them give."""
    if not given:
        return None
    if written is not None and written >= 100:
        return written
    return max(given, key=given.count)


def curl(line: bytes) -> int | None:
    """Give curl's reading: sscanf(" HTTP/%1d.%1d%c%3d%c"), and 200 for a beginning that is nearly that."""
    if line[:5].upper() != b"HTTP/" or b"\0" in line:
        return None
    found = _CURL.match(line)
    if found is None:
        return 200 if line[5:].strip() else None
    major, minor, separator, status, after = found.groups()
    if minor is None and major in {b"2", b"3"} and (second := _CURL_2.match(line)) is not None:
        # HTTP/3 gets this far too, and is then a version that it was not built for.
        return int(second[1]) if major == b"2" else None
    if status is None:
        return None
    number = int(status)
    if number < 100 or (after or b"").isdigit():
        return None
    return number if separator == b" " and (int(major), int(minor)) in _CURL_VERSIONS else None


def http_url_connection(line: bytes) -> int | None:
    """Give HttpURLConnection's reading: a number between the first two blanks, of a line that any CR ends."""
    if not line.startswith(b"HTTP/1.") or len(line) < 8:
        return None
    text = _first_line(line).replace(b"\t", b" ").rstrip(bytes(range(33)))
    at = text.find(b" ")
    if at < 0 or 0 <= text.find(b":") < at:
        return None
    end = text.find(b" ", at + 1)
    status = text[at + 1 : end if end >= 0 else len(text)]
    if not _INT.fullmatch(status) or len(status) > 12:
        return None
    number = int(status)
    return number if -_INT_MAX <= number <= _INT_MAX and number != -1 else None


def _first_line(line: bytes) -> bytes:
    """Cut at a CR that ends the line: one that no blank or control character continues."""
    found = re.search(rb"\r(?=[\r\n!-\xff])", line)
    return line[: found.start()] if found else line


def java_net_http(line: bytes) -> int | None:
    """Give java.net.http's reading: the three characters at the tenth place, in a line without a bare CR."""
    text = line.removesuffix(b"\r")
    if not text.startswith(b"HTTP/1.") or len(text) < 12 or b"\r" in text:
        return None
    status = text[9:12]
    if not _INT.fullmatch(status) or int(status) < 100:
        return None
    return int(status)


def _number(found: re.Match[bytes] | None) -> int | None:
    return int(found[1]) if found else None
