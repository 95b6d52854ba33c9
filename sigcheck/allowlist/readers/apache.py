"""Reads Apache: which virtual host and section serve the callback, and what `apache_access` says of them.

Of the sections that match, the last one in Apache's order of merging decides alone (AuthMerging Off).
"""

import fnmatch
from collections.abc import Iterator, Sequence

from sigcheck.allowlist.question import File, Question, Surroundings
from sigcheck.allowlist.readers.apache_access import of_its_own, place, speaks
from sigcheck.allowlist.readers.apache_loads import check
from sigcheck.allowlist.readers.apache_syntax import Entry, Parser
from sigcheck.allowlist.ruleset import Accept, Always, FileRules, Line, Rule, RuleSet, Unknown, list_of

CHOICE = "which of these serves the callback is not known"
SECTIONS = frozenset(
    {"directory", "directorymatch", "files", "filesmatch", "location", "locationmatch", "proxy", "proxymatch"}
)


def read(file: File, question: Question, surroundings: Surroundings) -> FileRules:
    """Read a whole configuration, one virtual host's file, a .htaccess, or a snippet of Require lines.

    Raises UsageProblem for a file that Apache would not load.
    """
    tree = Parser(surroundings).parse(file, file.name)
    check(tree, file.name)
    hosts = [entry for entry in tree if entry.name == "virtualhost"]
    serving = [host for host in hosts if _addresses(host.words, question.port)]
    shared = [entry for entry in tree if entry.name != "virtualhost"]
    notes = tuple(
        f"{entry.line.where}: behind a trusted proxy, Require ip sees the forwarded address"
        for entry in tree
        if entry.name == "remoteipheader"
    )
    places: list[RuleSet] = []
    if serving:
        for host in _answering(serving, question):
            name = f"virtual host {_server_name(host)} ({host.line.where})"
            places.extend(_places([*shared, *(host.entries or ())], question, name, host.line))
    elif hosts or not (speaks(shared) or any(entry.name in SECTIONS for entry in shared)):
        reason = f"no virtual host serves port {question.port}" if hosts else "no line in the file is about addresses"
        nothing = Rule(Always(holds=True), Unknown(reason), Line(file.name, text="the file"))
        places.append(list_of(nothing.line, (nothing,), Accept()))
    else:
        places.extend(_places(shared, question, file.name, Line(file.name)))
    places_notes = [note for each in places for note in each.notes]
    choice = CHOICE if question.path is not None else f"{CHOICE}: give --url"
    return FileRules("apache", tuple(places), choice if len(places) > 1 else "", (*notes, *dict.fromkeys(places_notes)))


def _addresses(words: Sequence[str], port: int) -> tuple[str, ...]:
    """Give the addresses at which <VirtualHost …> takes IPv4 connections to the port; "*" is every other one."""
    found: list[str] = []
    for word in words:
        host, colon, number = word.rpartition(":")
        if word.startswith("["):
            continue
        if (not colon or number in {"*", str(port)}) and not host.startswith("127."):
            named = host if colon else word
            found.append("*" if named.lower() == "_default_" else named)
    return tuple(found)


def _server_name(host: Entry) -> str:
    return next((e.words[0] for e in host.entries or () if e.name == "servername" and e.words), "")


def _answering(serving: list[Entry], question: Question) -> list[Entry]:
    """Pick a host at each address: Apache looks at no other, and which address is meant is not in the file."""
    addresses = {id(host): _addresses(host.words, question.port) for host in serving}
    places = dict.fromkeys(address for host in serving for address in addresses[id(host)])
    named = [_named([host for host in serving if place in addresses[id(host)]], question.host) for place in places]
    return list({id(host): host for hosts in named for host in hosts}.values())


def _named(hosts: list[Entry], wanted: str | None) -> list[Entry]:
    """Pick the first host whose ServerName or ServerAlias is meant; the first of all when none is."""
    if wanted is None:
        return hosts
    for host in hosts:
        names = [w.lower() for e in host.entries or () if e.name in {"servername", "serveralias"} for w in e.words]
        if any(fnmatch.fnmatchcase(wanted.lower(), name.partition(":")[0]) for name in names):
            return [host]
    return hosts[:1]


def _places(entries: Sequence[Entry], question: Question, name: str, line: Line) -> Iterator[RuleSet]:
    """Give the sections that may decide on the callback."""
    outside = [entry for entry in entries if entry.name not in SECTIONS]
    deciding = [e for e in entries if e.name in SECTIONS and speaks(e.entries or ()) and not of_its_own(e)]
    files = [entry for entry in deciding if not entry.name.startswith("location")]
    # <Directory /> is the bottom of every path: the sections above it decide.
    above = [entry for entry in files if entry.words != ("/",)] or files
    located = [entry for entry in deciding if entry.name.startswith("location")]
    everywhere = any(entry.words == ("/",) for entry in located if entry.name == "location")
    candidates = located if everywhere else above + located
    if question.path is not None:
        candidates = list(_for_path(deciding, above, question.path))
    if not candidates or speaks(outside):
        yield place(outside, name, line)
    for entry in candidates:
        yield place(entry.entries or (), f"{name} <{entry.name} {' '.join(entry.words)}>", entry.line)


def _for_path(deciding: Sequence[Entry], above: list[Entry], path: str) -> Iterator[Entry]:
    """Give the sections for a path: a <Location> that matches overrides all sections of files.

    Patterns are not run, so they stay possible.
    """
    matching = [
        entry
        for entry in deciding
        if entry.name == "location" and entry.words and "~" not in entry.words and _under(path, entry.words[0])
    ]
    yield from (
        entry
        for entry in deciding
        if entry.name == "locationmatch" or (entry.name == "location" and "~" in entry.words)
    )
    if matching:
        yield matching[-1]
    else:
        yield from above


def _under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix.rstrip("/") + "/")
