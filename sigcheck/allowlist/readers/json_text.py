"""Decodes the JSON that firewalls export, in one place.

Strict about syntax, tolerant about fields that are not ours.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from sigcheck.allowlist.question import File
from sigcheck.errors import UsageProblem


def decode(file: File) -> Any:
    """Decode a file. Raises UsageProblem for what is no JSON, or nests too deep."""
    try:
        return msgspec.json.decode(file.text.encode())
    except (msgspec.DecodeError, RecursionError) as problem:
        raise UsageProblem(f"{file.name} is not JSON ({problem})", "export it again, or give --kind") from None


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Give the objects of a list; anything else in it, or no list at all, gives nothing."""
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def strings(value: Any) -> list[str]:
    """Give the strings of a list, or a single string as a list of one; anything else is left out."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def brief(value: Any, length: int = 160) -> str:
    """Write a piece of JSON as the text of a line, cut at `length` characters."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= length else text[: length - 1] + "…"
