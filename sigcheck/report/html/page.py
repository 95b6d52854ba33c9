"""The page: its head, the sections of one target in their order, and the overview of several."""

from collections import Counter
from collections.abc import Iterator

from sigcheck.model.report import Report, Reports
from sigcheck.report.html.about import cleaning, judged, scenarios
from sigcheck.report.html.chain import chain
from sigcheck.report.html.findings import failed, passed, undecided
from sigcheck.report.html.markup import Markup, count, join, tag
from sigcheck.report.html.style import STYLE
from sigcheck.report.html.summary import CLASSES, SIGNS, called, name_of, verdict
from sigcheck.report.html.timeline import timeline
from sigcheck.report.html.times import times

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser may load on behalf of the page: nothing but its own style sheet."""


def page(report: Report, version: str) -> Markup:
    """Give the page of one target."""
    kind = "what was judged from a file" if report.evidence.settings.offline else "a receiver of Sigfox Cloud callbacks"
    eyebrow = tag("p", f"sigcheck · report on {kind}", class_="dim")
    header = tag("header", eyebrow, *_heading(report, 1))
    body = (header, tag("main", *_sections(report, 2, "", version)), footer(version))
    return _document(f"{report.word.upper()}: {name_of(report)} (sigcheck)", *body)


def pages(reports: Reports, version: str) -> Markup:
    """Give one page with an overview of several targets, and a section for each."""
    number = count(len(reports.reports), "target")
    eyebrow = tag("p", "sigcheck · report on receivers of Sigfox Cloud callbacks", class_="dim")
    word = reports.word
    counts = Counter(report.word for report in reports.reports)
    words = ", ".join(f"{often} {each}" for each, often in counts.items())
    told = f"Exit code {reports.exit_code}, the worst of {number}: {words}."
    said = tag(
        "div", tag("p", tag("strong", f"{SIGNS[word]} {word.upper()}"), class_="word"), tag("p", told, class_="dim"),
        class_=f"verdict {CLASSES.get(word, 'warn')}",
    )  # fmt: skip
    interrupted = (
        tag("p", tag("b", "! PARTIAL: "), reports.interrupted, class_="note warn") if reports.interrupted else None
    )
    sections = [
        tag(
            "section", *_heading(report, 2), *_sections(report, 3, f"t{index}-", version), class_="target",
            id=f"t{index}",
        )
        for index, report in enumerate(reports.reports, 1)
    ]  # fmt: skip
    header = tag("header", eyebrow, tag("h1", number), said, interrupted)
    overview = tag("section", tag("h2", "Overview"), _overview(reports))
    return _document(f"{word.upper()}: {number} (sigcheck)", header, tag("main", overview, *sections), footer(version))


def _heading(report: Report, level: int) -> Iterator[Markup]:
    """Say whom a report is about: by its name with the request below it, or by the request."""
    name = report.evidence.settings.name
    yield tag(f"h{level}", name or called(report))
    if name:
        yield tag("p", called(report), class_="called")


def _sections(report: Report, level: int, prefix: str, version: str) -> Iterator[Markup]:
    yield from verdict(report, level, prefix)
    yield from failed(report, level, prefix)
    yield from undecided(report, level)
    offline = report.evidence.settings.offline
    if not offline:
        yield timeline(report, level)
        yield times(report, level)
    if not offline or report.evidence.tls is not None:
        yield chain(report, level)
    yield from scenarios(report, level)
    yield from passed(report, level)
    yield from cleaning(report, level)
    yield judged(report, level, version)


def _overview(reports: Reports) -> Markup:
    titles = tag("tr", *(tag("th", each, scope="col") for each in ("Target", "Verdict", "Exit code", "Fix first")))
    rows = []
    for index, report in enumerate(reports.reports, 1):
        first = report.first_fix
        cells = (
            tag("a", name_of(report), href=f"#t{index}"),
            f"{SIGNS[report.word]} {report.word.upper()}",
            str(report.exit_code),
            join(f"{first.title} ", tag("code", first.rule)) if first else "nothing failed",
        )
        rows.append(tag("tr", *(tag("td", cell) for cell in cells)))
    return tag("table", tag("thead", titles), tag("tbody", *rows))


def footer(version: str) -> Markup:
    """Say what wrote the page, and that it does nothing."""
    said = f"Written by sigcheck {version}. This page is one file, which runs no script and loads nothing."
    return tag("footer", tag("p", said, class_="dim"))


def _document(title: str, *body: str) -> Markup:
    return join(Markup("<!DOCTYPE html>\n"), tag("html", head(title), tag("body", *body), lang="en"))


def head(title: str, style: Markup = STYLE) -> Markup:
    """Give the head of a page: nothing is loaded, nothing runs."""
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", style),
    )
