"""The report as Markdown for an issue, a merge request or a mail: what is wrong comes first, what passed is folded.

It stays below the limit that GitHub sets to the body of an issue (65,536 characters), however much a run has found.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import get_args

from sigcheck.model.figures import Course, span
from sigcheck.model.report import IN_PART, WORST_FIRST, Report, Reports, Result, Verdict
from sigcheck.model.rule import Finding, Status
from sigcheck.report import RenderOptions
from sigcheck.report.markdown_text import code, inline
from sigcheck.report.verdict import because, breakdown_words, verdict_line

MOST = 60_000
"""Characters of a whole text."""
_EVIDENCE, _WORDS = 6, 600
"""Findings of one rule that are shown, and characters of each text."""
_WHOLE, _LEAST = 8, 3_000
"""Reports of several that are given the room of one another at most, and characters below which none is begun."""
_LEFT_OUT = 200
"""Characters that are kept free for the line that says how much was left out."""


def render(report: Report, options: RenderOptions) -> str:
    """Render the report; a quiet one (detail -1) has no replay, no devices and nothing that passed."""
    return _text(_report(report, options, "##"), MOST)


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Render the reports of several targets: a line for each, then each report as far as there is room, worst first."""
    counts = Counter(report.word for report in reports.reports)
    words = " · ".join(f"{counts[word]} {word}" for word in (*get_args(Verdict), IN_PART) if counts[word])
    said = [f"**{reports.word.upper()}** {words} (exit {reports.exit_code})"]
    if reports.interrupted is not None:
        said.append(f"**PARTIAL:** {_sentence(reports.interrupted)} This report shows what was known by then.")
    lines = [f"- {code(_name(each), 100)}: {_short(each)}" for each in reports.reports]
    text = _text([*said, *_listed(lines, MOST // 3, "targets")], MOST // 2)
    left = sorted(reports.reports, key=lambda each: WORST_FIRST.index(each.exit_code))
    while left and (room := (MOST - 2 * _LEFT_OUT - len(text)) // min(len(left), _WHOLE)) > _LEAST:
        text += "\n" + _text(chain([f"## {code(_name(left[0]), 100)}"], _report(left[0], options, "###")), room)
        del left[0]
    return text + (f"\nThe JSON report has the details of {len(left)} more targets.\n" if left else "")


def _text(blocks: Iterable[str], most: int) -> str:
    """Put blocks below each other, with a blank line between them, as many as there is room for."""
    text = ""
    for block in blocks:
        if len(text) + len(block) + 2 > most - _LEFT_OUT:
            # What stands behind it is not even made: a report may be of any size.
            return text + "\nThis report is cut here, since an issue holds no more. The JSON report has all of it.\n"
        text += ("\n" if text else "") + block + "\n"
    return text


def _listed(lines: Sequence[str], most: int, what: str) -> Iterator[str]:
    """Give the lines as one list, as many of them as there is room for, and say how many more there are."""
    shown = list(lines)
    while sum(len(line) + 1 for line in shown) > most:
        shown = shown[: len(shown) * 3 // 4]
    if len(shown) < len(lines):
        shown.append(f"- {len(lines) - len(shown)} more {what} are in the JSON report.")
    if shown:
        yield "\n".join(shown)


def _report(report: Report, options: RenderOptions, level: str) -> Iterator[str]:
    """Give the blocks of one report, the most telling ones first: what does not fit is cut at the end."""
    line = verdict_line(report)
    yield f"**{line.lead.strip()}** {inline(line.words)}"
    yield _about(report, options)
    yield from _broke(report)
    yield from _first(report)
    yield from _section(f"{level} What failed", _failures(report, f"{level}#"))
    yield from _section(f"{level} What could not be decided", _undecided(report))
    yield from _section(f"{level} Rules that broke", _bugs(report))
    if options.detail < 0:
        return
    yield from _section(f"{level} Replay of the schedule", _replay(report))
    yield from _section(f"{level} Devices to clean up", _devices(report))
    passed = [each for each in report.results if each.status is Status.PASS]
    skipped = [each for each in report.results if each.status is Status.SKIP]
    yield from _folded(f"{len(passed)} passed", passed)
    yield from _folded(f"{len(skipped)} skipped", skipped)


def _section(heading: str, blocks: Iterable[str]) -> Iterator[str]:
    """Give a heading with the first of its blocks, so that no cut leaves a heading bare; nothing without blocks."""
    rest = iter(blocks)
    first = next(rest, None)
    if first is not None:
        yield f"{heading}\n\n{first}"
        yield from rest


def _name(report: Report) -> str:
    return report.evidence.settings.name or report.evidence.target.url


def _short(report: Report) -> str:
    why = because(report) or f"{report.counts.passed} passed"
    return f"**{report.word.upper()}** {inline(why, _WORDS)} (exit {report.exit_code})"


def _about(report: Report, options: RenderOptions) -> str:
    evidence = report.evidence
    name = [f"target {code(evidence.settings.name, 100)}"] if evidence.settings.name else []
    when, version = f"{evidence.started_at:%Y-%m-%d %H:%M:%S} UTC", f"sigcheck {inline(options.version, 40)}"
    if evidence.settings.offline:
        return " · ".join([f"the certificates of {code(evidence.target.host, 300)}", *name, when, version])
    count = evidence.requests
    return " · ".join([
        f"{code(evidence.callback.method, 20)} {code(evidence.target.url, _WORDS)}",
        *name,
        f"run {code(evidence.run, 40)}",
        when,
        f"{count} request{'' if count == 1 else 's'} in {span(report.seconds)}",
        *_timing(report),
        version,
    ])  # fmt: skip


def _timing(report: Report) -> Iterator[str]:
    times = report.answer_times
    if times is not None:
        median = "" if times.median is None else f", median {span(times.median)}"
        yield f"{times.answered} of {len(times.values)} samples answered{median}, limit {times.limit:g} s"


def _broke(report: Report) -> Iterator[str]:
    if report.evidence.interrupted:
        yield f"**PARTIAL:** {_sentence(report.evidence.interrupted)} This report shows what was known by then."
    for each in report.evidence.breakdowns:
        yield f"**Not complete:** {_sentence(breakdown_words(each))}"


def _first(report: Report) -> Iterator[str]:
    first = report.first_fix
    if first is not None:
        yield f"**Fix first:** {_title(first)}: {_sentence(first.fix or first.summary)}"


def _title(result: Result) -> str:
    return f"{inline(result.title or result.summary, _WORDS)} ({code(result.rule)})"


def _failures(report: Report, level: str) -> Iterator[str]:
    for each in report.worst_first:
        lines = [f"- {_evidence(finding, each)}" for finding in each.findings[:_EVIDENCE]]
        more = len(each.findings) - _EVIDENCE
        if more > 0:
            lines.append(f"- {more} more findings of this rule are in the JSON report.")
        fixes = dict.fromkeys(fix for fix in (*(finding.fix for finding in each.findings), each.fix) if fix)
        told = [f"Fix: {_sentence(fix)}" for fix in list(fixes)[:3]]
        explain = f"`sigcheck explain {inline(each.rule)}` says more."
        yield "\n\n".join([f"{level} {each.level}: {_title(each)}", "\n".join(lines), *told, explain])


def _evidence(finding: Finding, result: Result) -> str:
    level = finding.level or result.level
    lead = "" if level == result.level else f"**{level}** "
    measured = f" ({inline(finding.measured, _WORDS)})" if finding.measured else ""
    return lead + inline(finding.message, _WORDS) + measured


def _sentence(text: str) -> str:
    """Give a text with a stop at its end."""
    shown = inline(text, _WORDS)
    return shown if shown.endswith((".", "!", "?", "…")) else f"{shown}."


def _undecided(report: Report) -> Iterator[str]:
    alike: dict[tuple[str, str], list[Result]] = {}
    for each in report.results:
        if each.status is Status.UNDECIDED:
            alike.setdefault((each.reason or each.summary, each.fix or ""), []).append(each)
    lines = []
    for (reason, fix), results in alike.items():
        rules = ", ".join(f"{code(each.rule)} ({each.level})" for each in results)
        decide = f" To decide it: {_sentence(fix)}" if fix else ""
        lines.append(f"- {rules}: {_sentence(reason)}{decide}")
    yield from _listed(lines, MOST // 4, "reasons")


def _bugs(report: Report) -> Iterator[str]:
    broken = [each for each in report.results if each.status is Status.BROKEN]
    lines = [f"- {code(each.rule)}: {_sentence(each.reason or each.summary)}" for each in broken]
    yield from _listed(lines, MOST // 4, "rules")


def _replay(report: Report) -> Iterator[str]:
    timeline = report.timeline
    if timeline is None:
        return
    pace = "the real schedule" if timeline.speed == 1 else f"a schedule {timeline.speed:g} times faster"
    if timeline.courses:
        yield f"Messages were sent on {pace}; {inline(timeline.schedule)}."
    for course in timeline.courses:
        yield _table(course)
    if timeline.not_played:
        yield f"Not played: {_sentence(timeline.not_played)}"


def _table(course: Course) -> str:
    rows = [f"| {inline(course.name, 100)} | due | sent | outcome | effects |", "| --: | --: | --: | --- | --- |"]
    for each in course.moments:
        effects = "not counted" if each.effects is None else f"{each.effects}, expected {each.expected}"
        outcome = inline(each.outcome, 100)
        rows.append(f"| {each.delivery} | {each.due:.2f} s | {each.sent:.2f} s | {outcome} | {effects} |")
    return "\n".join(rows)


def _devices(report: Report) -> Iterator[str]:
    found = report.devices
    if found:
        spans = [
            code(each.first) if each.count == 1 else f"{code(each.first)} to {code(each.last)}" for each in found[:100]
        ]
        more = f", and {len(found) - 100} more ranges" if len(found) > 100 else ""
        yield f"Messages were sent for the devices {', '.join(spans)}{more}."


def _folded(title: str, results: Sequence[Result]) -> Iterator[str]:
    if results:
        line: Callable[[Result], str] = lambda each: f"- {code(each.rule)}: {inline(each.summary, _WORDS)}"  # noqa: E731
        listed = "\n".join(_listed([line(each) for each in results], MOST // 4, "rules"))
        yield f"<details>\n<summary>{title}</summary>\n\n{listed}\n\n</details>"
