"""What the Cloud makes of the answer to a callback: the downlinks that it can use, and what is wrong. Pure.

The form of a downlink reply is official (support.sigfox.com/docs/bidir): 200 with
`{"<device>":{"downlinkData":"<16 hex digits>"}}`. That `noData` or 204 says that there is none is from an older
official text. A batch gets one object with an entry for each device that asked.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any

from msgspec import Struct

from sigcheck.model.delivery import Answer
from sigcheck.model.rule import Level

DATA_KEY, NONE_KEY = "downlinkData", "noData"
MENTION = DATA_KEY.lower().encode()
"""What a body has that means to carry a downlink, however it is spelt."""

WITH_REPLY, WITHOUT = 200, 204
DIGITS = 16
"""Hex digits of a downlink: eight bytes."""

SHOWN = 80
"""Characters of a server's text that a message quotes."""

_HEX = re.compile(r"[0-9A-Fa-f]*")
_ANYWHERE = re.compile(rb'"downlinkData"\s*:\s*"([^"]*)"')
_PAGE = re.compile(rb"\s*<(!doctype html|html)\b", re.IGNORECASE)


class ReplyFault(StrEnum):
    """Every way in which an answer is not what the Cloud asks for."""

    NOT_ACCEPTED = "no success"
    BODY_OF_204 = "204 with a body"
    STATUS = "another status than 200 and 204"
    EMPTY = "200 without a body"
    NOT_KEPT = "longer than what is kept of an answer, or cut short"
    ENCODING = "an encoding that cannot be undone"
    PAGE = "an HTML page"
    NOT_JSON = "not JSON"
    TWICE = "a name that is there twice"
    NO_OBJECT = "JSON, but not an object"
    OTHER_CASE = "the device id in another case"
    OTHER_KEY = "a key that is not the device id"
    NO_ENTRY = "no entry for the device"
    NO_MEMBERS = "an entry that is not an object"
    NEITHER = "neither downlinkData nor noData"
    BOTH = "both downlinkData and noData"
    DATA = "downlinkData is not 16 hex digits"
    CONTENT_TYPE = "another content type than application/json"
    NOT_ASKED = "a downlink for a device that did not ask"
    IGNORED = "a downlink where the callback has none"


class Wrong(Struct, frozen=True):
    """One thing that is wrong with an answer. `message` goes on behind the name of a delivery, and may quote it.

    `level` is `must` where a downlink is lost, `should` where nothing is lost or what the Cloud does is not published.
    """

    fault: ReplyFault
    message: str
    level: Level


class Reply(Struct, frozen=True):
    """What an answer comes to: `downlinks` that the Cloud can use, by device, and everything that is `wrong`."""

    downlinks: dict[str, str] = {}
    wrong: tuple[Wrong, ...] = ()


class Members(dict[str, Any]):
    """A JSON object as it was read, and the names that it has more than once; the last value of each is kept."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        super().__init__()
        self.twice: set[str] = set()
        for name, value in pairs:
            if name in self:
                self.twice.add(name)
            self[name] = value


class _NoJsonError(ValueError):
    """What was read is not JSON, and what it is instead."""


def downlinks_in(content: bytes, devices: Collection[str]) -> tuple[str, ...]:
    """Give the downlinks that an answer has for these devices; where it has no entry of theirs, all that it has."""
    try:
        document = _parsed(content)
    except _NoJsonError:
        document = None
    entries = [document[device] for device in devices if device in document] if isinstance(document, dict) else []
    if not entries:
        return tuple(each.decode("latin-1") for each in _ANYWHERE.findall(content))
    given = [entry.get(DATA_KEY) for entry in entries if isinstance(entry, dict)]
    return tuple(data for data in given if isinstance(data, str))


def plain_reply(answer: Answer) -> Reply:
    """Judge the accepted answer to a callback that takes no downlink: any will do, and a downlink is ignored."""
    if MENTION not in answer.content.lower():
        return Reply()
    said = f"was answered with a downlink, {_quoted(answer.content)}, which the Cloud ignores"
    return Reply(wrong=(Wrong(ReplyFault.IGNORED, said, "note"),))


def downlink_reply(answer: Answer, asked: Mapping[str, bool]) -> Reply:
    """Judge an accepted answer whose request had messages of the devices in `asked`; True: it waits for a downlink."""
    if answer.status == WITHOUT:
        return Reply(wrong=tuple(_of_204(answer)))
    content = answer.content
    if not any(asked.values()):
        with suppress(_NoJsonError):
            return Reply(wrong=tuple(_unasked(_parsed(content), asked)))
        return Reply()
    wrong = []
    if answer.status != WITH_REPLY:
        said = f"was answered {answer.status}; the Cloud's pages name 200 and 204, and nothing says what it makes of it"
        wrong.append(Wrong(ReplyFault.STATUS, said, "should"))
    if not content.strip():
        if answer.status == WITH_REPLY:
            said = "was answered 200 without a body; 204 says that there is no downlink"
            wrong.append(Wrong(ReplyFault.EMPTY, said, "should"))
        return Reply(wrong=tuple(wrong))
    read = _read(answer, content, asked)
    return Reply(read.downlinks, (*wrong, *read.wrong))


def _of_204(answer: Answer) -> Iterator[Wrong]:
    """Say that a body came with a 204, or was announced: no client reads it."""
    body = answer.content or answer.behind
    length = (answer.header("content-length") or "0").strip()
    if not body and length in {"", "0"} and answer.header("transfer-encoding") is None:
        return
    shown = f"with a body, {_quoted(body)}" if body else "and announces a body"
    said = f"was answered 204 {shown}: nothing that follows a 204 is read, so the Cloud sees no downlink"
    yield Wrong(ReplyFault.BODY_OF_204, said, "must" if MENTION in body.lower() else "should")


def _parsed(content: bytes) -> Any:
    """Read JSON; raises _NoJsonError for what is none."""
    try:
        return json.loads(content, object_pairs_hook=Members, parse_constant=_no_constant)
    except _NoJsonError:
        raise
    except RecursionError:
        raise _NoJsonError("nested too deeply to be read") from None
    except ValueError:
        raise _NoJsonError("not JSON") from None


def _no_constant(name: str) -> Any:
    raise _NoJsonError(f"not JSON ({name} is not a JSON value)")


def _read(answer: Answer, content: bytes, asked: Mapping[str, bool]) -> Reply:
    meant: Level = "must" if MENTION in content.lower() else "should"
    if answer.decoded is None and (encoding := answer.encoding) is not None:
        said = f"has a reply that is encoded as {_quoted(encoding)}, which cannot be undone: {_quoted(content)}"
        return Reply(wrong=(Wrong(ReplyFault.ENCODING, said, meant),))
    try:
        document = _parsed(content)
    except _NoJsonError as problem:
        return Reply(wrong=(_not_json(answer, content, str(problem), meant),))
    if not isinstance(document, Members):
        said = f"has a reply that is not a JSON object: {_quoted(content)}"
        return Reply(wrong=(Wrong(ReplyFault.NO_OBJECT, said, meant),))
    found: dict[str, str] = {}
    wrong: list[Wrong] = []
    for device, asks in asked.items():
        if not asks:
            continue
        if device not in document:
            wrong.append(_missing(device, document, asked, meant))
            continue
        entry = document[device]
        faults = list(_of_entry(entry, {device} & document.twice))
        wrong += faults
        if isinstance(entry, dict) and entry.get(DATA_KEY) and not any(each.level == "must" for each in faults):
            found[device] = entry[DATA_KEY]
    wrong += _unasked(document, asked)
    if any(device in document for device in asked):
        wrong += _of_type(answer)
    return Reply(found, tuple(wrong))


def _not_json(answer: Answer, content: bytes, problem: str, meant: Level) -> Wrong:
    """Say what a reply is that cannot be read as JSON; of one that is not whole, that it cannot be judged."""
    if not answer.kept_whole:
        return Wrong(ReplyFault.NOT_KEPT, _not_whole(answer), "note")
    if _PAGE.match(content):
        said = f"has a reply that is an HTML page instead of JSON: {_quoted(content)}"
        return Wrong(ReplyFault.PAGE, said, meant)
    return Wrong(ReplyFault.NOT_JSON, f"has a reply that is {problem}: {_quoted(content)}", meant)


def _not_whole(answer: Answer) -> str:
    kept = f"of which {len(answer.content):,} were kept: too long to judge"
    if answer.body_end == "capped":
        return f"has a reply of more than {answer.body_size:,} bytes, {kept}"
    if answer.body_end != "complete":
        return "has a reply that ended too early to be judged"
    unpacked = ", unpacked more," if answer.decoded is not None else ","
    return f"has a reply of {answer.body_size:,} bytes{unpacked} {kept}"


def _missing(device: str, document: Mapping[str, Any], asked: Mapping[str, bool], meant: Level) -> Wrong:
    """Say why there is nothing under a device's id: the nearest thing that is there."""
    others = [key for key in document if key not in asked]
    like = next((key for key in others if key.lower() == device.lower()), None)
    if like is not None:
        said = f"has a reply under {_quoted(like)}, and the device is {device}: the id's case was changed"
        return Wrong(ReplyFault.OTHER_CASE, said, "must")
    if others and (meant == "must" or any(isinstance(document[key], dict) for key in others)):
        keys = " and ".join(_quoted(key) for key in others[:2])
        return Wrong(ReplyFault.OTHER_KEY, f"has a reply under {keys}, and not under the device's id {device}", meant)
    shown = _quoted(json.dumps(document, ensure_ascii=False))
    # A downlink under the id of another device of the batch is that device's, and not one that is lost.
    level: Level = "should" if any(other in document for other in asked) else meant
    return Wrong(ReplyFault.NO_ENTRY, f"has a reply without an entry for the device {device}: {shown}", level)


def _of_entry(entry: Any, twice: set[str]) -> Iterator[Wrong]:
    """Judge what stands under the id of a device that asked; `twice` has the id if it is there more than once."""
    if not isinstance(entry, Members):
        said = f"has a reply whose entry for the device is not an object: {_quoted(json.dumps(entry))}"
        yield Wrong(ReplyFault.NO_MEMBERS, said, "must")
        return
    for name in sorted(twice or entry.twice & {DATA_KEY, NONE_KEY}):
        said = f"has a reply that names {_quoted(name)} twice; which of the two the Cloud takes is not published"
        yield Wrong(ReplyFault.TWICE, said, "should")
        return
    if not {DATA_KEY, NONE_KEY} & entry.keys():
        said = f"has a reply with neither downlinkData nor noData under the device's id: {_quoted(json.dumps(entry))}"
        yield Wrong(ReplyFault.NEITHER, said, "must")
        return
    if DATA_KEY not in entry:
        if entry[NONE_KEY] is not True:
            said = f"has a reply whose noData is {_quoted(json.dumps(entry[NONE_KEY]))} instead of true"
            yield Wrong(ReplyFault.NEITHER, said, "should")
        return
    both = NONE_KEY in entry and entry[NONE_KEY] is not False
    # With noData, null or an empty text is meant as none, and whether it does any harm is not known.
    if not (both and entry[DATA_KEY] in (None, "")) and (fault := _of_data(entry[DATA_KEY])) is not None:
        yield Wrong(ReplyFault.DATA, f"has a reply whose downlinkData {fault}", "must")
    elif both:
        said = "has a reply with both downlinkData and noData; what the Cloud makes of both is not published"
        yield Wrong(ReplyFault.BOTH, said, "should")


def _of_data(data: Any) -> str | None:
    """Say what is wrong with the data of a downlink; None where it is eight bytes in hex."""
    if not isinstance(data, str):
        return f"is {_quoted(json.dumps(data))}, which is not a text of {DIGITS} hex digits"
    if not _HEX.fullmatch(data):
        return f"is {_quoted(data)}, which is not {DIGITS} hex digits"
    if len(data) != DIGITS:
        digits = f"{len(data)} hex digit{'' if len(data) == 1 else 's'}"
        return f"is {_quoted(data)}: {digits} instead of {DIGITS}"
    return None


def _unasked(document: Any, asked: Mapping[str, bool]) -> Iterator[Wrong]:
    """Say for which devices there is a downlink although `ack` was false; entries of others are ignored."""
    if not isinstance(document, dict):
        return
    ids = {device.lower(): device for device, asks in asked.items() if not asks}
    alone = next(iter(asked)) if len(asked) == 1 else None
    for key, entry in document.items():
        if not isinstance(entry, dict) or DATA_KEY not in entry or key in (each for each in asked if asked[each]):
            continue
        # Under whatever key: the answer to one device's message is meant for it.
        device = ids.get(key.lower(), alone if not any(asked.values()) else None)
        if device is not None:
            said = f"was answered with a downlink for {device}, although its ack is false: the Cloud ignores it"
            yield Wrong(ReplyFault.NOT_ASKED, said, "should")


def _of_type(answer: Answer) -> Iterator[Wrong]:
    kind = (answer.header("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        sent = f"as {_quoted(kind)}" if kind else "without a content type"
        said = f"has a reply that was sent {sent} instead of as application/json; whether the Cloud minds is not known"
        yield Wrong(ReplyFault.CONTENT_TYPE, said, "should")


def _quoted(text: str | bytes) -> str:
    text = text.decode("latin-1") if isinstance(text, bytes) else text
    return f"'{text if len(text) <= SHOWN else text[: SHOWN - 1] + '…'}'"
