"""The one place that hides secrets, and has hostile text disarmed, in front of every renderer and every error line.

What is secret of what a user gave is in `sigcheck.redaction.secrets_of`, the forms in which it may come back in
`sigcheck.redaction.forms`. Where it is looked for goes by the type of a field: not in words of ours (an enumeration,
a Literal, `Own`).
"""

import re
import zlib
from collections.abc import Iterable
from functools import cached_property
from itertools import islice
from operator import is_
from typing import Any, TypeVar

import msgspec

from sigcheck.redaction.disarm import disarm, is_harmless
from sigcheck.redaction.elsewhere import may_have_parameters, without_logins
from sigcheck.redaction.forms import forms
from sigcheck.redaction.needles import SHORTEST, Needles
from sigcheck.redaction.places import without_path
from sigcheck.redaction.secrets_of import HIDDEN, escape_variables, redact_value, secret_segments
from sigcheck.redaction.texts_of import Texts, texts_of

LIKELY_CUT = 120
"""Characters from which on a text may be one that was shortened without a mark; shorter ones carry a '…'."""

MOST_UNPACKED = 1 << 20
"""Bytes that a compressed body is unpacked to, to look for secrets in it."""

MOST_MEMBERS, DEEPEST = 4, 1
"""Beginnings of gzip that are tried in a body, and how often what was unpacked is unpacked again."""

_GZIP = re.compile(rb"\x1f\x8b\x08")
_PARAMETER = re.compile(r"(?P<name>[?&;][^=&;#]*+)(?:=(?P<value>[^&;#]*+))?")
# "https:/" is a slip of the hand; what stands behind it is no less secret.
_USERINFO = re.compile(r"(?P<scheme>^(?:https?:/)?|//)(?P<userinfo>[^/?#]*)@")
# A login whose password has a raw slash, hash or question mark: the part in front of it is then no host and port.
_BROKEN_USERINFO = re.compile(
    r"(?P<scheme>^(?:https?:/)?|//)(?P<userinfo>[^/?#:@]*:(?![0-9]*(?:[/?#]|$)).*)@", re.DOTALL
)
_FRAGMENT = re.compile(r"#.*", re.DOTALL)
_ESCAPED = re.compile(r"(?<=\{customData)%23", re.IGNORECASE)
_PLACE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*+:)?//[^/?#]*+")

_T = TypeVar("_T", bound=msgspec.Struct)


def redact_url(url: str) -> str:
    """Hide a URL's login, the values of its query, and what looks like a token in its path, but show its placeholders.

    Takes text that is no URL. The # of a custom variable begins no fragment, and is shown as it stands.
    """
    escaped = escape_variables(url)
    return _redacted(url) if escaped == url else _ESCAPED.sub("#", _redacted(escaped))


def _redacted(url: str) -> str:
    for login in (_USERINFO, _BROKEN_USERINFO):
        # Both end with an @: what stands behind the last one has no part in it.
        before, at, rest = url.rpartition("@")
        url = login.sub(lambda match: f"{match['scheme']}{HIDDEN}@", before + at, count=1) + rest
    url = _FRAGMENT.sub("#" + HIDDEN, url)
    place = _PLACE.match(url)
    before = "" if place is None else place.group()
    path, mark, query = url[len(before) :].partition("?")
    if before or "/" in path:
        path = _redact_path(path)
    else:
        path, mark, query = "", "", path + mark + query
    return disarm(before + path + _PARAMETER.sub(_redact_parameter, mark + query))


def _redact_path(path: str) -> str:
    """Hide what looks like a token, and the values of matrix parameters (`;name=value`)."""
    hidden = set(secret_segments(path))
    shown = []
    for segment in path.split("/"):
        name, *parameters = segment.split(";")
        pairs = (each.partition("=") for each in parameters)
        matrix = (key + equals + redact_value(value) if equals else redact_value(key) for key, equals, value in pairs)
        shown.append(";".join((redact_value(name) if name in hidden else name, *matrix)))
    return "/".join(shown)


def _redact_parameter(match: re.Match[str]) -> str:
    name, value = match["name"], match["value"]
    if value is None:
        # A value without a name is the whole of what somebody keeps secret in a query.
        return name[0] + redact_value(name[1:])
    return f"{name}={redact_value(value)}"


class Redactor:
    """Hides a run's secrets in what did not come from us, whatever its form, and disarms every text.

    `everywhere`: in our own sentences, too. `path`: the whole path of every URL. `seen` are structs that hold nothing
    to be hidden any more (`untouched`), and are passed over.
    """

    def __init__(
        self,
        secrets: Iterable[str] = (),
        *,
        everywhere: bool = False,
        path: bool = False,
        seen: Iterable[msgspec.Struct] = (),
    ) -> None:
        self._own = "other" if everywhere else "own"
        self._seen = {id(each): each for each in seen}
        self._path = path
        self._given = tuple(secrets)
        # What came of each text of the struct in hand: the exchanges of a run mostly say the same.
        self._looked_at: dict[str, str] = {}

    # Made when they are needed: a plan that is only checked shows nothing.
    @cached_property
    def _usable(self) -> set[str]:
        return {form for secret in self._given if len(secret) >= SHORTEST for form in forms(secret)}

    @cached_property
    def _secrets(self) -> "Needles[str]":
        return Needles(self._usable)

    @cached_property
    def _bytes(self) -> "Needles[bytes]":
        codes = ("utf-8", "utf-16-le", "utf-16-be")
        return Needles(form.encode(code, "replace") for form in self._usable for code in codes)

    def rest(self) -> None:
        """Forget the forms in which secrets may come back, some 20 KB, until something is to be hidden again."""
        for made in ("_usable", "_secrets", "_bytes"):
            self.__dict__.pop(made, None)

    def text(self, text: str) -> str:
        """Hide secrets in a text from elsewhere, also one that a cut left the beginning of, and disarm it."""
        return disarm(self.hidden(text))

    def hidden(self, text: str) -> str:
        """Hide secrets in a text from elsewhere, and those that stand in its URLs."""
        text = without_logins(self._secrets.hide(text, HIDDEN))
        if not self._secrets:
            return text
        ends = [match.start() for match in re.finditer("…", text)]
        ends += [len(text)] if len(text) >= LIKELY_CUT else []
        return self._secrets.hide_begun(text, HIDDEN, ends) if ends else text

    def url(self, url: str) -> str:
        """Hide what is secret of a URL where it stands."""
        # Known secrets first: one that has a ? or a ; in it is none any more when its halves have been seen to.
        shown = redact_url(self._secrets.hide(url, HIDDEN))
        return without_path(shown) if self._path else shown

    def raw(self, content: bytes) -> bytes:
        """Hide secrets in bytes; those of a compressed body that has one are hidden as a whole.

        Where all is to be hidden, bytes that are no text are: a certificate tells whose it is in many ways.
        """
        if self._own == "other" and not content.isascii():
            return HIDDEN.encode()
        if not self._bytes:
            return content
        content = self._bytes.hide(content, HIDDEN.encode())
        ends = [len(content)] if len(content) >= LIKELY_CUT else []
        content = self._bytes.hide_begun(content, HIDDEN.encode(), ends)
        if content and not content.isascii() and any(self._holds(each) for each in _unpacked(content)):
            return HIDDEN.encode()
        return content

    def _holds(self, content: bytes) -> bool:
        return self._bytes.hide(content, HIDDEN.encode()) is not content

    def struct(self, value: _T) -> _T:
        """Hide secrets in every text of a struct that is not ours, however deep, and disarm them all."""
        try:
            walked: _T = self._walk(value, "other")
        finally:
            self._looked_at.clear()
        return walked

    def _walk(self, value: Any, kind: str) -> Any:
        # An enum member is a word of ours whatever its field is called: its type is not str.
        if type(value) is str:
            return value if kind == "closed" else self._text(value, kind)
        if isinstance(value, msgspec.Struct):
            return self._struct(value)
        if isinstance(value, tuple):
            if not value:
                return value
            if kind == self._own == "own" and type(value[0]) is str and is_harmless("".join(map(str, value))):
                return value
            items = [self._walk(item, kind) for item in value]
            return value if all(map(is_, items, value)) else tuple(items)
        return self.raw(value) if isinstance(value, bytes) else value

    def _struct(self, value: msgspec.Struct) -> Any:
        if id(value) in self._seen:
            return value
        texts = texts_of(type(value))
        fields = texts.fields if self._is_clean(texts, value) else (*texts.plain, *texts.fields)
        changed: dict[str, Any] = {}
        for name, kind in fields:
            old = getattr(value, name)
            if old is None or old == ():
                continue
            new = self._text(old, kind) if type(old) is str else self._walk(old, kind)
            if new is not old:
                changed[name] = new
        return msgspec.structs.replace(value, **changed) if changed else value

    def _is_clean(self, texts: Texts, value: msgspec.Struct) -> bool:
        """Whether the plain texts of a struct surely stay as they are: all are looked at together, as most are."""
        if self._own != "own":
            return False
        if texts.own is not None and not is_harmless(" ".join(filter(None, texts.own(value)))):
            return False
        if texts.other is None:
            return True
        text = " ".join(filter(None, texts.other(value)))
        if not is_harmless(text) or "://" in text or may_have_parameters(text):
            return False
        # In a longer one, what stands at an end may be the beginning of a secret.
        return not self._secrets or (len(text) < LIKELY_CUT and self._secrets.hide(text, HIDDEN) is text)

    def _text(self, value: str, kind: str) -> str:
        if kind == "closed":
            return value
        if kind == "mark" and self._own == "other":
            return HIDDEN
        kind = self._own if kind == "own" else kind
        if kind == "own":
            shown = disarm(value)
        elif kind == "url":
            shown = self.text(self.url(value))
        elif (known := self._looked_at.get(value)) is None:
            shown = self._looked_at[value] = self.text(value)
        else:
            shown = known
        return value if shown == value else shown


def untouched(before: msgspec.Struct, after: msgspec.Struct) -> list[msgspec.Struct]:
    """Give the structs in the fields of a struct in which a redactor (`after` is what it gave) found nothing to change.

    Another one that has no secrets of its own will find nothing there, either.
    """
    names = before.__struct_fields__
    pairs = ((getattr(before, name), getattr(after, name)) for name in names)
    return [old for old, new in pairs if old is new and isinstance(old, msgspec.Struct)]


def _unpacked(content: bytes, depth: int = 0) -> Iterable[bytes]:
    """Give the beginning of what a body may be compressed from: gzip (also behind a text), zlib, bare deflate.

    What was packed twice is unpacked twice.
    """
    starts = [0, *(found.start() for found in islice(_GZIP.finditer(content), MOST_MEMBERS))]
    for start, bits in [(start, 47) for start in dict.fromkeys(starts)] + [(0, -15)]:
        try:
            plain = zlib.decompressobj(bits).decompress(content[start:], MOST_UNPACKED)
        except zlib.error:
            continue
        yield plain
        if depth < DEEPEST and not plain.isascii():
            yield from _unpacked(plain, depth + 1)
