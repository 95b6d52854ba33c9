"""Would Apache load it: each directive and section where it may stand, with the words that it takes.

What stands under an <IfModule> or the like that may not hold is not looked at, because Apache does not either.
"""

import re
from collections.abc import Iterable
from functools import cache

from sigcheck.allowlist.readers import refusal
from sigcheck.allowlist.readers.apache_require import PROVIDERS, container, require
from sigcheck.allowlist.readers.apache_syntax import Entry, is_htaccess, written
from sigcheck.allowlist.readers.apache_words import WORDS
from sigcheck.allowlist.readers.refusal import Spelling, WouldNotLoad, quoted

# What the context allows, in the letters of the table; a server's own level has no Limit and no AuthConfig.
SERVER, DIRECTORY, HTACCESS = frozenset("sofi"), frozenset("lofaid"), frozenset("lofai")
ALLOWS = {"require*": frozenset("a"), "authzprovideralias": frozenset("ad")}
DIRECTORIES = frozenset(
    {"directory", "directorymatch", "location", "locationmatch", "files", "filesmatch", "proxy", "proxymatch"}
)
CONDITIONALS = frozenset({"if", "elseif", "else"})
REQUIRES = frozenset({"requireall", "requireany", "requirenone"})
# Their lines are looked at when they are used, or by the module that they are for.
UNREAD = frozenset({"macro", "authnprovideralias", "authtprovideralias"})
COUNTS = {
    "NO_ARGS": (0, 0), "TAKE1": (1, 1), "TAKE2": (2, 2), "TAKE3": (3, 3), "TAKE12": (1, 2), "TAKE23": (2, 3),
    "TAKE123": (1, 3), "ITERATE": (1, None), "ITERATE2": (2, None),
}  # fmt: skip
# A shorter name one step away may be a module's own.
SHORTEST_NAME = 6
REMEDIES = {
    "order": "write it without a space, as in Order deny,allow",
    "allow": "write Allow from and the addresses, without a semicolon",
    "deny": "write Deny from and the addresses, without a semicolon",
}
# Words that follow a directive's name, and are none themselves.
VALUES = frozenset({"from", "not", "granted", "denied", "on", "off", "any", "and", "or"})
READ_ELSEWHERE = frozenset({"include", "includeoptional", "use"})
MATTERS = frozenset({"allow", "deny", "order", "require", "satisfy"})


@cache
def known() -> dict[str, tuple[str, frozenset[str], str]]:
    """Give the directives of Apache's own modules by their names in lower case: name, contexts, arguments."""
    table = refusal.table("apache_directives.txt")
    return {name.lower(): (name, frozenset(rows[0][0]), rows[0][1]) for name, rows in table.items()}


@cache
def spelling() -> Spelling:
    """Give the names whose misspellings are told from a module's own names."""
    return Spelling(sorted({n for n in known() if not n.startswith("<") and len(n) >= SHORTEST_NAME} | MATTERS))


def check(tree: tuple[Entry, ...], file: str) -> None:
    """Raise WouldNotLoad for the first entry that Apache would not load."""
    places = [HTACCESS] if is_htaccess(file) else [SERVER, DIRECTORY]
    _level(tree, places, (), htaccess=is_htaccess(file))


def _level(
    entries: Iterable[Entry], places: list[frozenset[str]], around: tuple[Entry, ...], *, htaccess: bool
) -> None:
    for entry in entries:
        if not entry.sure or entry.name in READ_ELSEWHERE:
            continue
        section = entry.entries is not None
        row = known().get(f"<{entry.name}" if section else entry.name)
        if row is None:
            if not section:
                _refuse_stranger(entry)
            continue
        _, contexts, takes = row
        fitting = [place for place in places if place & contexts]
        if not fitting:
            raise _misplaced(entry, contexts, around, htaccess=htaccess)
        places = fitting
        if any("${" in word for word in entry.words):
            continue  # a Define of another file may stand for anything
        if section:
            _section(entry, places, around, htaccess=htaccess)
            continue
        _count(entry, takes)
        if entry.name == "require":
            require(entry, around[-1].name if around else "")
        elif (look := WORDS.get(entry.name)) is not None:
            look(entry)


def _section(entry: Entry, places: list[frozenset[str]], around: tuple[Entry, ...], *, htaccess: bool) -> None:
    name, shown, names = entry.name, written(entry), {each.name for each in around}
    if name.startswith("files") and names & {"location", "locationmatch"}:
        raise _wrong(entry, f"<{shown}> cannot be inside a <Location>", "put it into a <Directory>, or next to it")
    if name in {"files", "filesmatch", *CONDITIONALS} and names & {"limit", "limitexcept"}:
        raise _wrong(entry, f"<{shown}> cannot be inside <Limit>", "put the <Limit> into it")
    if name == "virtualhost" and names:
        raise _wrong(entry, "a <VirtualHost> is inside another section", "close that section before it")
    bare = name in REQUIRES or name == "else"
    if bare and entry.words:
        raise _wrong(entry, f"<{shown}> takes no arguments", f"write <{shown}>")
    if not bare and not entry.words:
        raise _wrong(entry, f"<{shown}> needs an argument", f"write what it is about: <{shown} …>")
    words = entry.words[1:] if entry.words[:1] == ("~",) else entry.words
    if name in DIRECTORIES and len(words) > 1:
        fix = "quote a path that has spaces, or write a section for each path"
        raise _wrong(entry, f"<{shown}> takes one path, and {len(words)} are given", fix)
    if name in UNREAD:
        return
    if name in {"limit", "limitexcept"} and (look := WORDS.get("<" + name)) is not None:
        look(entry)
    inner = places
    if name in DIRECTORIES or name in CONDITIONALS:
        inner = [place if place == HTACCESS else DIRECTORY for place in places]
    elif name in REQUIRES:
        inner = [ALLOWS["require*"]]
    elif name in ALLOWS:
        inner = [ALLOWS[name]]
    _level(entry.entries or (), inner, (*around, entry), htaccess=htaccess)
    if name in REQUIRES:
        outer = next((each.name for each in reversed(around) if each.name in REQUIRES), "")
        container(entry, outer, htaccess=htaccess)


def _wrong(entry: Entry, wrong: str, fix: str) -> WouldNotLoad:
    return WouldNotLoad("Apache", entry.line, wrong, fix)


def _misplaced(entry: Entry, contexts: frozenset[str], around: tuple[Entry, ...], *, htaccess: bool) -> WouldNotLoad:
    name = f"<{written(entry)}>" if entry.entries is not None else entry.line.text.split()[0]
    if around:
        wrong = f"{name} is not allowed inside {quoted(around[-1].line.text)}"
    elif htaccess:
        wrong = f"{name} is not allowed in a .htaccess"
    else:
        wrong = f"{name} is not allowed here, outside of <Directory> and the like"
    if contexts & DIRECTORY:
        return _wrong(entry, wrong, "put it into a <Directory> or a <Location>")
    return _wrong(entry, wrong, "put it into the server's configuration or a <VirtualHost>")


def _count(entry: Entry, takes: str) -> None:
    count = len(entry.words)
    if takes == "FLAG":
        if not entry.words or entry.words[0].lower() not in {"on", "off"}:
            raise _wrong(entry, f"{known()[entry.name][0]} is either On or Off", "write one of these")
        return
    limits = [COUNTS[each] for each in takes.split("|") if each in COUNTS]
    if not limits or len(limits) < takes.count("|") + 1:
        return
    least, most = limits[0]
    if count >= least and (most is None or count <= most):
        return
    name = entry.line.text.split()[0]
    said = "no arguments" if most == 0 else "one argument" if least == most == 1 else f"{least} arguments"
    said = f"{least} to {most} arguments" if most is not None and most != least else said
    said = f"at least {least} argument{'s' if least > 1 else ''}" if most is None else said
    given = {0: "none is given", 1: "one is given"}.get(count, f"{count} are given")
    raise _wrong(entry, f"{name} takes {said}, and {given}", REMEDIES.get(entry.name, "quote a value that has spaces"))


def stranger(entry: Entry) -> bool:
    """Tell whether a name is neither Apache's own nor looks like a module's: several words joined."""
    if entry.entries is not None or entry.name in known() or entry.name in READ_ELSEWHERE:
        return False
    return "_" not in entry.name and entry.line.text[1 : len(entry.name)].islower()


def _refuse_stranger(entry: Entry) -> None:
    name, first = entry.name, entry.words[0].lower() if entry.words else ""
    apart = re.fullmatch(rf"({'|'.join(sorted(MATTERS))})(from|not|[0-9].*|{'|'.join(sorted(PROVIDERS))})", name)
    if apart:
        meant: str | None = f"{known()[apart[1]][0]} {apart[2]}"
    else:
        found = name + first if name + first in known() else spelling().meant(name)
        meant = found and known()[found.lower()][0]
    if meant is not None:
        raise _wrong(entry, f"there is no directive {quoted(entry.line.text.split()[0])}", f"write {meant}")
    if not re.fullmatch(r"[a-z]\w+", name, re.ASCII) or name in PROVIDERS | VALUES:
        fix = "begin the line with a directive, such as Require"
        raise _wrong(entry, f"{quoted(name)} is not a directive", fix)
