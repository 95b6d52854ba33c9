"""From where a target is seen: inside or outside of the Cloud's range, and the places that a fleet has workers in."""

import re
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from sigcheck.errors import UsageProblem

SIDES: tuple[Literal["outside"], Literal["inside"]] = ("outside", "inside")
"""Where the address that sends stands to the range of the Cloud's senders."""

_PLACE = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class Vantage(Struct, frozen=True):
    """What `--vantage` said: the side of the Cloud's range, None where it said none, and names of places."""

    side: Literal["outside", "inside"] | None = None
    places: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What to give for it."""
        return (*((self.side,) if self.side else ()), *self.places)


def vantage_of(texts: Iterable[str], spelled: str) -> Vantage:
    """Read words that may have several between commas; raises UsageProblem, which calls the setting `spelled`.

    A word is never quoted: a slip may have put a secret there.
    """
    words = [word.strip() for text in texts for word in text.split(",")]
    if not all(_PLACE.fullmatch(word) for word in words):
        raise UsageProblem(
            f"{spelled} must be outside, inside or names of places",
            "a name has at most 32 small letters, digits and hyphens, such as eu or us-east; separate them with commas",
        )
    sides = [side for side in SIDES if side in words]
    if len(sides) > 1:
        raise UsageProblem(f"{spelled} says both outside and inside", "give one of the two")
    places = tuple(dict.fromkeys(word for word in words if word not in SIDES))
    return Vantage(sides[0] if sides else None, places)
