"""From what a person types or pastes to what explains it: a rule, a family, an entry of the glossary, or a page."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from ipaddress import ip_address, ip_network
from shlex import quote
from typing import NamedTuple

from sigcheck.callback import CALLBACK_TYPES, CallbackType
from sigcheck.errors import UsageProblem
from sigcheck.glossary import GLOSSARY
from sigcheck.glossary.codes import CLASSES
from sigcheck.glossary.entry import Entry
from sigcheck.glossary.phrases import with_phrase
from sigcheck.manual.callbacks import names_of_type
from sigcheck.manual.pages import names as page_names
from sigcheck.model.rule import FAMILIES, Rule
from sigcheck.rules import RULES

LONGEST = 2000
"""Characters of a text in which a known phrase is looked for."""

MOST_NEAR = 3
_NEARLY = 60
"""Characters of a text that can be a mistyped name."""

_UNITS = (
    "ms|s|sec|seconds|minutes|min|hours|days|h|%|b|bytes|kb|kib|mb|mib|messages|devices|rows|requests|times|samples"
)
_STATUS = re.compile(
    r"(?:^|\bhttp/[\d.]+\"? |\b(?:http|status|code|error|answered|returned|exit)\W{1,3}(?:code\W{1,2})?)"
    rf"([1-6]\d\d)(?!\w|[.:/-]\d|\s*(?:{_UNITS})\b)"
)
"""A status in a pasted line, such as "401 - Unauthorized - #1" or "HTTP/1.1 502".

A number inside an address, a time, a port or a version is none, nor is one with a unit.
"""

_RECORD = re.compile(r"\b([1-6]\d\d) - [^#]{1,80} - #\d")
"""A status as a record of the portal has it, with what the portal says beside it and the number of the attempt."""

_ALERT = re.compile(r"\balert (?:number )?(\d{1,3})\b")
_BETWEEN = re.compile(r"[\s,;/+&]+(?:(?:and|or)\s+)?")
"""What is between statuses or rules that are asked for together."""

_ADDRESS = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)|(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])"
)
_PRIVATE = tuple(
    ip_network(each)
    for each in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                 "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10")
)  # fmt: skip
"""Networks whose addresses the internet cannot reach."""


class Family(NamedTuple):
    """A family of rules, by its name."""

    name: str


class Page(NamedTuple):
    """A page of docs/, by its name."""

    name: str


class Status(NamedTuple):
    """An HTTP status that has no entry of its own, and that of its class."""

    code: str
    entry: Entry


class VariableName(NamedTuple):
    """A variable that callbacks may have, by its name."""

    name: str


Found = Rule | Family | Page | Status | Entry | CallbackType | VariableName


def find(text: str) -> Found:
    """Find what explains a text; raises UsageProblem, with the nearest names and never with the text, if nothing does.

    A whole name comes first. After that, the text may be a line that holds a rule's id, a known phrase or a status.
    """
    if len(text) > LONGEST:
        raise UsageProblem(f"the text has more than {LONGEST:,} characters", "give the line that names the error")
    wanted = plain(text)
    if not wanted:
        raise UsageProblem("the word is empty", "`sigcheck explain` lists what can be explained")
    found = _named(wanted) or _held(wanted)
    if found is None:
        raise UsageProblem("nothing is known under this name", _advice(wanted))
    return found


def find_each(text: str) -> tuple[Found, ...]:
    """Find what explains a text; of a text that is nothing but statuses and rules, each of them. Raises as `find`."""
    parts = [part for part in _BETWEEN.split(plain(text)) if part]
    ids = {rule.id for rule in RULES}
    if len(text) <= LONGEST and len(parts) > 1 and all(_CODE.fullmatch(each) or each in ids for each in parts):
        return tuple(dict.fromkeys(find(each) for each in parts))
    return (find(text),)


_CODE = re.compile(r"[1-5][0-9]{2}|600")


def plain(text: str) -> str:
    """Give a text without what does not matter: capitals, quotes and marks around it, and how it is spaced."""
    spaced = " ".join(text.casefold().replace("\u2019", "'").replace("`", "").split())
    # An address of IPv6 may begin with its colons.
    return spaced.lstrip(" \"'\u201c\u201d.,;!?()[]").rstrip(" \"'\u201c\u201d.,;:!?()[]")


def _named(wanted: str) -> Found | None:
    """Find what has this name."""
    if wanted.lstrip("{").startswith("customdata#"):
        return _by_name()["customdata"]
    if wanted.startswith("{") and (variable := _variable(wanted)) is not None:
        return variable
    if (found := _by_name().get(wanted)) is not None:
        return found
    if wanted.startswith("--") and (found := _by_name().get(wanted.partition("=")[0])) is not None:
        return found
    hyphens = re.sub(r"[ _]", "-", wanted.removeprefix("docs/").removeprefix("rules/").removesuffix(".md"))
    if (found := _by_name().get(hyphens)) is not None:
        return found
    return _status(wanted) or _variable(wanted)


def _variable(wanted: str) -> VariableName | None:
    """Find the variable of callbacks of that name; the glossary's own entries come first, unless it is in braces."""
    return _variables().get(wanted.removeprefix("$").strip("{}"))


@cache
def _variables() -> Mapping[str, VariableName]:
    names = {each.name for kind in CALLBACK_TYPES.values() for each in kind.variables}
    return {plain(name): VariableName(name) for name in names}


def _status(code: str) -> Found | None:
    if (own := _by_name().get(code)) is not None:
        return own
    return Status(code, CLASSES[code[0]]) if re.fullmatch(r"[1-5][0-9]{2}", code) else None


def _held(text: str) -> Found | None:
    """Find what the text holds: a rule's id, a phrase, a status."""
    ids = {rule.id: rule for rule in RULES}
    for word in re.findall(r"[a-z]+(?:-[a-z0-9]+)+", text):
        if word in ids:
            return ids[word]
    for number in _ALERT.findall(text):
        if (alert := _by_name().get(f"alert {int(number)}")) is not None:
            return alert
    if (entry := with_phrase(text)) is not None:
        return entry
    match = _STATUS.search(text) or _RECORD.search(text)
    if match and (status := _status(match[1])) is not None:
        return status
    for hinting in GLOSSARY:
        if any(hint in text for hint in hinting.hints):
            return hinting
    return ids["reach-private-address"] if _holds_private(text) else None


def _holds_private(text: str) -> bool:
    """Whether the text holds an address that the internet cannot reach."""
    for word in _ADDRESS.findall(text):
        try:
            address = ip_address(word)
        except ValueError:
            continue
        if any(address in network for network in _PRIVATE):
            return True
    return False


def names_of(entry: Entry) -> Iterator[str]:
    """Give the names of an entry as they are looked up."""
    yield from (plain(name) for name in (entry.title, *entry.words, *entry.phrases))


@cache
def _by_name() -> Mapping[str, Found]:
    """Give what each whole name stands for: rules first, then families, pages, types and the glossary.

    The glossary comes before what a type is also called.
    """
    found: dict[str, Found] = {}
    for kind in CALLBACK_TYPES.values():
        found |= {plain(name): kind for name in names_of_type(kind)}
    for entry in reversed(GLOSSARY):
        found |= dict.fromkeys(names_of(entry), entry)
    found |= CALLBACK_TYPES
    found |= {name: Page(name) for name in page_names()}
    found |= {name: Family(name) for name in FAMILIES}
    return found | {rule.id: rule for rule in RULES}


def _advice(wanted: str) -> str:
    """Name what was probably meant: names that are spelled alike, or that one of the words is."""
    from difflib import get_close_matches

    all_of_it = "`sigcheck explain` lists what can be explained"
    known = {**_variables(), **_by_name()}
    near = get_close_matches(wanted, known, n=MOST_NEAR, cutoff=0.7) if len(wanted) <= _NEARLY else []
    near += [word for word in wanted.split() if word in _by_name() and word not in near and not word.isdigit()]
    different: dict[Found, str] = {}
    for name in near:
        different.setdefault(known[name], name)
    if not different:
        return all_of_it
    *others, last = list(different.values())[:MOST_NEAR]
    if not others:
        return f"did you mean {last}? Type `sigcheck explain {_typed(last)}`; {all_of_it}"
    return f"did you mean {', '.join(others)} or {last}? {all_of_it}"


def _typed(name: str) -> str:
    """Give a name as a shell takes it."""
    return name if re.fullmatch(r"[\w .,:/@%+-]+", name) else quote(name)
