"""The callbacks of a saved answer of the Sigfox API as a list of targets, which are run without being written down."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from sigcheck.account.definitions import Definition, read_definitions
from sigcheck.account.secrets import InPlace
from sigcheck.account.targets import import_all
from sigcheck.config.file import read_text
from sigcheck.config.given import Settings
from sigcheck.config.target_list import Listed, Source, TargetList
from sigcheck.errors import UsageProblem

MOST_REASONS = 10
"""Reasons for which callbacks are left out that are told."""

_ID = re.compile(r'"id"\s*:\s*("(?:[^"\\]|\\.)*+")')


def list_import(source: Source) -> TargetList:
    """Give the targets of an import. What is no target, or is off in the portal, is left out with a notice.

    Their names are those that `sigcheck import` gives. Raises UsageProblem where no callback is a target.
    """
    imported, left = import_all(
        read_definitions(source.text.encode("utf-8", "surrogatepass"), source.path), _sound, InPlace
    )
    lines = _lines_of_ids(source.text)
    why = Counter(each.why for each in left) + Counter(each.off for each in imported if each.off)
    chosen = [each for each in imported if not each.off]
    file = read_text("\n".join(line for each in chosen for line in each.lines), source.path)
    targets = tuple(_listed(each.name, file.targets[each.name], source.path, _line(lines, each.of)) for each in chosen)
    if not targets:
        raise UsageProblem(
            f"{source.path} has no callback that can be run ({next(iter(why))})",
            "`sigcheck import FILE` says what is wrong with each",
        )
    return TargetList(source.path, targets, notices=tuple(_notices(source.path, why)))


def _sound(_text: str, _variables: Mapping[str, str]) -> None:
    """Find nothing wrong with a target: whoever runs it checks all of them."""


def _listed(name: str, settings: Settings, path: str, line: int) -> Listed:
    """Say of each setting where the callback stands: the text that it was read from is in no file."""
    where = f"{path}:{line}"
    placed = {
        each: tuple(
            replace(one, where=where, spelled=f"{where}: {one.spelled.removeprefix(one.where + ': ')}", folder="")
            for one in given
        )
        for each, given in settings.items()
    }
    return Listed(name, placed, line)


def _notices(path: str, why: Counter[str]) -> Iterator[str]:
    for reason, count in why.most_common(MOST_REASONS):
        one = count == 1
        yield f"{path}: {count} callback{'' if one else 's'} left out: {reason}"
    if len(why) > MOST_REASONS:
        rest = sum(count for _, count in why.most_common()[MOST_REASONS:])
        yield f"{path}: {rest} more callbacks left out for other reasons"


def _lines_of_ids(text: str) -> dict[str, int]:
    """Give the line on which each id stands first."""
    lines: dict[str, int] = {}
    number, before = 1, 0
    for match in _ID.finditer(text):
        number += text.count("\n", before, match.start())
        before = match.start()
        try:
            lines.setdefault(json.loads(match[1]), number)
        except ValueError:
            continue
    return lines


def _line(lines: Mapping[str, int], callback: Definition) -> int:
    return lines.get(callback.id, 1)
