"""The report as Code Quality JSON, which GitLab shows in merge requests: an entry for each rule that wants a look.

Failures, rules that are undecided and count for the verdict, and what broke. GitLab compares two branches by the
fingerprint, so that it is made of the rule and the target alone. `critical` is a failed rule that counts for the
verdict, `minor` another `should`, `info` a note and what could not be decided: GitLab's own words for "impairs" and
"does not". An entry `verdict` says what came of the run, unless all of it was checked and found compliant: then the
list is empty.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Literal

from sigcheck.model.report import Report, Reports, Result
from sigcheck.model.rule import Status
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions
from sigcheck.report.place import place
from sigcheck.report.telling import called, fixes, headline, troubles, verdict_words
from sigcheck.report.verdict import binding

Severity = Literal["info", "minor", "major", "critical"]
LONGEST = 2000
"""Characters of a description: GitLab shows it in a list."""


def render(report: Report, options: RenderOptions) -> str:
    """Give the list of one target's entries."""
    return written(_entries(report, options))


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Give one list with the entries of all targets."""
    entries = [entry for report in reports.reports for entry in _entries(report, options)]
    if reports.interrupted and all(report.exit_code != reports.exit_code for report in reports.reports):
        words = f"INTERRUPTED: not every target was verified: {reports.interrupted}  (exit {reports.exit_code})"
        entries.append(entry("run", "", "major", words, place(reports.reports[0], options)))
    return written(entries)


def written(entries: Iterator[dict[str, object]] | list[dict[str, object]]) -> str:
    """Write entries as the list that GitLab reads."""
    return json.dumps(list(entries), indent=2) + "\n"


def _entries(report: Report, options: RenderOptions) -> Iterator[dict[str, object]]:
    target, where = called(report), place(report, options)
    about = f"{target}: " if report.evidence.settings.name else ""
    if report.exit_code or not report.scope.whole:
        severity: Severity = "info" if report.ok else "critical" if report.verdict == "non-compliant" else "major"
        # Another verdict is another entry: GitLab shows a fingerprint that it knows as unchanged.
        yield entry("verdict", target, severity, about + verdict_words(report), where, report.word)
    for number, trouble in enumerate(troubles(report)):
        yield entry("run", target, "major", about + trouble, where, str(number))
    for result in report.worst_first:
        yield entry(result.rule, target, _severity(report, result), about + _described(result), where)
    for result in report.results:
        if result.status is Status.BROKEN:
            yield entry(result.rule, target, "major", about + _described(result), where)
    for result in binding(report):
        yield entry(result.rule, target, "info", f"{about}Undecided. {_described(result)}", where)


def _severity(report: Report, result: Result) -> Severity:
    if report.binds(result):
        return "critical"
    return "minor" if result.level == "should" else "info"


def _described(result: Result) -> str:
    advice = " ".join(f"Fix: {fix}" for fix in fixes(result))
    return f"{headline(result)} {advice}".strip()


def entry(
    check: str, target: str, severity: Severity, description: str, where: tuple[str, int], mark: str = ""
) -> dict[str, object]:
    """Make an entry of a check for a target; `mark` tells it from others of the same check."""
    path, line = where
    text = disarm(description)
    return {
        "description": text if len(text) <= LONGEST else text[: LONGEST - 1] + "…",
        "check_name": disarm(check),
        "fingerprint": sha256("\0".join((target, disarm(check), mark)).encode()).hexdigest(),
        "severity": severity,
        "location": {"path": path, "lines": {"begin": line}},
    }
