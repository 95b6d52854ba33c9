"""On which line of a TOML text each key stands: `tomllib` reads the values and forgets where they stood."""

import re
import tomllib

from sigcheck.config.tables import Keys

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LINE_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'")
_SIMPLE = re.compile(r"[^,\]}#\n]*")


def key_lines(text: str) -> dict[Keys, int]:
    """Give the line, counted from 1, on which each key and each table of a text first stands.

    `text` is one that tomllib has accepted: nothing is checked here.
    """
    return _Walk(text).lines()


def array_lines(text: str, keys: Keys) -> tuple[int, ...]:
    """Give the line of each `[[table]]` of that name, in their order; as `key_lines`."""
    walk = _Walk(text)
    walk.lines()
    return tuple(line for table, line in walk.arrays if table == keys)


class _Walk:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0
        self._found: dict[Keys, int] = {}
        self.arrays: list[tuple[Keys, int]] = []

    def lines(self) -> dict[Keys, int]:
        table: Keys = ()
        while self._more():
            if self._text.startswith("[", self._at):
                brackets = 2 if self._text.startswith("[[", self._at) else 1
                self._at += brackets
                table = self._key()
                self._note((), table)
                if brackets == 2:
                    self.arrays.append((table, self._line))
                self._at += brackets
            else:
                self._pair(table)
        return self._found

    def _more(self) -> bool:
        """Go to what comes next; whether there is anything."""
        blank = _BLANK.match(self._text, self._at)
        self._at = self._at if blank is None else blank.end()
        return self._at < len(self._text)

    def _note(self, table: Keys, key: Keys) -> None:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        for length in range(1, len(key) + 1):
            self._found.setdefault((*table, *key[:length]), self._line)

    def _pair(self, table: Keys) -> None:
        key = self._key()
        self._note(table, key)
        self._at += 1  # the equals sign
        self._value((*table, *key))

    def _key(self) -> Keys:
        """Read `a . "b" . 'c'`, and go to what stands behind it."""
        parts = []
        while self._more():
            quoted = _LINE_TEXT.match(self._text, self._at)
            bare = _BARE.match(self._text, self._at)
            part = quoted or bare
            if part is None:
                break
            self._at = part.end()
            parts.append(part[0] if quoted is None else tomllib.loads(f"key = {part[0]}")["key"])
            self._more()
            if not self._text.startswith(".", self._at):
                break
            self._at += 1
        return tuple(parts)

    def _value(self, keys: Keys) -> None:
        self._more()
        here = self._text[self._at : self._at + 3]
        if here in {'"""', "'''"}:
            self._at = self._end_of_long_text(here)
        elif here[:1] in {"[", "{"}:
            self._at += 1
            self._several(keys, table=here[0] == "{")
        else:
            plain = (_LINE_TEXT if here[:1] in {'"', "'"} else _SIMPLE).match(self._text, self._at)
            self._at = self._at + 1 if plain is None else plain.end()

    def _several(self, keys: Keys, *, table: bool) -> None:
        """Walk through an array or an inline table, to behind its closing bracket."""
        while self._more():
            if self._text[self._at] in "]}":
                self._at += 1
                return
            if self._text[self._at] == ",":
                self._at += 1
            elif table:
                self._pair(keys)
            else:
                self._value(keys)

    def _end_of_long_text(self, quotes: str) -> int:
        at = self._at + 3
        while not self._text.startswith(quotes, at):
            at += 2 if self._text[at] == "\\" and quotes == '"""' else 1
        at += 3
        # Up to two more quotes belong to the text.
        more = re.compile(f"{quotes[0]}{{0,2}}").match(self._text, at)
        return at if more is None else more.end()
