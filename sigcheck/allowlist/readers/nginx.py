"""Reads nginx: allow and deny, geo with if, include, and which server and location they stand in.

A level's allow and deny hold for the levels inside it that have none of their own (ngx_http_access_module).
"""

import fnmatch
import posixpath

from msgspec import Struct

from sigcheck.allowlist.question import File, Question, Surroundings
from sigcheck.allowlist.readers.nginx_access import Level, Variables, enter, place
from sigcheck.allowlist.readers.nginx_loads import check
from sigcheck.allowlist.readers.nginx_syntax import Directive, Parser, dumped
from sigcheck.allowlist.ruleset import Accept, Always, Base, Chain, FileRules, Line, Rule, RuleSet, Unknown

CHOICE = "which of these serves the callback is not known"
CLOUD_METHODS = frozenset({"GET", "POST", "PUT"})


def read(file: File, question: Question, surroundings: Surroundings) -> FileRules:
    """Read a whole configuration, `nginx -T`, one server's file, or a snippet of allow and deny lines.

    Raises UsageProblem for a file that nginx would not load.
    """
    files = dumped(file)
    root = file
    if files:
        root = next(iter(files.values()))
        folder = posixpath.dirname(root.name)

        def include(pattern: str, beside: str) -> tuple[File, ...]:  # noqa: ARG001
            wanted = posixpath.join(folder, pattern)
            return tuple(each for name, each in files.items() if fnmatch.fnmatchcase(name, wanted))

        surroundings = Surroundings(include, surroundings.sets)
    tree = Parser(surroundings).parse(root, root.name)
    check(tree)
    finder = Finder(question)
    finder.level(tree, Level())
    places = finder.places if finder.servers else [*_locations(tree, Level(), question, "the file")]
    silent = not any(base.chain.rules for each in places for base in each.bases)
    if not places or (silent and not finder.servers):
        # A snippet without a rule is no evidence; a server without one lets everybody pass.
        listens = f"no server in the file listens on port {question.port} for IPv4"
        reason = listens if finder.servers else "no line in the file is about addresses"
        nothing = Rule(Always(holds=True), Unknown(reason), Line(file.name, text="listen"))
        places = [RuleSet("no server", (Base(Chain("", (nothing,)), Accept(), nothing.line),))]
    notes = dict.fromkeys([*finder.notes, *(note for each in places for note in each.notes)])
    choice = CHOICE if question.path is not None else f"{CHOICE}: give --url"
    return FileRules("nginx", tuple(places), choice if len(places) > 1 else "", notes=tuple(notes))


class Listening(Struct, frozen=True):
    """A server that listens on the port, at which addresses, and at which of them it is the default."""

    server: Directive
    level: Level
    sockets: tuple[tuple[str, bool], ...]


class Finder:
    """Finds the servers that listen on the port, and the places in them where the callback may end."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.servers: list[Directive] = []
        self.notes: dict[str, None] = {}
        self._listening: list[Listening] = []
        self._unread: list[Directive] = []

    def level(self, block: tuple[Directive, ...], above: Level, *, inside: bool = False) -> None:
        """Look through http and stream blocks, at any depth, for servers."""
        level = enter(block, above, Variables(block, above.variables))
        if inside or any(each.name == "server" for each in block):
            self._unread.extend(each for each in block if each.name == "include")
        for directive in block:
            if directive.block is not None and directive.name in {"http", "stream"}:
                self.level(directive.block, level, inside=True)
            elif directive.block is not None and directive.name == "server":
                self.servers.append(directive)
                self._server(directive, directive.block, level)
            elif directive.name == "real_ip_header":
                self.notes[f"{directive.line.where}: behind a trusted proxy, allow and deny see the forwarded one"] = (
                    None
                )

    def _server(self, server: Directive, block: tuple[Directive, ...], level: Level) -> None:
        listens = [each for each in block if each.name == "listen"]
        mine = [each for each in listens if _listens(each.words, self.question.port)]
        if not mine and not (not listens and self.question.port == 80):
            return
        sockets = [(_socket(each.words), bool({"default_server", "default"} & set(each.words))) for each in mine]
        self._listening.append(Listening(server, level, tuple(sockets or [("*", False)])))

    @property
    def places(self) -> list[RuleSet]:
        """The places of the servers that may answer for the host."""
        found: list[RuleSet] = []
        answering = {id(each.server): each for socket in self._sockets() for each in self._answering(socket)}
        for each in answering.values():
            block = each.server.block or ()
            names = [name for part in block if part.name == "server_name" for name in part.words]
            name = f"server {names[0] if names else ''} ({each.server.line.where})"
            found.extend(_locations(block, each.level, self.question, name))
        host = self.question.host
        if host is None or not any(_exact(name, host) for each in answering.values() for name in _names(each.server)):
            # A server that nobody has read may be the one that answers.
            found.extend(place(enter((each,), Level(), Variables(())), " ".join(each.words)) for each in self._unread)
        return found

    def _sockets(self) -> dict[str, None]:
        """Give the addresses that are listened on: which of them the callback's name resolves to is not in the file."""
        return dict.fromkeys(socket for each in self._listening for socket, _ in each.sockets)

    def _answering(self, socket: str) -> list["Listening"]:
        """Choose among the servers of one socket, as nginx does: it looks at no other."""
        host = self.question.host
        here = [each for each in self._listening if socket in dict(each.sockets)]
        if host is None or len(here) < 2:
            return here
        named = [(each, _names(each.server)) for each in here]
        for matches in (_exact, _wild):
            found = [each for each, names in named if any(matches(name, host) for name in names)]
            if found:
                return found[:1]
        patterns = [each for each, names in named if any(name.startswith("~") for name in names)]
        default = [each for each in here if (socket, True) in each.sockets]
        return patterns + (default or here)[:1]


def _names(server: Directive) -> list[str]:
    return [name.lower() for each in server.block or () if each.name == "server_name" for name in each.words]


def _exact(name: str, host: str) -> bool:
    return name in {host.lower(), f".{host.lower()}"}


def _wild(name: str, host: str) -> bool:
    if name.startswith((".", "*.")):
        return host.lower().endswith(name.removeprefix("*"))
    return name.endswith(".*") and host.lower().startswith(name[:-1])


def _listens(words: tuple[str, ...], port: int) -> bool:
    """Whether a listen directive takes TCP connections over IPv4 from outside on the port."""
    address = words[0] if words else ""
    if address.startswith("unix:") or "quic" in words:
        return False
    if address.startswith("["):
        number = address.rpartition("]:")[2] if "]:" in address else "80"
        return number == str(port) and "ipv6only=off" in words
    host, colon, number = address.rpartition(":")
    if not colon:
        host, number = ("", address) if address.isdigit() else (address, "80")
    return number == str(port) and not host.startswith("127.") and host != "localhost"


def _socket(words: tuple[str, ...]) -> str:
    """Give the address of a listen directive; all that mean every address are one socket."""
    host, colon, _ = words[0].rpartition(":")
    host = host if colon else ("*" if words[0].isdigit() else words[0])
    return "*" if host in {"", "*", "0.0.0.0"} or host.startswith("[") else host


def _locations(
    block: tuple[Directive, ...], above: Level, question: Question, name: str, *, server: bool = True
) -> list[RuleSet]:
    """Give the leaves under a server (or, `server` false, a location) that may answer the request."""
    level = enter(block, above, Variables(block, above.variables))
    inner = [each for each in block if each.name == "location" and each.block is not None and _reachable(each)]
    chosen, complete = _choose(inner, question.path)
    found: list[RuleSet] = []
    for location in chosen:
        inside = location.block or ()
        label = f"{name} location {' '.join(location.words)}"
        found.extend(_locations(inside, level.inside_location(server=server), question, label, server=False))
    if not complete:
        found.append(place(level, name))
        for each in block:
            if each.name == "limit_except" and each.block is not None and not set(each.words) >= CLOUD_METHODS:
                within = enter(each.block, level, level.variables)
                found.append(place(within, f"{name}, methods other than {' '.join(each.words)}"))
    return found


def _reachable(location: Directive) -> bool:
    """Named and internal locations are not reached by a request from outside."""
    named = bool(location.words) and location.words[0].startswith("@")
    return not named and not any(each.name == "internal" for each in location.block or ())


def _choose(locations: list[Directive], path: str | None) -> tuple[list[Directive], bool]:
    """Choose the locations that may serve the path, and whether one of them surely does.

    Patterns are not run, they are another's: a location with one stays possible unless `=` or `^~` decides first.
    """
    catch_all = any(each.words in {("/",), ("^~", "/")} for each in locations)
    if path is None:
        return locations, catch_all
    patterns = [each for each in locations if each.words and each.words[0] in {"~", "~*"}]
    prefixes: list[Directive] = []
    for each in locations:
        match each.words:
            case ("=", exact) if exact == path:
                return [each], True
            case ("^~", prefix) | (prefix,) if path.startswith(prefix):
                prefixes.append(each)
            case _:
                continue
    best = max(prefixes, key=lambda each: len(each.words[-1]), default=None)
    if best is not None and best.words[0] == "^~":
        return [best], True
    return patterns + ([best] if best is not None else []), best is not None
