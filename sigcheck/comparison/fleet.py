"""What differs between two runs of a fleet: a target is compared with itself, one at a time. Pure.

What is the same in both is counted and not kept, so that thousands of targets take no more memory than what differs.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from msgspec import Struct

from sigcheck.comparison import INCOMPARABLE, SAME, WORSE, Difference, TargetDifference, difference
from sigcheck.model.fleet import TargetSummary
from sigcheck.model.judged import Judged
from sigcheck.model.report import Gate
from sigcheck.model.rule import Level
from sigcheck.report.fleet.view import RunView
from sigcheck.words import Own

SCHEMA_VERSION = 1

Key = tuple[str, str]
Kind = Literal["changed", "only in OLD", "only in NEW", "no report any more", "a report now"]


class FleetSide(Struct, frozen=True):
    """One of the two. `unfinished` says that its targets are not all there; `judged` is asked for one at a time."""

    runs: tuple[RunView, ...]
    keys: tuple[Key, ...]
    summary: Callable[[Key], TargetSummary | None]
    judged: Callable[[Key], Judged | None]
    unfinished: bool = False


class FleetDifference(Struct, frozen=True, kw_only=True):
    """What differs for one target. `was` and `now` are its verdicts as people read them, None where there is none.

    `problem` says why there is no report. The parts are those of `sigcheck diff`.
    """

    target: Own
    vantage: Own
    kind: Kind
    was: Own | None
    now: Own | None
    problem: Own | None = None
    new_failures: tuple[Difference, ...] = ()
    fixed: tuple[Difference, ...] = ()
    undecided: tuple[Difference, ...] = ()
    gone: tuple[Difference, ...] = ()
    partial: bool = False

    @property
    def called(self) -> str:
        """Its name, and from where it was seen."""
        return f"{self.target} from {self.vantage}" if self.vantage else self.target

    @property
    def binding(self) -> int:
        """How many new failures bind."""
        return sum(each.binds for each in self.new_failures)


class FleetComparison(Struct, frozen=True, kw_only=True):
    """Two runs of a fleet. `targets` are those that differ, the ones that got worst first.

    `compared` targets have rules that both runs have checked, and `alike` of all do not differ. `unchanged` counts the
    targets at which a rule fails in both runs, by rule.
    """

    schema_version: int
    sigcheck: str
    exit_code: int
    old: tuple[RunView, ...]
    new: tuple[RunView, ...]
    compared: int
    alike: int
    unfinished: bool
    unchanged: dict[str, int]
    targets: tuple[FleetDifference, ...]

    @property
    def lost(self) -> int:
        """How many targets had a report and have none."""
        return sum(each.kind == "no report any more" for each in self.targets)


def compare_fleets(
    old: FleetSide, new: FleetSide, version: str, fail_on: Literal["must", "should"] = "must"
) -> FleetComparison:
    """Compare two runs of a fleet. Targets are matched by name and vantage; by URL where only one has a name."""
    levels = Gate(fail_on).levels
    found: list[FleetDifference] = []
    unchanged: Counter[str] = Counter()
    compared = alike = 0
    for before, after in pairs(old, new):
        one, rules = _target(old, before, new, after, levels)
        unchanged.update(each.rule for each in rules.unchanged)
        compared += rules.in_common > 0
        if one is None:
            alike += 1
        else:
            found.append(one)
    code = SAME if compared else INCOMPARABLE
    # What the new run did not come to might have failed.
    if new.unfinished or any(each.partial or each.kind == "no report any more" for each in found):
        code = INCOMPARABLE
    if any(each.binding for each in found):
        code = WORSE
    return FleetComparison(
        schema_version=SCHEMA_VERSION,
        sigcheck=version,
        exit_code=code,
        old=old.runs,
        new=new.runs,
        compared=compared,
        alike=alike,
        unfinished=new.unfinished,
        unchanged=dict(unchanged.most_common()),
        targets=tuple(sorted(found, key=_weight)),
    )


def _weight(each: FleetDifference) -> tuple[object, ...]:
    lost = each.kind == "no report any more"
    sizes = (-each.binding, -len(each.new_failures), not lost, -len(each.undecided), -len(each.fixed))
    return (*sizes, each.target, each.vantage)


def pairs(old: FleetSide, new: FleetSide) -> Iterator[tuple[Key | None, Key | None]]:
    """Match targets, in linear time: by key, and what remains by URL where one of the two goes by its URL."""
    there, now = set(old.keys), set(new.keys)
    left = {key: summary for key in old.keys if key not in now and (summary := old.summary(key)) is not None}
    by_url: dict[Key, Key] = {}
    for key, summary in left.items():
        by_url.setdefault((summary.url, key[1]), key)
    for key in new.keys:
        if key in there:
            yield key, key
            continue
        summary = new.summary(key)
        other = None if summary is None or not summary.url else by_url.get((summary.url, key[1]))
        if summary is not None and other is not None and other in left and summary.url in {other[0], key[0]}:
            del left[other]
            yield other, key
        else:
            yield None, key
    yield from ((key, None) for key in left)


def _target(
    old: FleetSide, before: Key | None, new: FleetSide, after: Key | None, levels: tuple[Level, ...]
) -> tuple[FleetDifference | None, TargetDifference]:
    """Compare one target; gives None beside its rules where there is nothing to say of it."""
    was = None if before is None else old.summary(before)
    now = None if after is None else new.summary(after)
    one = None if before is None else old.judged(before)
    other = None if after is None else new.judged(after)
    shown = now or was
    assert shown is not None  # noqa: S101 - a pair has at least one
    rules = (
        TargetDifference(shown.target, shown.url, None, None)
        if one is None and other is None
        else difference(one, other, levels)
    )
    kind: Kind = "changed"
    if was is None or now is None:
        kind = "only in NEW" if was is None else "only in OLD"
    elif (one is None) != (other is None):
        kind = "a report now" if one is None else "no report any more"
    partial = now is not None and now.partial
    parts = rules.new_failures or rules.fixed or rules.undecided or _told(rules.gone)
    if kind == "changed" and not (parts or partial) and was is not None and now is not None and was.word == now.word:
        return None, rules
    whole = kind not in {"only in OLD", "no report any more"}
    return FleetDifference(
        target=shown.target,
        vantage=shown.vantage,
        kind=kind,
        was=None if was is None else was.word,
        now=None if now is None else now.word,
        problem=None if now is None else now.problem,
        new_failures=rules.new_failures,
        fixed=rules.fixed,
        undecided=rules.undecided,
        gone=_told(rules.gone) if whole else (),
        partial=partial,
    ), rules


def _told(gone: Iterable[Difference]) -> tuple[Difference, ...]:
    """Leave out what passed, and was not checked again: a scan after a full run is compared in what both have."""
    return tuple(each for each in gone if each.was in {"fail", "expected", "undecided", "broken"})
