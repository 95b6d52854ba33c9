"""A fleet as one page for a browser: the causes, then every target, the worst first, each with its report folded.

The page is given piece by piece. Its size is bounded: 5,000 targets stay below 20 MB whatever was found, and a report
that has no room is cut, with the command that shows all of it.
"""

from collections import Counter
from collections.abc import Iterator

from sigcheck.model.fleet import TargetSummary
from sigcheck.report import RenderOptions
from sigcheck.report.fleet.causes import CauseGroup, by_cause
from sigcheck.report.fleet.html_target import block
from sigcheck.report.fleet.telling import called
from sigcheck.report.fleet.view import FleetReport
from sigcheck.report.fleet.words import cause_heading
from sigcheck.report.html.findings import SIGNS as LEVEL_SIGNS
from sigcheck.report.html.markup import Markup, count, join, prose, tag
from sigcheck.report.html.page import footer, head
from sigcheck.report.html.style import STYLE
from sigcheck.report.html.summary import CLASSES, SIGNS, sentence

LARGEST = 17_000_000
"""Bytes that the reports of targets have on a page of up to 5,000 targets. Our choice: mail and browsers take 20 MB."""
WELL, LEAST, MOST = 900, 1_500, 30_000
"""Bytes that are set aside for each target, and the least and the most for the report of one that is not well."""

FLEET_STYLE = Markup("""
.fleet details { padding: .2rem .6rem; margin: .25rem 0; }
.fleet summary { font-weight: 400; }
.fleet summary b.good, .fleet summary b.bad, .fleet summary b.warn { background: none; }
.fleet .level.open { color: var(--warn); }
.fleet .names { columns: 16rem; font-size: .9rem; }
@media print { .fleet details:not([open])::details-content { content-visibility: hidden; block-size: 0; } }
""")


def render(fleet: FleetReport, options: RenderOptions) -> Iterator[str]:
    """Give the page."""
    number = count(len(fleet.summaries), "target")
    title = f"{fleet.word.upper()}: {number} (sigcheck)"
    yield f'<!DOCTYPE html>\n<html lang="en">{head(title, Markup(STYLE + FLEET_STYLE))}<body>\n'
    yield _top(fleet, number)
    yield "<main>\n"
    places = {each.key: place for place, each in enumerate(fleet.summaries, 1)}
    groups = by_cause(fleet.summaries)
    if groups:
        yield f'<section class="fleet">\n{tag("h2", "What is wrong, by its cause")}'
        yield from (_group(group, places) for group in groups)
        yield "</section>\n"
    yield f'<section class="fleet">\n{tag("h2", "All targets, the worst first")}'
    said = "Each line opens the report of its target. The search of the browser finds names."
    yield tag("p", said, class_="dim")
    room = _room(fleet)
    for place, each in enumerate(fleet.summaries, 1):
        yield block(each, fleet.judged(each.key), f"t{place}", room, fleet.scope.ledger)
    yield f"</section>\n</main>\n{footer(options.version)}</body></html>\n"


def _room(fleet: FleetReport) -> int:
    """Share the room of the page among the targets that are not well."""
    ill = sum(not each.well for each in fleet.summaries)
    return max(LEAST, min(MOST, (LARGEST - WELL * len(fleet.summaries)) // max(1, ill)))


def _top(fleet: FleetReport, number: str) -> Markup:
    counts = Counter(each.word for each in fleet.summaries)
    words = ", ".join(f"{often} {word}" for word, often in counts.most_common())
    code = fleet.exit_code if fleet.novelty is None else fleet.novelty.exit_code
    told = f"Exit code {code}. {number}: {words or 'none'}."
    scope = fleet.scope
    kind = "Scan" if fleet.runs and all(each.scan for each in fleet.runs) else "Run"
    when = f"{kind} {scope.run}" + (f", begun {scope.started:%Y-%m-%d %H:%M} UTC" if scope.started else "") + "."
    said = tag(
        "div",
        tag("p", tag("strong", f"{SIGNS.get(fleet.word, '!')} {fleet.word.upper()}"), class_="word"),
        tag("p", told, class_="dim"),
        tag("p", when, class_="dim"),
        class_=f"verdict {CLASSES.get(fleet.word, 'warn')}",
    )
    new = tag("p", fleet.novelty.words, class_="note warn") if fleet.novelty is not None else None
    notes = [tag("p", tag("b", "! "), note, class_="note warn") for note in fleet.notes]
    eyebrow = tag("p", "sigcheck · report on receivers of Sigfox Cloud callbacks", class_="dim")
    return tag("header", eyebrow, tag("h1", number), said, new, *notes)


def _group(group: CauseGroup, places: dict[tuple[str, str], int]) -> Markup:
    cause = group.cause
    number = count(len(group.targets), "target")
    if cause is None:
        first = group.targets[0]
        heading = tag("h3", f"{number}: {first.problem or first.word}")
        kind, fix = "open", None
    else:
        sign = LEVEL_SIGNS[cause.level] if cause.status == "fail" else f"? {cause.status.upper()}"
        level = tag("span", sign, class_=f"level {cause.level if cause.status == 'fail' else 'open'}")
        heading = tag("h3", level, f" {number}: {cause_heading(cause)} ", tag("code", cause.rule))
        kind, fix = (cause.level if cause.status == "fail" else "open"), _fix(cause.rule)
    links = [tag("li", _link(each, places)) for each in group.targets]
    listed = tag("ul", *links, class_="names")
    if len(links) > 60:
        listed = tag("details", tag("summary", number), listed)
    advice = tag("p", tag("b", "Fix: "), prose(sentence(fix)), class_="fix") if fix else None
    return tag("article", heading, listed, advice, class_=f"finding {kind}")


def _link(target: TargetSummary, places: dict[tuple[str, str], int]) -> Markup:
    return join(tag("a", called(target), href=f"#t{places[target.key]}"))


def _fix(rule: str) -> str:
    from sigcheck.rules import RULES

    return next((each.fix or "" for each in RULES if each.id == rule), "")
