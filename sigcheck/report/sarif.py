"""The report as SARIF 2.1.0, for GitHub's code scanning and for editors: one result for each rule that failed.

GitHub takes every result for a failure, whatever its kind (microsoft/PSRule#955), so what is undecided is told among
the notifications of the run, and what passed is left out. A place that is a URL would make it refuse the whole file.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from urllib.parse import quote, urlsplit

import msgspec

from sigcheck.model.report import Report, Reports, Result
from sigcheck.model.rule import Level, Rule, Status
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions
from sigcheck.report import sarif_format as sarif
from sigcheck.report.markdown_text import inline
from sigcheck.report.place import place
from sigcheck.report.verdict import breakdown_words, verdict_line

LEVELS: dict[Level, sarif.Severity] = {"must": "error", "should": "warning", "note": "note"}
_GITHUB = {"error": "error", "warning": "warning", "note": "recommendation"}
_FINDINGS, _WORDS = 6, 600
"""Findings of one rule that a message has, and characters of each text in it."""
_LINK = re.compile(r"](?=\()|\{(?=\d)")
"""What makes a link or a placeholder of what follows, in a message of SARIF."""


def render(report: Report, options: RenderOptions) -> str:
    """Render one run; raises UsageProblem for an anchor that is none."""
    target = report.evidence.settings.name or report.evidence.target.host
    said: dict[str, str | int] = {"verdict": report.word, "exitCode": report.exit_code}
    return _log([report], options, f"sigcheck/{quote(disarm(target), safe='')}/", said)


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Render the runs of several targets as one, since GitHub takes few runs in one file; as `render`."""
    said: dict[str, str | int] = {"verdict": reports.word, "exitCode": reports.exit_code}
    if reports.interrupted is not None:
        said["interrupted"] = disarm(reports.interrupted)
    return _log(reports.reports, options, "sigcheck/", said)


def plain(text: str) -> str:
    """Give a text that a viewer of SARIF shows as it is: no part of it is a link or a placeholder."""
    text = _LINK.sub(lambda match: f"{match.group()} ", disarm(text))
    return text if len(text) <= _WORDS else text[: _WORDS - 1].rstrip() + "…"


def _log(reports: Sequence[Report], options: RenderOptions, category: str, said: dict[str, str | int]) -> str:
    rules = _rules(reports)
    index = {rule.id: number for number, rule in enumerate(rules)}
    run = sarif.Run(
        tool=sarif.Tool(driver=sarif.Driver(name="sigcheck", version=options.version, rules=rules)),
        automation_details=sarif.AutomationDetails(id=category),
        invocations=tuple(_invocation(each, index) for each in reports),
        results=tuple(_result(each, report, index, options) for report in reports for each in report.worst_first),
        column_kind="unicodeCodePoints",
        properties=said,
    )
    log = sarif.Log(schema=sarif.SCHEMA, version="2.1.0", runs=(run,))
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _rules(reports: Sequence[Report]) -> tuple[sarif.RuleDescriptor, ...]:
    """Describe each rule that was checked, as the results say it where a saved report has a rule that is gone."""
    from sigcheck.rules import RULES

    known = {rule.id: rule for rule in RULES}
    checked = {each.rule: each for report in reports for each in report.results}
    return tuple(
        _rule(each.rule, each.title, each.fix or "", each.level, known.get(each.rule)) for each in checked.values()
    )


def described(rule: str, title: str, level: Level) -> sarif.RuleDescriptor:
    """Describe a rule by its id; `title` and `level` are what is said of one that is not known any more."""
    from sigcheck.rules import RULES

    known = next((each for each in RULES if each.id == rule), None)
    return _rule(rule, title, "", level, known)


def _rule(called: str, said: str, advice: str, weight: Level, rule: Rule | None) -> sarif.RuleDescriptor:
    return _known(rule) if rule else _described(called, said or called, said or called, advice, weight)


@cache
def _known(rule: Rule) -> sarif.RuleDescriptor:
    """Describe a rule of ours, whose words are the same in every report."""
    return _described(rule.id, rule.problem, rule.title, rule.fix, rule.level)


def _described(called: str, problem: str, title: str, fix: str, weight: Level) -> sarif.RuleDescriptor:
    level = LEVELS[weight]
    explain = f"sigcheck explain {called}"
    text = " ".join(f"{disarm(part).rstrip('.')}." for part in (problem, f"Fix: {fix}" if fix else "") if part)
    markdown = "\n\n".join(inline(part) for part in (f"{problem}.", f"Fix: {fix}" if fix else "") if part)
    return sarif.RuleDescriptor(
        id=disarm(called),
        name="".join(word.capitalize() for word in disarm(called).split("-")),
        short_description=sarif.Message(text=plain(problem)),
        full_description=sarif.Message(text=plain(f"What should hold: {title}.")),
        help=sarif.Help(
            text=f"{plain(text)} `{disarm(explain)}` says more.",
            markdown=f"{markdown}\n\n{inline(f'`{explain}`')} says more.",
        ),
        default_configuration=sarif.Configuration(level=level),
        properties={
            "tags": ("sigfox", disarm(called.partition("-")[0])),
            "problem.severity": _GITHUB[level],
            "precision": "very-high",
        },
    )


def _result(result: Result, report: Report, index: dict[str, int], options: RenderOptions) -> sarif.Result:
    path, line = place(report, options)
    target = report.evidence.target
    name = report.evidence.settings.name or target.host
    print_ = sha256(f"{result.rule}\0{_identity(report)}".encode("utf-8", "backslashreplace")).hexdigest()
    return sarif.Result(
        rule_id=disarm(result.rule),
        rule_index=index[result.rule],
        kind="fail",
        level=LEVELS[result.level],
        message=sarif.Message(text="\n".join(_said(result, report))),
        locations=(
            sarif.Location(
                physical_location=sarif.PhysicalLocation(
                    artifact_location=sarif.ArtifactLocation(uri=quote(path)), region=sarif.Region(start_line=line)
                ),
                logical_locations=(
                    sarif.LogicalLocation(fully_qualified_name=disarm(target.url), name=disarm(name), kind="resource"),
                ),
            ),
        ),
        # GitHub goes by the first, and would else make one of the line, which changes whenever the file does.
        partial_fingerprints={"primaryLocationLineHash": f"{print_[:16]}:1", "sigcheck/v1": print_[:32]},
    )


def _identity(report: Report) -> str:
    """Say which target this is, from one run to the next: its name, or its URL without what changes."""
    if report.evidence.settings.name:
        return report.evidence.settings.name
    target = report.evidence.target
    try:
        path = urlsplit(target.url).path
    except ValueError:  # a saved report that somebody has edited
        path = ""
    return f"{target.scheme}://{target.host}{path}"


def _said(result: Result, report: Report) -> Iterator[str]:
    """Say what failed, how it was seen and what to do; the first line is what lists of alerts show."""
    name = f"{report.evidence.settings.name}: " if report.evidence.settings.name else ""
    yield plain(f"{name}{result.title or result.summary}.")
    for finding in result.findings[:_FINDINGS]:
        yield plain(finding.message + (f" ({finding.measured})" if finding.measured else ""))
    if len(result.findings) > _FINDINGS:
        yield f"{len(result.findings) - _FINDINGS} more findings of this rule are in the JSON report."
    if result.fix:
        yield plain(f"Fix: {result.fix}")
    evidence = report.evidence
    if evidence.settings.offline:
        yield plain(f"Host: {evidence.target.host}")
    else:
        yield plain(f"Receiver: {evidence.callback.method} {evidence.target.url}")


def _invocation(report: Report, index: dict[str, int]) -> sarif.Invocation:
    line = verdict_line(report)
    evidence = report.evidence
    return sarif.Invocation(
        execution_successful=report.exit_code not in {4, 130} and not evidence.breakdowns,
        exit_code=report.exit_code,
        exit_code_description=disarm(f"{report.word.upper()} {line.words}"),
        start_time_utc=evidence.started_at,
        end_time_utc=report.finished_at,
        tool_execution_notifications=tuple(_notifications(report, index)),
        properties={"target": disarm(evidence.settings.name or evidence.target.url), "verdict": report.word},
    )


def _notifications(report: Report, index: dict[str, int]) -> Iterator[sarif.Notification]:
    """Tell what hindered the run, the worst first, and what it could not decide."""
    evidence = report.evidence
    if evidence.interrupted:
        yield sarif.Notification(
            level="error",
            message=sarif.Message(text=f"PARTIAL: {plain(evidence.interrupted)}; not all of the run was made."),
        )
    for each in evidence.breakdowns:
        yield sarif.Notification(
            level="warning" if each.local else "error", message=sarif.Message(text=plain(breakdown_words(each)))
        )
    for result in report.results:
        reference = sarif.RuleReference(id=disarm(result.rule), index=index[result.rule])
        reason = plain(result.reason or result.summary)
        if result.status is Status.BROKEN:
            text = f"The rule {disarm(result.rule)} broke, please report it: {reason}"
            yield sarif.Notification(level="error", message=sarif.Message(text=text), associated_rule=reference)
        if result.status is Status.UNDECIDED:
            decide = f" To decide it: {plain(result.fix)}" if result.fix else ""
            text = f"{disarm(result.rule)} ({result.level}) could not be decided: {reason}.{decide}"
            yield sarif.Notification(
                level="note" if result.level == "note" else "warning",
                message=sarif.Message(text=text),
                associated_rule=reference,
            )
