"""Which records are of one callback: a record has the URL that was called, with the values of its message in it.

The values are put back into placeholders, as the callback's URL in the portal has them. What then still differs from
record to record is taken for a variable whose value the record does not tell. Pure.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

from msgspec import Struct

from sigcheck.account.undelivered import Channel, Record
from sigcheck.callback.kinds import CALLBACK_TYPES, DEFAULT_TYPE
from sigcheck.callback.template import variables_in

VARYING = "…"
"""Stands for a part of a URL that differs from record to record, and is no variable that is known."""

SHORTEST = 4
"""Characters of a value that is put back wherever it stands; a shorter one could be anything."""

LEAST_VARIANTS = 3
"""Values of one part of a path, each with a digit, from which on it is taken for a variable."""

_PLACE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*|[^/?#]*")
_TOKEN = re.compile(r"%[0-9A-Fa-f]{2}|-?[0-9]+\.[0-9]+|[A-Za-z0-9]+")
_VARIABLES = frozenset(each.name for kind in CALLBACK_TYPES.values() for each in kind.variables)
_PLACEHOLDER = re.compile(r"\\\{[A-Za-z][A-Za-z0-9#]*\\\}|\\\$\\\{[A-Za-z_][A-Za-z0-9_]*\\\}")


class Called(Struct, frozen=True):
    """One callback, and its records. `url` has placeholders where values of messages were.

    `patterns` are the URLs of its records, each with placeholders for what that record tells.
    """

    channel: Channel
    method: str
    url: str
    records: tuple[Record, ...]
    patterns: frozenset[str]

    @property
    def content_type(self) -> str:
        """The content type that most of its records have."""
        return _usual(record.content_type for record in self.records)


class _Parts(NamedTuple):
    """A URL with its values put back: scheme and host, the parts of its path, and its query."""

    place: str
    path: tuple[str, ...]
    query: tuple[tuple[str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.query)


class _Key(NamedTuple):
    channel: Channel
    method: str
    place: str
    path: tuple[str, ...]
    names: tuple[str, ...]


def callbacks(records: Iterable[Record]) -> list[Called]:
    """Give the callbacks of records, the one with the most records first."""
    groups: dict[_Key, list[tuple[Record, _Parts]]] = {}
    for record in records:
        parts = _parts(record)
        key = _Key(record.channel, record.method, parts.place, parts.path, parts.names)
        groups.setdefault(key, []).append((record, parts))
    found = [_called(key, members) for key, members in _joined(groups).items()]
    return sorted(found, key=lambda each: -len(each.records))


def _called(key: _Key, members: Sequence[tuple[Record, _Parts]]) -> Called:
    each = dict.fromkeys(parts for _, parts in members)
    patterns = frozenset(_written(parts.path, [parts]) for parts in each)
    url = _written(key.path, list(each))
    return Called(key.channel, key.method, url, tuple(record for record, _ in members), patterns)


def named(called: Called, targets: Mapping[str, str]) -> str:
    """Give the first of `targets` (name → URL with placeholders) whose URL a callback has; "" for none."""
    for name, url in targets.items():
        match = _template(url)
        if match.fullmatch(called.url) or any(match.fullmatch(record.url) for record in called.records[:3]):
            return name
    return ""


def type_of(url: str) -> str:
    """Give the callback type that has all variables of a URL: the default one if it has, "" if no type does."""
    names = variables_in(url)
    order = sorted(CALLBACK_TYPES.values(), key=lambda kind: kind.name != DEFAULT_TYPE)
    return next((kind.name for kind in order if all(kind.variable(name) for name in names)), "")


@lru_cache(maxsize=1024)
def _template(url: str) -> "re.Pattern[str]":
    """Make a pattern of a target's URL; a query that the record's URL lacks may have gone into the body of a form."""
    before, mark, query = url.partition("#")[0].partition("?")
    text = _PLACEHOLDER.sub(r"[^/?#&]*", re.escape(before))
    return re.compile(text + (f"(?:{_PLACEHOLDER.sub('[^#&]*', re.escape(mark + query))})?" if mark else ""))


def _parts(record: Record) -> _Parts:
    """Take a record's URL apart, and put its values back into placeholders."""
    url = record.url.partition("#")[0]
    match = _PLACE.match(url)
    place = match[0] if match else ""
    path, _, query = url[len(place) :].partition("?")
    values = _values(record)
    by_name = {name.casefold(): (name, text) for name, text in record.parameters if name in _VARIABLES}
    pairs = []
    for part in query.split("&") if query else []:
        name, equals, value = part.partition("=")
        pairs.append((name + equals, _value(name, value, values, by_name)))
    device = record.device if len(record.device) > 1 else ""
    segments = tuple(
        "{device}" if device and unquote(segment) == device else _filled(segment, values) for segment in path.split("/")
    )
    return _Parts(_cased(place), segments, tuple(pairs))


def _cased(place: str) -> str:
    """Write scheme and host in small letters, and a login as it stands."""
    login, at, host = place.rpartition("@")
    return login + at + host.lower()


def _values(record: Record) -> dict[str, str]:
    """Give what stands for a variable in a record's URL: value → the variable's name, the record's own fields last."""
    known = {text: name for name, text in reversed(record.parameters) if text and name in _VARIABLES}
    if record.time is not None:
        known |= {str(int(record.time)): "time", str(int(record.time * 1000)): "time"}
    known |= {text: name for text, name in ((record.data, "data"), (record.device, "device")) if text}
    return known


def _value(name: str, value: str, values: Mapping[str, str], by_name: Mapping[str, tuple[str, str]]) -> str:
    """Put the value of a parameter back: one that is called like a variable and has its value is that variable."""
    plain = unquote_plus(value)
    variable, text = by_name.get(name.casefold(), ("", ""))
    if variable and plain == text:
        return "{" + variable + "}"
    if name.casefold().startswith("seq") and plain == by_name.get("seqnumber", ("", ""))[1] != "":
        return "{seqNumber}"
    if len(plain) >= SHORTEST and plain in values:
        return "{" + values[plain] + "}"
    return _filled(value, values)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Put values back wherever they stand in a text between signs."""

    def back(match: re.Match[str]) -> str:
        token = match[0]
        return "{" + values[token] + "}" if len(token) >= SHORTEST and token in values else token

    return _TOKEN.sub(back, text)


def _joined(groups: Mapping[_Key, list[tuple[Record, _Parts]]]) -> dict[_Key, list[tuple[Record, _Parts]]]:
    """Join groups whose paths differ in one part only, which looks like the value of a variable in each of them."""
    joined = dict(groups)
    alike: dict[tuple[Channel, str, str, int, tuple[str, ...]], list[_Key]] = {}
    for key in groups:
        alike.setdefault((key.channel, key.method, key.place, len(key.path), key.names), []).append(key)
    for keys in alike.values():
        if len(keys) < LEAST_VARIANTS:
            continue
        left = set(keys)
        for at in range(len(keys[0].path)):
            around: dict[tuple[str, ...], list[_Key]] = {}
            for key in keys:
                if key in left and any(char.isdigit() for char in key.path[at]):
                    around.setdefault((*key.path[:at], VARYING, *key.path[at + 1 :]), []).append(key)
            for path, variants in around.items():
                if len(variants) >= LEAST_VARIANTS:
                    left -= set(variants)
                    members = [each for key in variants for each in joined.pop(key)]
                    joined.setdefault(variants[0]._replace(path=path), []).extend(members)
    return joined


def _written(path: tuple[str, ...], members: Sequence[_Parts]) -> str:
    """Write the URL of a group: a parameter's value stays if it is the same in all of them."""
    query = []
    for number, name in enumerate(members[0].names):
        values = {parts.query[number][1] for parts in members}
        variables = {value for value in values if variables_in(value)}
        # A record that does not name its parameters has the value where another one has the variable.
        one = values if len(values) == 1 else variables
        query.append(name + (next(iter(one)) if len(one) == 1 else VARYING))
    return members[0].place + "/".join(path) + ("?" + "&".join(query) if query else "")


def _usual(texts: Iterable[str]) -> str:
    counted = Counter(text for text in texts if text)
    return counted.most_common(1)[0][0] if counted else ""


def secret_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Give what a body names and its value, whether it is JSON or a form."""
    for match in _NAMED.finditer(text):
        yield (match[1] or match[3], match[2] or match[4])


_NAMED = re.compile(r'"([^"\\]{1,64})"\s{0,9}:\s{0,9}"([^"\\]{4,400})"|([^&=\s"{},]{1,64})=([^&\s"]{4,400})')
