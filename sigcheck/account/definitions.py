"""Callback definitions as the API gives them: `GET /device-types/{id}/callbacks`, of the present API and of the first.

What is read may come from a file that somebody made, so that nothing in it is taken for granted.
"""

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from sigcheck.callback import CALLBACK_TYPES, CallbackType
from sigcheck.callback.checks import METHODS
from sigcheck.config.toml_text import is_text
from sigcheck.errors import UsageProblem
from sigcheck.redaction.disarm import disarm
from sigcheck.redaction.redact import redact_url
from sigcheck.target import parse_target
from sigcheck.words import shortened

DEEPEST = 8
"""How far callbacks may stand within lists and objects: an answer of a device type has them at the second level."""

URL, BATCH, EMAIL = "URL", "BATCH_URL", "EMAIL"
_MARKS = frozenset(("channel", "callbackType", "url", "urlPattern"))
"""Members of which a callback has one at least."""

_BY_NUMBERS = {each.api: each for each in CALLBACK_TYPES.values() if each.api is not None}


class DeviceType(Struct, frozen=True):
    """A device type, as far as it is known: a saved answer does not name its own."""

    id: str = ""
    name: str = ""

    @property
    def shown(self) -> str:
        """How a sentence calls it; "" where nothing is known of it."""
        return disarm(shortened(self.name or self.id, 60))


class Definition(Struct, frozen=True):
    """A callback as it is configured. `fault` says why it cannot be a target, as a clause; "" where it can.

    `method`, `content_type`, `body`, `line_pattern` and `payload_config` are None where the answer has none, and so is
    `sni`. `hook` is whether a data/bidir callback is the one that is asked for downlinks.
    """

    of: DeviceType
    id: str
    kind: CallbackType | None
    channel: str
    fault: str = ""
    enabled: bool = True
    dead: bool = False
    url: str = ""
    method: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    content_type: str | None = None
    payload_config: str | None = None
    line_pattern: str | None = None
    sni: bool | None = None
    hook: bool | None = None
    duplicates: bool = False

    @property
    def shown(self) -> str:
        """How a sentence calls it."""
        of = f" of {self.of.shown}" if self.of.shown else ""
        return f"callback {disarm(shortened(self.id, 40)) or 'without an id'}{of}"


def read_definitions(raw: bytes, called: str) -> list[Definition]:
    """Read the JSON of one answer or of several, one after the other; raises UsageProblem that calls them `called`."""
    fix = "give it the answer of GET /device-types/{id}/callbacks, as JSON"
    decoder, found, at = json.JSONDecoder(), [], 0
    try:
        text = raw.decode("utf-8-sig")
        while (at := _after_blanks(text, at)) < len(text):
            value, at = decoder.raw_decode(text, at)
            found.append(value)
    except UnicodeDecodeError:
        raise UsageProblem(f"{called} is not UTF-8", fix) from None
    except (ValueError, RecursionError):  # also of a number with thousands of digits
        raise UsageProblem(f"{called} is not JSON", fix) from None
    definitions = definitions_in(found)
    if not definitions:
        raise UsageProblem(f"{called} has no callback definitions", fix)
    return definitions


def definitions_in(value: Any) -> list[Definition]:
    """Give the callbacks in decoded JSON: an answer, a list of them, one callback, or device types with theirs."""
    return list(_walk(value, DeviceType(), DEEPEST))


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _walk(value: Any, of: DeviceType, depth: int) -> Iterator[Definition]:
    if depth == 0:
        return
    if isinstance(value, list):
        for each in value:
            yield from _walk(each, of, depth - 1)
    elif isinstance(value, dict):
        inner = next((value[name] for name in ("callbacks", "data") if isinstance(value.get(name), list | dict)), None)
        if inner is None and not _MARKS.isdisjoint(value):
            yield _definition(value, of)
        elif inner is not None:
            yield from _walk(inner, _device_type(value, of), depth - 1)
        else:
            for name, each in value.items():
                if isinstance(each, list | dict):
                    yield from _walk(each, DeviceType(name), depth - 1)


def _device_type(value: dict[str, Any], of: DeviceType) -> DeviceType:
    known = [_text(value.get(name)) for name in ("id", "deviceTypeId")]
    return DeviceType(next((each for each in known if each), of.id), _text(value.get("name")) or of.name)


def _definition(value: dict[str, Any], of: DeviceType) -> Definition:
    channel = (_text(value.get("channel")) or URL).upper()
    fault, headers = "", _headers(value.get("headers"))
    kind = _kind(value)
    url = _text(value.get("url")) or _text(value.get("urlPattern")) or ""
    method = (_text(value.get("httpMethod")) or "").upper() or None
    texts = {
        name: _template(value.get(name)) for name in ("bodyTemplate", "contentType", "payloadConfig", "linePattern")
    }
    if channel == EMAIL:
        fault = "it sends e-mail, and calls no receiver"
    elif channel not in {URL, BATCH}:
        fault = f"sigcheck does not know its channel {_quoted(channel)}"
    elif kind is None:
        numbers = [
            f"{name} {_quoted(value.get(name))}" for name in ("callbackType", "callbackSubtype") if name in value
        ]
        fault = f"sigcheck does not know its type ({', '.join(numbers) or 'no callbackType'})"
    elif method is not None and method not in METHODS:
        fault = f"its method is not {', '.join(METHODS[:-1])} or {METHODS[-1]}"
    elif headers is None:
        fault = "its headers cannot be read"
    elif not all(map(is_text, (url, *filter(None, texts.values()), *(part for pair in headers for part in pair)))):
        fault = "it has text that is not Unicode"
    else:
        fault = _fault_of(url)
    return Definition(
        of=of,
        id=_text(value.get("id")) or "",
        kind=kind,
        channel=channel,
        fault=fault,
        enabled=not _is(value.get("enabled"), said=False),
        dead=_is(value.get("dead"), said=True),
        url=url,
        method=method,
        headers=headers or (),
        body=texts["bodyTemplate"],
        content_type=texts["contentType"],
        payload_config=texts["payloadConfig"],
        line_pattern=texts["linePattern"],
        sni=_flag(value.get("sendSni")),
        hook=_flag(value.get("downlinkHook")),
        duplicates=_is(value.get("sendDuplicate"), said=True),
    )


def _fault_of(url: str) -> str:
    if not url:
        return "it has no URL"
    try:
        parse_target(url)
    except UsageProblem as problem:
        return f"its URL cannot be called ({problem.message})"
    return ""


def _kind(value: dict[str, Any]) -> CallbackType | None:
    """Give the type of the two numbers; an error has one, whatever stands beside it."""
    first, second = (_number(value.get(name)) for name in ("callbackType", "callbackSubtype"))
    if first is None:
        return None
    return _BY_NUMBERS.get((first, second)) or _BY_NUMBERS.get((first, None))


def _headers(value: Any) -> tuple[tuple[str, str], ...] | None:
    if value is None or value == []:
        return ()
    if not isinstance(value, dict):
        return None
    found = [(name, _text(text)) for name, text in value.items()]
    return None if any(text is None for _, text in found) else tuple((name, text or "") for name, text in found)


def _template(value: Any) -> str | None:
    """Give a template, which some clients write as the JSON that it is."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _text(value) or None


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is(value: Any, *, said: bool) -> bool:
    """Whether a flag says so, as a boolean or, as in some exports, as a word."""
    return value is said or (isinstance(value, str) and value.lower() == str(said).lower())


def _flag(value: Any) -> bool | None:
    """Give a flag; None where it is not said."""
    return next((said for said in (True, False) if _is(value, said=said)), None)


def _quoted(value: Any) -> str:
    text = _text(value)
    return "that is not a text" if text is None else disarm(shortened(redact_url(text) if "/" in text else text, 30))
