"""What of a fleet's failures an older run did not have: what `--fail-on-new` goes by. Pure."""

from collections.abc import Callable, Iterable

from sigcheck.comparison import TargetDifference, difference
from sigcheck.model.fleet import BROKE, NOT_EXAMINED, TargetSummary, worst
from sigcheck.model.judged import Judged
from sigcheck.report.fleet.view import Novelty

Pair = tuple[Judged | None, Judged | None]


def novelty(
    new: Iterable[TargetSummary],
    old: Callable[[tuple[str, str]], TargetSummary | None],
    pair: Callable[[tuple[str, str]], Pair],
    *,
    unfinished: int = 0,
) -> Novelty:
    """Compare the targets of `new` that are not well with what an older run knew of them.

    `old` gives the older summary of a target, `pair` the results of both runs. `unfinished` is the exit code of what
    is missing from the new run, 0 for nothing.
    """
    codes = {unfinished}
    keys: list[tuple[str, str]] = []
    known = undecided = 0
    for each in new:
        if not each.exit_code:
            continue
        code = _code(each, old(each.key), pair)
        codes.add(code)
        if code == 1:
            keys.append(each.key)
        elif code == NOT_EXAMINED:
            undecided += 1
        elif not code:
            known += 1
    return Novelty(len(keys), known, undecided, worst(codes), tuple(keys))


def _code(new: TargetSummary, old: TargetSummary | None, pair: Callable[[tuple[str, str]], Pair]) -> int:
    """Give the exit code that what is new at a target is worth; 0 where nothing is."""
    before, after = pair(new.key)
    if after is None:
        same = old is not None and old.problem is not None and old.exit_code == new.exit_code
        return 0 if same else new.exit_code
    found = difference(before, after, after.gate.levels)
    if found.binding:
        return 1
    if new.exit_code in {130, BROKE}:
        return 0 if new.exit_code == BROKE and old is not None and old.exit_code == BROKE else new.exit_code
    lost = _lost(found, after)
    if lost or (new.exit_code == NOT_EXAMINED and not _open(after) and (old is None or old.exit_code != NOT_EXAMINED)):
        return NOT_EXAMINED
    return 0


def _lost(found: TargetDifference, new: Judged) -> bool:
    """Whether a rule that counts cannot be decided any more."""
    return any(each.now in {"undecided", "broken"} and each.level in new.gate.levels for each in found.undecided) and (
        new.exit_code == NOT_EXAMINED
    )


def _open(new: Judged) -> bool:
    """Whether the rules say why nothing is decided."""
    return any(each.state == "undecided" and each.level in new.gate.levels for each in new.results)
