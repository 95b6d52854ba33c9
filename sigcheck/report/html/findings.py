"""The rules of a report: what failed, what was not tested and how to test it, what passed, what does not apply."""

from collections.abc import Iterable, Iterator

from sigcheck.model.report import Report, Result
from sigcheck.model.rule import FAMILIES, Finding, Status
from sigcheck.report.html.markup import Markup, count, prose, tag
from sigcheck.report.html.summary import fixes_of, not_decided, sentence

MOST_FINDINGS = 20
"""Findings of one rule that are shown; more are counted."""
SIGNS = {"must": "✗ MUST", "should": "! SHOULD", "note": "i NOTE"}
TITLES = {
    "reach": "Can the Cloud get to the receiver?",
    "tls": "Does the Cloud trust the certificate?",
    "response": "Is the answer one that counts as success?",
    "deadline": "Does the answer come in time?",
    "retry": "Are retries answered as they should be?",
    "dedup": "Does each message have one effect, and only one?",
    "exposure": "Who else can send messages?",
}


def failed(report: Report, level: int, prefix: str) -> Iterator[Markup]:
    """Give each rule that failed with its evidence and its fix, the heaviest first."""
    broken = [each for each in report.results if each.status is Status.BROKEN]
    if report.failed:
        cards = [_card(result, level + 1, prefix) for result in report.worst_first]
        yield tag("section", tag(f"h{level}", f"What is wrong ({len(cards)})"), *cards)
    if broken:
        items = [tag("li", tag("code", each.rule), f" {sentence(each.summary)}") for each in broken]
        said = tag("p", "These rules broke on what they saw. Nothing is known of the receiver by them.")
        yield tag("section", tag(f"h{level}", "Bugs of sigcheck"), said, tag("ul", *items))


def _card(result: Result, level: int, prefix: str) -> Markup:
    shown = result.findings[:MOST_FINDINGS]
    more = len(result.findings) - len(shown)
    fixes = [tag("p", tag("b", "Fix: "), prose(fix)) for fix in fixes_of(result)]
    return tag(
        "article",
        tag(f"h{level}", tag("span", SIGNS[result.level], class_=f"level {result.level}"), " ", result.title),
        tag("ul", *(_finding(each, result) for each in shown), class_="evidence"),
        tag("p", f"{count(more, 'more finding')} of this rule in the JSON report.", class_="dim") if more > 0 else None,
        tag("div", *fixes, class_="fix") if fixes else None,
        tag("p", "More: ", tag("code", f"sigcheck explain {result.rule}"), class_="dim"),
        id=f"{prefix}{result.rule}",
        class_=f"finding {result.level}",
    )


def _finding(finding: Finding, result: Result) -> Markup:
    own = f"{finding.level}: " if finding.level and finding.level != result.level else None
    about = " · ".join(each for each in (finding.measured, finding.where) if each)
    return tag(
        "li",
        tag("b", own) if own else None,
        sentence(finding.message),
        tag("span", f" ({about})", class_="dim") if about else None,
    )


def undecided(report: Report, level: int) -> Iterator[Markup]:
    """Say what was not tested, why, and how to test it; rules of one reason together."""
    groups = not_decided(report)
    cut = report.scope.not_checked
    if not (groups or cut):
        return
    yield tag(
        "section",
        tag(f"h{level}", f"What was not tested ({report.counts.undecided})" if groups else "What was not tested"),
        *(_group(results) for results in groups),
        tag("p", f"Left out of this run when it was started: {', '.join(cut)}.") if cut else None,
    )


def _group(results: list[Result]) -> Markup:
    reason, fix = results[0].summary, results[0].fix
    items = [tag("li", f"{each.title} ", tag("span", f"({each.level}, {each.rule})", class_="dim")) for each in results]
    return tag(
        "article",
        tag("p", tag("b", "? "), sentence(reason)),
        tag("ul", *items),
        tag("p", tag("b", "How to test it: "), prose(sentence(fix)), class_="fix") if fix else None,
        class_="finding open",
    )


def passed(report: Report, level: int) -> Iterator[Markup]:
    """List what passed by families, and what does not apply, both folded."""
    good = [each for each in report.results if each.status is Status.PASS]
    skipped = [each for each in report.results if each.status is Status.SKIP]
    if not (good or skipped):
        return
    yield tag(
        "section",
        tag(f"h{level}", "What passed, and what does not apply"),
        tag("details", tag("summary", f"✓ {count(len(good), 'rule')} passed"), *_families(good)) if good else None,
        tag("details", tag("summary", f"· {count(len(skipped), 'rule')} skipped"), *_families(skipped))
        if skipped
        else None,
    )


def _families(results: Iterable[Result]) -> Iterator[Markup]:
    results = list(results)
    for family in FAMILIES:
        of = [each for each in results if each.family == family]
        if of:
            yield tag("p", tag("b", TITLES[family]))
            yield tag("ul", *(_line(each) for each in of))


def _line(result: Result) -> Markup:
    return tag(
        "li",
        f"{result.title}: ",
        tag("span", f"{result.summary.rstrip('.')}.", class_="dim"),
        " ",
        tag("code", result.rule),
    )
