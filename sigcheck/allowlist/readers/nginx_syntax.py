"""nginx's syntax: text → a tree of directives, `include` lines replaced by what they name."""

import re
from collections.abc import Iterator

from msgspec import Struct

from sigcheck.allowlist.question import File, Surroundings
from sigcheck.allowlist.readers.refusal import WouldNotLoad, quoted
from sigcheck.allowlist.ruleset import Line
from sigcheck.errors import UsageProblem

MOST_FILES = 500
DEEPEST_BLOCK = 40
# ngx_conf_read_token: a word begins with a quote or not at all; inside one only a space, ";" and "{" end it, and
# after a closing quote one of these, or ")", has to stand. Possessive: a quote that is never closed is given up once.
TOKEN = re.compile(
    r"""(?P<space>[\ \t\r\n]++) | (?P<comment>\#[^\n]*+) | (?P<punct>[;{}])
      | "(?P<double>(?:[^"\\]|\\.)*+)"(?=[\ \t\r\n;{)]|\Z)
      | '(?P<single>(?:[^'\\]|\\.)*+)'(?=[\ \t\r\n;{)]|\Z)
      | (?P<word>(?!["'])(?:\\.|\$\{++|[^\ \t\r\n;{\\])++) | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
ESCAPED = re.compile(r"""\\(["'\\trn])""")
CONTROLS = {"t": "\t", "r": "\r", "n": "\n"}
# NGX_CONF_BUFFER (ngx_conf_file.c): a word or a comment that does not fit is refused.
LONGEST_TOKEN = 4095
# In the Lua of a *_by_lua_block only the braces count that stand in no text and no comment.
LUA = re.compile(
    r"""--\[(?P<c>=*)\[.*?(?:\](?P=c)\]|\Z) | --[^\n]*+ | \[(?P<t>=*)\[.*?(?:\](?P=t)\]|\Z)
      | "(?:[^"\\]|\\.)*+" | '(?:[^'\\]|\\.)*+' | (?P<brace>[{}])""",
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
        """Parse a file. Raises WouldNotLoad for a syntax that nginx refuses, UsageProblem for one beyond our limits."""
        self.files += 1
        if self.files > MOST_FILES or depth > DEEPEST_BLOCK:
            raise UsageProblem(f"{file.name} includes too many files", "check the file that holds the rules")
        return tuple(self._block(Tokens(file), root, depth, opened=None))

    def _block(self, tokens: "Tokens", root: str, depth: int, *, opened: Line | None) -> Iterator[Directive]:
        name = tokens.file.name
        if depth > DEEPEST_BLOCK:
            raise UsageProblem(f"{name} nests blocks too deep", "check the file that holds the rules")
        words: list[str] = []
        begin = 0
        for kind, text, number in tokens:
            if kind == "word":
                begin = begin if words else number
                words.append(text)
                continue
            line = Line(name, begin if words else number, text=" ".join(words))
            if text == "}" and not words:
                if opened is None:
                    raise WouldNotLoad(
                        "nginx", line, 'this "}" does not close a block', 'remove it, or add the missing "{"'
                    )
                return
            if text == "}":
                wrong = f'{quoted(line.text)} has no ";" before the "}}" in line {number}'
                raise WouldNotLoad("nginx", line, wrong, 'end the directive with ";"')
            if not words:
                raise WouldNotLoad("nginx", line, f"there is no directive before this {quoted(text)}", "remove it")
            if text == "{" and words[0].endswith("_by_lua_block"):
                tokens.skip_lua()
                yield Directive(words[0], tuple(words[1:]), (), line)
            elif text == "{":
                inner = tuple(self._block(tokens, root, depth + 1, opened=line))
                yield Directive(words[0], tuple(words[1:]), inner, line)
            elif words[0] == "include":
                yield from self._include(Directive("include", tuple(words[1:]), None, line), root, depth)
            else:
                yield Directive(words[0], tuple(words[1:]), None, line)
            words = []
        if words:
            line = Line(name, begin, text=" ".join(words))
            wrong = f'the file ends before {quoted(line.text)} has its ";"'
            raise WouldNotLoad("nginx", line, wrong, 'end the directive with ";"')
        if opened is not None:
            wrong = f'the block {quoted(opened.text)} has no closing "}}"'
            raise WouldNotLoad("nginx", opened, wrong, 'add the "}" where the block ends')

    def _include(self, directive: Directive, root: str, depth: int) -> Iterator[Directive]:
        if len(directive.words) != 1:
            wrong = f"include takes one file or pattern, and {len(directive.words)} are given"
            raise WouldNotLoad("nginx", directive.line, wrong, 'name one file, and end the line with ";"')
        files = self.surroundings.include(directive.words[0], root)
        if files is None:
            if not HARMLESS.search(directive.words[0]):
                yield directive
            return
        for file in files:
            yield from self.parse(file, root, depth + 1)


class Tokens:
    """The words and the punctuation of a file, in order, each with its line number."""

    def __init__(self, file: File) -> None:
        self.file = file
        self._at = 0
        self._number = 1

    def __iter__(self) -> Iterator[tuple[str, str, int]]:
        """Give kind, text and line number of each token. Raises WouldNotLoad at what is none."""
        text, end = self.file.text, len(self.file.text)
        while self._at < end and (match := TOKEN.match(text, self._at)):
            kind, number = match.lastgroup or "other", self._number
            if kind == "other":
                raise self._wrong(match.group())
            if match.end() - self._at > LONGEST_TOKEN and kind != "space":
                line = Line(self.file.name, number, text=match.group()[:LONGEST_TOKEN])
                wrong = f"{quoted(match.group())} is longer than the 4096 bytes that nginx reads at a time"
                raise WouldNotLoad("nginx", line, wrong, "close the quote, or shorten the word")
            self._at = match.end()
            self._number += text.count("\n", match.start(), match.end())
            if kind == "punct":
                yield "punct", match.group(), number
            elif kind in {"double", "single", "word"}:
                yield "word", ESCAPED.sub(lambda each: CONTROLS.get(each[1], each[1]), match.group(kind)), number
                # After a closing quote ")" ends the word, and begins the next one.

    def _wrong(self, character: str) -> WouldNotLoad:
        line = Line(self.file.name, self._number)
        if character in {'"', "'"}:
            closed = re.compile(rf"{character}(?:[^{character}\\]|\\.)*+{character}", re.DOTALL)
            if match := closed.match(self.file.text, self._at):
                wrong = f"after the quoted {match.group()[:60]} a space or a semicolon is missing"
                return WouldNotLoad("nginx", line, wrong, "separate the words, or quote the whole word")
            return WouldNotLoad("nginx", line, "a quote opens here and is never closed", f"add the closing {character}")
        return WouldNotLoad("nginx", line, f"{quoted(character)} ends the file", "remove it")

    def skip_lua(self) -> None:
        """Skip a block of Lua: only its braces count."""
        depth = 1
        for match in LUA.finditer(self.file.text, self._at):
            if match["brace"]:
                depth += 1 if match["brace"] == "{" else -1
            if depth == 0:
                self._number += self.file.text.count("\n", self._at, match.end())
                self._at = match.end()
                return
        wrong = 'the block of Lua has no closing "}"'
        raise WouldNotLoad("nginx", Line(self.file.name, self._number), wrong, 'add the "}" where the block ends')


def dumped(file: File) -> dict[str, File]:
    """Split the output of `nginx -T` into its files, by name; empty for anything else."""
    parts = re.split(r"^# configuration file (\S+):$\n?", file.text, flags=re.MULTILINE)
    return {name: File(name, text) for name, text in zip(parts[1::2], parts[2::2], strict=True)}
