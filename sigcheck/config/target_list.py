"""A list of targets beside the configuration file: which format it has, and the targets that it names."""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from sigcheck.config.given import Settings
from sigcheck.config.keys import HEADERS, OBSERVER, VARIABLES, in_underscores, quoted
from sigcheck.config.tables import NAME_FIX, Keys, Problems, Tables, is_name
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input, read_stdin

LARGEST = 64 << 20
"""Bytes of a list: half a million targets that each say where they are and how they are called."""

MOST_TARGETS = 1_000_000
"""Lines of a list that may name a target."""

MOST_KEYS = 200
"""Keys of one target: three times as many as there are, for headers and variables."""

MOST_PROBLEMS = 20
"""Problems of a list that are told one by one."""

STDIN = "standard input"
FIX = "give a file with a target on each line: csv with a header line, JSON objects, or URLs"

Form = Literal["csv", "jsonl", "urls", "import"]
_SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".txt": "", ".json": "json"}
_IMPORTED = frozenset(("channel", "callbackType", "callbackSubtype", "urlPattern"))
"""Members that a callback definition of the Sigfox API has, and no target."""

_DEFINES = re.compile(r'"(?:channel|callbackType|urlPattern|callbacks)"\s*:')
DELIMITERS = ",;\t"


class Listed(Struct, frozen=True):
    """A target of a list; `name` is "" where the list gives none. `line` is the one that it begins on."""

    name: str
    settings: Settings
    line: int


class TargetList(Struct, frozen=True):
    """The targets of a list. `path` is as messages call it; `problems` are what is wrong, `more` is how many others.

    `notices` say what of it was left out.
    """

    path: str
    targets: tuple[Listed, ...]
    problems: tuple[UsageProblem, ...] = ()
    more: int = 0
    notices: tuple[str, ...] = ()

    def place(self, target: Listed) -> str:
        """Say where a target stands."""
        return f"{self.path}:{target.line}"


class Source(Struct, frozen=True):
    """What a list holds, and how messages call it. Relative paths in it start from `folder`."""

    text: str
    path: str
    folder: str = ""

    @property
    def form(self) -> Form:
        """Which format it has: what it says decides, and its suffix where that leaves it open."""
        suffix = _SUFFIXES.get(Path(self.path).suffix.lower(), "")
        first = first_line(self.text)
        if first.startswith(("{", "[")):
            return _of_json(first, self.text, suffix)
        if suffix in {"csv", "jsonl"}:
            return "csv" if suffix == "csv" else "jsonl"
        return "csv" if delimiter(first) else "urls"


def read_source(path: str) -> Source:
    """Read a list; "-" is standard input. Raises UsageProblem for what cannot be read, or is no text."""
    if path == "-":
        return Source(_decoded(read_stdin(fix=FIX, limit=LARGEST), STDIN), STDIN)
    raw = read_input(path, what="--targets", fix=FIX, limit=LARGEST)
    return Source(_decoded(raw, path), path, os.path.dirname(path))  # noqa: PTH120 - "" for here


def read_list(source: Source) -> TargetList:
    """Give the targets of a list that is no import."""
    from sigcheck.config.target_csv import rows
    from sigcheck.config.target_lines import objects, urls

    reading = _Reading(source)
    ways: dict[str, Callable[[Source, Problems], Iterable[tuple[int, list[tuple[str, Any]]]]]] = {
        "csv": rows,
        "jsonl": objects,
        "urls": urls,
    }
    return reading.whole(ways[source.form](source, reading.problems))


def delimiter(line: str) -> str:
    """Give what stands between the names of a csv's header line, "" for a line that is none: it has no `url`."""
    for each in DELIMITERS:
        if "url" in (cell.strip(' "').lower() for cell in line.split(each)):
            return each
    return ""


class _Reading:
    """Makes targets of names and values."""

    def __init__(self, source: Source) -> None:
        self._path = source.path
        self._line = 1
        self.problems = Problems(MOST_PROBLEMS)
        self._tables = Tables(source.path, source.folder, lambda _keys: self._line, self.problems)

    def whole(self, found: Iterable[tuple[int, list[tuple[str, Any]]]]) -> TargetList:
        targets = tuple(self._targets(found))
        if not targets and not self.problems.count:
            raise UsageProblem(f"{self._path} has no targets", FIX)
        return TargetList(self._path, targets, tuple(self.problems.kept), self.problems.more)

    def _targets(self, found: Iterable[tuple[int, list[tuple[str, Any]]]]) -> Iterator[Listed]:
        for number, (line, pairs) in enumerate(found):
            self._line = line
            if number == MOST_TARGETS:
                self._refuse(f"there are more than {MOST_TARGETS} targets", "divide the list")
                return
            before = self.problems.count
            if len(pairs) > MOST_KEYS:
                self._refuse(f"the target has {len(pairs)} settings", f"give it at most {MOST_KEYS}")
                continue
            target = self._target(pairs)
            if self.problems.count == before:
                yield target

    def _target(self, pairs: Sequence[tuple[str, Any]]) -> Listed:
        table = self._table(pairs)
        name = table.pop("name", "")
        if not isinstance(name, str):
            self._refuse("name must be a string", "put it in quotes")
            name = ""
        elif name and not is_name(name):
            self._refuse(f"{quoted(name)} is not a valid name for a target", NAME_FIX)
            name = ""
        if not table.get("url"):
            self._refuse(f"the target{' ' + name if name else ''} has no url", "give it one: https://host/path")
        return Listed(name, self._tables.table(("targets", name), table, ""), self._line)

    def _table(self, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        """Put dotted names into tables, as TOML does: `headers.X` belongs into `headers`."""
        table: dict[str, Any] = {}
        for name, value in pairs:
            if value is None:
                continue
            here = table
            *outer, last = _parts(name)
            for part in outer:
                inner = here.setdefault(part, {})
                if not isinstance(inner, dict):
                    break
                here = inner
            else:
                if isinstance(here.get(last), dict) and isinstance(value, dict):
                    here[last] = {**here[last], **value}
                elif last not in here:
                    here[last] = value
                else:
                    self._refuse(f"{quoted(name)} is given twice", "leave one of the two out")
                continue
            self._refuse(f"{quoted('.'.join(outer))} is given twice", "leave one of the two out")
        return table

    def _refuse(self, message: str, fix: str) -> None:
        self.problems.add(f"{self._path}:{self._line}: {message}", fix)


def _parts(name: str) -> Keys:
    """Give the keys of a dotted name: what stands behind `headers.` is the name of a header, dots and all."""
    first, dot, rest = name.partition(".")
    plain = in_underscores(first)
    if not dot or plain not in {HEADERS, VARIABLES, OBSERVER}:
        return (name,)
    return (plain, *_parts(rest)) if plain == OBSERVER else (plain, rest)


def _of_json(first: str, text: str, suffix: str) -> Form:
    if first.startswith("["):
        return "jsonl" if suffix == "jsonl" else "import"
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        many = suffix != "jsonl" and (suffix == "json" or _DEFINES.search(text))
        return "import" if many else "jsonl"
    if not isinstance(value, dict):
        return "jsonl"
    held = any(isinstance(value.get(name), list | dict) for name in ("callbacks", "data"))
    by_type = "url" not in value and suffix != "jsonl" and any(isinstance(each, list) for each in value.values())
    return "import" if held or by_type or not _IMPORTED.isdisjoint(value) else "jsonl"


def first_line(text: str) -> str:
    """Give the first line that says something; of one of more than a megabyte the beginning."""
    found = re.search(r"^[ \t]*(?![#\s])(\S[^\r\n]{0,1000000})", text, re.MULTILINE)
    return "" if found is None else found[1]


def _decoded(raw: bytes, path: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageProblem(f"{path} is UTF-16", "save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UsageProblem(f"{path}:{line}: the file is not UTF-8", "save it as UTF-8") from None
