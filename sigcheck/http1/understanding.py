"""Makes an answer of its heads: the status, the headers, what is odd about them, and how the body ends."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from sigcheck.http1 import framing, headers
from sigcheck.http1.framing import Framing
from sigcheck.http1.heads import RawHead
from sigcheck.http1.status import StatusLine, read_status_line
from sigcheck.http1.text import quoted
from sigcheck.model.answers import CLIENTS, Head, HttpClient, Oddity, OddityKind

HEADERS_KEPT = 64
TEXT_KEPT = 256
"""Headers, and characters of a header or of a reason, that are kept."""
INTERIM_KEPT = 64
INTERIM_CAP = 256
"""Interim answers that are remembered, and that are read: nobody sends more than a few."""
INTERIM_OF_JAVA_NET_HTTP = 8

_CR_FIX = "End each line with CR LF."
_LINE_FIX = "Leave the status line to the web server: HTTP/1.1, a space, three digits, a space, and a phrase."


class Interim(NamedTuple):
    """The interim answers before the final one: the first of their statuses, their number, their bytes."""

    statuses: tuple[int, ...] = ()
    number: int = 0
    size: int = 0


class Understood(NamedTuple):
    """A final answer, understood. `refused` says why no client gives its status; there is no `head` then."""

    head: Head | None
    framing: Framing
    oddities: tuple[Oddity, ...]
    refused: str | None


def understand(method: str, raw: RawHead, interim: Interim, before: Sequence[Oddity] = ()) -> Understood:
    """Understand the head of a final answer. `before` is what is known to be odd about it already."""
    line = read_status_line(raw.first)
    status = line.status or 0
    oddities = [*before, *of_head(raw, line), *_of_interim(interim)]
    oddities += headers.sizes(raw.first, raw.lines, interim.size)
    oddities += framing.oddities(method, status, raw.lines)
    refused = _refused(oddities)
    head = None if refused else _head(line, headers.fields(raw.lines), interim.statuses)
    return Understood(head, framing.framing(method, status, raw.lines), tuple(oddities), refused)


def of_head(raw: RawHead, line: StatusLine) -> Iterable[Oddity]:
    """Give what is odd about the writing of a head, final or interim."""
    yield from _of_line(raw, line)
    if raw.cr_alone:
        return
    yield from headers.syntax(raw.lines)
    if raw.last not in {b"", b"\r"}:
        message = f"the empty line behind the headers is not empty: {quoted(raw.last)}"
        yield Oddity(OddityKind.HEADER_SYNTAX, message, ("java.net.http",), _CR_FIX)


def _refused(oddities: Iterable[Oddity]) -> str | None:
    """Say why nobody takes the answer, where the oddities together drive all clients away."""
    refusing = [oddity for oddity in oddities if oddity.refused_by]
    if {client for oddity in refusing for client in oddity.refused_by} != set(CLIENTS):
        return None
    return "; ".join(dict.fromkeys(oddity.message for oddity in refusing))


def _of_line(raw: RawHead, line: StatusLine) -> Iterable[Oddity]:
    if raw.cr_alone:
        message = "the lines of the answer end with CR instead of CR LF"
        others = {*line.refused_by, "curl", "java.net.http"}
        refused_by = tuple(client for client in CLIENTS if client in others)
        yield Oddity(OddityKind.STATUS_LINE, message, refused_by, _CR_FIX)
    elif line.refused_by:
        message = line.trouble(raw.first)
        if (other := _other_statuses(line)) is not None:
            message += f"; {other}"
        yield Oddity(OddityKind.STATUS_LINE, message, line.refused_by, _LINE_FIX)
    elif not all(each.endswith(b"\r") for each in (raw.first, *raw.lines)):
        yield Oddity(OddityKind.HEADER_SYNTAX, "lines end with LF instead of CR LF", fix=_CR_FIX)


def _other_statuses(line: StatusLine) -> str | None:
    """Say which clients take the status for another one."""
    others: dict[int, list[HttpClient]] = {}
    for client, status in line.by.items():
        if status is not None and status != line.status:
            others.setdefault(status, []).append(client)
    if not others:
        return None
    return "; ".join(f"{' and '.join(clients)} would read {status}" for status, clients in others.items())


def _of_interim(interim: Interim) -> Iterable[Oddity]:
    if any(status != 100 for status in interim.statuses):
        status = next(status for status in interim.statuses if status != 100)
        message = f"an interim {status} comes first, and HttpURLConnection of a JDK 17 takes it for the answer"
        fix = f"Do not send {status}; the client of a callback has no use for it."
        yield Oddity(OddityKind.INTERIM, message, ("HttpURLConnection",), fix)
    if interim.number > INTERIM_OF_JAVA_NET_HTTP:
        message = f"{interim.number:,} interim answers came before the answer"
        yield Oddity(OddityKind.INTERIM, message, ("java.net.http",), "Send one interim answer at most.")


def _head(line: StatusLine, found: Iterable[headers.Field], interim: tuple[int, ...]) -> Head:
    kept = [(_text(field.name.strip()), _text(field.value)) for field in found]
    return Head(
        status=line.status or 0,
        reason=_text(line.reason),
        version=_text(line.version),
        headers=tuple(kept[:HEADERS_KEPT]),
        interim=interim,
    )


def _text(raw: bytes) -> str:
    return _decoded(raw[:TEXT_KEPT])


@lru_cache(maxsize=256)
def _decoded(raw: bytes) -> str:
    """Give a text, in memory once where it comes again and again: the answers of a receiver say mostly the same."""
    return raw.decode("latin-1")
