"""Lists of targets with one on each line: JSON objects, or plain URLs."""

import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

from sigcheck.config.tables import Problems
from sigcheck.config.target_list import Source
from sigcheck.config.toml_text import is_text

_COMMENT = re.compile(r"\s#.*")


def objects(source: Source, problems: Problems) -> Iterator[tuple[int, list[tuple[str, Any]]]]:
    """Give the line and the members of each JSON object, with the keys of a target; notes what is wrong."""
    for line, text in _lines(source.text):
        if not text.strip():
            continue
        place = f"{source.path}:{line}"
        try:
            value = json.loads(text, object_pairs_hook=_Members, parse_constant=_no_constant)
        except (ValueError, RecursionError):  # also of a number with thousands of digits
            problems.add(f"{place}: the line is not JSON", "write one object on each line")
            continue
        if not isinstance(value, _Members):
            problems.add(f"{place}: the line is not a JSON object", 'write {"url": "https://host/path"}')
        elif "\\u" in text and not is_text(json.dumps(value.pairs, ensure_ascii=False, default=_in_full)):
            problems.add(f"{place}: the line has half a character", "write the whole of it, or leave it out")
        else:
            yield line, [(name, _plain(each)) for name, each in value.pairs]


def urls(source: Source, _problems: Problems) -> Iterator[tuple[int, list[tuple[str, Any]]]]:
    """Give the line and the URL of each line; what stands behind a # is a comment where it is not part of a URL."""
    for line, text in _lines(source.text):
        url = _COMMENT.sub("", f" {text}").strip()
        if url:
            yield line, [("url", url)]


class _Members:
    """The members of a JSON object, of which two may have one name."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


def _plain(value: Any) -> Any:
    """Give a value with dicts in it, as TOML has them; of members with one name the last holds, as in JSON."""
    if isinstance(value, _Members):
        return {name: _plain(each) for name, each in value.pairs}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _in_full(value: Any) -> Any:
    return value.pairs


def _no_constant(_name: str) -> Any:
    raise ValueError


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines with their numbers. They end with what ends them in a file, and not within a JSON string."""
    for number, line in enumerate(StringIO(text, newline=None), 1):
        yield number, line.rstrip("\n")
