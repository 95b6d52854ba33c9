"""The pictures of the page for a browser: their numbers are the report's, and none is empty."""

import re

import pytest
from msgspec import structs

from sigcheck.chain.anchors import Roots
from sigcheck.chain.facts import describe
from sigcheck.judge import judge
from sigcheck.model.chain import OWN_ROOTS, TrustSet
from sigcheck.model.delivery import FailureKind, Phase
from sigcheck.report import render
from sigcheck.report.html.drawing import GOOD
from tests import pki
from tests.chains import evidence_of, roots_of
from tests.evidence import answer, evidence, failure, samples, scenario
from tests.html_page import LOOK, is_harmless, page
from tests.specimens import judged, specimens


def numbers(words):
    """Give the numbers of a text."""
    return [float(each) for each in re.findall(r"-?\d+\.\d+", words)]


@pytest.mark.parametrize("speed", [1.0, 240.0])
def test_the_timeline_carries_the_numbers_of_the_report(speed):
    """Each delivery of each message is drawn, and says when it was due, sent and answered, and what was counted."""
    report = specimens()["broken"]
    changed = structs.replace(report.evidence.settings, speed=speed)
    report = structs.replace(report, evidence=structs.replace(report.evidence, settings=changed))
    titles = page(report).titles
    for course in report.timeline.courses:
        for moment in course.moments:
            start = f"Delivery {moment.delivery} of {course.name}: "
            told = [each.removeprefix(start) for each in titles if each.startswith(start)]
            assert len(told) == 2
            expected = [moment.due, moment.sent, moment.answered, 20.0, moment.deadline]
            assert numbers(told[0]) == pytest.approx(expected, abs=0.0006)
            assert told[0].endswith(f"{moment.delivery} effect{'s' * (moment.delivery > 1)}, expected 1")


def test_a_wrong_count_has_a_sign_of_its_own():
    """A cross is a delivery that was not accepted; what was counted is equal or is not."""
    text = page(specimens()["broken"]).text
    assert "✗ one that was not" in text
    assert all(sign in text for sign in ("1 =", "4 ≠", "4 effects ≠", "1 effect =", "≠ another number"))
    assert not any(sign in text for sign in ("1 ✓", "4 ✗", "effects ✗", "effect ✓"))


def test_a_delivery_says_what_its_time_is_counted_from():
    """The rules count from the start of a run, and the pictures from the first delivery: they say so."""
    text = page(specimens()["broken"]).text
    assert all(words in text for words in ("Delivery 1, the first", "Delivery 2, due 1 min after the first"))
    assert "Times are counted from the first delivery." in text


def test_a_delivery_that_failed_is_drawn_as_one():
    """What was refused, cut or late is a cross with its words; the axis is broken only where the limit is far away."""
    refused = failure(FailureKind.REFUSED, Phase.CONNECT, "refused")
    late = failure(FailureKind.NO_ANSWER, Phase.WAIT, "no status line and headers within 10 s")
    seen = evidence(scenario=scenario(refused, late, answer(500), answer(204)))
    report = judged(seen)
    read = page(report)
    outcomes = [moment.outcome for course in report.timeline.courses for moment in course.moments]
    assert outcomes[:2] == ["refused (connect)", "no answer in time (wait)"]
    assert all(f"✗ {outcome}" in read.text for outcome in outcomes[:3])
    assert f"✓ {outcomes[3]}" in read.text
    assert any("not answered: refused (connect)" in title for title in read.titles)


def test_the_answer_times_are_drawn_beside_the_limit():
    """A dot for each sample with its time, one past the limit and one without an answer among them."""
    seen = list(samples(*[answer() for _ in range(4)], failure()))
    waits = (0.0213, 0.4, 7.5, 12.25)
    seen[:4] = [structs.replace(each, answered_after=wait) for each, wait in zip(seen, waits, strict=False)]
    titles = page(judged(evidence(samples=tuple(seen)))).titles
    for number, words in enumerate(("21.3 ms", "400.0 ms", "7.50 s", "12.25 s, past the limit of 10 s"), 1):
        assert any(re.match(rf"Sample {number}\b.*: answered after {re.escape(words)}$", each) for each in titles)
    assert "Sample 5: no answer" in titles
    assert "The limit: 10 s" in titles


CHAINS = {
    "certificate is for this name": {},
    "the certificate is not for this name": {"leaf": {"names": pki.dns("other.example")}},
    "its issuer was not sent": {"serve": ("leaf",)},
    "server certificate: expired": {"leaf": {"start": -90, "days": 80}},
    "server certificate: not valid yet": {"leaf": {"start": 5, "days": 80}},
    "3: sent twice": {"serve": ("leaf", "intermediate", "root", "intermediate")},
    "no server certificate in the first place": {"serve": ("intermediate",)},
}


@pytest.mark.parametrize(("words", "changes"), CHAINS.items(), ids=lambda each: each if isinstance(each, str) else "")
def test_the_broken_link_of_a_chain_is_marked(words, changes):
    """The picture says in words which link is broken, each certificate has its dates, and each defect its fix."""
    chain = pki.chain(**changes)
    facts = describe(chain.presented, roots_of(chain), chain.host, pki.NOW)
    read = page(judge(evidence_of(facts), (), finished_at=pki.NOW))
    is_harmless(read)
    assert words in read.text
    assert ("the chain breaks here" in read.text) == (facts.anchor is None)
    for each in facts.certificates:
        dates = f"valid {each.not_before:%Y-%m-%d} to {each.not_after:%Y-%m-%d}"
        assert any(each.subject in title and dates in title for title in read.titles)
    assert all(defect.message[1:] in read.text and defect.fix[1:-1] in read.text for defect in facts.defects)


def test_a_root_that_was_given_in_a_file_is_known_to_nobody_else():
    """Whoever did not get the file does not trust it: the picture says so, and has no tick and no green there."""
    chain = pki.chain()
    roots = Roots(chain.roots, TrustSet("ca.pem", OWN_ROOTS, "0" * 64, 1), public=False)
    texts = {}
    for name, each in {"own": roots, "public": roots_of(chain)}.items():
        facts = describe(chain.presented, each, chain.host, pki.NOW)
        texts[name] = render(judge(evidence_of(facts), (), finished_at=pki.NOW), "html", LOOK)
    assert "known to clients" in texts["public"]
    assert "known to clients" not in texts["own"]
    box = next(each for each in texts["own"].split("<g>") if each.startswith("<title>root from ca.pem: "))
    assert ">only clients that were given it trust it</text>" in box
    assert (GOOD in box, GOOD in texts["own"]) == (False, True)


def test_no_picture_is_empty():
    """Where there is nothing to draw, a sentence says why."""
    nothing = structs.replace(evidence(), samples=(), scenarios=(), tls=None)
    plain = structs.replace(nothing, target=structs.replace(nothing.target, url="http://a.example/", scheme="http"))
    texts = {name: page(judged(each)) for name, each in {"https": nothing, "http": plain}.items()}
    for read in texts.values():
        assert not [name for name, _ in read.elements if name == "svg"]
        assert read.text.count("There is no picture") == 3
    assert "because the URL is http://, and so no certificate is presented" in texts["http"].text
    silent = structs.replace(evidence(), samples=samples(failure(), failure()))
    assert "none of 2 samples was answered" in page(judged(silent)).text
    assert "the run was ended before the replay" in page(specimens()["interrupted"]).text


def test_a_report_that_was_blown_up_stays_a_page():
    """Thousands of samples and deliveries are drawn up to a bound, and what is left out is counted."""
    played = scenario(answer(500), answer(204))
    many = structs.replace(played, exchanges=played.exchanges * 1500)
    report = judged(evidence(samples=samples(*[answer() for _ in range(3000)]), scenario=many))
    text = render(report, "html", LOOK)
    assert len(text) < 500_000
    assert "2700 more samples are not drawn" in text
    deliveries = len([moment for course in report.timeline.courses for moment in course.moments])
    assert f"{deliveries - 100} more deliveries are in the JSON report" in text
