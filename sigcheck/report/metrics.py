"""What a monitoring system is told of runs: metrics in base units, and the line format that both of its texts share.

No sample has a time of its own: node_exporter's textfile collector refuses them, and the time of the run is a metric.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, get_args

from msgspec import Struct

from sigcheck.model.evidence import Probe
from sigcheck.model.report import IN_PART, Report, Reports, Verdict
from sigcheck.model.rule import LEVELS, Status
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions

WORDS = (*get_args(Verdict), IN_PART)
"""The verdicts, as people read them."""
_WORDS = 300
"""Characters of a label that is a sentence."""


class Sample(Struct, frozen=True):
    """One value, with the labels that tell it from the others of its family."""

    labels: Mapping[str, str]
    value: float


class Family(Struct, frozen=True):
    """All samples of one metric. Those of a report are gauges: what the last run found.

    The name of a counter has no _total at its end: its samples get one.
    """

    name: str
    help: str
    samples: tuple[Sample, ...]
    kind: Literal["gauge", "counter"] = "gauge"

    def lines(self) -> Iterator[str]:
        """Give the samples as lines, each set of labels once."""
        values = {_labels(each.labels): each.value for each in self.samples}
        yield from (f"{self.sampled}{labels} {value}" for labels, value in values.items())

    @property
    def sampled(self) -> str:
        """What its samples are called."""
        return f"{self.name}_total" if self.kind == "counter" else self.name


def _labels(labels: Mapping[str, str]) -> str:
    shown = (f'{name}="{escaped(value)}"' for name, value in labels.items())
    return f"{{{','.join(shown)}}}" if labels else ""


def escaped(text: str) -> str:
    """Give a text as the value of a label, between quotes."""
    return disarm(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def families(reports: Sequence[Report], options: RenderOptions) -> list[Family]:
    """Give the metrics of one or more targets, those of all of them in one family."""
    found: dict[str, tuple[str, list[Sample]]] = {}
    for report in reports:
        target = {"target": report.evidence.settings.name or report.evidence.target.url}
        for name, about, labels, value in _of_run(report, options):
            found.setdefault(name, (about, []))[1].append(Sample({**target, **labels}, value))
    return [Family(name, about, tuple(samples)) for name, (about, samples) in found.items()]


def of_all(reports: Reports) -> list[Family]:
    """Give the metrics that several targets have together."""
    verdicts = tuple(Sample({"verdict": each}, int(each == reports.word)) for each in WORDS)
    reason = Sample({"reason": (reports.interrupted or "")[:_WORDS]}, int(reports.interrupted is not None))
    return [
        Family("sigcheck_targets", "Targets that were verified.", (Sample({}, len(reports.reports)),)),
        Family("sigcheck_targets_exit_code", "The exit code of all targets.", (Sample({}, reports.exit_code),)),
        Family("sigcheck_targets_verdict", "1 for the verdict on all targets, 0 for the others.", verdicts),
        Family("sigcheck_targets_interrupted", "1 if the runs were cut short, with the reason.", (reason,)),
    ]


_Told = tuple[str, str, Mapping[str, str], float]
"""Name, help, labels beside the target, value."""


def _of_run(report: Report, options: RenderOptions) -> Iterator[_Told]:
    evidence = report.evidence
    scope = "; ".join(report.scope.words)[:_WORDS]
    info = {"url": evidence.target.url, "policy": evidence.policy.name, "scope": scope, "version": options.version}
    yield "sigcheck_run_info", "What was verified, and what the verdict leaves out. Always 1.", info, 1
    yield "sigcheck_run_exit_code", "The exit code of the run.", {}, report.exit_code
    for word in WORDS:
        about = "1 for the verdict of the run, 0 for the others."
        yield "sigcheck_run_verdict", about, {"verdict": word}, int(word == report.word)
    reason = (evidence.interrupted or "")[:_WORDS]
    about = "1 if the run was cut short, with the reason."
    yield "sigcheck_run_interrupted", about, {"reason": reason}, int(evidence.interrupted is not None)
    broken = {each.probe for each in evidence.breakdowns}
    for probe in get_args(Probe):
        about = "1 if this probe did not come to its end."
        yield "sigcheck_run_breakdown", about, {"probe": probe}, int(probe in broken)
    yield "sigcheck_run_timestamp_seconds", "When the run ended.", {}, report.finished_at.timestamp()
    yield "sigcheck_run_duration_seconds", "How long the run took.", {}, report.seconds
    yield "sigcheck_run_requests", "Deliveries that were made.", {}, evidence.requests
    yield from _of_rules(report)
    yield from _of_answers(report)
    yield from _of_certificate(report)


def _of_rules(report: Report) -> Iterator[_Told]:
    for status in Status:
        count = sum(each.status is status for each in report.results)
        yield "sigcheck_run_rules", "Rules by what came of them.", {"status": status.value}, count
    for level in LEVELS:
        count = sum(each.level == level for each in report.failed)
        yield "sigcheck_run_failed_rules", "Rules that failed, by their level.", {"level": level}, count
    for each in report.results:
        labels = {"rule": each.rule, "family": each.family, "level": each.level, "status": each.status.value}
        yield "sigcheck_rule_status", "What came of each rule. Always 1.", labels, 1


def _of_answers(report: Report) -> Iterator[_Told]:
    times = report.answer_times
    if times is None:
        return
    for answered, count in (("yes", times.answered), ("no", len(times.values) - times.answered)):
        yield "sigcheck_run_samples", "Samples, by whether they were answered.", {"answered": answered}, count
    yield "sigcheck_answer_limit_seconds", "Within which time a delivery must be answered.", {}, times.limit
    about = "How long samples took to be answered; all but the first, which is apart since it may be a cold start."
    for name in ("first", "minimum", "median", "p95", "maximum"):
        value = getattr(times, name)
        if value is not None:
            yield "sigcheck_answer_seconds", about, {"statistic": name}, value


def _of_certificate(report: Report) -> Iterator[_Told]:
    tls = report.evidence.tls
    if tls is None or tls.chain is None:
        return
    # A chain that has no valid path still says when it ends, or has ended.
    ends = [each.not_after for each in tls.chain.certificates if each.not_after is not None]
    expires = tls.chain.expires_at or min(ends, default=None)
    if expires is not None:
        about = "When the first certificate of the chain expires."
        yield "sigcheck_certificate_expiry_timestamp_seconds", about, {}, expires.timestamp()


def text(told: Iterable[Family], *, units: bool) -> str:
    """Write families with their HELP and TYPE, and with their UNIT too if asked for: as OpenMetrics.

    A counter is called by its name there, and by that of its samples in Prometheus' old format.
    """
    lines = []
    for family in told:
        name = family.name if units else family.sampled
        lines += [f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}"]
        if units and family.name.endswith("_seconds"):
            lines.append(f"# UNIT {family.name} seconds")
        lines += family.lines()
    return "".join(f"{line}\n" for line in lines)
