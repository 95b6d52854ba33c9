"""Reads a plain list of networks: what stands in it is admitted, everything else is refused."""

import re

from sigcheck.allowlist.addresses import interval
from sigcheck.allowlist.question import File, Question, Surroundings
from sigcheck.allowlist.readers.json_text import decode, strings
from sigcheck.allowlist.ruleset import Accept, Always, FileRules, Line, Refuse, Rule, Unknown, Where, list_of

# 185.110.96.0 255.255.252.0, as routers write it.
NETMASK = re.compile(r"\b(\d+(?:\.\d+){3})\s+(255(?:\.\d+){3})\b")


def read(file: File, question: Question, surroundings: Surroundings) -> FileRules:  # noqa: ARG001
    """Read one network, address or `a-b` a line; commas separate as well, `#` and `;` begin a comment."""
    if file.text.lstrip().startswith("{"):
        return _own_json(file)
    rules: list[Rule] = []
    unknown: list[Rule] = []
    for number, raw in enumerate(file.text.splitlines(), 1):
        line = Line(file.name, number, text=raw.strip())
        said = NETMASK.sub(r"\1/\2", re.split(r"[#;]", raw, maxsplit=1)[0])
        for word in re.split(r"[,\s]+", said):
            if not word:
                continue
            try:
                rules.append(Rule(Where("source", interval(word.strip("\"'[]"))), Accept(), line))
            except ValueError:
                unknown.append(Rule(Always(holds=True), Unknown("not a network or an address"), line))
    # A list has no order: a word such as "deny" or "!" may take back what stands before it.
    return _listed(file, [*unknown, *rules])


def _own_json(file: File) -> FileRules:
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


def _listed(file: File, rules: list[Rule]) -> FileRules:
    end = Line(file.name, place="the end of the list", text="what is not listed is refused")
    return FileRules("cidr", (list_of(end, tuple(rules), Refuse(), file.name),))
