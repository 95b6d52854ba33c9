"""A file that its own server would not load: it shows nothing of what the server does, so it is refused as input."""

from collections.abc import Iterable, Iterator
from importlib.resources import files

from sigcheck.allowlist.ruleset import Line
from sigcheck.errors import UsageProblem

# A directive that nobody knows is called misspelled only where it is one step from a name of at least this length.
SHORTEST_MISSPELT = 3
# What a line says of a word or a name of the file.
LONGEST_QUOTE = 60


class WouldNotLoad(UsageProblem):
    """The server refuses to start, or to answer, with this file; names the line, what is wrong, and what to write."""

    def __init__(self, server: str, line: Line, wrong: str, fix: str) -> None:
        super().__init__(f"{line.where}: {server} would not load this file, so it shows nothing: {wrong}", fix)
        self.line = line


def quoted(text: str) -> str:
    """Quote a piece of the file, cut to what a line holds."""
    return f'"{text}"' if len(text) <= LONGEST_QUOTE else f'"{text[: LONGEST_QUOTE - 1]}…"'


def table(name: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """Read a table of directives: name → its rows, each the contexts and the arguments that it takes there."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for line in (files(__package__) / name).read_text("utf-8").splitlines():
        if not line.startswith("# "):
            directive, contexts, arguments = line.split(" ")
            found[directive] = (*found.get(directive, ()), (contexts, arguments))
    return found


class Spelling:
    """Finds the name that a word is one slip from: a letter too many, too few, wrong, or two exchanged."""

    def __init__(self, names: Iterable[str], shortest: int = SHORTEST_MISSPELT) -> None:
        self._shortest = shortest
        self._near: dict[str, list[str]] = {}
        for name in names:
            for shorter in (name.lower(), *_without_one(name.lower())):
                self._near.setdefault(shorter, []).append(name)

    def meant(self, word: str) -> str | None:
        """Give the name, or None. Two words one letter apart share what is left when each loses a letter."""
        if not self._shortest <= len(word) <= LONGEST_QUOTE:
            return None
        word = word.lower()
        near = (name for part in (word, *_without_one(word)) for name in self._near.get(part, ()))
        return next((name for name in near if _one_slip(word, name.lower())), None)


def _without_one(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _one_slip(one: str, other: str) -> bool:
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    begin = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[begin:] == long[begin + 1 :]
    swapped = short[begin : begin + 2] == long[begin : begin + 2][::-1] and short[begin + 2 :] == long[begin + 2 :]
    return swapped or short[begin + 1 :] == long[begin + 1 :]
