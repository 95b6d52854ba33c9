"""Reads a plain list of networks: what stands in it is admitted, everything else is refused."""

import re

from sigcheck.allowlist.addresses import interval
from sigcheck.allowlist.readers.json_text import decode, strings
from sigcheck.allowlist.ruleset import (
    Accept,
    Always,
    File,
    Line,
    Question,
    Reading,
    Refuse,
    Rule,
    Surroundings,
    Unknown,
    Where,
    list_of,
)


def read(file: File, question: Question, surroundings: Surroundings) -> Reading:  # noqa: ARG001
    """Read one network, address or `a-b` a line; commas separate as well, `#` and `;` begin a comment."""
    if file.text.lstrip().startswith("{"):
        return _own_json(file)
    rules: list[Rule] = []
    for number, raw in enumerate(file.text.splitlines(), 1):
        line = Line(file.name, number, text=raw.strip())
        for word in re.split(r"[,\s]+", re.split(r"[#;]", raw, maxsplit=1)[0]):
            if not word:
                continue
            try:
                rules.append(Rule(Where("source", interval(word.strip("\"'[]"))), Accept(), line))
            except ValueError:
                rules.append(Rule(Always(holds=True), Unknown("not a network or an address"), line))
    return _listed(file, rules)


def _own_json(file: File) -> Reading:
    """Read what `sigcheck allowlist --for json` prints: an object whose `ranges` are networks."""
    document = decode(file)
    rules: list[Rule] = []
    for index, text in enumerate(strings(document.get("ranges"))):
        line = Line(file.name, place=f"ranges[{index}]", text=text)
        try:
            rules.append(Rule(Where("source", interval(text)), Accept(), line))
        except ValueError:
            rules.append(Rule(Always(holds=True), Unknown("not a network or an address"), line))
    return _listed(file, rules)


def _listed(file: File, rules: list[Rule]) -> Reading:
    end = Line(file.name, place="the end of the list", text="what is not listed is refused")
    return Reading("cidr", (list_of(end, tuple(rules), Refuse(), file.name),))
