"""Reads records of callbacks that were not delivered, in whatever form the API or a person has put them. Pure.

What is known of the forms: the API's public definition (v2: `callbacks-not-delivered` of a device, a device type, a
callback and a group), its examples, which name fields otherwise than the definition does, v1's
`callbacks/messages/error`, and one published record of an operator. Anything may be missing, of another type, or
hostile: each text is cut to a length, and none is trusted.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import Struct

from sigcheck.errors import UsageProblem

LARGEST = 32 << 20
"""Bytes of a file: more than 50,000 records."""

MOST = 100_000
"""Records that are read of one file, or of the API."""

LONGEST = 2000
"""Characters that are kept of any text."""

MOST_PAIRS = 64
"""Headers and parameters that are kept of one record."""

FIX = "give the answer of the API's callbacks-not-delivered as it is, a list of its records, or one record per line"

Channel = Literal["URL", "EMAIL", "unknown"]

_MILLISECONDS = 1e11
"""From here on a time counts milliseconds (as seconds, it would be in the year 5138; as milliseconds, it is in 1973)"""

_LATEST = 1e14
_BLANK = re.compile(r"\s+")
_NUMBER = re.compile(r"\s*(\d{3})(?!\d)")
_KEYS = frozenset(("callback", "device", "deviceId", "status"))
"""A record has one of these; an error of the API has none."""


class Record(Struct, frozen=True, kw_only=True):
    """One call that failed, as the Cloud has noted it.

    `time` is when the message was received, in Unix seconds. `status` is None where the record has no number; `said` is
    then what it has instead. `message` is the text beside it, and `error` the one of the callback: what went wrong with
    its template. `headers` and `parameters` are pairs; `body` is text, also where the record has an object.
    """

    device: str = ""
    time: float | None = None
    data: str = ""
    status: int | None = None
    said: str = ""
    message: str = ""
    error: str = ""
    channel: Channel = "unknown"
    url: str = ""
    method: str = ""
    content_type: str = ""
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


class Records(Struct, frozen=True):
    """What was read, and what a reader must know of it.

    `skipped` entries are not records. `cut`: there are more than were read. `more_pages`: the last page names another.
    """

    records: tuple[Record, ...]
    skipped: int = 0
    cut: bool = False
    more_pages: bool = False


def read(content: bytes, name: str) -> Records:
    """Read a file called `name`; raises UsageProblem for what is not JSON, or has nothing that looks like a record."""
    text = content.decode("utf-8-sig", "replace")
    if not text.strip():
        raise UsageProblem(f"{name} is empty", FIX)
    found: list[Record] = []
    skipped, lists, more = 0, 0, False
    for entry in _entries(text, name):
        if isinstance(entry, _Page):
            lists += 1
            more = entry.more
            continue
        if len(found) >= MOST:
            return Records(tuple(found), skipped, cut=True, more_pages=more)
        record = record_of(entry)
        if record is None:
            skipped += 1
        else:
            found.append(record)
    if not found and (skipped or not lists):
        raise UsageProblem(f"{name} has no records of undelivered callbacks", FIX)
    return Records(tuple(found), skipped, more_pages=more)


def records_of(entries: Sequence[Any], most: int) -> Records:
    """Read the first `most` entries that the API gave."""
    found = [record_of(entry) for entry in entries[:most]]
    records = tuple(record for record in found if record is not None)
    return Records(records, len(found) - len(records), cut=len(entries) > most)


def record_of(entry: Any) -> Record | None:
    """Read one entry; None for what is not a record."""
    if not isinstance(entry, dict) or _KEYS.isdisjoint(entry):
        return None
    held = entry.get("callback")
    callback: Mapping[str, Any] = held if isinstance(held, dict) else {}
    url = _text(callback.get("url"))
    mail = not url and ("subject" in callback or "message" in callback)
    number, said = _status(entry.get("status"))
    return Record(
        device=_first(entry, "deviceId", "device"),
        time=_time(entry.get("time")) or _date(entry.get("time")) or _date(entry.get("date")),
        data=_text(entry.get("data")),
        status=number,
        said=said,
        message=_first(entry, "message", "messages"),
        error=_text(callback.get("error")),
        channel="URL" if url else "EMAIL" if mail else "unknown",
        url=url.strip(),
        method=_text(callback.get("method")).strip().upper(),
        content_type=_text(callback.get("contentType")).strip(),
        body=_text(callback.get("body")),
        headers=_pairs(callback.get("headers", callback.get("header"))),
        parameters=_pairs(entry.get("parameters")),
    )


class _Page(Struct):
    """A list of records, whatever stands around it; `more`: it names a next page."""

    more: bool = False


def _entries(text: str, name: str) -> Iterator[Any]:
    """Give what may be records, one by one, and a page before its own."""
    for document in _documents(text, name):
        for page in document if _holds_pages(document) else [document]:
            if isinstance(page, dict) and isinstance(page.get("data"), list):
                paging = page.get("paging")
                yield _Page(bool(isinstance(paging, dict) and paging.get("next")))
                yield from page["data"]
            elif isinstance(page, list):
                yield _Page()
                yield from page
            else:
                yield page


def _holds_pages(document: Any) -> bool:
    """Whether a list holds pages of the API, as somebody writes who collects them."""
    return isinstance(document, list) and any(
        isinstance(each, list) or (isinstance(each, dict) and isinstance(each.get("data"), list)) for each in document
    )


def _documents(text: str, name: str) -> Iterator[Any]:
    """Give each JSON document of a text: one, or several one after the other, as in a file with one on each line."""
    decoder, at = json.JSONDecoder(), 0
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        if at >= len(text):
            return
        try:
            document, at = decoder.raw_decode(text, at)
        except RecursionError:
            raise UsageProblem(f"{name} is nested too deeply", FIX) from None
        except json.JSONDecodeError as error:
            raise UsageProblem(f"{name} is not JSON (line {error.lineno}, column {error.colno})", FIX) from None
        except ValueError:
            raise UsageProblem(f"{name} has a number that is too large", FIX) from None
        yield document


def _text(value: Any) -> str:
    """Give a value as text, cut to LONGEST; an object or a list as JSON."""
    if isinstance(value, str):
        return value[:LONGEST]
    if value is None:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False)[:LONGEST]
    except (RecursionError, ValueError):
        return ""


def _first(entry: Mapping[str, Any], *names: str) -> str:
    return next((text for name in names if (text := _text(entry.get(name)).strip())), "")


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        return ()
    return tuple((name[:LONGEST], _text(each)) for name, each in list(value.items())[:MOST_PAIRS])


def _status(value: Any) -> tuple[int | None, str]:
    """Give the number, or else what stands in its place. The definition says text, and a published record a number."""
    if isinstance(value, str) and (match := _NUMBER.match(value)):
        return int(match[1]), ""
    if isinstance(value, int | float) and not isinstance(value, bool) and 100 <= value <= 999:
        return int(value), ""
    return None, _text(value).strip()


def _time(value: Any) -> float | None:
    """Give Unix seconds: a time is in seconds or in milliseconds, whatever the definition says of it."""
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,16}(\.\d{1,9})?\s*", value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LATEST:
        return None
    seconds = value / 1000 if value >= _MILLISECONDS else float(value)
    return seconds if math.isfinite(seconds) else None


def _date(value: Any) -> float | None:
    """Give Unix seconds of a date that says its zone; another one could be of any."""
    try:
        found = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
        seconds = None if found is None or found.tzinfo is None else found.astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if seconds is not None and 0 < seconds < _MILLISECONDS else None
