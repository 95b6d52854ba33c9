"""Ledgers of fleets, made of the reports of tests/specimens.py without a run."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache

import msgspec
from msgspec import structs

import sigcheck
from sigcheck.config.wanted import Wanted
from sigcheck.fleet.ledger import EndLine, Ledger, Line, ResultLine, RunLine
from sigcheck.fleet.target import FleetTarget, not_run
from sigcheck.model.fleet import summary_of
from sigcheck.model.report import Report
from sigcheck.report.json import document
from tests.specimens import specimens

NIGHT = datetime(2026, 11, 27, 2, tzinfo=UTC)


def called(report: Report, name: str, url: str = "") -> Report:
    """Give the report of a target of that name."""
    evidence = report.evidence
    settings = structs.replace(evidence.settings, name=name)
    target = structs.replace(
        evidence.target, host=f"{name}.example", url=url or f"https://{name}.example/sigfox?id={{device}}"
    )
    return structs.replace(report, evidence=structs.replace(evidence, settings=settings, target=target))


@cache
def _line(kind: str) -> bytes:
    """Give the JSON of a specimen with places for its name, so that thousands of them take no time."""
    return msgspec.json.encode(document(called(specimens()[kind], "@@NAME@@"), sigcheck.__version__))


@cache
def _summary(kind: str):
    """Give the summary of a specimen."""
    return summary_of("", "", specimens()[kind])


def result(run: str, target: str, kind: str, vantage: str = "") -> ResultLine:
    """Give the line of a target with the report of a specimen; "no report" for one that could not be examined."""
    if kind == "no report":
        lost = not_run(
            FleetTarget(target, Wanted(target, {}), f"{target}.example", vantage), "0000", "it has no URL", ""
        )
        return ResultLine(run, lost.summary, lost.draw, lost.report, lost.fix)
    url = f"https://{target}.example/sigfox?id={{device}}"
    summary = structs.replace(_summary(kind), target=target, vantage=vantage, url=url, host=f"{target}.example")
    raw = _line(kind).replace(b"@@NAME@@", target.encode())
    return ResultLine(run, summary, "0000beef", msgspec.Raw(raw))


def begin(run: str, targets: int, version: str = sigcheck.__version__, **changes) -> RunLine:
    """Give the first line of a run."""
    return RunLine(run, 1, version, NIGHT, seed=7, scan=False, targets=targets, **changes)


def end(run: str, targets: int, **changes) -> EndLine:
    """Give the last line of a run."""
    return EndLine(run, NIGHT + timedelta(minutes=9), targets, **changes)


def a_run(run: str, targets: dict[str, str], version: str = sigcheck.__version__) -> Iterable[Line]:
    """Give the lines of a whole run: name of a target → the specimen that its report is."""
    yield begin(run, len(targets), version)
    for name, kind in targets.items():
        yield result(run, name, kind)
    yield end(run, len(targets))


def write(path, *runs: Iterable[Line]):
    """Write runs one after the other; gives the path."""
    with Ledger(path) as ledger:
        for lines in runs:
            for line in lines:
                ledger.append(line)
    return path
