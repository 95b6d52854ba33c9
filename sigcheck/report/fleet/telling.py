"""What is said of a target of a fleet in plain text, for formats whose readers see one target at a time."""

from typing import Protocol

from sigcheck.model.fleet import Cause, TargetSummary
from sigcheck.redaction.disarm import disarm
from sigcheck.report.fleet.words import inside


class SeenTarget(Protocol):
    """A target that was seen from a vantage, "" for the machine that ran the fleet."""

    @property
    def target(self) -> str:
        """Give its name."""

    @property
    def vantage(self) -> str:
        """Give the vantage."""


def called(target: SeenTarget) -> str:
    """Give a target's name, and from where it was seen."""
    return disarm(f"{target.target} from {target.vantage}" if target.vantage else target.target)


def cause_words(cause: Cause) -> str:
    """Say one cause: its level or status, what is wrong, and how it was seen."""
    if cause.status == "undecided" and cause.title:
        # The title says what is so where the rule is fulfilled.
        said = f"undecided whether {inside(cause.title)}{f': {cause.summary}' if cause.summary else ''}"
        return disarm(f"{said} ({cause.rule})")
    lead = cause.level if cause.status == "fail" else cause.status
    said = ": ".join(dict.fromkeys(each for each in (cause.title, cause.summary) if each))
    return disarm(f"{lead}: {said} ({cause.rule})")


def reasons(target: TargetSummary) -> list[str]:
    """Say why a target is not well, a line for each cause."""
    lines = [disarm(target.problem)] if target.problem else []
    lines += [cause_words(each) for each in target.causes]
    return lines + ([f"and {target.more} more causes"] if target.more else [])


def headline(target: TargetSummary) -> str:
    """Say what a target's verdict is, and its heaviest cause."""
    first = next(iter(reasons(target)), "")
    return f"{target.word.upper()}{': ' if first else ''}{first}"
