"""Slips of the hand in a file that loads: what an editor, a copy or a merge does to it. Seeded, so always the same."""

import random
import re
from collections.abc import Callable, Iterator

Slip = Callable[[str, random.Random], str]


def _at(pattern: str, change: Callable[[str, random.Random], str]) -> Slip:
    def slip(text: str, dice: random.Random) -> str:
        found = list(re.finditer(pattern, text))
        if not found:
            return text
        match = dice.choice(found)
        return text[: match.start()] + change(match.group(), dice) + text[match.end() :]

    return slip


def _between(word: str, dice: random.Random) -> str:
    place = dice.randrange(1, len(word))
    return f"{word[:place]} {word[place:]}"


def _letter(word: str, dice: random.Random) -> str:
    place = dice.randrange(len(word))
    return word[:place] + word[place + 1 :]


def _exchange(word: str, dice: random.Random) -> str:
    place = dice.randrange(len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _lines(change: Callable[[list[str], int], list[str]]) -> Slip:
    def slip(text: str, dice: random.Random) -> str:
        lines = text.splitlines(keepends=True)
        return "".join(change(lines, dice.randrange(len(lines)))) if lines else text

    return slip


SLIPS: dict[str, Slip] = {
    "a mark is lost": _at(r"[;{}()\"'<>/]", lambda *_: ""),
    "a mark stands twice": _at(r"[;{}()\"'<>/,]", lambda mark, _: mark * 2),
    "a space in a word": _at(r"[^\s;{}]{3,}", _between),
    "a word is lost": _at(r"[^\s;{}]+[ \t]*", lambda *_: ""),
    "a word stands twice": _at(r"[^\s;{}]+", lambda word, _: f"{word} {word}"),
    "two words exchanged": _at(
        r"([^\s;{}]+)[ \t]+([^\s;{}]+)", lambda both, _: " ".join(reversed(both.split(maxsplit=1)))
    ),
    "a letter is lost": _at(r"[A-Za-z]{4,}", _letter),
    "two letters exchanged": _at(r"[A-Za-z]{4,}", _exchange),
    "capitals": _at(r"[A-Za-z]{2,}", lambda word, _: word.swapcase()),
    "a number is wrong": _at(r"\d+", lambda number, dice: str(int(number[:6]) + dice.choice((11, 300)))),
    "a comma": _at(r"[ \t]+", lambda *_: ", "),
    "no space": _at(r"[ \t]+", lambda *_: ""),
    "a line is lost": _lines(lambda lines, at: lines[:at] + lines[at + 1 :]),
    "a line stands twice": _lines(lambda lines, at: lines[: at + 1] + lines[at:]),
    "two lines exchanged": _lines(lambda lines, at: lines[: at - 1] + lines[at - 1 : at + 1][::-1] + lines[at + 1 :]),
    "the end is lost": lambda text, dice: text[: dice.randrange(len(text) // 2, len(text))],
}


def slipped(sound: dict[str, str], count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Give that many different files, each a sound one with one slip, and how it came about."""
    dice = random.Random(seed)
    seen = set(sound.values())
    names = sorted(sound)
    while count:
        name, slip = dice.choice(names), dice.choice(sorted(SLIPS))
        text = SLIPS[slip](sound[name], dice)
        if text not in seen:
            seen.add(text)
            count -= 1
            yield f"{name}: {slip}", text
