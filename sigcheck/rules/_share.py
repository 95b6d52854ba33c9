"""How many of how many deliveries something befell, and how much that weighs."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from sigcheck.model.delivery import Exchange
from sigcheck.model.rule import Level
from sigcheck.rules._told import REPLAY, SAMPLES, Told

SERVER_ERROR = 500


class Share(Struct, frozen=True):
    """How many of how many exchanges something befell. `level` overrides the rule's where that is less."""

    cases: tuple[Told, ...]
    pool: tuple[Told, ...]
    level: Level | None
    crowded: bool

    @property
    def words(self) -> str:
        """How many of how many, and in which parts of the run."""
        if self.crowded:
            cut = ", or after one that was cut off" if any(not each.crowded for each in self.cases) else ""
            return f"{of(len(self.cases), len(self.pool), 'requests')} sent at the same time as others{cut}"
        parts = list(dict.fromkeys(case.part for case in self.cases))
        counted = [of(_count(self.cases, part), _count(self.pool, part), part) for part in parts]
        if len(counted) == 1:
            return f"{counted[0]} ({self._place})" if self._place else counted[0]
        aside = f"; {self._place}" if self._place else ""
        return f"{len(self.cases)} of {len(self.pool)} deliveries ({', '.join(counted)}{aside})"

    @property
    def were(self) -> str:
        """The verb that goes with `words`: "1 of 5 samples was", "the only sample was"."""
        return "was" if len(self.cases) == 1 else "were"

    @property
    def _place(self) -> str:
        """The one address of several at which it happened."""
        places = {case.exchange.address for case in self.cases}
        several = len({each.exchange.address for each in self.pool} - {None}) > 1
        if not several or len(places) > 1 or None in places:
            return ""
        return f"{'all ' if len(self.cases) > 1 else ''}at {places.pop()}"

    @property
    def where(self) -> str:
        """The first of them."""
        return self.cases[0].label


def of(cases: int, pool: int, part: str) -> str:
    """Say how many of how many: "2 of 5 samples", "the only delivery of the replay"."""
    if pool == 1:
        first, *rest = part.split(" ")
        return " ".join(("the only", "delivery" if first == "deliveries" else first.removesuffix("s"), *rest))
    return f"{cases} of {pool} {part}"


def _count(told: Iterable[Told], part: str) -> int:
    return sum(each.part == part for each in told)


def _crowded(told: Told) -> bool:
    return told.crowded


def beside_others(told: Told) -> bool:
    """Whether a delivery may have waited for others of ours: one worker takes one after the other."""
    return told.crowded or told.part not in {SAMPLES, REPLAY}


def under_load(told: Told) -> bool:
    """Whether an error may come of our own load: of what was sent at the same time, or cut off and is still in work."""
    error = told.answer is not None and told.answer.status >= SERVER_ERROR
    return told.crowded or (told.after_a_cut and error)


def share(cases: Sequence[Told], pool: Sequence[Told], crowded: Callable[[Told], bool] = _crowded) -> Share:
    """Weigh what befell `cases` of `pool`: what happens under our own load alone, or over IPv6 alone, is a warning."""
    alone = [case for case in cases if not crowded(case)]
    if not alone:
        return Share(tuple(cases), tuple(each for each in pool if crowded(each)), "should", crowded=True)
    calm = tuple(each for each in pool if not crowded(each))
    fours = [each for each in calm if _version(each.exchange) == 4]
    # The published sender range is IPv4: what only IPv6 does to a client does not befall the Cloud.
    beside = bool(fours) and all(_version(case.exchange) == 6 for case in alone)
    return Share(tuple(alone), calm, "should" if beside else None, crowded=False)


def _version(exchange: Exchange) -> int:
    # A saved report may hide the address, which is then no address any more.
    return 6 if ":" in (exchange.address or "") else 4
