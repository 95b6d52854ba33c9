"""Apache's syntax: text → a tree of directives and sections, `Include` lines replaced by what they name."""

import re
from collections.abc import Iterator

from msgspec import Struct

from sigcheck.allowlist.readers import quoting
from sigcheck.allowlist.ruleset import File, Line, Surroundings
from sigcheck.errors import UsageProblem

MOST_FILES = 500
DEEPEST_SECTION = 40
# Sections that hold when Apache is 2.4 with the modules that access control needs.
PRESENT = re.compile(r"(mod_)?(authz_core|authz_host|access_compat|ssl)(\.c|_module)$")


class Entry(Struct, frozen=True):
    """A directive, or a section with its entries.

    `sure` is false under an <IfModule> and the like that may not hold.
    """

    name: str
    words: tuple[str, ...]
    entries: "tuple[Entry, ...] | None"
    line: Line
    sure: bool = True


class Parser:
    """Reads one file and those it includes."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.files = 0

    def parse(self, file: File, root: str, depth: int = 0) -> tuple[Entry, ...]:
        """Parse a file. Raises UsageProblem for sections that do not close, or includes without end."""
        self.files += 1
        if self.files > MOST_FILES or depth > DEEPEST_SECTION:
            raise UsageProblem(f"{file.name} includes too many files", "check the file that holds the rules")
        return tuple(self._section(file, _lines(file), None, root, depth))

    def _section(
        self, file: File, lines: Iterator[tuple[int, str]], opened: str | None, root: str, depth: int
    ) -> Iterator[Entry]:
        if depth > DEEPEST_SECTION:
            raise UsageProblem(f"{file.name} nests sections too deep", "check the file that holds the rules")
        for number, text in lines:
            line = Line(file.name, number, text=text)
            if closing := re.match(r"</\s*(\w+)", text):
                if closing[1].lower() != opened:
                    raise UsageProblem(f"{line.where}: unexpected {text}", "check it with `apachectl configtest`")
                return
            begins = re.fullmatch(r"<(\w+)\s*(.*?)>", text)
            words = _words(begins[2] if begins else text)
            if begins:
                name = begins[1].lower()
                inner = tuple(self._section(file, lines, name, root, depth + 1))
                yield from _conditional(Entry(name, words, inner, line))
            elif words and words[0].lower() in {"include", "includeoptional"}:
                yield from self._include(Entry(words[0].lower(), words[1:], None, line), root, depth)
            elif words:
                yield Entry(words[0].lower(), words[1:], None, line)
        if opened is not None:
            raise UsageProblem(f"{file.name}: <{opened}> is not closed", "check it with `apachectl configtest`")

    def _include(self, entry: Entry, root: str, depth: int) -> Iterator[Entry]:
        files = self.surroundings.include(entry.words[0] if entry.words else "", root)
        if files is None:
            yield entry
            return
        for file in files:
            yield from self.parse(file, root, depth + 1)


def _lines(file: File) -> Iterator[tuple[int, str]]:
    """Give the lines that say something, joined where a backslash ends one, with their number."""
    begun, number = "", 0
    for count, raw in enumerate(file.text.splitlines(), 1):
        number = number if begun else count
        if raw.endswith("\\"):
            begun += raw[:-1] + " "
            continue
        text = (begun + raw).strip()
        begun = ""
        if text and not text.startswith("#"):
            yield number, text


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(quoting.split(text))
    except ValueError:
        return tuple(text.split())


def _conditional(section: Entry) -> Iterator[Entry]:
    """Put the entries of <IfModule> and the like where the section stands, unless it surely does not hold."""
    if section.name not in {"ifmodule", "ifdefine", "ifversion", "iffile", "ifdirective", "ifsection"}:
        yield section
        return
    about = " ".join(section.words)
    wanted = about.removeprefix("!")
    known = section.name == "ifmodule" and PRESENT.match(wanted) is not None
    known = known or (section.name == "ifversion" and about.replace(" ", "") in {">=2.4", ">2.2"})
    if known and about.startswith("!"):
        return
    for entry in section.entries or ():
        yield entry if known else Entry(entry.name, entry.words, entry.entries, entry.line, sure=False)
