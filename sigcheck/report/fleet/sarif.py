"""A fleet as SARIF 2.1.0: one result for each rule that failed at a target, the worst targets first.

GitHub takes at most 25,000 results of a run, and shows 5,000 of them; what goes beyond is told among the
notifications, and so is what is undecided, counted by rule.
"""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import quote

import msgspec

from sigcheck.model.fleet import Cause, TargetSummary
from sigcheck.model.rule import Level
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions
from sigcheck.report import sarif_format as sarif
from sigcheck.report.fleet.telling import called
from sigcheck.report.fleet.view import FleetReport
from sigcheck.report.place import FALLBACK, parse_anchor
from sigcheck.report.sarif import LEVELS, described, plain

MOST = 25_000
"""Results that GitHub takes from one run."""


def render(fleet: FleetReport, options: RenderOptions) -> Iterator[str]:
    """Give the log; raises UsageProblem for an anchor that is none."""
    told = [(each, cause) for each in fleet.summaries for cause in each.causes]
    levels: dict[str, tuple[str, Level]] = {cause.rule: (cause.title, cause.level) for _, cause in told}
    rules = tuple(described(rule, title, level) for rule, (title, level) in levels.items())
    index = {rule.id: number for number, rule in enumerate(rules)}
    where = parse_anchor(options.anchor) if options.anchor else FALLBACK
    failed = [(each, cause) for each, cause in told if cause.status == "fail"]
    code = fleet.exit_code if fleet.novelty is None else fleet.novelty.exit_code
    notifications = list(_notifications(fleet, len(failed)))
    run = sarif.Run(
        tool=sarif.Tool(driver=sarif.Driver(name="sigcheck", version=options.version, rules=rules)),
        automation_details=sarif.AutomationDetails(id="sigcheck/fleet/"),
        invocations=tuple(
            sarif.Invocation(
                execution_successful=fleet.exit_code not in {4, 130},
                exit_code=code,
                exit_code_description=f"{fleet.word.upper()} {len(fleet.summaries)} targets",
                start_time_utc=each.started_at,
                end_time_utc=each.ended_at or each.started_at,
                tool_execution_notifications=tuple(notifications) if not number else (),
                properties={"run": each.run, "ledger": disarm(each.ledger)},
            )
            for number, each in enumerate(fleet.runs)
        ),
        results=tuple(_result(each, cause, index, where) for each, cause in failed[:MOST]),
        column_kind="unicodeCodePoints",
        properties={"verdict": fleet.word, "exitCode": code, "targets": len(fleet.summaries)},
    )
    log = sarif.Log(schema=sarif.SCHEMA, version="2.1.0", runs=(run,))
    yield msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _result(target: TargetSummary, cause: Cause, index: dict[str, int], where: tuple[str, int]) -> sarif.Result:
    path, line = where
    rule, name = disarm(cause.rule), called(target)
    print_ = sha256(f"{rule}\0{target.target}\0{target.vantage}".encode("utf-8", "backslashreplace")).hexdigest()
    logical = sarif.LogicalLocation(fully_qualified_name=disarm(target.url or name), name=name, kind="resource")
    place = sarif.PhysicalLocation(
        artifact_location=sarif.ArtifactLocation(uri=quote(path)), region=sarif.Region(start_line=line)
    )
    said = "\n".join(plain(each) for each in (f"{name}: {cause.title}.", cause.summary) if each)
    return sarif.Result(
        rule_id=rule,
        rule_index=index[rule],
        kind="fail",
        level=LEVELS[cause.level],
        message=sarif.Message(text=said),
        locations=(sarif.Location(physical_location=place, logical_locations=(logical,)),),
        partial_fingerprints={"primaryLocationLineHash": f"{print_[:16]}:1", "sigcheck/v1": print_[:32]},
    )


def _notifications(fleet: FleetReport, failed: int) -> Iterator[sarif.Notification]:
    """Tell what is missing, what has no report, and what is undecided."""

    def note(level: sarif.Severity, text: str) -> sarif.Notification:
        return sarif.Notification(level=level, message=sarif.Message(text=plain(text)))

    yield from (note("error", each) for each in fleet.notes)
    if failed > MOST:
        yield note("error", f"{failed - MOST} results are left out, since GitHub takes {MOST} of a run.")
    problems = Counter(each.problem for each in fleet.summaries if each.problem)
    yield from (note("error", f"{count} targets without a report: {why}") for why, count in problems.most_common(20))
    others = Counter(
        (cause.rule, cause.status) for each in fleet.summaries for cause in each.causes if cause.status != "fail"
    )
    for (rule, status), count in others.most_common():
        yield note("error" if status == "broken" else "warning", f"{rule} is {status} at {count} targets.")
