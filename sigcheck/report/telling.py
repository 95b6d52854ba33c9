"""What a report says of one rule, in lines of plain text: for formats whose readers see one rule at a time.

Every line is disarmed, also in a report that no run has redacted: none has a control, a line break or half a
surrogate pair in it.
"""

from sigcheck.model.report import Report, Result
from sigcheck.model.rule import Finding, Status
from sigcheck.redaction.disarm import disarm
from sigcheck.report.verdict import breakdown_words, verdict_line


def called(report: Report) -> str:
    """Give what a target is called: its name in the configuration file, otherwise its URL without secrets."""
    return disarm(report.evidence.settings.name or report.evidence.target.url)


def verdict_words(report: Report) -> str:
    """Give the verdict line as plain text: the verdict, what it covers, the exit code."""
    line = verdict_line(report)
    return disarm(f"{line.lead}  {line.words}")


def headline(result: Result) -> str:
    """Give the rule in words, and what was seen or why nothing was decided."""
    return disarm(": ".join(filter(None, (result.title, result.summary))) or result.rule)


def told(result: Result, most: int | None = None) -> list[str]:
    """Give all that is to be said of a rule: findings with figures and places, fixes, and where to read on.

    `most` is how many findings are listed; those beyond are counted.
    """
    lines = [_seen(finding, result) for finding in result.findings[:most]] or [result.summary]
    if (more := len(result.findings) - len(lines)) > 0:
        lines.append(f"and {more} more of them")
    if not result.findings and result.reason and result.reason != result.summary:
        lines.append(result.reason)
    word = "To decide it" if result.status is Status.UNDECIDED else "Fix"
    lines += [f"{word}: {fix}" for fix in fixes(result)]
    page = f" ({result.help})" if result.help else ""
    lines.append(f"Read on: sigcheck explain {result.rule}{page}")
    return [disarm(line) for line in lines]


def fixes(result: Result) -> tuple[str, ...]:
    """Give what to do: the fixes of the findings, each once, otherwise that of the rule."""
    own = tuple(dict.fromkeys(finding.fix for finding in result.findings if finding.fix))
    return own or ((result.fix,) if result.fix else ())


def _seen(finding: Finding, result: Result) -> str:
    more = [each for each in (finding.measured, finding.where) if each and each not in finding.message]
    return f"{finding.level or result.level}: {finding.message}" + (f" ({'; '.join(more)})" if more else "")


def troubles(report: Report) -> list[str]:
    """Say why a run is not whole: that it was cut short, and which of its probes did not come to an end."""
    evidence = report.evidence
    lines = [f"PARTIAL: {evidence.interrupted}; this is what was known by then"] if evidence.interrupted else []
    lines += map(breakdown_words, evidence.breakdowns)
    return [disarm(line) for line in lines]
