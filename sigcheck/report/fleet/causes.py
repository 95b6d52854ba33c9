"""Groups the targets of a fleet that are not well by their heaviest cause."""

from collections.abc import Iterable

from msgspec import Struct

from sigcheck.model.fleet import Cause, TargetSummary
from sigcheck.model.report import WORST_FIRST
from sigcheck.model.rule import LEVELS


class CauseGroup(Struct, frozen=True):
    """The targets whose heaviest cause is the same rule. `cause` is that of the first; None: they have no report."""

    cause: Cause | None
    targets: tuple[TargetSummary, ...]


def by_cause(summaries: Iterable[TargetSummary]) -> list[CauseGroup]:
    """Group those that are not well, the worst group first; of two that are alike the larger one."""
    found: dict[tuple[str, str, str], list[TargetSummary]] = {}
    for each in summaries:
        if each.well:
            continue
        first = each.causes[0] if each.causes else None
        key = (each.problem or each.word, "", "") if first is None else (first.rule, first.status, first.level)
        found.setdefault(key, []).append(each)
    groups = [CauseGroup(each[0].causes[0] if each[0].causes else None, tuple(each)) for each in found.values()]
    return sorted(groups, key=_weight)


def _weight(group: CauseGroup) -> tuple[int, int, int, int]:
    first = group.targets[0]
    level = LEVELS.index(group.cause.level) if group.cause is not None else 0
    worst = min(WORST_FIRST.index(each.exit_code) for each in group.targets)
    return worst, 0 if first.exit_code else 1, level, -len(group.targets)
