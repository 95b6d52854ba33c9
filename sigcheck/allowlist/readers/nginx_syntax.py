"""nginx's syntax: text → a tree of directives, `include` lines replaced by what they name."""

import re
from collections.abc import Iterator

from msgspec import Struct

from sigcheck.allowlist.ruleset import File, Line, Surroundings
from sigcheck.errors import UsageProblem

MOST_FILES = 500
DEEPEST_BLOCK = 40
TOKEN = re.compile(
    r"""(?P<space>\s+) | (?P<comment>\#[^\n]*) | (?P<punct>[;{}])
      | "(?P<double>(?:[^"\\]|\\.)*)" | '(?P<single>(?:[^'\\]|\\.)*)'
      | (?P<word>(?:\$\{[^}\s]*\}|\\.|[^\s;{}\\])+) | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
# Files of nginx's own packages, and certbot's, that hold no access rule.
HARMLESS = re.compile(
    r"(?:^|/)(?:mime\.types|fastcgi_params|fastcgi\.conf|proxy_params|uwsgi_params|scgi_params"
    r"|koi-win|koi-utf|win-utf|options-ssl-nginx\.conf)$"
)


class Directive(Struct, frozen=True):
    """One directive: its words, the directives of its block or None, and where it stands."""

    name: str
    words: tuple[str, ...]
    block: "tuple[Directive, ...] | None"
    line: Line


class Parser:
    """Reads one file and those it includes."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.files = 0

    def parse(self, file: File, root: str, depth: int = 0) -> tuple[Directive, ...]:
        """Parse a file. Raises UsageProblem for a syntax that nginx refuses too."""
        self.files += 1
        if self.files > MOST_FILES or depth > DEEPEST_BLOCK:
            raise UsageProblem(f"{file.name} includes too many files", "check the file that holds the rules")
        tokens = _tokens(file)
        return tuple(self._block(file, tokens, root, depth, top=True))

    def _block(
        self, file: File, tokens: Iterator[tuple[str, str, int]], root: str, depth: int, *, top: bool
    ) -> Iterator[Directive]:
        if depth > DEEPEST_BLOCK:
            raise UsageProblem(f"{file.name} nests blocks too deep", "check the file that holds the rules")
        words: list[str] = []
        begin = 0
        for kind, text, number in tokens:
            if kind == "word":
                begin = begin if words else number
                words.append(text)
                continue
            if text == "}" and not words:
                if top:
                    raise UsageProblem(f"{file.name}:{number}: unexpected }}", "check it with `nginx -t`")
                return
            if text == "}" or not words:
                raise UsageProblem(f"{file.name}:{number}: unexpected {text}", "check it with `nginx -t`")
            line = Line(file.name, begin, text=" ".join(words))
            if text == "{" and words[0].endswith("_by_lua_block"):
                _skip(tokens)
                yield Directive(words[0], tuple(words[1:]), (), line)
            elif text == "{":
                inner = tuple(self._block(file, tokens, root, depth + 1, top=False))
                yield Directive(words[0], tuple(words[1:]), inner, line)
            elif words[0] == "include":
                yield from self._include(Directive("include", tuple(words[1:]), None, line), root, depth)
            else:
                yield Directive(words[0], tuple(words[1:]), None, line)
            words = []
        if words or not top:
            raise UsageProblem(f"{file.name} ends in the middle of a block or directive", "check it with `nginx -t`")

    def _include(self, directive: Directive, root: str, depth: int) -> Iterator[Directive]:
        pattern = directive.words[0] if directive.words else ""
        files = self.surroundings.include(pattern, root)
        if files is None:
            if not HARMLESS.search(pattern):
                yield directive
            return
        for file in files:
            yield from self.parse(file, root, depth + 1)


def _tokens(file: File) -> Iterator[tuple[str, str, int]]:
    number = 1
    for match in TOKEN.finditer(file.text):
        kind = match.lastgroup or "other"
        if kind == "punct":
            yield "punct", match.group(), number
        elif kind in {"double", "single", "word"}:
            yield "word", match.group(kind), number
        elif kind == "other":
            raise UsageProblem(f"{file.name}:{number}: unexpected {match.group()!r}", "check it with `nginx -t`")
        number += match.group().count("\n")


def _skip(tokens: Iterator[tuple[str, str, int]]) -> None:
    """Skip a block of Lua: only its braces count."""
    depth = 1
    for kind, text, _ in tokens:
        if kind == "punct" and text != ";":
            depth += 1 if text == "{" else -1
            if depth == 0:
                return


def dumped(file: File) -> dict[str, File]:
    """Split the output of `nginx -T` into its files, by name; empty for anything else."""
    parts = re.split(r"^# configuration file (\S+):$\n?", file.text, flags=re.MULTILINE)
    return {name: File(name, text) for name, text in zip(parts[1::2], parts[2::2], strict=True)}
