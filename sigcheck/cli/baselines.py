"""Says on stderr what of a baseline is of no use to a run: no entry at all, or one of a target that is not in it."""

from collections.abc import Iterable

from sigcheck.cli import output
from sigcheck.expectations import of_no_target
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Expectation


def tell_empty(path: str) -> None:
    """Say that a baseline expects nothing."""
    output.notice(f"baseline {path} has no entry, so it expects no failure")


def tell_unused(expected: Iterable[Expectation], evidence: Iterable[Evidence]) -> None:
    """Name each entry whose target is none of those that were verified, once however many targets have the baseline."""
    unused = {each.where: each for each in of_no_target(expected, tuple(evidence))}
    for each in unused.values():
        output.notice(
            f"{each.where}: the entry is not used, because no target of this run is {each.target!r}: correct its "
            "target if it is wrong, or remove the entry"
        )
