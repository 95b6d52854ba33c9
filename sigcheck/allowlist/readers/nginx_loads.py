"""Would nginx load it: each directive where it may stand, with as many words as it takes, and as often.

A file may be the whole configuration or what an `include` brings into http, a server or a location: at its top each
of these is tried, and a line that fits into none of them together with the lines before it is refused.
"""

import re
from collections.abc import Iterable
from functools import cache

from sigcheck.allowlist.readers import refusal
from sigcheck.allowlist.readers.nginx_syntax import Directive
from sigcheck.allowlist.readers.nginx_words import ENTRIES, WORDS, Repeated, entries
from sigcheck.allowlist.readers.refusal import Spelling, WouldNotLoad, quoted

EVERYWHERE = frozenset("mehslSLxuMvtrp")
# (the context, the block's name) → the context inside.
INSIDE = {
    ("m", "events"): "e", ("m", "http"): "h", ("m", "mail"): "M", ("m", "stream"): "t",
    ("h", "server"): "s", ("h", "upstream"): "u", ("M", "server"): "v", ("t", "server"): "r", ("t", "upstream"): "p",
    ("s", "location"): "l", ("l", "location"): "l", ("s", "if"): "S", ("l", "if"): "L", ("l", "limit_except"): "x",
}  # fmt: skip
CALLED = {
    "m": "the main level", "e": "events", "h": "http", "s": "a server", "l": "a location", "S": "an if of a server",
    "L": "an if of a location", "x": "limit_except", "u": "upstream", "M": "mail", "v": "a server of mail",
    "t": "stream", "r": "a server of stream", "p": "an upstream of stream",
}  # fmt: skip
# What a shorter name is one step from may be a module's own name.
SHORTEST_NAME = 6
MATTERS = frozenset({"allow", "deny", "geo", "listen", "server", "return"})
# Words that follow a directive's name, and are none themselves.
VALUES = frozenset({"all", "any", "on", "off", "from"})
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
# Names of one word that modules beside nginx's own have.
OF_MODULES = frozenset(
    """api brotli check concat coraza dash echo fancyindex hls jwt match modsecurity nchan ntlm pagespeed passenger
    queue redis rtmp state status sticky testcookie vod waf zone zstd""".split()  # noqa: SIM905 - a list a line long is no better read
)
OTHERWISE = frozenset({"else", "elif", "elsif", "elseif"})
ONCE_AT_THE_TOP = frozenset({"events", "http", "mail", "stream"})


@cache
def known() -> dict[str, tuple[tuple[str, str], ...]]:
    """Give the directives of nginx's own modules."""
    return refusal.table("nginx_directives.txt")


def check(tree: tuple[Directive, ...]) -> None:
    """Raise WouldNotLoad for the first directive that nginx would not load."""
    _level(tree, EVERYWHERE, None)


def _level(block: tuple[Directive, ...], contexts: frozenset[str], around: Directive | None) -> None:
    once: dict[str, Directive] = {}
    repeated = Repeated()
    for directive in block:
        rows = known().get(directive.name)
        if rows is None:
            _refuse_stranger(directive)
            continue
        contexts = _place(directive, rows, contexts, around)
        if any("!" in arguments for _, arguments in rows) or directive.name in ONCE_AT_THE_TOP:
            if directive.name in once:
                wrong = f"{directive.name} appears here a second time; the first is {once[directive.name].line.where}"
                raise WouldNotLoad("nginx", directive.line, wrong, "keep one of them")
            once[directive.name] = directive
        if (look := WORDS.get(directive.name)) is not None and contexts & frozenset("hslSLx"):
            look(directive)
        repeated.see(directive, around)
        if directive.block is not None:
            _inside(directive, directive.block, contexts)


def _inside(directive: Directive, block: tuple[Directive, ...], contexts: frozenset[str]) -> None:
    if directive.name in ENTRIES:
        entries(directive, block)
        return
    inner = frozenset(INSIDE[each, directive.name] for each in contexts if (each, directive.name) in INSIDE)
    if inner:
        _level(block, inner, directive)


@cache
def spelling() -> Spelling:
    """Give the names whose misspellings are told from a module's own names."""
    return Spelling(sorted(MATTERS | {name for name in known() if len(name) >= SHORTEST_NAME}))


def stranger(name: str) -> bool:
    """Tell whether a name is neither nginx's own nor looks like a module's: several words, or known to be one's."""
    return name not in known() and not ("_" in name or name != name.lower() or name in OF_MODULES)


def _refuse_stranger(directive: Directive) -> None:
    """Refuse a name that no module has; any other may be a module's that is not nginx's own."""
    name, first = directive.name, directive.words[0] if directive.words else ""
    fix = "begin the line with a directive, such as allow or deny"
    if name in OTHERWISE:
        wrong, fix = f"nginx has no {name}", "write a second if with the opposite condition"
        raise WouldNotLoad("nginx", directive.line, wrong, fix)
    if name.lower() in known():
        meant: str | None = name.lower()
    elif name + first in known():
        meant = name + first
    else:
        meant = _apart(name) or spelling().meant(name)
    if meant is not None:
        raise WouldNotLoad("nginx", directive.line, f"there is no directive {quoted(name)}", f"write {meant}")
    if not NAME.fullmatch(name) or name in VALUES:
        raise WouldNotLoad("nginx", directive.line, f"{quoted(name)} is not a directive", fix)


def _apart(name: str) -> str | None:
    """Part a directive's name from the value that was written against it."""
    split = re.match(r"([a-z_]+?)(all|any|on|off|from|[0-9].*)\Z", name, re.DOTALL)
    return f"{split[1]} {split[2]}" if split and split[1] in known() else None


def _place(
    directive: Directive, rows: Iterable[tuple[str, str]], contexts: frozenset[str], around: Directive | None
) -> frozenset[str]:
    """Give those of the contexts in which the directive is taken as it is written."""
    here = [(where if where != "*" else "".join(contexts), takes) for where, takes in rows]
    here = [(where, takes) for where, takes in here if contexts & set(where)]
    if not here:
        allowed = ", ".join(CALLED[each] for where, _ in rows for each in where if each in CALLED)
        beside = f"inside {quoted(around.line.text)}" if around else "beside the lines before it"
        wrong = f"{directive.name} is not allowed {beside}"
        raise WouldNotLoad("nginx", directive.line, wrong, f"it is allowed in {allowed}")
    fitting = [where for where, takes in here if _taken(directive, takes)]
    if not fitting:
        raise _count(directive, here[0][1])
    return contexts & set("".join(fitting))


def _taken(directive: Directive, takes: str) -> bool:
    if ("{" in takes) != (directive.block is not None):
        return False
    count = len(directive.words)
    if "*" in takes:
        return True
    if "f" in takes:
        return count == 1 and directive.words[0].lower() in {"on", "off"}
    return count >= 2 if "#" in takes else count >= 1 if "+" in takes else str(count) in takes


def _count(directive: Directive, takes: str) -> WouldNotLoad:
    name, count, line = directive.name, len(directive.words), directive.line
    if "{" in takes and directive.block is None:
        return WouldNotLoad("nginx", line, f'{name} has no "{{"', f"write {name} … {{ … }}")
    if "{" not in takes and directive.block is not None:
        return WouldNotLoad("nginx", line, f'{name} ends with ";", and a "{{" follows here', 'write ";" after it')
    if "f" in takes:
        return WouldNotLoad("nginx", line, f"{name} is either on or off", f"write {name} on; or {name} off;")
    counts = " or ".join(each for each in takes if each.isdigit())
    counts = {"0": "no argument", "1": "one argument"}.get(counts, f"{counts} arguments")
    counts = "at least two arguments" if "#" in takes else "at least one argument" if "+" in takes else counts
    if name in {"allow", "deny"} and count > 1:
        fix = f'write one {name} for each address, and end each with ";"'
    elif count:
        fix = 'end each directive with ";", and quote a value that has spaces'
    else:
        fix = f"write the value of {name}"
    given = {0: "none is given", 1: "one is given"}.get(count, f"{count} are given")
    return WouldNotLoad("nginx", line, f"{name} takes {counts}, and {given}", fix)
