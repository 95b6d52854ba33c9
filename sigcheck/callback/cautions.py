"""What the user should know about a callback before anything is sent: what probably is not meant so, at its place.

A caution is a whole line, "warning: …" or "note: …", and quotes of a template nothing but names of variables.
"""

import json
import re
from collections.abc import Iterable

from msgspec import Struct

from sigcheck.callback.checks import JSON
from sigcheck.callback.payload_config import CUSTOM
from sigcheck.callback.template import PLACEHOLDER, message_fields, variables_in
from sigcheck.callback.values import Values

_TELLING = frozenset(("time", "seq_number"))
"""What tells the messages of one device apart."""

_CUT = re.compile(r"[^?]*\?[^&=]+=\{[^{}&]+\}")
"""A URL whose query is one variable, which is what a shell leaves of a URL that is not in quotes."""

_QUOTE = "put the URL in quotes, because a shell cuts it at an &"

_SPECIMENS = {"hex": "AA", "char": '"', "uint": "1", "int": "1", "float": "1.5", "bool": "true"}
"""Texts that a variable may have, and that show by their looks whether quotes are missing: some ids are all digits."""


def cautions(
    url: str,
    body: str | None,
    content_type: str | None,
    names: tuple[str, ...],
    values: Values,
    *,
    typed: bool = True,
    batched: bool = False,
) -> list[str]:
    """Give the cautions of a callback. `names` are the variables that it sends; `body` is None for a GET.

    `typed`: the URL was typed into a shell, which may have cut it. `batched`: the variables stand in a line pattern.
    """
    who = "the line pattern" if batched else "the callback"
    cut = typed and _CUT.fullmatch(url) is not None
    found = [looking_alike(names, values, who, cut=cut), _nameless(names, values, who, cut=cut)]
    if cut and found == [None, None]:
        found.append(_cut_short(url, names))
    if body is not None and content_type == JSON and body.strip():
        found.append(_no_json(body, values))
    if values.type.json_only and (content_type != JSON or not (body or "").strip()):
        found.append(
            f"warning: one version of Sigfox's page on {values.type.name} says that a JSON body is mandatory, and this "
            f"callback has none: give --content-type {JSON} and a JSON body, unless it stands so in the portal"
        )
    if values.type.ends:
        found.append(f"note: {values.type.ends}")
    return [each for each in found if each is not None]


def looking_alike(names: tuple[str, ...], values: Values, who: str, *, cut: bool) -> str | None:
    """Say that the messages of a device cannot be told apart by what is sent; None where they can be.

    `cut`: the URL looks as if a shell had cut it.
    """
    if _TELLING & message_fields(names):
        return None
    seen = f"{who} carries only {_listed(names)}" if names else f"{who} carries no variable"
    fix = _QUOTE if cut else f"add {_listed(_identity(values, _TELLING))}"
    return f"warning: {seen}, so all messages of a device look alike to the receiver: {fix}"


def _nameless(names: tuple[str, ...], values: Values, who: str, *, cut: bool) -> str | None:
    """Say that the receiver cannot know which device a message is of; None where it can, or is told nothing."""
    fields = message_fields(names)
    if not fields & _TELLING or "device" in fields:
        return None
    device = _listed(_identity(values, frozenset(("device",))))
    fix = _QUOTE if cut else f"add {device}"
    told = "so the receiver cannot tell which device it hears of"
    return f"warning: {who} does not carry {device}, {told}: {fix}"


def _cut_short(url: str, names: tuple[str, ...]) -> str | None:
    """Say that a URL may be cut although the body carries what it lacks; None where nothing speaks for it."""
    last = variables_in(url)[-1:]
    if not message_fields(last) or len(names) == 1:
        return None
    return (
        f"note: the query of the URL is only {_listed(last)}. If it is longer in the portal, a shell has cut it at an "
        "&: put the URL in quotes"
    )


def _identity(values: Values, fields: frozenset[str]) -> tuple[str, ...]:
    """Give the variables of the type's identity that carry one of these fields of a message."""
    return tuple(name for name in values.type.identity if message_fields((name,)) & fields)


class _Put(Struct, frozen=True):
    """A variable in a body: where its text stands once it is filled, and where it stood in the template."""

    name: str
    begin: int
    end: int
    template: int


def _no_json(body: str, values: Values) -> str | None:
    """Say where a body that is called JSON is none once its variables are filled; None where it is JSON.

    The portal checks the JSON of a template when it is saved (older official text), and says of a message whose body
    cannot be filled that "JSON body could not be evaluated" (Sigfox API).
    """
    filled, puts = _specimen(body, values)
    try:
        # Numbers of any length are JSON, and names such as NaN are not.
        json.loads(filled, parse_int=str, parse_float=str, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place, why = _place(error.pos, puts, body, values)
    except ValueError:
        place, why = "", "NaN and Infinity are not JSON"
    except RecursionError:
        place, why = "", "it is nested too deeply to be checked"
    else:
        return None
    where = f" at {place}" if place else ""
    return (
        f"warning: the body is not JSON once its variables are filled{where}: {why}. An older official text says that "
        "the portal checks JSON templates when they are saved"
    )


def _refuse(_name: str) -> None:
    raise ValueError


def _specimen(body: str, values: Values) -> tuple[str, list[_Put]]:
    """Fill a body with texts that its variables may have."""
    parts: list[str] = []
    puts: list[_Put] = []
    at = length = 0
    for match in PLACEHOLDER.finditer(body):
        name = match[1].replace("%23", "#")
        text = values.given.get(name) if name in values.given else _text(name, values)
        if text is None:
            continue
        before = body[at : match.start()]
        text = text if _kind(name, values) == "raw" else json.dumps(text)[1:-1]
        begin = length + len(before)
        puts.append(_Put(name, begin, begin + len(text), match.start()))
        parts += [before, text]
        at, length = match.end(), begin + len(text)
    return "".join([*parts, body[at:]]), puts


def _kind(name: str, values: Values) -> str:
    """Give the kind of a variable, or of a field of the payload configuration; "" for one that is not known."""
    variable = values.type.variable(name)
    if variable is not None:
        return variable.kind
    fields = () if values.payload is None else values.payload.fields
    return next((each.kind for each in fields if CUSTOM + each.name == name), "")


def _text(name: str, values: Values) -> str | None:
    variable = values.type.variable(name)
    kind = _kind(name, values)
    return _SPECIMENS.get(kind) if variable is None or kind == "hex" else variable.default


def _place(position: int, puts: Iterable[_Put], body: str, values: Values) -> tuple[str, str]:
    """Give where in the template the filled body is no JSON, and what to do about it."""
    begun = [each for each in puts if each.begin <= position]
    if not begun:
        return _line(body, position), "check the quotes and commas there"
    last = begun[-1]
    if position >= last.end and position > last.begin:
        after = last.template + len(last.name) + 2 + position - last.end
        return _line(body, after), "check the quotes and commas there"
    kind = _kind(last.name, values)
    place = f"{_line(body, last.template)}, where {{{last.name}}} stands"
    if kind == "raw":
        return place, "take it out of its quotes, because the portal inserts raw JSON for it"
    if kind in {"hex", "string", "char"}:
        return place, "put it in quotes, because its value is text"
    return place, "check the quotes and commas there"


def _line(body: str, position: int) -> str:
    line = body.count("\n", 0, position) + 1
    column = position - body.rfind("\n", 0, position)
    return f"line {line}, column {column}" if "\n" in body.strip("\n") else f"column {column}"


def _listed(names: tuple[str, ...]) -> str:
    *first, last = [f"{{{name}}}" for name in names]
    return f"{', '.join(first)} and {last}" if first else last
