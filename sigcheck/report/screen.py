"""The first screen: one failure and all that passed in 24 lines of 80 columns, and its last lines say what to do."""

from collections.abc import Iterator

from sigcheck.model.figures import Moment, Timeline, span
from sigcheck.model.report import Report, Result
from sigcheck.model.rule import FAMILIES, Finding, Status
from sigcheck.report.marks import OTHERS, mark
from sigcheck.report.page import Page
from sigcheck.report.verdict import binding, breakdown_words, decide_first, named, style, verdict_line
from sigcheck.words import shortened

TELLING = {
    "reach": ("reach-no-answer", "reach-refused"),
    "tls": ("tls-expires-soon", "tls-untrusted-root"),
    "response": ("response-not-2xx",),
    "deadline": ("deadline-exceeded",),
    "retry": ("retry-rejected",),
    "dedup": ("dedup-duplicate", "dedup-lost"),
    "exposure": ("exposure-unauthenticated",),
}
"""The rules whose summaries say most about a family that passed."""

MOST_EVIDENCE = 3
"""Findings of one rule that are shown; `-v` lists them all."""
LONGEST = 280
"""Characters of one finding."""
MOST_IN_FULL = 6
"""Failures that are shown with their evidence and fix; of more, only the title is."""
MOST_REASONS = 3
"""Reasons why rules are undecided that are given with the ways to decide them."""


def screen(page: Page, report: Report) -> None:
    """Fill a page: heading, failures, what is undecided, what passed, what to fix first, the verdict."""
    heading(page, report)
    page.blank()
    for number, result in enumerate(report.worst_first):
        if number < MOST_IN_FULL:
            failure(page, result, report.timeline)
        else:
            _titled(page, result)
    for result in report.results:
        if result.status is Status.BROKEN:
            _titled(page, result)
            page.hang((" " * 9,), result.reason or result.summary)
    for result in report.expected:
        _titled(page, result)
        page.hang((" " * 9,), f"Expected: {shortened(result.expected or '', LONGEST)}", "dim")
    page.blank()
    _undecided(page, report)
    _passed(page, report)
    _rest(page, report)
    closing(page, report)


def heading(page: Page, report: Report) -> None:
    """Say what came of which callback: advice about a method is useless without it."""
    evidence = report.evidence
    method = () if evidence.settings.offline else (evidence.callback.method,)
    name = (evidence.settings.name,) if evidence.settings.name else ()
    after = () if evidence.settings.offline else (took(report.seconds), f"run {evidence.run}")
    lead = (report.word.upper(), style(report.verdict))
    page.hang((lead, "  "), "  ".join((*name, " ".join((*method, evidence.target.url)), *after)))


def took(seconds: float) -> str:
    """Give the time that a run took."""
    return f"{seconds:.1f} s" if seconds < 60 else span(seconds)


def failure(page: Page, result: Result, timeline: Timeline | None) -> None:
    """Show one failure: its title, the evidence, and the fix."""
    _titled(page, result)
    counted = result.rule == "dedup-duplicate" and timeline is not None and _effects(page, timeline)
    findings = [each for each in result.findings if not (counted and each.scenario == "retry")]
    if counted and findings:
        page.hang((" " * 9,), _also(list(dict.fromkeys(each.scenario for each in findings if each.scenario))))
    else:
        for finding in findings[:MOST_EVIDENCE]:
            page.hang((" " * 9,), shortened(evidence_words(finding), LONGEST))
    more = 0 if counted else len(findings) - MOST_EVIDENCE
    if more > 0:
        page.hang((" " * 9,), f"and {more} more; -v lists {'it' if more == 1 else 'them'}", "dim")
    fix = next(fixes(result), None)
    if fix is not None:
        page.hang((" " * 9,), f"Fix: {fix}", "green")


def _also(scenarios: list[str]) -> str:
    """Say which scenarios showed the same as the replay."""
    *others, last = [f'"{each}"' for each in scenarios]
    named = f"{', '.join(others)} and {last}" if others else last
    return f"The scenario{'s' if others else ''} {named} showed the same."


def _titled(page: Page, result: Result) -> None:
    sign = mark(result)
    heavy = result.failed and result.level == "must"
    page.hang((sign, " " * (9 - len(sign[0]))), result.title, "bold" if heavy else "", right=result.rule)


def evidence_words(finding: Finding) -> str:
    """Say what was seen, with its figures."""
    if finding.measured and "(" in finding.measured:
        return f"{finding.message}: {finding.measured}"
    return finding.message + (f" ({finding.measured})" if finding.measured else "")


def fixes(result: Result) -> Iterator[str]:
    """Give what is to be done, each thing once."""
    found = [finding.fix for finding in result.findings if finding.fix]
    yield from dict.fromkeys(found or ([result.fix] if result.fix else []))


def _effects(page: Page, timeline: Timeline) -> bool:
    """Show the effects that were counted after each delivery; False where there are none to show."""
    wrong = [course for course in timeline.courses if any(_surplus(each) for each in course.moments)]
    if not wrong:
        return False
    course = wrong[0]
    cells = [(str(each.delivery), "-" if each.effects is None else str(each.effects)) for each in course.moments]
    widths = [max(len(number), len(effects)) + 3 for number, effects in cells]
    expected = next((each.expected for each in course.moments if each.expected is not None), 1)
    deliveries = "".join(number.rjust(width) for (number, _), width in zip(cells, widths, strict=True))
    effects = "".join(count.rjust(width) for (_, count), width in zip(cells, widths, strict=True))
    others = len(wrong) - 1
    also = f"     the same for {others} other message{'' if others == 1 else 's'}" if others else ""
    page.line(" " * 9, "delivery", deliveries, (f"     expected: always {expected}", "dim"))
    beside = 17 + len(effects) + len(also) <= page.width
    page.line(" " * 9, "effects ", (effects, "bold red"), (also if beside else "", "dim"))
    if also and not beside:
        page.hang((" " * 9,), also.strip(), "dim")
    return True


def _surplus(moment: Moment) -> bool:
    return moment.effects is not None and moment.expected is not None and moment.effects > moment.expected


def _undecided(page: Page, report: Report) -> None:
    """Say what was not tested, and how it can be: in full where the verdict rests on it."""
    groups: dict[str, list[Result]] = {}
    for result in _told(report):
        groups.setdefault(result.summary, []).append(result)
    for reason, results in list(groups.items())[:MOST_REASONS]:
        first = results[0]
        _titled(page, first)
        if len(results) > 1:
            page.hang((" " * 9,), f"and {named([each.rule for each in results[1:]])}", "dim")
        page.hang((" " * 9,), f"Undecided: {shortened(reason, LONGEST)}")
        if first.fix:
            page.hang((" " * 9,), f"To decide it: {first.fix}", "green")
    page.blank()


def _told(report: Report) -> list[Result]:
    """Give the undecided rules that are told of in full: none where something failed that must be fixed first."""
    return binding(report) if report.verdict not in {"compliant", "non-compliant"} else []


def _passed(page: Page, report: Report) -> None:
    """Count what passed, and give the most telling fact of each family of which nothing failed."""
    if not report.counts.passed:
        return
    page.hang((OTHERS[Status.PASS], " "), f"{report.counts.passed} passed", "bold", right="-v lists them")
    for family in FAMILIES:
        results = [each for each in report.results if each.family == family]
        passed = {each.rule: each for each in results if each.status is Status.PASS}
        if passed and not any(each.status is Status.FAIL for each in results):
            telling = next((passed[rule] for rule in TELLING[family] if rule in passed), next(iter(passed.values())))
            page.hang((f"  {family:10}",), _short(telling.summary, page.width - 12))


def _short(text: str, room: int) -> str:
    """Shorten a fact to one line, at a place where its sentence may end."""
    if len(text) <= room:
        return text
    for end in ("; ", ", ", " (", " on "):
        if (cut := text.rfind(end, 0, room)) > 20:
            return text[:cut]
    return text[: room - 1].rstrip() + "…"


def _rest(page: Page, report: Report) -> None:
    """Say what else was not decided or not checked, and what a run left behind."""
    open_ = [each.rule for each in report.results if each.status is Status.UNDECIDED]
    told = {each.rule for each in _told(report)}
    left = [rule for rule in open_ if rule not in told]
    if left:
        page.hang((OTHERS[Status.UNDECIDED], " "), f"not decided: {named(left)}  (-v says why)", "dim")
    if report.devices:
        page.hang((OTHERS[Status.SKIP], " "), _to_clean_up(report, page.width - 2), "dim")


def _to_clean_up(report: Report, room: int) -> str:
    """Name the devices that messages were sent for: all of them where that fits on a line, or else the first."""
    devices = report.devices
    count = sum(each.count for each in devices)
    ranges = [each.first if each.count == 1 else f"{each.first} to {each.last}" for each in devices]
    said = "to clean up: " + ("device" if count == 1 else f"{count} devices,")
    whole = f"{said} {', '.join(ranges)}"
    more = len(ranges) - 1
    if len(whole) <= room or not more:
        return whole
    return f"{said} {ranges[0]}, {more} more range{'s' if more > 1 else ''} (-v lists {'them' if more > 1 else 'it'})"


def closing(page: Page, report: Report) -> None:
    """End with what broke, what to fix first, and the verdict."""
    page.blank()
    for breakdown in report.evidence.breakdowns:
        page.hang((("! ", "bold magenta"),), breakdown_words(breakdown), "bold magenta")
    if report.evidence.interrupted:
        page.hang((), f"PARTIAL: {report.evidence.interrupted}; this is what was known by then", "yellow")
    first, what = report.first_fix, "Fix first: "
    if report.verdict == "undecided" and report.exit_code and (decisive := decide_first(report)) is not None:
        first, what = decisive, "Decide first: "
    if first is not None and first.level != "note":
        page.hang((what, (first.rule, "bold"), "  "), f"(sigcheck explain {first.rule})", "dim")
    line = verdict_line(report)
    page.hang(((line.lead, line.style), "  "), line.words)
