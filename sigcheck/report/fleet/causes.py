"""Groups the targets of a fleet that are not well by their heaviest cause."""

import re
from collections.abc import Iterable

from msgspec import Struct

from sigcheck.model.fleet import BROKE, Cause, TargetSummary
from sigcheck.model.rule import LEVELS


class CauseGroup(Struct, frozen=True):
    """The targets whose heaviest cause is the same rule, in the order of their names.

    `cause` is that of the first; None: they have no report, or one that was ended early.
    """

    cause: Cause | None
    targets: tuple[TargetSummary, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The targets, each once: one that is seen from several vantages has a summary for each."""
        return tuple(dict.fromkeys(each.target for each in self.targets))


class Split(Struct, frozen=True):
    """A target that is not the same from everywhere: its summaries, the worst first."""

    target: str
    seen: tuple[TargetSummary, ...]


def by_cause(summaries: Iterable[TargetSummary]) -> list[CauseGroup]:
    """Group those that are not well, the worst group first; of two that are alike the larger one."""
    found: dict[tuple[object, ...], list[TargetSummary]] = {}
    for each in summaries:
        if not each.well:
            found.setdefault(_key(each), []).append(each)
    groups = [CauseGroup(first_cause(each[0]), tuple(sorted(each, key=in_order))) for each in found.values()]
    return sorted(groups, key=lambda group: (weight(group.targets[0]), -len(group.targets), group.targets[0].target))


def by_vantage(summaries: Iterable[TargetSummary]) -> tuple[list[Split], list[TargetSummary]]:
    """Part the targets that differ by where they were seen from, the worst first, from all other summaries.

    Only what was examined to its end is compared; the rest of the summaries of such a target is among the others.
    """
    seen: dict[str, list[TargetSummary]] = {}
    others: list[TargetSummary] = []
    for each in summaries:
        if each.problem is None and not each.partial:
            seen.setdefault(each.target, []).append(each)
        else:
            others.append(each)
    splits = []
    for name, parts in seen.items():
        if len({_key(each) for each in parts}) > 1:
            splits.append(Split(name, tuple(sorted(parts, key=lambda each: (weight(each), each.vantage)))))
        else:
            others += parts
    return sorted(splits, key=lambda each: (weight(each.seen[0]), natural(each.target))), others


def weight(summary: TargetSummary) -> tuple[int, int]:
    """Say how much a target matters: what failed and decides first, then what is not known, then advice."""
    cause = first_cause(summary)
    level = LEVELS.index(cause.level) if cause is not None else 0
    if summary.exit_code == BROKE or (cause is not None and cause.status == "broken"):
        return 1, level
    if cause is not None and cause.status == "fail":
        return (0 if cause.binds else 4), level
    if cause is not None or summary.problem is not None:
        return (3 if cause is not None else 2), level
    return (3 if summary.exit_code else 5), level


def first_cause(summary: TargetSummary) -> Cause | None:
    """Give the heaviest cause: one that decides the exit code stands before advice that failed.

    None where there is none, or only the end of a run that was ended early.
    """
    first = next((each for each in summary.causes if each.binds), summary.causes[0] if summary.causes else None)
    return None if summary.partial and first is not None and first.status == "undecided" else first


def problem_of(summary: TargetSummary) -> str:
    """Say why there is no report, without the name and the place of the target: others may have the same problem."""
    problem = summary.problem or ""
    return problem.partition(f": target {summary.target}: ")[2] or problem


def in_order(summary: TargetSummary) -> tuple[object, ...]:
    """Give a key that sorts by name, then vantage."""
    return (*natural(summary.target), summary.vantage)


def natural(name: str) -> tuple[tuple[tuple[int, str], ...], str]:
    """Give a key that sorts names as people do: shop-9 stands before shop-10."""
    parts = re.split(r"([0-9]+)", name.casefold())
    # A number by its digits: one of a hostile name may be longer than Python converts.
    digits = (part.lstrip("0") if at % 2 else part for at, part in enumerate(parts))
    return tuple((len(part) if at % 2 else 0, part) for at, part in enumerate(digits)), name


def _key(summary: TargetSummary) -> tuple[object, ...]:
    cause = first_cause(summary)
    if cause is not None:
        return cause.rule, cause.status, cause.level, cause.binds
    if summary.problem is not None:
        return summary.word, problem_of(summary), summary.fix
    return (summary.word,)
