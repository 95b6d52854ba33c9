"""Which fields of a struct hold texts, and whose words they are: that goes by the type of a field."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from sigcheck.words import Mark, Own, Url

_WITHOUT_TEXT = frozenset((int, float, bool, NoneType, datetime, ...))


class Texts(NamedTuple):
    """Where a type of struct has texts: `fields` with what each holds, "closed" and "own" being ours.

    `own` and `other` give those that are a plain text of their kind, or None, all at once; these are not in `fields`.
    """

    own: Callable[[Any], Sequence[str | None]] | None
    other: Callable[[Any], Sequence[str | None]] | None
    plain: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]


@cache
def texts_of(struct: type[msgspec.Struct]) -> Texts:
    """Find the texts of a type of struct."""

    def kind(fix: Any) -> str:
        if get_origin(fix) is Annotated:
            return {Own: "own", Url: "url", Mark: "mark"}.get(fix, "other")
        kinds = {kind(part) for part in get_args(fix)} if get_origin(fix) is not Literal else {"closed"}
        return next((each for each in ("closed", "own", "url", "mark") if each in kinds), "other")

    def holds_text(fix: Any) -> bool:
        if get_origin(fix) is Literal:
            return False
        parts = get_args(fix)
        return any(holds_text(part) for part in parts) if parts else fix not in _WITHOUT_TEXT

    hints = get_type_hints(struct, include_extras=True)
    found = tuple((name, kind(fix)) for name, fix in hints.items() if holds_text(fix))
    plain = {
        sort: [name for name, held in found if held == sort and _is_plain(hints[name])] for sort in ("own", "other")
    }
    taken = {*plain["own"], *plain["other"]}
    return Texts(
        _getter(plain["own"]),
        _getter(plain["other"]),
        tuple(each for each in found if each[0] in taken),
        tuple(each for each in found if each[0] not in taken),
    )


def _is_plain(fix: Any) -> bool:
    """Whether a field of this type holds one text or None, and nothing else."""
    parts = get_args(fix) if get_origin(fix) in (Union, UnionType) else (fix,)
    return all(part in (str, NoneType, Own) for part in parts)


def _getter(names: Sequence[str]) -> Callable[[Any], Sequence[str | None]] | None:
    if not names:
        return None
    get: Callable[[Any], Any] = attrgetter(*names)
    return get if len(names) > 1 else lambda struct: (get(struct),)
