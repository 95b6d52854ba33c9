"""The top of a report: whom it is about, the verdict, and what to fix first."""

from collections.abc import Iterator

from sigcheck.model.report import IN_PART, Report, Result
from sigcheck.model.rule import LEVELS, Status
from sigcheck.report.html.markup import Markup, count, prose, tag

SIGNS = {
    "compliant": "✓",
    IN_PART: "✓",
    "non-compliant": "✗",
    "undecided": "?",
    "internal error": "!",
    "interrupted": "!",
}
CLASSES = {"compliant": "good", IN_PART: "good", "non-compliant": "bad"}
"""How a verdict is coloured; others are "warn"."""


def name_of(report: Report) -> str:
    """Give what the target is called."""
    evidence = report.evidence
    return evidence.settings.name or (called(report) if evidence.settings.offline else evidence.target.url)


def called(report: Report) -> str:
    """Give the method and the URL that the report is about, or what was judged from a file."""
    evidence = report.evidence
    if not evidence.settings.offline:
        return f"{evidence.callback.method} {evidence.target.url}"
    return "firewall rules" if evidence.tls is None else f"certificates for {evidence.target.host}"


def verdict(report: Report, level: int, prefix: str) -> Iterator[Markup]:
    """Give the verdict, what it rests on, and the first fix. `prefix` begins the ids of the findings."""
    words = tag("p", tag("strong", f"{SIGNS[report.word]} {report.word.upper()}"), class_="word")
    exit_code = tag("p", f"Exit code {report.exit_code}. {_counted(report)}.", class_="dim")
    scope = report.scope.words
    limited = tag("p", tag("b", "This verdict is limited: "), "; ".join(scope), ".") if scope else None
    kind = CLASSES.get(report.word, "warn")
    yield tag("div", words, tag("p", _sentence(report)), limited, exit_code, dated(report), class_=f"verdict {kind}")
    yield from _notices(report)
    yield from _first(report, level, prefix)


def dated(report: Report) -> Markup:
    """Say when the run was, or as of when a file was judged."""
    when = f"{report.evidence.started_at:%Y-%m-%d %H:%M} UTC"
    return tag("p", f"Judged as of {when}." if report.evidence.settings.offline else f"Run of {when}.", class_="dim")


def _sentence(report: Report) -> str:
    """Say in a sentence what the verdict means."""
    counts = report.counts
    failing = counts.must + (counts.should if report.gate.fail_on == "should" else 0)
    match report.word:
        case "compliant":
            also = f" It {_broken(counts.should)} that it should keep." if counts.should else ""
            return f"The receiver keeps every rule that a receiver of Sigfox callbacks must keep.{also}"
        case "passed in part":
            return "What was tested is as it must be, but not everything was tested."
        case "non-compliant":
            level = "must keep" if report.gate.fail_on == "must" else "must or should keep"
            subject = "What was judged" if report.evidence.settings.offline else "The receiver"
            return f"{subject} {_broken(failing)} that it {level}."
        case "undecided":
            open_ = count(counts.undecided, "rule")
            return f"No rule that the receiver must keep was seen broken, but {open_} could not be decided."
        case "interrupted":
            return "The run was ended before everything was tested. This is what was known by then."
        case _:
            return "A part of sigcheck itself broke, so this report is not complete. Please report it as a bug."


def _broken(number: int) -> str:
    return f"breaks {'one rule' if number == 1 else f'{number} rules'}"


def _counted(report: Report) -> str:
    counts = report.counts
    levels = [(counts.must, "must"), (counts.should, "should"), (counts.note, "note")]
    failed = ", ".join(f"{number} {level}" for number, level in levels if number)
    parts = [f"{counts.failed} failed ({failed})"] if failed else ["Nothing failed"]
    parts.append(f"{counts.passed} passed")
    others = ((counts.undecided, "undecided"), (counts.skipped, "skipped"), (counts.broken, "broken"))
    return ", ".join([*parts, *(f"{number} {word}" for number, word in others if number)])


def _notices(report: Report) -> Iterator[Markup]:
    """Say what keeps the report from being whole."""
    if report.evidence.interrupted:
        words = f"{report.evidence.interrupted}; what follows is what was known by then."
        yield tag("p", tag("b", "! PARTIAL: "), words, class_="note warn")
    for each in report.evidence.breakdowns:
        what = "could not be finished" if each.local else "broke, please report it"
        words = f"The {each.probe} probe {what}: {each.detail}"
        yield tag("p", tag("b", "! "), words, class_="note bad")


def _first(report: Report, level: int, prefix: str) -> Iterator[Markup]:
    """Say what to do first: what decides an undecided run, and what to fix."""
    first = report.first_fix
    if (first is None or report.verdict == "undecided") and (groups := not_decided(report)):
        results = groups[0]
        told = tag("p", tag("b", f"Not tested: {results[0].title}"), _more(len(results) - 1))
        advice = tag("p", prose(sentence(results[0].fix))) if results[0].fix else None
        yield tag(
            "div", tag(f"h{level}", "Test next"), told, tag("p", sentence(results[0].summary)), advice, class_="first"
        )
    if first is not None:
        link = tag("a", first.title, href=f"#{prefix}{first.rule}")
        fixes = [tag("p", prose(each)) for each in fixes_of(first)]
        told = tag("p", tag("b", link), " ", tag("code", first.rule))
        yield tag("div", tag(f"h{level}", "Fix first"), told, *fixes, class_="first")


def _more(others: int) -> str | None:
    return f", and {count(others, 'other rule')} for the same reason" if others else None


def not_decided(report: Report) -> list[list[Result]]:
    """Give the rules that are undecided, those of one reason and fix together, the weightiest first."""
    groups: dict[tuple[str, str | None], list[Result]] = {}
    for each in report.results:
        if each.status is Status.UNDECIDED:
            groups.setdefault((each.summary, each.fix), []).append(each)
    return sorted(groups.values(), key=lambda group: min(LEVELS.index(each.level) for each in group))


def fixes_of(result: Result) -> list[str]:
    """Give what is to be done about a failure, each thing once."""
    fixes = [finding.fix for finding in result.findings if finding.fix]
    fixes = fixes or ([result.fix] if result.fix else [])
    return [sentence(fix) for fix in dict.fromkeys(fixes)]


def sentence(words: str) -> str:
    """Give words with a capital letter and a full stop; what is no word, as the name of a host, stays as it is."""
    words = words.strip()
    capital = words[:1].upper() + words[1:] if words.partition(" ")[0].rstrip(",:").isalpha() else words
    return capital if not capital or capital[-1] in ".!?…" else f"{capital}."
