"""What one level of an nginx configuration says about addresses.

Allow and deny, geo, if with return, satisfy.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.allowlist.addresses import ALL, NONE, Addresses, Remaining, Span, interval, network, of_spans
from sigcheck.allowlist.readers.nginx_loads import stranger
from sigcheck.allowlist.readers.nginx_syntax import Directive
from sigcheck.allowlist.ruleset import (
    CREDENTIALS,
    Accept,
    Action,
    Always,
    AnyOf,
    Base,
    Chain,
    Condition,
    Line,
    Not,
    Opaque,
    Refuse,
    Rule,
    RuleSet,
    Unknown,
    Where,
)

# Directives that may refuse by any thought of their own, after allow and deny.
SCRIPTS = re.compile(r"access_by_lua|js_access|perl_handler|modsecurity$|naxsi|SecRulesEnabled")
ASKING = frozenset({"auth_basic", "auth_request", "auth_jwt", "auth_oidc"})


class Variables:
    """The variables that `geo` sets from the client's address: name → value → addresses."""

    def __init__(self, block: tuple[Directive, ...], above: "Variables | None" = None) -> None:
        self.values: dict[str, dict[str, Addresses]] = dict(above.values) if above else {}
        for directive in block:
            if directive.name == "geo" and directive.block is not None and directive.words:
                known = len(directive.words) == 1 or directive.words[0] == "$remote_addr"
                found = _geo(directive.block) if known else None
                if found is not None:
                    self.values[directive.words[-1]] = found

    def equal(self, name: str, value: str) -> Condition:
        """Tell where the variable has this value."""
        if name == "$remote_addr":
            # nginx compares texts: an address equals itself, and no network.
            try:
                return Where("source", network(str(IPv4Address(value))))
            except ValueError:
                return Always(holds=False)
        if name not in self.values:
            return Opaque(f"the value of {name} does not follow from the address alone")
        return Where("source", self.values[name].get(value, NONE))

    def true(self, name: str) -> Condition:
        """Tell where the variable is neither empty nor 0, which is what `if ($name)` asks."""
        return Not(AnyOf((self.equal(name, ""), self.equal(name, "0"))))


class Level(Struct, frozen=True):
    """What holds at a level: the rules of the rewrite phase, those of the access phase.

    And what comes after them.
    """

    variables: Variables = Variables(())
    rewrites: tuple[Rule, ...] = ()
    server_rewrites: tuple[Rule, ...] = ()
    access: tuple[Rule, ...] = ()
    scripts: tuple[Rule, ...] = ()
    any_suffices: bool = False
    credentials: Line | None = None
    line: Line = Line("")

    def inside_location(self, *, server: bool) -> "Level":
        """Give what a location inherits: of rewrites only the server's, which ran before it was chosen."""
        return replace(self, rewrites=(), server_rewrites=self.rewrites if server else self.server_rewrites)


def enter(block: tuple[Directive, ...], above: Level, variables: Variables) -> Level:
    """Read a level's own directives over what it inherits."""
    access: list[Rule] = []
    rewrites: list[Rule] = []
    scripts: list[Rule] = []
    satisfy, credentials, own = above.any_suffices, above.credentials, False
    for directive in block:
        match directive.name:
            case "allow" | "deny":
                own = True
                access.append(_access(directive))
            case "include":
                reason = f"include {' '.join(directive.words)} cannot be read"
                unread = Rule(Always(holds=True), Unknown(reason), directive.line)
                # It may hold a return or a location as well, whatever the lines beside it say.
                access.append(unread)
                rewrites.append(unread)
            case "if" if directive.block is not None:
                rewrites.extend(_if(directive, directive.block, variables))
            case "return":
                rewrites.append(Rule(Always(holds=True), _answer(directive.words), directive.line))
            case "satisfy":
                satisfy = directive.words == ("any",)
            case name if name in ASKING:
                credentials = None if directive.words == ("off",) else directive.line
            case name if SCRIPTS.match(name) and directive.words != ("off",):
                scripts.append(Rule(Always(holds=True), Unknown(f"{name} may refuse as well"), directive.line))
            case name if stranger(name):
                scripts.append(
                    Rule(Always(holds=True), Unknown(f"nginx itself has no directive {name}"), directive.line)
                )
            case _:
                continue
    return Level(
        variables,
        tuple(rewrites),
        above.server_rewrites,
        tuple(access) if own else (*access, *above.access),
        tuple(scripts) or above.scripts,
        satisfy,
        credentials,
        block[0].line if block else above.line,
    )


def place(level: Level, name: str) -> RuleSet:
    """Make the rule set of a level: rewrites first, then allow and deny, then scripts.

    Without a deny everybody passes.
    """
    access = level.access
    if level.any_suffices and level.credentials:
        either = Unknown("satisfy any: credentials admit as well", ends=True)
        access = tuple(
            Rule(rule.condition, either if isinstance(rule.action, Refuse) else rule.action, rule.line)
            for rule in access
        )
    end = Line(level.line.file, place=name, text="nginx admits whom no deny refuses")
    chain = Chain(name, (*level.server_rewrites, *level.rewrites, *access))
    bases = [Base(chain, Accept(), end)]
    if level.scripts:
        bases.append(Base(Chain("scripts", level.scripts), Accept(), end, priority=1))
    asked = level.credentials if not level.any_suffices else None
    return RuleSet(name, tuple(bases), notes=(f"{asked.where}: {CREDENTIALS}",) if asked else ())


def _access(directive: Directive) -> Rule:
    action: Action = Accept() if directive.name == "allow" else Refuse()
    try:
        return Rule(_addresses(directive.words[0]), action, directive.line)
    except (ValueError, IndexError):
        return Rule(Always(holds=True), Unknown("the address is not understood"), directive.line)


def _addresses(text: str) -> Condition:
    if text == "all":
        return Where("source", ALL)
    return Always(holds=False) if text == "unix:" else Where("source", network(text))


def _answer(words: tuple[str, ...]) -> Action:
    """`return` ends the request before allow and deny are asked: with 4xx it is a refusal."""
    code = words[0] if words else ""
    if re.fullmatch(r"4\d\d|503", code):
        return Refuse()
    if re.fullmatch(r"\d{3}", code) or code.startswith(("http:", "https:", "$scheme:")):
        return Accept()
    return Unknown(f"return {' '.join(words)} is not understood", ends=True)


def _if(directive: Directive, block: tuple[Directive, ...], variables: Variables) -> Iterator[Rule]:
    holds = _condition(" ".join(directive.words), variables)
    for each in block:
        if each.name == "return":
            yield Rule(holds, _answer(each.words), each.line)
        elif each.name == "break":
            yield Rule(holds, Unknown("break skips the lines after it"), each.line)
        elif each.name in {"deny", "allow"}:
            # Not allowed there by nginx, so nobody knows what was meant.
            yield Rule(holds, Unknown(f"{each.name} inside if"), each.line)


def _condition(text: str, variables: Variables) -> Condition:
    inner = text.strip().removeprefix("(").removesuffix(")").strip()
    if re.fullmatch(r"\$\w+", inner):
        return variables.true(inner)
    compared = re.fullmatch(r"(\$\w+)\s*(!?=)\s*(\S*)", inner)
    if compared is None:
        return Opaque(f"if ({inner}) is not understood")
    equal = variables.equal(compared[1], compared[3].strip("\"'"))
    return Not(equal) if compared[2] == "!=" else equal


def _geo(block: tuple[Directive, ...]) -> dict[str, Addresses] | None:
    """Read geo: the longest prefix decides, ranges from last to first; None for what is not understood."""
    default = ""
    entries: list[tuple[Addresses, str]] = []
    for directive in block:
        match directive.name, directive.words:
            case "default", (value,):
                default = value
            case "ranges", ():
                continue
            case (("include" | "proxy" | "proxy_recursive" | "delete"), _):
                return None
            case text, (value,):
                try:
                    entries.append((interval(text), value))
                except ValueError:
                    return None
            case _:
                return None
    # The most special first, of two that are alike the later one: each takes what is left of its addresses.
    left = Remaining(ALL)
    found: dict[str, list[Span]] = {}
    for _, (addresses, value) in sorted(enumerate(entries), key=lambda each: (each[1][0].size, -each[0])):
        found.setdefault(value, []).extend(left.within(addresses).spans)
        left.take(addresses)
    found.setdefault(default, []).extend(left.all().spans)
    return {value: of_spans(spans) for value, spans in found.items()}
