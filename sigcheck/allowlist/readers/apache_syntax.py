"""Apache's syntax: text → a tree of directives and sections, `Include` lines replaced by what they name."""

import re
from collections.abc import Iterator

from msgspec import Struct

from sigcheck.allowlist.question import File, Surroundings
from sigcheck.allowlist.readers.refusal import WouldNotLoad, quoted
from sigcheck.allowlist.ruleset import Line
from sigcheck.errors import UsageProblem

MOST_FILES = 500
DEEPEST_SECTION = 40
# HUGE_STRING_LEN (httpd.h): a longer line of a .htaccess is refused.
LONGEST_LINE = 8190
# Sections that hold when Apache is 2.4 with the modules that access control needs.
PRESENT = re.compile(r"(mod_)?(authz_core|authz_host|access_compat|ssl)(\.c|_module)$")
CONDITIONS = frozenset({"ifmodule", "ifdefine", "ifversion", "iffile", "ifdirective", "ifsection"})
# ap_getword_conf: a quote counts at the start of a word, one that is never closed takes the rest of the line.
WORD = re.compile(
    r"""[ \t\r\f\v]*+(?:"(?P<double>(?:\\["\\]|[^"])*+)"?|'(?P<single>(?:\\['\\]|[^'])*+)'?|(?P<bare>[^ \t\r\f\v]++))"""
)
ESCAPED = {"bare": re.compile(r"\\(\\)"), "double": re.compile(r"""\\(["\\])"""), "single": re.compile(r"\\(['\\])")}
SPACE = " \t\r\f\v\n"
VERSION = re.compile(r"(?:!?(?:==?|>=?|<=?)\s*)?\d+(?:\.\d+){0,2}|(?:!?~\s*).+|(?:!?=\s*)?/.+/")


class Entry(Struct, frozen=True):
    """A directive, or a section with its entries.

    `sure` is false under an <IfModule> and the like that may not hold.
    """

    name: str
    words: tuple[str, ...]
    entries: "tuple[Entry, ...] | None"
    line: Line
    sure: bool = True


def is_htaccess(file: str) -> bool:
    """Tell a .htaccess by its name: what it may hold is less than what a configuration may."""
    return file.endswith(".htaccess")


class Parser:
    """Reads one file and those it includes."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.files = 0

    def parse(self, file: File, root: str, depth: int = 0) -> tuple[Entry, ...]:
        """Parse a file.

        Raises WouldNotLoad for sections that Apache does not take, UsageProblem for includes without end.
        """
        self.files += 1
        if self.files > MOST_FILES or depth > DEEPEST_SECTION:
            raise UsageProblem(f"{file.name} includes too many files", "check the file that holds the rules")
        return tuple(self._section(file, _lines(file), None, root, depth))

    def _section(
        self, file: File, lines: Iterator[tuple[int, str]], opened: Entry | None, root: str, depth: int
    ) -> Iterator[Entry]:
        if depth > DEEPEST_SECTION:
            raise UsageProblem(f"{file.name} nests sections too deep", "check the file that holds the rules")
        for number, text in lines:
            line = Line(file.name, number, text=text)
            if text.startswith("</"):
                _close(line, opened)
                return
            if text.startswith("<"):
                entry = _opening(line)
                inner = tuple(self._section(file, lines, entry, root, depth + 1))
                yield from _conditional(Entry(entry.name, entry.words, inner, line))
                continue
            words = words_of(text)
            if words and words[0].lower() in {"include", "includeoptional"}:
                yield from self._include(Entry(words[0].lower(), words[1:], None, line), root, depth)
            elif words:
                yield Entry(words[0].lower(), words[1:], None, line)
        # Apache lets a file end within an <IfModule> or the like that holds; one that does not it reads to its end.
        if opened is not None and (opened.name not in CONDITIONS or _settled(opened) is False):
            wrong, fix = f"the section {quoted(opened.line.text)} is not closed", f"add {_end(opened)}"
            raise WouldNotLoad("Apache", opened.line, wrong, fix)

    def _include(self, entry: Entry, root: str, depth: int) -> Iterator[Entry]:
        if is_htaccess(root):
            wrong = f"a .htaccess cannot {quoted(entry.line.text)}"
            raise WouldNotLoad("Apache", entry.line, wrong, "write the lines of that file here")
        files = self.surroundings.include(entry.words[0] if entry.words else "", root)
        if files is None:
            yield entry
            return
        for file in files:
            yield from self.parse(file, root, depth + 1)


def _lines(file: File) -> Iterator[tuple[int, str]]:
    """Give the lines that say something, joined where a backslash ends one, with their number."""
    begun: list[str] = []
    number = 0
    for count, raw in enumerate(file.text.split("\n"), 1):
        number = number if begun else count
        line = raw.removesuffix("\r")
        if line.endswith("\\"):
            begun.append(line[:-1])
            continue
        text = "".join([*begun, line]).strip(SPACE)
        begun = []
        if len(text) > LONGEST_LINE and is_htaccess(file.name):
            wrong = f"the line has {len(text)} characters, and a line of a .htaccess at most {LONGEST_LINE}"
            raise WouldNotLoad("Apache", Line(file.name, number, text=text[:80]), wrong, "write it in several lines")
        if text and not text.startswith("#"):
            yield number, text


def words_of(text: str) -> tuple[str, ...]:
    """Split a line into its words as Apache does."""
    return tuple(_unescaped(match) for match in WORD.finditer(text))


def _unescaped(match: re.Match[str]) -> str:
    kind = match.lastgroup or "bare"
    return ESCAPED[kind].sub(r"\1", match[kind]) if "\\" in match[kind] else match[kind]


def _close(line: Line, opened: Entry | None) -> None:
    name = line.text.split(maxsplit=1)[0]
    if opened is None:
        raise WouldNotLoad(
            "Apache", line, f"{quoted(line.text)} does not close a section", "remove it, or open the section"
        )
    if not name.endswith(">"):
        raise WouldNotLoad("Apache", line, f'{quoted(line.text)} has no ">" after the name', f"write {_end(opened)}")
    if name[2:-1].lower() != opened.name:
        wrong = f"{quoted(line.text)} comes before {quoted(opened.line.text)} (line {opened.line.number}) is closed"
        raise WouldNotLoad("Apache", line, wrong, f"write {_end(opened)} before it")


def written(section: Entry) -> str:
    """Give a section's name as the file writes it."""
    return re.split(r"[\s>]", section.line.text[1:], maxsplit=1)[0]


def _end(opened: Entry) -> str:
    return f"</{written(opened)}>"


def _opening(line: Line) -> Entry:
    first, _, rest = line.text.partition(" ") if " " in line.text else line.text.partition("\t")
    name, rest = first.removeprefix("<").removesuffix(">"), rest.strip(SPACE)
    if rest and ">" not in rest:
        wrong = f'{quoted(line.text)} has no ">" at its end'
        raise WouldNotLoad("Apache", line, wrong, 'end the line with ">"')
    about = rest.rpartition(">")[0]
    if name.lower() == "ifversion" and ">" not in about[2:] and not VERSION.fullmatch(about.strip().replace('"', "")):
        wrong = f"<IfVersion> cannot compare with {quoted(about)}"
        raise WouldNotLoad("Apache", line, wrong, "write an operator and a version: <IfVersion >= 2.4>")
    return Entry(name.lower(), words_of(about), None, line)


def _conditional(section: Entry) -> Iterator[Entry]:
    """Put the entries of <IfModule> and the like where the section stands, unless it surely does not hold."""
    if section.name not in CONDITIONS:
        yield section
        return
    holds = _settled(section)
    if holds is False:
        return
    for entry in section.entries or ():
        yield entry if holds else Entry(entry.name, entry.words, entry.entries, entry.line, sure=False)


def _settled(section: Entry) -> bool | None:
    """Tell whether a condition surely holds, or surely does not; None for what the file does not tell."""
    about = " ".join(section.words)
    if section.name == "ifmodule" and PRESENT.match(about.removeprefix("!")):
        return not about.startswith("!")
    return True if section.name == "ifversion" and about.replace(" ", "") in {">=2.4", ">2.2"} else None
