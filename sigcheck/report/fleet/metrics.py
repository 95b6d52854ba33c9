"""A fleet as metrics: a verdict, an exit code and an expiry for each target, and counts by verdict and rule.

A target has three samples whatever its report holds, so that 5,000 targets are 15,000 series: the rules of each would
be a quarter of a million. The counts by rule are of all that the reports say, not of the causes in the summaries.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import get_args

from sigcheck.model.fleet import TargetSummary
from sigcheck.model.report import IN_PART, Verdict
from sigcheck.report.fleet.view import FleetReport
from sigcheck.report.metrics import Family, Sample, text
from sigcheck.report.openmetrics import END

WORDS = (*get_args(Verdict), IN_PART, "not examined")


def render(fleet: FleetReport, name: str) -> Iterator[str]:
    """Give the metrics in the format of that name, "openmetrics" or "prometheus"."""
    openmetrics = name == "openmetrics"
    yield text(_families(fleet), units=openmetrics) + (END if openmetrics else "")


def labels_of(summary: TargetSummary) -> dict[str, str]:
    """Give what tells a target's samples from those of others."""
    return {"target": summary.target, "vantage": summary.vantage}


def of_targets(summaries: Sequence[TargetSummary]) -> Iterator[Family]:
    """Give the verdict on each target, and its exit code."""
    verdicts = tuple(Sample({**labels_of(each), "verdict": each.word}, 1) for each in summaries)
    yield Family("sigcheck_fleet_target_verdict", "The verdict on each target. Always 1.", verdicts)
    codes = tuple(Sample(labels_of(each), each.exit_code) for each in summaries)
    yield Family("sigcheck_fleet_target_exit_code", "The exit code of each target.", codes)


def _families(fleet: FleetReport) -> Iterator[Family]:
    rules: Counter[tuple[str, str, str]] = Counter()
    expiries = []
    for each in fleet.summaries:
        seen = fleet.seen(each.key)
        if seen is None:
            continue
        rules.update(seen.states)
        if seen.expires_at is not None:
            expiries.append(Sample(labels_of(each), seen.expires_at.timestamp()))
    words = Counter(each.word for each in fleet.summaries)
    code = fleet.exit_code if fleet.novelty is None else fleet.novelty.exit_code

    def one(name: str, about: str, value: float) -> Family:
        return Family(name, about, (Sample({}, value),))

    yield one("sigcheck_fleet_exit_code", "The exit code of the fleet.", code)
    yield one("sigcheck_fleet_missing_targets", "Targets that have no result.", fleet.scope.not_run)
    cut_short = int(fleet.scope.interrupted is not None)
    yield one("sigcheck_fleet_interrupted", "1 if a run of the fleet was cut short.", cut_short)
    if fleet.novelty is not None:
        about = "Targets with failures that the older run did not have."
        yield one("sigcheck_fleet_new_failing_targets", about, fleet.novelty.new)
    if fleet.scope.started is not None:
        when = fleet.scope.started.timestamp()
        yield one("sigcheck_fleet_started_timestamp_seconds", "When the first run of the fleet began.", when)
    if fleet.scope.ended is not None:
        when = fleet.scope.ended.timestamp()
        yield one("sigcheck_fleet_ended_timestamp_seconds", "When the last run of the fleet ended.", when)
    counted = tuple(Sample({"verdict": word}, words[word]) for word in dict.fromkeys((*WORDS, *words)))
    yield Family("sigcheck_fleet_targets", "Targets by their verdict.", counted)
    by_rule = tuple(
        Sample({"rule": rule, "level": level, "status": status}, count)
        for (rule, level, status), count in sorted(rules.items())
    )
    about = "Targets at which a rule failed, was undecided or broke."
    yield Family("sigcheck_fleet_rule_targets", about, by_rule)
    yield from of_targets(fleet.summaries)
    about = "When the first certificate of the target's chain expires."
    yield Family("sigcheck_fleet_certificate_expiry_timestamp_seconds", about, tuple(expiries))
