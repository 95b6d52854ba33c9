"""Would nginx load it: the words of the directives on which access hangs, and what may not stand twice."""

import re
from collections.abc import Callable
from ipaddress import IPv6Address

from sigcheck.allowlist.readers.nginx_syntax import Directive
from sigcheck.allowlist.readers.refusal import WouldNotLoad, quoted

# Blocks whose lines are entries and no directives.
ENTRIES = frozenset({"geo", "map", "types", "split_clients", "charset_map", "otel_exporter", "match"})
METHODS = frozenset(
    """GET HEAD POST PUT DELETE MKCOL COPY MOVE OPTIONS PROPFIND PROPPATCH LOCK UNLOCK PATCH TRACE""".split()  # noqa: SIM905 - a list a line long is no better read
)
LISTEN = re.compile(
    r"default(?:_server)?|bind|ssl|http2|spdy|proxy_protocol|quic|reuseport|deferred|multipath|setfib=\d+"
    r"|(?:fastopen|backlog|rcvbuf|sndbuf)=\S+|accept_filter=\S+|ipv6only=(?:on|off)|so_keepalive=\S+"
)
# Of what Python says of a pattern, what PCRE says as well.
BROKEN_PATTERN = re.compile(r"missing \), unterminated subpattern|unbalanced paren|unterminated character set")
# Variables whose names go on with what a request brings, whatever it is.
PREFIXES = ("$http_", "$sent_http_", "$sent_trailer_", "$upstream_http_", "$upstream_trailer_", "$upstream_cookie_",
            "$cookie_", "$arg_")  # fmt: skip


def _ipv4(text: str) -> int | None:
    """Read an address as ngx_inet_addr does: three dots, each part at most 255, and not 255.255.255.255."""
    parts = text.split(".")
    if not text or len(parts) != 4 or not re.fullmatch(r"[0-9.]+", text):
        return None
    if any(len(part.lstrip("0")) > 3 or int(part or "0") > 255 for part in parts):
        return None
    number = int.from_bytes(bytes(int(part or "0") for part in parts))
    return None if number == 0xFFFFFFFF else number


def _network(text: str) -> bool:
    """Tell whether ngx_ptocidr takes a network; bits behind the mask are no error."""
    address, slash, mask = text.partition("/")
    if _ipv4(address) is not None:
        longest = 32
    else:
        try:
            IPv6Address(address)
        except ValueError:
            return False
        longest = 128
        if "%" in address:
            return False
    return not slash or (re.fullmatch(r"[0-9]{1,9}", mask) is not None and int(mask) <= longest)


def _wrong(directive: Directive, wrong: str, fix: str) -> WouldNotLoad:
    return WouldNotLoad("nginx", directive.line, wrong, fix)


def _no_network(text: str) -> str:
    if "," in text:
        return "write one line for each address: nginx takes no list"
    _, slash, mask = text.partition("/")
    if slash and "." in mask:
        return "write the length of the prefix, as in 185.110.96.0/22: nginx takes no netmask"
    if "-" in text and not slash:
        return "write networks, as in 185.110.96.0/22: nginx takes no range here"
    return "write an address, or a network as in 185.110.96.0/22"


def _access(directive: Directive) -> None:
    text = directive.words[0]
    if text not in {"all", "unix:"} and not _network(text):
        raise _wrong(directive, f"{quoted(text)} is neither an address, nor a network, nor 'all'", _no_network(text))


def _satisfy(directive: Directive) -> None:
    if directive.words[0].lower() not in {"any", "all"}:
        raise _wrong(directive, f"satisfy is all or any, not {quoted(directive.words[0])}", "write one of these")


def _trusted(directive: Directive) -> None:
    text = directive.words[0]
    # Anything else is a name, which nginx looks up when it starts.
    if text != "unix:" and not _network(text) and re.search(r"/|\A[0-9.]*\Z", text):
        raise _wrong(directive, f"{quoted(text)} is neither an address nor a network", _no_network(text))


def _return(directive: Directive) -> None:
    code = directive.words[0]
    address = len(directive.words) == 1 and code.startswith(("http://", "https://", "$scheme"))
    if not address and not (re.fullmatch(r"0*[0-9]{1,3}", code)):
        raise _wrong(directive, f"{quoted(code)} is not a status code", "write return 403; or another code")


def _pattern(directive: Directive, pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as problem:
        if BROKEN_PATTERN.search(str(problem)):
            raise _wrong(directive, f"the pattern {quoted(pattern)} does not close", "close its brackets") from None


def _if(directive: Directive) -> None:
    words = list(directive.words)
    if not words[0].startswith("(") or not words[-1].endswith(")") or words == ["("]:
        raise _wrong(directive, "the condition is not within one pair of brackets", "write if ($name = value) { … }")
    words[0] = words[0][1:]
    if words[-1]:
        words[-1] = words[-1][:-1]
    if not words[0]:
        words = words[1:]
    if len(words) > 1 and not words[-1] and directive.words[-1] == ")":
        words = words[:-1]
    fix = 'write if ($name), if ($name = "value"), if ($name ~ pattern) or if (-f path)'
    wrong = f"the condition {quoted(' '.join(directive.words))} is not one that nginx knows"
    if not words:
        raise _wrong(directive, wrong, fix)
    first = words[0]
    if len(first) > 1 and first.startswith("$"):
        if not (re.fullmatch(r"\w+", first[1:]) or first.lower().startswith(PREFIXES)):
            wrong = f"{quoted(first)} is not the name of a variable"
            raise _wrong(directive, wrong, "put spaces around the operator, as in if ($name = value)")
        if len(words) == 1:
            return
        if len(words) != 3 or words[1] not in {"=", "!=", "~", "~*", "!~", "!~*"}:
            raise _wrong(directive, wrong, fix)
        if "~" in words[1]:
            _pattern(directive, words[2])
    elif not re.fullmatch(r"!?-[fdex]", first) or len(words) != 2:
        raise _wrong(directive, wrong, fix)


def _location(directive: Directive) -> None:
    modifier, pattern = directive.words if len(directive.words) == 2 else ("", directive.words[0])
    if modifier not in {"", "=", "^~", "~", "~*"}:
        raise _wrong(directive, f"a location has no modifier {quoted(modifier)}", "write =, ^~, ~ or ~*, or none")
    if not modifier and pattern.startswith("~"):
        modifier, pattern = "~", pattern[2:] if pattern.startswith("~*") else pattern[1:]
    if modifier in {"~", "~*"}:
        _pattern(directive, pattern)


def _limit_except(directive: Directive) -> None:
    for method in directive.words:
        if method.upper() not in METHODS:
            raise _wrong(directive, f"there is no method {quoted(method)}", "write GET, POST, PUT, …")


def _listen(directive: Directive) -> None:
    address = directive.words[0]
    if address.startswith("unix:"):
        return
    port = address.rpartition("]:" if address.startswith("[") else ":")[2] if ":" in address else ""
    if address.startswith("[") and "]:" not in address:
        port = ""
    port = address if address.isdigit() else port
    if port and not (re.fullmatch(r"[0-9]{1,6}", port) and 0 < int(port) <= 65535):
        raise _wrong(directive, f"{quoted(address)} does not have a valid port", "write a port between 1 and 65535")
    host = address.removesuffix(f":{port}")
    if not re.fullmatch(r"\[[0-9A-Fa-f:.]+\]|[\w.*-]*", host):
        raise _wrong(
            directive, f"{quoted(address)} is neither an address nor a port", "write listen 443 ssl; or the like"
        )
    if re.fullmatch(r"[0-9.]*\.[0-9.]*", host) and _ipv4(host) is None:
        raise _wrong(
            directive, f"{quoted(host)} is not an address", "write an address of this machine, or the port alone"
        )
    for word in directive.words[1:]:
        if not LISTEN.fullmatch(word):
            raise _wrong(directive, f"listen has no parameter {quoted(word)}", "remove it, or see nginx's page on it")


def _geo(directive: Directive) -> None:
    for word in directive.words:
        if not word.startswith("$"):
            raise _wrong(
                directive, f"{quoted(word)} is not a variable", "write its name with a $, as in geo $cloud { … }"
            )


WORDS: dict[str, Callable[[Directive], None]] = {
    "allow": _access, "deny": _access, "satisfy": _satisfy, "set_real_ip_from": _trusted, "return": _return,
    "if": _if, "location": _location, "limit_except": _limit_except, "listen": _listen, "geo": _geo,
}  # fmt: skip


def entries(directive: Directive, block: tuple[Directive, ...]) -> None:
    """Look at the entries of geo and map. Raises WouldNotLoad for one that nginx does not take."""
    ranges = False
    for number, entry in enumerate(block):
        if entry.block is not None:
            raise _wrong(entry, f'a "{{" has no place inside {directive.name}', "remove it")
        if directive.name == "map" and len(entry.words) != 1 and (entry.words or entry.name not in MAP_ALONE):
            raise _wrong(entry, "an entry of map is one value and what it maps to", "write each as: value result;")
        if directive.name != "geo" or entry.name == "include":
            continue
        if not entry.words and entry.name in GEO_ALONE:
            if entry.name == "ranges" and any(each.words for each in block[:number]):
                raise _wrong(entry, "ranges comes after other entries of geo", "write it first")
            ranges = ranges or entry.name == "ranges"
        elif len(entry.words) != 1:
            raise _wrong(entry, "an entry of geo is one network and one value", "write each as: 185.110.96.0/22 1;")
        elif entry.name != "default":
            _geo_entry(entry, ranges=ranges)


MAP_ALONE = frozenset({"hostnames", "volatile"})
GEO_ALONE = frozenset({"ranges", "proxy_recursive", "volatile"})


def _geo_entry(entry: Directive, *, ranges: bool) -> None:
    text = entry.words[0] if entry.name in {"delete", "proxy"} else entry.name
    if ranges and entry.name != "proxy":
        first, dash, last = text.partition("-")
        low, high = _ipv4(first), _ipv4(last)
        if not dash or low is None or high is None or low > high:
            raise _wrong(
                entry, f"{quoted(text)} is not a range of addresses", "write first-last, as in 10.0.0.0-10.0.0.9"
            )
    elif text != "255.255.255.255" and not _network(text):
        raise _wrong(entry, f"{quoted(text)} is not a network", _no_network(text))


class Repeated:
    """What a level may hold only once: a location of one name, an address that is listened on."""

    def __init__(self) -> None:
        self._locations: dict[tuple[bool, str], Directive] = {}
        self._listens: dict[str, Directive] = {}
        self._upstreams: dict[str, Directive] = {}
        self._defaults: dict[str, Directive] = {}

    def see(self, directive: Directive, around: Directive | None) -> None:
        """Take a directive in. Raises WouldNotLoad for one that nginx calls a duplicate."""
        match directive.name:
            case "location" if directive.block is not None:
                self._location(directive, around)
            case "upstream" if directive.block is not None:
                self._once(self._upstreams, directive.words[0], directive)
            case "listen":
                self._once(self._listens, _socket(directive), directive)
            case "server" if directive.block is not None:
                for each in directive.block:
                    if each.name == "listen" and each.words and {"default_server", "default"} & set(each.words):
                        self._once(self._defaults, _socket(each), each)
            case _:
                return

    def _once(self, seen: dict[str, Directive], socket: str, directive: Directive) -> None:
        if socket in seen:
            wrong = f"{quoted(directive.line.text)} repeats {seen[socket].line.where}"
            raise _wrong(directive, wrong, "keep one of them")
        seen[socket] = directive

    def _location(self, directive: Directive, around: Directive | None) -> None:
        modifier, name = directive.words if len(directive.words) == 2 else ("", directive.words[0])
        if not modifier:
            modifier = next((each for each in ("=", "^~", "~") if name.startswith(each)), "")
            name = name.removeprefix(modifier)
        if around is not None and around.name == "location":
            _nested(directive, modifier, name, around)
        if modifier in {"~", "~*"}:
            return
        key = (modifier == "=", name)
        if key in self._locations and not name.startswith("@"):
            wrong = f"the location {quoted(name)} is there already: {self._locations[key].line.where}"
            raise _wrong(directive, wrong, "join the two")
        self._locations[key] = directive


def _nested(directive: Directive, modifier: str, name: str, around: Directive) -> None:
    outer = around.words[-1]
    kind = around.words[0] if len(around.words) == 2 else ""
    if kind == "=" or (not kind and outer.startswith(("=", "@"))):
        raise _wrong(directive, f"a location cannot be inside {quoted(around.line.text)}", "move it out")
    if name.startswith("@"):
        raise _wrong(directive, "a named location is inside another location", "move it into the server")
    if not modifier.startswith("~") and not kind.startswith("~") and not outer.startswith("~"):
        prefix = outer.removeprefix("^~") if not kind else outer
        if not name.startswith(prefix):
            raise _wrong(directive, f"the location {quoted(name)} is not under {quoted(prefix)}", "move it out")


def _socket(directive: Directive) -> str:
    address = directive.words[0] if directive.words else ""
    if address.startswith("unix:"):
        return address
    if address.isdigit():
        return f"*:{address}"
    host, colon, port = address.rpartition(":")
    if address.startswith("[") and "]:" not in address:
        host, colon, port = address, ":", "80"
    if not colon:
        host, port = address, "80"
    return f"{'*' if host in {'', '*', '0.0.0.0'} else host}:{port}"
