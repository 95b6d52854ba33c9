"""A fleet as Code Quality JSON for GitLab: an entry for each cause of each target, the worst targets first."""

from collections.abc import Iterator

from sigcheck.model.fleet import Cause
from sigcheck.report import RenderOptions
from sigcheck.report.fleet.telling import called, cause_words
from sigcheck.report.fleet.view import FleetReport
from sigcheck.report.gitlab import Severity, entry, written
from sigcheck.report.place import FALLBACK, parse_anchor


def render(fleet: FleetReport, options: RenderOptions) -> Iterator[str]:
    """Give the list."""
    where = parse_anchor(options.anchor) if options.anchor else FALLBACK
    entries = [entry("run", "", "major", note, where, str(number)) for number, note in enumerate(fleet.notes)]
    for target in fleet.summaries:
        name = called(target)
        if target.problem or (target.exit_code and not target.causes):
            severity: Severity = "major"
            entries.append(entry("run", name, severity, f"{name}: {target.problem or target.word}", where, target.word))
        entries += [
            entry(cause.rule, name, _severity(cause), f"{name}: {cause_words(cause)}", where) for cause in target.causes
        ]
    yield written(entries)


def _severity(cause: Cause) -> Severity:
    if cause.status == "broken":
        return "major"
    if cause.status == "undecided":
        return "info"
    return "critical" if cause.binds else "minor" if cause.level == "should" else "info"
