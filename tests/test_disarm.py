"""Hostile text is harmless wherever it is shown: to a terminal, in a CI log, and however a report wraps it."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.judge import judge
from sigcheck.model.rule import Finding, Passed, Rule, Undecided
from sigcheck.policy import OURS
from sigcheck.redaction.disarm import disarm
from sigcheck.redaction.redact import Redactor
from sigcheck.report import FORMATS, RenderOptions, render
from sigcheck.rules import RULES
from tests.evidence import STARTED, answer, evidence, network, samples, scenario
from tests.workflow_commands import spoken

ORDERS = (
    "::error::", "::add-mask::x", "::set-output name=x::y", "::stop-commands::end", "##[error]", "##[group]x",
    "##vso[task.complete]", "##teamcity[x]",
)  # fmt: skip
HIDDEN = (
    "\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202e"
    "\u2060\u2064\u2066\u2069\u206f\u2800\u3000\u3164\u00a0\u2003\u202f\u205f\ufe00\ufe0f\ufeff\uffa0\ufff9\ufffb\ue000"
    "\U000e0001\U000e0041\U000e007f\U000e0100\U000e01ef\U000f0000\U0001d173"
)
"""Of each kind of character that shows nothing, or moves others, some."""

ORDER = re.compile(r"\s*(::[A-Za-z0-9_-]*[g-zG-Z_-]|##\[|##vso\[|##teamcity\[)")
SAMPLES = (*ORDERS, *HIDDEN, "\x1b[31m", "\r", "\n", "\x9b2J", "\x07", "\ud800")
hostile = st.lists(st.one_of(st.sampled_from(SAMPLES), st.text(max_size=9)), max_size=30).map("".join)


def is_harmless(text):
    """Whether each character is plain to see, and no line is an order."""
    seen = all(each in "\n " or unicodedata.category(each)[0] not in "CZ" for each in set(text))
    return seen and not any(character in text for character in HIDDEN) and not any(map(ORDER.match, text.split("\n")))


@given(st.text())
def test_disarmed_text_is_printable(text):
    """No control, no override of direction, no lone surrogate and no new line is left, and nothing is lost silently."""
    shown = disarm(text)
    assert is_harmless(shown)
    assert "\n" not in shown
    assert shown.encode().decode() == shown
    assert bool(shown) == bool(text)


@pytest.mark.parametrize("character", HIDDEN, ids=lambda each: f"{ord(each):x}")
def test_each_hidden_character_is_written_out(character):
    """By its number, so that two names that look alike do so no longer."""
    code = ord(character)
    number = f"x{code:02x}" if code < 0x100 else f"u{code:04x}" if code < 0x10000 else f"U{code:08x}"
    assert disarm(f"a{character}b") == f"a\\{number}b"


@given(order=st.sampled_from(ORDERS), before=st.text("a:# f0", max_size=6), after=st.text("a:#", max_size=3))
def test_orders_to_a_ci_system_are_disarmed(order, before, after):
    """However a text is wrapped afterwards, no line of it is an order to a CI system."""
    shown = disarm(before + order + after)
    for start in range(len(shown)):
        assert not re.match(r"::[a-z-]*[g-z-]|##\[|##vso\[|##teamcity\[", shown[start:])


@pytest.mark.parametrize(
    "text", ["2001:db8::1", "fe80::abcd", "::1", "a #1 issue", "déjà vu", "✓", "C# and F##", "日本語", "Ελλάδα", "é"]
)
def test_harmless_text_stays_as_it_is(text):
    """Addresses, accents, other scripts and ordinary signs are not touched."""
    assert disarm(text) == text


def everywhere(text):
    """Give evidence that has the text wherever a server can put one, and a rule that says it."""
    seen = evidence(
        samples=samples(answer(500, reason=text), answer(302, headers=(("Location", text),)), answer(200)),
        scenario=scenario(answer(200, body=b"a"), answer(200, body=text.encode("utf-8", "replace"))),
        network=network(problem=text),
    )

    def check(_evidence):
        yield Finding(f"it said {text}", where=text, fix=f"do not say {text}")
        yield Undecided(f"it said {text}")
        yield Passed(text, 1, "deliveries")

    said = Rule(id="reach-refused", level="must", title=text, problem=text, fix=text, source=OURS, check=check)
    return seen, (*RULES, said)


# Each renders a whole report in every format.
@settings(max_examples=150)
@given(text=hostile, width=st.integers(60, 120))
def test_no_report_obeys_a_server(text, width):
    """Wherever a server says it: in no format and at no width is a line an order, or is anything hidden."""
    seen, rules = everywhere(text)
    report = Redactor().struct(judge(Redactor().struct(seen), rules, finished_at=STARTED))
    for name in FORMATS:
        assert is_harmless(spoken(name, render(report, name, RenderOptions("0", width=width, detail=1)))), name


def test_a_report_says_what_it_hides():
    """A character that is not shown is written out: two names that look alike do so no longer."""
    seen = evidence(samples=samples(answer(500, reason="pay\u202epal\u200b.example ::error::owned")))
    report = Redactor().struct(judge(Redactor().struct(seen), RULES, finished_at=STARTED))
    assert "pay\\u202epal\\u200b.example : :error: :owned" in render(report, "text", RenderOptions("0", width=140))
