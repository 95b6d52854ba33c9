"""What a fleet's text says of a group, of a target, and of all of them, in words."""

from collections import Counter
from collections.abc import Sequence

from sigcheck.model.figures import span
from sigcheck.model.fleet import BROKE, Cause, FleetScope, TargetSummary, exit_code_of
from sigcheck.model.rule import Status
from sigcheck.redaction.disarm import disarm
from sigcheck.report.fleet.causes import CauseGroup, Split, first_cause, problem_of
from sigcheck.report.marks import FAILED, OTHERS
from sigcheck.words import shortened

WORDS = ("non-compliant", "internal error", "undecided", "not examined", "interrupted", "passed in part", "compliant")
"""What a target may have come to, in the order in which the last line counts them."""
LONGEST_PROBLEM = 300
"""Characters of why targets have no report."""


def targets(count: int) -> str:
    """Count targets: "1 target", "2 targets"."""
    return f"{count} target{'' if count == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Name several: "a", "a and b", "a, b and c"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def mark_of(group: CauseGroup) -> tuple[str, str, bool]:
    """Give the sign of a group, its style, and whether it decides the exit code."""
    cause, first = group.cause, group.targets[0]
    if cause is None:
        name = Status.BROKEN if first.exit_code == BROKE else Status.UNDECIDED
        sign, style = OTHERS[name]
        return sign[0], style, name is Status.BROKEN
    if cause.status == "fail":
        sign, style = FAILED[cause.level]
        return sign[0], style, cause.binds
    sign, style = OTHERS[Status.BROKEN if cause.status == "broken" else Status.UNDECIDED]
    return sign[0], style, cause.status == "broken"


def group_words(group: CauseGroup) -> str:
    """Say what the targets of a group have in common, as it follows their number."""
    cause, first = group.cause, group.targets[0]
    if cause is not None:
        return f": {cause_clause(cause)} ({_rule(cause)})"
    were = "was" if len(group.names) == 1 else "were"
    if first.problem is None:
        return f" {were} not examined to the end" if first.partial else ": nothing could be decided"
    problem = shortened(disarm(problem_of(first)), LONGEST_PROBLEM)
    return f" {were} not examined{' because of a bug in sigcheck' if first.exit_code == BROKE else ''}: {problem}"


def fix_words(group: CauseGroup) -> str:
    """Say what to do about targets that have no report; "" for all others, whose rules have pages of their own."""
    first = group.targets[0]
    if group.cause is not None or first.problem is None:
        return ""
    return "Please report it." if first.exit_code == BROKE else f"Fix: {disarm(first.fix)}" if first.fix else ""


def seen_words(summary: TargetSummary) -> str:
    """Say what was seen at a target."""
    cause = first_cause(summary)
    if cause is not None:
        return cause.summary
    return "" if summary.url == summary.target else summary.url or summary.host


def more_causes(summary: TargetSummary) -> str:
    """Count the causes beside the heaviest: "+2 more", "" for none.

    What is undecided beside a failure is none of them: it often follows from it, as nothing is delivered to a port
    that refuses connections.
    """
    first = first_cause(summary)
    if first is None:
        return ""
    if first.status == "undecided":
        more = len(summary.causes) - 1 + summary.more
    else:
        failed = [each for each in summary.causes if each.status != "undecided"]
        more = len(failed) - 1 + (summary.more if len(failed) == len(summary.causes) else 0)
    return f"+{more} more" if more > 0 else ""


def split_words(split: Split) -> str:
    """Say how a target differs by the vantage: "from eu the port refuses connections (…), from us it is compliant"."""
    said: dict[str, list[str]] = {}
    for each in split.seen:
        cause = first_cause(each)
        words = f"{cause_clause(cause)} ({cause.rule})" if cause is not None else _verdict_words(each)
        said.setdefault(words, []).append(each.vantage or "this machine")
    return ", ".join(f"from {listed(vantages)} {words}" for words, vantages in said.items())


def last_words(summaries: Sequence[TargetSummary], scope: FleetScope, *, detail: int) -> str:
    """Say what came of all: how many targets, what they came to, which run, how long, where it is written down."""
    counts = Counter(each.word for each in summaries)
    words = [*WORDS, *(word for word in counts if word not in WORDS)]
    parts = [f"{counts[word]} {word}" for word in words if counts[word]]
    if scope.not_run:
        parts.append(f"{scope.not_run} not run")
    said = " · ".join(parts)
    beside = []
    if scope.shards:
        beside.append(f"shard{'' if len(scope.shards) == 1 else 's'} {', '.join(f'{i}/{n}' for i, n in scope.shards)}")
    if scope.run:
        beside.append(f"run {scope.run}")
    if scope.seed is not None and detail > 0:
        beside.append(f"seed {scope.seed}")
    if scope.seconds is not None:
        beside.append(f"{scope.seconds:.1f} s" if scope.seconds < 60 else span(scope.seconds))
    if scope.ledger:
        beside.append(f"ledger {disarm(scope.ledger)}")
    whole = " · ".join([f"{_all(summaries, scope)}{f': {said}' if said else ''}", *beside])
    return f"{whole}  (exit {exit_code_of(summaries, scope)})"


def _all(summaries: Sequence[TargetSummary], scope: FleetScope) -> str:
    names = {each.target for each in summaries}
    vantages = {each.vantage for each in summaries}
    if len(vantages) > 1:
        return f"{targets(len(names))} seen from {len(vantages)} vantages"
    return targets(max(scope.targets, len(summaries) + scope.not_run))


def cause_clause(cause: Cause) -> str:
    """Say what is wrong, or what is not known, as it stands inside a sentence."""
    title = inside(disarm(cause.title or cause.summary))
    if cause.status == "fail":
        return title
    return f"it is undecided whether {title}" if cause.status == "undecided" else "a bug in sigcheck broke this check"


def cause_heading(cause: Cause) -> str:
    """Say the same as a sentence of its own. The title of a rule that is undecided would say that it is fulfilled."""
    if cause.status == "fail":
        return disarm(cause.title)
    clause = cause_clause(cause)
    return clause[:1].upper() + clause[1:]


def _rule(cause: Cause) -> str:
    decides = ", which counts here" if cause.binds and cause.level != "must" else ""
    return f"{disarm(cause.rule)}, {cause.level}{decides}"


def _verdict_words(summary: TargetSummary) -> str:
    if summary.word == "passed in part":
        return "it passes"
    return f"it is {summary.word}"


def inside(title: str) -> str:
    """Write a sentence as it stands inside another: names and abbreviations keep their capitals."""
    first = title.partition(" ")[0]
    return title if first[1:].upper() == first[1:] and len(first) > 1 else title[:1].lower() + title[1:]
