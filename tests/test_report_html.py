"""The page for a browser: valid, whole, and harmless, whatever a server says."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from sigcheck.chain.facts import describe
from sigcheck.judge import judge
from sigcheck.model.evidence import ProbeBreakdown
from sigcheck.model.report import Reports
from sigcheck.model.rule import Finding, Passed, Rule, Status, Undecided
from sigcheck.policy import OURS
from sigcheck.redaction.redact import Redactor
from sigcheck.report import render, render_all
from sigcheck.report.html.markup import tag
from sigcheck.report.html.style import STYLE
from tests import pki, validators
from tests.chains import evidence_of, roots_of
from tests.evidence import STARTED, answer, evidence, samples, scenario
from tests.html_page import LOOK, Page, is_harmless, page
from tests.specimens import HOSTILE, SECRET, several, specimens

NAMES = ("healthy", "broken", "mismatch", "undecided", "in part", "interrupted", "worst", "hostile")


@pytest.mark.system
def test_the_validator_of_the_w3c_finds_no_fault(tmp_path):
    """Each kind of report is valid HTML with valid SVG and CSS, and of a size that can be sent."""
    texts = {name: render(report, "html", LOOK) for name, report in specimens().items()}
    assert max(len(text.encode()) for text in texts.values()) < 150_000
    texts["several"] = render_all(several(), "html", LOOK)
    for name, text in texts.items():
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
    assert validators.html(tmp_path) == ""


def test_the_page_asks_nobody_for_anything():
    """Its own policy forbids it, and its head says what a browser and a reader need."""
    read = page(specimens()["broken"])
    metas = [dict(attributes) for name, attributes in read.elements if name == "meta"]
    told = {each.get("name") or each.get("http-equiv"): each.get("content") for each in metas}
    assert told["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert (told["referrer"], told["color-scheme"]) == ("no-referrer", "light dark")
    assert told["viewport"] == "width=device-width, initial-scale=1"
    assert ("html", [("lang", "en")]) in read.elements
    assert read.text.startswith("NON-COMPLIANT: orders (sigcheck)")
    assert not re.search(r"url\(|@import|https?:", str(STYLE))
    pictures = [dict(attributes) for name, attributes in read.elements if name == "svg"]
    assert all(each["aria-label"] for each in pictures if each.get("role") == "img")
    assert sum(each.get("role") == "img" for each in pictures) == 7


@pytest.mark.parametrize("name", NAMES)
def test_what_matters_is_in_the_page(name):
    """The verdict, the exit code, the first fix, each failed rule and each that was not tested, with what was seen."""
    report = specimens()[name]
    read = page(report)
    is_harmless(read)
    assert f"{report.word.upper()} " in read.text
    assert f"Exit code {report.exit_code}." in read.text
    for each in report.failed:
        assert f"sigcheck explain {each.rule}" in read.text
        assert each.title in read.text
        assert all(finding.message[1:] in read.text for finding in each.findings)
    first = report.first_fix
    if first is not None:
        assert ("a", [("href", f"#{first.rule}")]) in read.elements
        assert read.text.index("Fix first") < read.text.index(first.title) < read.text.index("What is wrong")
    undecided = [each for each in report.results if each.status is Status.UNDECIDED]
    assert all(f", {each.rule})" in read.text for each in undecided)
    assert all(words in read.text for words in report.scope.words)
    assert f"Run of {report.evidence.started_at:%Y-%m-%d %H:%M} UTC." in read.text
    assert all(read.text.count(words) == 2 for words in report.scope.conditions)
    assert all(each.first in read.text for each in report.devices)


def test_what_keeps_a_report_from_being_whole_is_said():
    """An interrupted run is partial, and a probe that broke is named at the top."""
    assert "PARTIAL: interrupted by Ctrl-C" in page(specimens()["interrupted"]).text
    report = specimens()["healthy"]
    broke = (ProbeBreakdown("tls", "it fell over"),)
    text = page(structs.replace(report, evidence=structs.replace(report.evidence, breakdowns=broke))).text
    assert "The tls probe broke, please report it: it fell over" in text


def test_what_was_judged_from_a_file_has_no_empty_parts():
    """A report on certificates or firewall rules speaks of no run, and of no pictures that it could not have."""
    facts = describe(pki.chain().presented, roots_of(pki.chain()), pki.HOST, pki.NOW)
    seen = evidence_of(facts)
    offline = structs.replace(seen, settings=structs.replace(seen.settings, offline=True))
    certificates = page(judge(offline, (), finished_at=STARTED)).text
    rules = page(judge(structs.replace(offline, tls=None), (), finished_at=STARTED)).text
    assert f"certificates for {pki.HOST}" in certificates
    assert "Certificate chain" in certificates
    assert "firewall rules" in rules
    assert not any(words in certificates + rules for words in ("There is no picture", "Deliveries", "Run ", "POST"))


def test_an_undecided_run_says_first_how_to_decide_it():
    """What is to be tested next comes before what should be fixed."""
    text = page(specimens()["undecided"]).text
    assert text.index("Test next") < text.index("Give --observe-url") < text.index("Fix first")


def test_several_targets_stand_in_one_page():
    """An overview links to a section for each, and no id is given twice."""
    reports = several()
    read = Page(render_all(reports, "html", LOOK))
    is_harmless(read)
    ids = [value for _, attributes in read.elements for key, value in attributes if key == "id"]
    links = {value[1:] for _, attributes in read.elements for key, value in attributes if key == "href"}
    assert len(ids) == len(set(ids))
    assert links <= set(ids)
    assert f"Exit code {reports.exit_code}, the worst of 8 targets" in read.text
    cut = Reports(reports.reports[:1], interrupted="interrupted by SIGTERM")
    assert "PARTIAL: interrupted by SIGTERM" in Page(render_all(cut, "html", LOOK)).text


hostile = st.lists(
    st.one_of(
        st.sampled_from((*HOSTILE.split(" "), HOSTILE, "<svg onload=x>", '" onclick="x', "`sigcheck x`", "</style>")),
        st.text(st.characters(exclude_categories=()), max_size=9),
    ),
    max_size=8,
).map(" ".join)


def everywhere(text):
    """Give a report, no redaction been over it, that has a text wherever something foreign can stand."""
    chain = pki.chain()
    facts = describe(chain.presented, roots_of(chain), chain.host, pki.NOW)
    shown = structs.replace(facts.certificates[0], subject=text, issuer=text, names=(text,))
    known = evidence_of(facts).tls
    assert known is not None
    tls = structs.replace(
        known,
        chain=structs.replace(facts, host=text, anchor=text, certificates=(shown, *facts.certificates[1:])),
    )
    played = scenario(answer(200), answer(500, reason=text))
    said = evidence(samples=samples(answer(500, reason=text)), scenario=structs.replace(played, names=(text,) * 9))
    said = structs.replace(
        said, tls=tls, interrupted=text, breakdowns=(ProbeBreakdown("tls", text),),
        settings=structs.replace(said.settings, name=text), target=structs.replace(said.target, url=text),
    )  # fmt: skip

    def check(kind):
        return lambda _evidence: iter(kind)

    kinds = (
        [Finding(text, measured=text, where=text, fix=text)],
        [Undecided(text, text)],
        [Passed(text, 1, "answers")],
    )
    rules = [
        Rule(id=f"reach-{n}", level="must", title=text, problem=text, fix=text, source=OURS, check=check(kind))
        for n, kind in enumerate(kinds)
    ]
    return judge(said, rules, finished_at=STARTED)


# Each renders a whole report.
@settings(max_examples=60)
@given(text=hostile)
def test_hostile_text_stays_text(text):
    """Wherever it stands, and though nobody redacted the report: no element, attribute or link is made of it."""
    read = page(everywhere(text))
    is_harmless(read)
    plain = page(everywhere("x"))
    assert {key for _, each in read.elements for key, _ in each} <= {
        key for _, each in plain.elements for key, _ in each
    }
    assert all(each == "\n" or each.isprintable() for each in "".join(read.shown + read.titles))


@settings(max_examples=30)
@given(before=st.text(max_size=5), after=st.text("&<>\"'", max_size=5))
def test_a_secret_that_is_quoted_is_not_shown(before, after):
    """What a server says of a secret is hidden before it comes to the page, however it stands in the text."""
    said = f"{before} {SECRET} {after}"
    report = judge(
        evidence(samples=samples(answer(500, reason=said, body=said.encode("utf-8", "replace")))),
        (),
        finished_at=STARTED,
    )
    assert SECRET not in render(Redactor([SECRET]).struct(report), "html", LOOK)


def test_an_element_escapes_all_that_is_no_markup():
    """In its content and in its attributes; a surrogate, a control and a noncharacter are written out."""
    made = tag("p", "<b>&\ud800\ufffe\x00", tag("b", "'"), title='"><script>', id=None, hidden=True)
    assert made == '<p title="&quot;&gt;&lt;script&gt;" hidden>&lt;b&gt;&amp;?\\ufffe\\x00<b>&#x27;</b></p>\n'
