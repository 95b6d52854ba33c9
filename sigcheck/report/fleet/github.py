"""A fleet as commands of a GitHub workflow: an annotation for each cause, which names its targets, the worst first.

GitHub shows ten annotations of each kind for a step, so that one for each target would drop nearly all of them.
"""

from collections.abc import Iterator

from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions
from sigcheck.report.fleet.causes import CauseGroup, by_cause
from sigcheck.report.fleet.telling import called, reasons
from sigcheck.report.fleet.view import FleetReport
from sigcheck.report.fleet.words import cause_heading, targets
from sigcheck.report.github import KINDS, MOST, Annotation, Kind, command
from sigcheck.report.place import parse_anchor

MOST_NAMED = 50
"""Targets that an annotation names; more are counted."""


def render(fleet: FleetReport, options: RenderOptions) -> Iterator[str]:
    """Give the commands, a line for each cause that has no room, and the verdict."""
    where = parse_anchor(options.anchor) if options.anchor else None
    found = [
        Annotation("error", 0, "run", "The run is not whole", tuple(map(disarm, fleet.notes)), where)
        for _ in range(bool(fleet.notes))
    ]
    found += [_annotation(group, where) for group in by_cause(fleet.summaries)]
    for kind in KINDS:
        of_kind = [each for each in found if each.kind == kind]
        for each in of_kind[:MOST]:
            yield f"{command(each)}\n"
        if more := of_kind[MOST:]:
            yield f"{len(more)} more causes without an annotation: {', '.join(disarm(each.title) for each in more)}\n"
    if fleet.novelty is not None:
        yield f"{fleet.novelty.words}\n"
        return
    yield f"{fleet.word.upper()}  {targets(len(fleet.summaries))}  (exit {fleet.exit_code})\n"


def _annotation(group: CauseGroup, where: tuple[str, int] | None) -> Annotation:
    cause, count = group.cause, len(group.targets)
    kind: Kind = "notice"
    if cause is None or cause.status == "broken" or (cause.status == "fail" and cause.binds):
        kind = "error"
    elif cause.status == "fail" and cause.level == "should":
        kind = "warning"
    first = group.targets[0]
    said = f"{cause_heading(cause)} ({cause.rule})" if cause is not None else first.problem or first.word
    named = [f"{called(each)}: {next(iter(reasons(each)), '')}" for each in group.targets[:MOST_NAMED]]
    more = [f"and {count - MOST_NAMED} more targets"] if count > MOST_NAMED else []
    title = f"{targets(count)}: {said}"
    return Annotation(kind, 1, cause.rule if cause is not None else "run", title, (*named, *more), where)
