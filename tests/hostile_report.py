"""A report in which every text is one that somebody hostile chose, and which nothing has redacted."""

from datetime import timedelta

from msgspec import structs

from sigcheck.model.evidence import ProbeBreakdown
from sigcheck.model.report import Report, Result
from sigcheck.model.rule import FAMILIES, Finding, Status
from tests.evidence import STARTED, evidence


def saying(text, *, code=130):
    """Give a report that says the text wherever a format can show one."""
    seen = evidence()
    target = structs.replace(seen.target, url=text, host=text)
    settings = structs.replace(seen.settings, name=text)
    breakdowns = (ProbeBreakdown("tls", text), ProbeBreakdown("delivery", text, local=True))
    seen = structs.replace(
        seen, target=target, settings=settings, run=text, clock=text, interrupted=text, breakdowns=breakdowns
    )
    results = tuple(_result(text, family, status) for family in FAMILIES[:3] for status in Status)
    return Report(seen, results, "interrupted", code, STARTED + timedelta(seconds=2))


def _result(text, family, status):
    findings = (Finding(text, text, text, "should", text),) * 2 if status is Status.FAIL else ()
    rule = f"{family}-{status.value}"
    return Result(rule, family, "must", status, text, findings, text, text, text, title=text)
